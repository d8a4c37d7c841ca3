"""Changes the settings of a film as the command line says."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from tcvc_cli.errors import UsageError
from tcvc_cli.files import is_there
from tcvc_cli.records import Shot
from tcvc_cli.run.options.declaration import flags_of
from tcvc_cli.run.settings.options import KEYS_OF_FILM, SettingsChange
from tcvc_cli.settings.film.decisions import (
    UNDECIDED,
    Decisions,
    FilmSettings,
    Point,
    ShotAddress,
    Stroke,
    decided,
)
from tcvc_cli.settings.film.read import read_settings
from tcvc_cli.settings.film.resolve import resolve
from tcvc_cli.settings.film.shot_places import ShotPlaces, landed
from tcvc_cli.settings.film.value_texts import value_text
from tcvc_cli.settings.film.write.edits import Edit, changed, index_of

_FLAGS = flags_of(SettingsChange)


@dataclass(frozen=True, slots=True)
class Changed:
    """`shot` is a number from 1; None for the whole film. Empty texts stand for what is not decided."""

    shot: int | None
    key: str
    before: str
    after: str


def settings_or_none(path: Path) -> FilmSettings:
    """What the file says; nothing where there is none. Raises as `read_settings` does."""
    return read_settings(path) if is_there(path) else FilmSettings(file=path)


def change_settings(
    path: Path, change: SettingsChange, shots: Sequence[Shot], frame_rate: Fraction
) -> tuple[Changed, ...]:
    """Writes the file at `path`, and says what is other than before. Nothing is written that does not fit
    the film. Raises UsageError, and what `changed` and `resolve` raise."""
    places = ShotPlaces(shots, frame_rate)
    before = settings_or_none(path)
    edits = dict(_edits(path, change, places, before))
    after = changed(path, list(edits.values()), lambda new: resolve(new, shots, frame_rate))
    return tuple(_changes(before, after, edits))


def _edits(
    path: Path, change: SettingsChange, places: ShotPlaces, before: FilmSettings
) -> Iterator[tuple[int | None, Edit]]:
    """By the index of the shot; None for the whole film."""
    entries = landed(before, places)
    by_shot = _by_shot(change, places, path)
    for index in sorted(by_shot, key=lambda one: -1 if one is None else one):
        decisions = by_shot[index]
        unset = change.unset if index in _targets(change, places) else ()
        if index is None:
            address = None
            _refuse_for_film(decisions, unset)
        else:
            address = entries[index].address if index in entries else places.address_of(index)
        yield index, Edit(address, decisions, unset)


def _targets(change: SettingsChange, places: ShotPlaces) -> tuple[int | None, ...]:
    """What the change is about, but for its points and strokes."""
    for number in change.shots:
        if number > len(places.shots):
            raise UsageError(f"there is no shot {number}; the film has {len(places.shots)}", option="shots")
    return tuple(number - 1 for number in dict.fromkeys(change.shots)) or (None,)


def _by_shot(change: SettingsChange, places: ShotPlaces, path: Path) -> dict[int | None, Decisions]:
    """Points and strokes go to the shots that hold their frames."""
    targets = _targets(change, places)
    common = _common(change, places, path)
    found: dict[int | None, Decisions] = {}
    if common != UNDECIDED or change.unset:
        found = dict.fromkeys(targets, common)
    for point in change.points:
        index = _holding(change, places, point)
        one = found.get(index, UNDECIDED)
        found[index] = replace(one, points=(*one.points, point))
    for stroke in change.strokes:
        index = _holding(change, places, stroke)
        one = found.get(index, UNDECIDED)
        beside = replace(stroke, file=_beside(path, stroke.file))
        found[index] = replace(one, strokes=(*one.strokes, beside))
    return found


def _common(change: SettingsChange, places: ShotPlaces, path: Path) -> Decisions:
    return Decisions(
        palette=change.palette,
        saturation=change.saturation,
        warmth=change.warmth,
        vivid=change.vivid,
        hue_maps=change.hue_maps or None,
        references=tuple(_beside(path, file) for file in change.references),
        same_as=None if change.same_as is None else _target_of(change.same_as, places),
        keep={"": None, "keep": True, "colour": False}[change.keep],
        locked={"": None, "locked": True, "free": False}[change.lock],
    )


def _target_of(address: ShotAddress, places: ShotPlaces) -> ShotAddress:
    """By the time of its first frame, which survives another shot list."""
    index = places.index_of(address)
    if index is None:
        raise UsageError(f"{_FLAGS['same_as']}: there is no such shot; the film has {len(places.shots)}")
    return ShotAddress(starts_s=places.address_of(index).starts_s)


def _holding(change: SettingsChange, places: ShotPlaces, item: Point | Stroke) -> int:
    index = places.holding(item.frame)
    if index is None:
        raise UsageError(f"the film has no frame {item.frame}", "Frames are counted from 0.")
    if change.shots and index + 1 not in change.shots:
        raise UsageError(f"frame {item.frame} is in shot {index + 1}", "Leave out {shots}, or name that one.")
    return index


def _beside(path: Path, file: Path) -> Path:
    """The file as the settings name it: from their folder, which it has to lie in."""
    if not file.is_file():
        raise UsageError(f"{file} is not there, or no file")
    try:
        inside = os.path.relpath(file, path.parent)
    except ValueError:  # on another drive
        inside = os.pardir
    if inside.split(os.sep)[0] == os.pardir:
        raise UsageError(f"{file} is not in the folder of {path.name}", "Copy it there first.")
    return Path(inside)


def _refuse_for_film(decisions: Decisions, unset: Sequence[str]) -> None:
    for key in (*decided(decisions), *unset):
        if key not in KEYS_OF_FILM:
            raise UsageError(f"{key} is decided for a shot", "Say which, with {shots}.")


def _changes(before: FilmSettings, after: FilmSettings, edits: dict[int | None, Edit]) -> Iterator[Changed]:
    for index, edit in edits.items():
        old, new = (_decisions_at(one, edit.address) for one in (before, after))
        for key in dict.fromkeys((*decided(old), *decided(new))):
            if getattr(old, key) != getattr(new, key):
                number = None if index is None else index + 1
                yield Changed(number, key, value_text(old, key), value_text(new, key))


def _decisions_at(settings: FilmSettings, address: ShotAddress | None) -> Decisions:
    if address is None:
        return settings.film
    index = index_of(settings, address)
    return UNDECIDED if index is None else settings.shots[index].decisions
