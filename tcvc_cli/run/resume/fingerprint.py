"""What makes the pixels of a result, and of each of its shots: the same fingerprint, the same pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from importlib.metadata import version
from typing import TYPE_CHECKING

from tcvc_cli import __version__
from tcvc_cli.color.grade import Grade
from tcvc_cli.files import sha256_of
from tcvc_cli.plain import to_json
from tcvc_cli.plan.takes import Take
from tcvc_cli.reading import MOST_BYTES
from tcvc_cli.records import ChromaSiting, ColorTags, Fields, Overlay, PixelFormat
from tcvc_cli.run.looks.decided import NO_SETTINGS, files_of, settings_of
from tcvc_cli.run.options.declaration import Scope, fields_in_scope
from tcvc_cli.run.options.film import Options, flag_of
from tcvc_cli.run.resume.source_file import Source
from tcvc_cli.settings.candidates import find_candidates
from tcvc_cli.settings.film.decisions import Look

if TYPE_CHECKING:
    from tcvc_cli.run.plan import FilmPlan

METHOD = 6  # one more whenever the same options come to give other pictures
LIBRARIES = ("torch", "av", "numpy", "opencv-python-headless")
_LOOK = fields_in_scope(Options, "look")
# What decides which shots there are.
_PART = (*fields_in_scope(Options, "film"), "is_compat", "is_causal")
_SHOT_ALONE = "each shot alone"


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that the pictures of a result depend on, as text where it is not a number. What can be said before
    its shots are found."""

    version: str
    method: int
    libraries: tuple[str, ...]
    source_bytes: int
    source_sha256: str
    weights_sha256: str
    device: str
    size_px: tuple[int, int]
    clips_per_window: int
    most_dissolve_frames: int
    shots_sha256: str | None  # of the edited list
    references: tuple[str, ...]  # the hashes of their files, and what else counts of them
    settings: tuple[str, ...]  # what they say, and the hashes of the files that they name
    options: tuple[tuple[str, str], ...]

    @property
    def fingerprint(self) -> str:
        """sha256 of the canonical JSON, in hex."""
        return _fingerprint(self)


@dataclass(frozen=True, slots=True)
class Picture:
    """The film's pictures, as the part that is coloured shows them."""

    width_px: int
    height_px: int
    sample_aspect: Fraction
    frame_rate: Fraction
    time_base: Fraction
    pixel_format: PixelFormat
    color: ColorTags
    fields: Fields
    siting: ChromaSiting
    has_mixed_fields: bool


@dataclass(frozen=True, slots=True)
class ShotIngredients:
    """All that the segments of one shot depend on: nothing of the shots beside it, not even its number.

    It is `seen` in frames `[start, stop)`, and those of them that are `pure` show nothing else.
    """

    version: str
    method: int
    libraries: tuple[str, ...]
    source_sha256: str
    weights_sha256: str
    device: str
    size_px: tuple[int, int]
    clips_per_window: int
    picture: Picture
    seen: tuple[int, int]
    pure: tuple[int, int]
    is_in_color: bool
    overlays: tuple[Overlay, ...]
    palette: int
    vivid: float | None
    grade: Grade
    memory: str  # says what is remembered of other pictures; empty where nothing is
    options: tuple[tuple[str, str], ...]


def ingredients(plan: FilmPlan, source: Source) -> Ingredients:
    """Of the film that `plan` is about; `source` is its file."""
    return Ingredients(
        version=__version__,
        method=METHOD,
        libraries=tuple(f"{name} {version(name)}" for name in LIBRARIES),
        source_bytes=source.size_bytes,
        source_sha256=source.sha256,
        weights_sha256=plan.weights_sha256,
        device=f"{plan.device.partition(':')[0]} ({plan.precision})",
        size_px=plan.size_px,
        clips_per_window=plan.clips_per_window,
        most_dissolve_frames=plan.most_dissolve_frames,
        shots_sha256=_shots_sha256(plan.options),
        references=_references(plan.options),
        settings=_settings(plan.options),
        options=tuple(_options(plan.options, "shot", "look", "film")),
    )


def shot_fingerprint(made_of: Ingredients, plan: FilmPlan, take: Take, look: Look, memory: str) -> str:
    """Of one shot of the film that `plan` is about; `made_of` are the ingredients of the film, `memory` the
    mark of what is remembered for the shot. Of its `look`, what is not in that mark."""
    film, seen, pure = plan.film, take.seen, take.pure
    return _fingerprint(
        ShotIngredients(
            version=made_of.version,
            method=made_of.method,
            libraries=made_of.libraries,
            source_sha256=made_of.source_sha256,
            weights_sha256=made_of.weights_sha256,
            device=made_of.device,
            size_px=plan.size_px,
            clips_per_window=plan.clips_per_window,
            picture=Picture(**{one.name: getattr(film, one.name) for one in fields(Picture)}),
            seen=(seen.start, seen.stop),
            pure=(pure.start, pure.stop),
            is_in_color=seen.is_in_color,
            overlays=seen.overlays,
            palette=look.palette,
            vivid=look.vivid,
            grade=look.grade,
            memory=memory,
            options=tuple(_options(plan.options, "shot")),
        )
    )


def memory_fingerprint(made_of: Ingredients, base: Look) -> str:
    """Of what is remembered for shots about which nothing of their own is decided, `base` is their look."""
    of_all = replace(
        made_of, settings=(), options=tuple(one for one in made_of.options if one[0] not in _LOOK)
    )
    return _fingerprint((of_all, base.palette, base.vivid))


def crossing_fingerprint(before: str, after: str) -> str:
    """Of the dissolve between two shots with these fingerprints."""
    return _fingerprint((before, after))


def _fingerprint(value: object) -> str:
    return hashlib.sha256(to_json(value).encode()).hexdigest()


def differences(before: Ingredients, now: Ingredients) -> str:
    """What has changed since `before`, for a person."""
    pairs = ((one.name, getattr(before, one.name), getattr(now, one.name)) for one in fields(Ingredients))
    reasons = [_reason(name, was, is_now) for name, was, is_now in pairs if was != is_now]
    return "; ".join(dict.fromkeys(reasons)) or "it was made by another tcvc"


def has_same_shots(before: Ingredients, now: Ingredients) -> bool:
    """Whether both find the same shots in the film, which settings and references do not change."""
    return _finds(before) == _finds(now)


def _finds(made_of: Ingredients) -> tuple[object, ...]:
    options = tuple(one for one in made_of.options if one[0] in _PART)
    counts = made_of.version, made_of.method, made_of.libraries, made_of.source_sha256
    return (*counts, made_of.most_dissolve_frames, made_of.shots_sha256, options)


def _reason(key: str, before: object, after: object) -> str:
    match key:
        case "version" | "method" | "libraries":
            return "it was made by another version of tcvc or its libraries"
        case "source_bytes" | "source_sha256":
            return "the film has changed"
        case "weights_sha256":
            return "the weights have changed"
        case "shots_sha256":
            return "the shot list has changed"
        case "settings":
            return "the settings have changed"
        case "references" if isinstance(before, tuple) and isinstance(after, tuple):
            return _changed_references(before, after)
        case "options" if isinstance(before, tuple) and isinstance(after, tuple):
            return _changed_options(dict(before), dict(after))
        case "clips_per_window" | "most_dissolve_frames":
            return "the memory that windows may take has changed"
    return f"{key.removesuffix('_px')} was {_shown(before)}, is {_shown(after)}"


def _changed_options(before: dict[str, str], after: dict[str, str]) -> str:
    return ", ".join(
        f"{flag_of(name)} was {_stated(before.get(name))}, is {_stated(value)}"
        for name, value in after.items()
        if before.get(name) != value
    )


def _stated(value: str | None) -> str:
    return {None: "not there", "None": "not given", "()": "not given"}.get(value) or str(value)


def _changed_references(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    is_now, was = (_SHOT_ALONE in one for one in (after, before))
    if is_now != was and set(before) ^ set(after) == {_SHOT_ALONE}:
        return f"{flag_of('is_shot_alone')} was {was}, is {is_now}"
    return "the references have changed"


def _shown(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _options(options: Options, *scopes: Scope) -> Iterator[tuple[str, str]]:
    for name in fields_in_scope(Options, *scopes):
        yield name, str(getattr(options, name))


def _references(options: Options) -> tuple[str, ...]:
    hashes = [one.sha256 for one in find_candidates(options.references).files] if options.references else []
    told: tuple[str, ...] = (f"weight {options.references_weight}",) if hashes else ()
    between = options.references_between
    told += (f"only between {between}",) if hashes and between else ()
    return (*hashes, *told, *((_SHOT_ALONE,) if options.is_shot_alone else ()))


def _settings(options: Options) -> tuple[str, ...]:
    """By what they say: comments, and the order of keys, change nothing."""
    settings = settings_of(options)
    decided = settings.film, *((one.address, one.decisions) for one in settings.shots)
    points = to_json(options.points) if options.points else ""
    if settings == NO_SETTINGS and not points:
        return ()
    return (to_json(decided), points, *map(sha256_of, files_of(settings)))


def _shots_sha256(options: Options) -> str | None:
    file = options.shots_file
    if file is None or not file.is_file() or file.stat().st_size > MOST_BYTES:
        return None  # the scan says what is wrong with it
    return sha256_of(file)
