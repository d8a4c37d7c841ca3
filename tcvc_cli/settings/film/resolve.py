"""What holds for each shot, of all that was decided somewhere; no file is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from tcvc_cli.color.grade import UNCHANGED, Grade
from tcvc_cli.errors import UsageError
from tcvc_cli.records import Shot
from tcvc_cli.settings.film.decisions import (
    UNDECIDED,
    Decisions,
    FilmSettings,
    Look,
    Point,
    ShotDecisions,
    Stroke,
    decided,
)
from tcvc_cli.settings.film.shot_places import (
    ShotPlaces,
    fault,
    found_line,
    index_at,
    landed,
    line_of,
    named,
)

COMMAND_LINE: Final = "command line"
LOOK_KEYS: Final = ("palette", "saturation", "warmth", "vivid", "hue_maps")  # what `same_as` takes along
_OF_FRAMES: Final = ("points", "strokes")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where what holds for a shot was decided: `[film], line 2`, `line 7` or `command line`. `key` is that of
    the settings file; of another shot's look, `shot` is its number."""

    key: str
    place: str
    shot: int | None = None


@dataclass(frozen=True, slots=True)
class _Chosen:
    """One shot's decisions, its own before those for all, and where each comes from."""

    decisions: Decisions
    origins: tuple[Origin, ...]
    same_as: int | None = None


def resolve(
    settings: FilmSettings,
    shots: Sequence[Shot],
    frame_rate: Fraction,
    base: Decisions = UNDECIDED,
    *,
    is_part: bool = False,
) -> tuple[Look, ...]:
    """The look of each of the shots, which follow one another.

    `shots` count from the film's first frame; their times are frame number / `frame_rate`, to the ms. An
    entry is about the shot that is on at its time, or else about that of its number. `base` is what the
    command line decided for the whole film. What counts, from the strongest: the shot's own entry; `base`;
    `[film]`; the default. A list counts as one decision. A shot that is `same_as` another takes that one's
    palette, vivid and grade where its entry decides nothing; no shot is like one that is itself like another.
    Points and strokes of an entry lie in its shot; those of `base` go to the shots that hold their frames.
    Files of the settings get the folder of the settings file.

    With `is_part` there are shots of the film that are not in `shots`, and entries that are about them are
    passed over; numbers alone say nothing then.

    Raises BadSettings, with the line; UsageError for what `base` says of frames that no shot holds.
    """
    return tuple(map(_look, _all_chosen(settings, shots, frame_rate, base, is_part=is_part)))


def origins(
    settings: FilmSettings,
    shots: Sequence[Shot],
    frame_rate: Fraction,
    base: Decisions = UNDECIDED,
    *,
    is_part: bool = False,
) -> tuple[tuple[Origin, ...], ...]:
    """For each shot, where each thing that was decided comes from. Raises as `resolve` does."""
    chosen = _all_chosen(settings, shots, frame_rate, base, is_part=is_part)
    return tuple(one.origins for one in chosen)


def _all_chosen(
    settings: FilmSettings, shots: Sequence[Shot], frame_rate: Fraction, base: Decisions, *, is_part: bool
) -> list[_Chosen]:
    places = ShotPlaces(shots, frame_rate, is_part)
    entries = landed(settings, places)
    targets = _targets(settings, places, entries)
    for index, entry in entries.items():
        _check_frames(settings, places, index, entry)
    bases = _bases(places, base)
    settings = _with_files(settings)
    with_files = {index: _entry_with_files(settings, entry) for index, entry in entries.items()}
    chosen = [
        _chosen(settings, bases.get(index, _without_frames(base)), with_files.get(index))
        for index in range(len(shots))
    ]
    return [
        _like(one, chosen[targets[index]], targets[index], with_files[index]) if index in targets else one
        for index, one in enumerate(chosen)
    ]


def _targets(
    settings: FilmSettings, places: ShotPlaces, entries: Mapping[int, ShotDecisions]
) -> dict[int, int]:
    """By the index of a shot, that of the one whose look it takes."""
    found: dict[int, int] = {}
    for index, entry in entries.items():
        address = entry.decisions.same_as
        if address is None:
            continue
        line = line_of(entry, "same_as")
        target = index_at(settings, places, address, line)
        if target is None:
            raise fault(settings, line, f"same_as: there is no shot {named(address)}")
        if target == index:
            raise fault(settings, line, "same_as: a shot is not like itself")
        found[index] = target
    for index, target in found.items():
        if target in found:
            message = f"same_as: shot {target + 1} is itself like shot {found[target] + 1}; name another"
            raise fault(settings, line_of(entries[index], "same_as"), message)
    return found


def _check_frames(settings: FilmSettings, places: ShotPlaces, index: int, entry: ShotDecisions) -> None:
    shot = places.shots[index]
    lines = {(one.key, one.index): one.line for one in entry.key_lines}
    for key in _OF_FRAMES:
        items: tuple[Point | Stroke, ...] = getattr(entry.decisions, key)
        for number, item in enumerate(items):
            if not shot.start <= item.frame < shot.stop:
                line = lines.get((key, number), entry.line)
                extent = f"shot {index + 1} has frames {shot.start} to {shot.stop - 1}"
                raise fault(settings, line, f"{extent}, and {item.frame} is none of them")


def _bases(places: ShotPlaces, base: Decisions) -> dict[int, Decisions]:
    """Of the shots that hold points or strokes of the command line."""
    found: dict[int, Decisions] = {}
    for point in base.points:
        index, one = _holding(places, found, base, point.frame)
        found[index] = replace(one, points=(*one.points, point))
    for stroke in base.strokes:
        index, one = _holding(places, found, base, stroke.frame)
        found[index] = replace(one, strokes=(*one.strokes, stroke))
    return found


def _holding(
    places: ShotPlaces, found: Mapping[int, Decisions], base: Decisions, frame: int
) -> tuple[int, Decisions]:
    """The shot that holds a frame, and what is found for it so far."""
    index = places.holding(frame)
    if index is None:
        raise UsageError(f"no shot holds frame {frame}, for which a colour is given")
    return index, found.get(index, _without_frames(base))


def _without_frames(base: Decisions) -> Decisions:
    return replace(base, points=(), strokes=())


def _chosen(settings: FilmSettings, base: Decisions, entry: ShotDecisions | None) -> _Chosen:
    """Weakest first; what comes later takes its place. Points and strokes of all places count together."""
    own = entry.decisions if entry is not None else UNDECIDED
    layers: tuple[tuple[Decisions, Callable[[str], str]], ...] = (
        (settings.film, lambda key: _place("[film], line", found_line(settings.film_key_lines, key))),
        (base, lambda key: COMMAND_LINE),
        (own, lambda key: _place("line", line_of(entry, key) if entry is not None else 0)),
    )
    together, places = UNDECIDED, dict[str, str]()
    for decisions, place in layers:
        for key in decided(decisions):
            value = getattr(decisions, key)
            if key in _OF_FRAMES:
                value = (*getattr(together, key), *value)
            together = replace(together, **{key: value})
            places[key] = place(key)
    return _Chosen(together, tuple(Origin(key, places[key]) for key in decided(together)))


def _place(word: str, line: int) -> str:
    return f"{word} {line}" if line else word.removesuffix(" line").removesuffix(",")


def _like(one: _Chosen, target: _Chosen, index: int, entry: ShotDecisions) -> _Chosen:
    """With the look of another, but for what the entry itself decides."""
    taken = [key for key in LOOK_KEYS if key not in decided(entry.decisions)]
    decisions = replace(one.decisions, **{key: getattr(target.decisions, key) for key in taken})
    own = [origin for origin in one.origins if origin.key not in taken]
    theirs = [replace(origin, shot=index + 1) for origin in target.origins if origin.key in taken]
    order = decided(decisions)
    both = sorted((*own, *theirs), key=lambda origin: order.index(origin.key))
    return _Chosen(decisions, tuple(both), index + 1)


def look_of(decisions: Decisions) -> Look:
    """What they come to, where nothing else is decided."""
    return _look(_Chosen(decisions, ()))


def _look(chosen: _Chosen) -> Look:
    one, plain = chosen.decisions, UNCHANGED
    grade = Grade(
        plain.saturation if one.saturation is None else one.saturation,
        plain.warmth if one.warmth is None else one.warmth,
        plain.hue_maps if one.hue_maps is None else one.hue_maps,
    )
    return Look(
        palette=one.palette or 0,
        vivid=one.vivid,
        grade=grade,
        references=one.references,
        points=one.points,
        strokes=one.strokes,
        same_as=chosen.same_as,
        is_kept=bool(one.keep),
        is_locked=bool(one.locked),
    )


def _with_files(settings: FilmSettings) -> FilmSettings:
    return replace(settings, film=_beside(settings.file, settings.film))


def _entry_with_files(settings: FilmSettings, entry: ShotDecisions) -> ShotDecisions:
    return replace(entry, decisions=_beside(settings.file, entry.decisions))


def _beside(file: Path | None, decisions: Decisions) -> Decisions:
    if file is None:
        return decisions
    return replace(
        decisions,
        references=_in(file.parent, decisions.references),
        strokes=tuple(Stroke(one.frame, file.parent / one.file) for one in decisions.strokes),
    )


def _in(folder: Path, files: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(folder / one for one in files)
