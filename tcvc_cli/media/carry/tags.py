"""The tags of a file itself, and a place for each of them in the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tcvc_cli.media.carry.containers import Container

# These describe the old file, not the film; the muxer writes its own.
FILE_OWN = ("major_brand", "minor_version", "compatible_brands", "encoder")
_COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class PlacedTags:
    """Tags for the result, and the options that its muxer needs to write them."""

    tags: Mapping[str, str]
    options: Mapping[str, str]


def place_tags(
    film_tags: Mapping[str, str], extra_tags: Mapping[str, str], container: Container, *, has_cover: bool
) -> PlacedTags:
    """Keep every tag of the film, and add the extra ones.

    MP4 and QuickTime have places for some names only. When the film has others, FFmpeg writes all of
    them in a list of free names, as the film did; that list has no room for cover art and few players
    read it, so where it can be avoided names without a place become lines of the comment.
    """
    own = {key: value for key, value in film_tags.items() if key.lower() not in FILE_OWN}
    tags = own | dict(extra_tags)
    homeless = {key: value for key, value in tags.items() if not _has_place(key, container)}
    if homeless.keys() & own.keys() and not has_cover:
        return PlacedTags(tags, {"movflags": "+use_metadata_tags"})
    return PlacedTags(_with_comment(tags, homeless), {})


def _has_place(key: str, container: Container) -> bool:
    """Language suffixes such as -eng are copies that FFmpeg makes when it reads."""
    return container.tags is None or key.lower().split("-")[0] in container.tags


def _with_comment(tags: Mapping[str, str], homeless: Mapping[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in tags.items() if key not in homeless}
    if not homeless:
        return kept
    name = next((key for key in kept if key.lower() == _COMMENT), _COMMENT)
    lines = [kept[name]] if name in kept else []
    return kept | {name: "\n".join([*lines, *(f"{key}: {value}" for key, value in homeless.items())])}
