"""The tags of a file itself, and a place for each of them in the result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tcvc_cli.media.carry.containers import Container
from tcvc_cli.plain import read_json
from tcvc_cli.records import SyntheticColors

# These describe the old file, not the film; the muxer writes its own.
FILE_OWN = ("major_brand", "minor_version", "compatible_brands", "encoder")
_COMMENT = "comment"
_OF_SOURCE: Final = "SOURCE_"  # before the name of a tag of the film whose place another one has
_OPTIONS: Final = "COLORIZED_OPTIONS"
DECLARED_TAGS: Final[Mapping[str, str]] = {  # by the fields that they hold
    "DIGITAL_SOURCE_TYPE": "digital_source_type",
    "COLORIZED_STATEMENT": "statement",
    "COLORIZED_SOFTWARE": "software",
    "COLORIZED_VERSION": "version",
    "COLORIZED_MODEL": "model",
    "COLORIZED_WEIGHTS_SHA256": "weights_sha256",
    "COLORIZED_WHEN": "when",
    "COLORIZED_BY": "operator",
    "COLORIZED_BY_KIND": "operator_kind",
    "COLORIZED_SOURCE": "source_file",
    "COLORIZED_SOURCE_SHA256": "source_sha256",
}


@dataclass(frozen=True, slots=True)
class PlacedTags:
    """Tags for the result, and the options that its muxer needs to write them."""

    tags: Mapping[str, str]
    options: Mapping[str, str]


def place_tags(
    film_tags: Mapping[str, str], extra_tags: Mapping[str, str], container: Container, *, has_cover: bool
) -> PlacedTags:
    """Keep every tag of the film, and add the extra ones; a tag of the film with the name of one of those and
    another value gets `SOURCE_` before its name.

    MP4 and QuickTime have places for some names only. When the film has others, FFmpeg writes all of
    them in a list of free names, as the film did; that list has no room for cover art and few players
    read it, so where it can be avoided names without a place become lines of the comment.
    """
    own = _set_aside(
        {key: value for key, value in film_tags.items() if key.lower() not in FILE_OWN}, extra_tags
    )
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


def tags_of(declared: SyntheticColors) -> dict[str, str]:
    """The declaration as tags, for containers that have no place for XMP."""
    tags = {tag: getattr(declared, field) for tag, field in DECLARED_TAGS.items()}
    options = {_OPTIONS: json.dumps(dict(declared.options))} if declared.options else {}
    return {tag: text for tag, text in tags.items() if text} | options


def declared_in_tags(tags: Mapping[str, str]) -> SyntheticColors | None:
    """The declaration again; None where there is none. Names in upper case."""
    texts = {field: tags[tag] for tag, field in DECLARED_TAGS.items() if tag in tags}
    if "digital_source_type" not in texts or "statement" not in texts:
        return None
    given = dict.fromkeys(DECLARED_TAGS.values(), "") | {"operator": None, "operator_kind": None} | texts
    return SyntheticColors(options=_options_in(tags.get(_OPTIONS, "{}")), **given)  # type: ignore[arg-type]


def _options_in(text: str) -> tuple[tuple[str, str], ...]:
    try:
        options = read_json(text)
    except ValueError:
        return ()
    return tuple((name, str(value)) for name, value in options.items()) if isinstance(options, dict) else ()


def is_set_aside(key: str, name: str) -> bool:
    """Whether `key` is what a tag `name` of a film is called where another one has its place."""
    key, name = key.upper(), name.upper()
    return key.endswith(name) and not key.removesuffix(name).replace(_OF_SOURCE, "")


def _set_aside(own: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    taken = {key.upper(): value for key, value in extra.items()}
    names = {key.upper() for key in own} | taken.keys()
    kept = {}
    for key, value in own.items():
        name = key
        while taken.get(key.upper(), value) != value and name.upper() in names:
            name = _OF_SOURCE + name
        names.add(name.upper())
        kept[name] = value
    return kept
