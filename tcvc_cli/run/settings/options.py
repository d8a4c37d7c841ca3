"""What a person decides on the command line for the settings of a film: each option declared once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from tcvc_cli.color.grade import HueMap
from tcvc_cli.run.options.colors import ColorOptions
from tcvc_cli.run.options.declaration import Declared, Switch, check_options, options_of
from tcvc_cli.run.options.values import film_time
from tcvc_cli.settings.film.decisions import Point, ShotAddress, Stroke
from tcvc_cli.settings.film.hue_names import hue_map_from_text
from tcvc_cli.settings.film.keys import FILM_KEYS, MOST_PALETTE, SHOT_KEYS
from tcvc_cli.settings.film.point_text import (
    POINT_FORM,
    STROKE_FORM,
    point_from_text,
    stroke_from_text,
)

_CHANGE = "Change"
_WARMTH = "-1 is bluer, 1 more orange; 0 changes nothing."
KEYS_OF_FILM = tuple(key.name for key in FILM_KEYS)
KEYS_OF_SHOT = tuple(key.name for key in SHOT_KEYS)


def _of_colorize(name: str, words: str | None = None) -> Declared:
    """The option of `tcvc colorize`, which decides the same for a run; in its own words or in others."""
    declared = options_of(ColorOptions)[name].declared
    return replace(declared, scope="run", panel=_CHANGE, help=words or declared.help)


def shot_number(text: str) -> int:
    """Raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0):
        raise ValueError(f"{text}; it takes the number of a shot, from 1")
    return int(text)


def shot_address(text: str) -> ShotAddress:
    """Of a number, or of a time with a colon or a decimal point. Raises ValueError."""
    is_time = ":" in text or "." in text
    return ShotAddress(starts_s=film_time(text)) if is_time else ShotAddress(shot_number(text))


def settings_key(text: str) -> str:
    """A key as the settings file has it, of that or of the option that sets it. Raises ValueError."""
    key = text.strip().replace("-", "_")
    for one in (key, f"{key}s"):
        if one in KEYS_OF_SHOT:
            return one
    raise ValueError(f"{text[:40]}; it takes one of {', '.join(KEYS_OF_SHOT)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """What is to be decided, or not any more; without `shots`, for the whole film."""

    shots: Annotated[
        tuple[int, ...],
        Declared(
            ("--shot",),
            scope="run",
            panel=_CHANGE,
            metavar="NUMBER",
            help="The shot that it is about, from 1; the whole film unless given; repeatable.",
            reads=shot_number,
        ),
    ] = ()
    palette: Annotated[
        int | None,
        Declared(
            ("--palette",),
            scope="run",
            panel=_CHANGE,
            metavar=f"0..{MOST_PALETTE}",
            help="Another colouring; 0 is the model's own choice.",
            least=0,
            most=MOST_PALETTE,
        ),
    ] = None
    saturation: Annotated[float | None, _of_colorize("saturation")] = None
    warmth: Annotated[float | None, _of_colorize("warmth", _WARMTH)] = None
    vivid: Annotated[float | None, _of_colorize("vivid")] = None
    hue_maps: Annotated[
        tuple[HueMap, ...],
        Declared(
            ("--hue-map",),
            scope="run",
            panel=_CHANGE,
            metavar="MAP",
            help='"blue -> brown": by name or in degrees, then width and strength if wanted; repeatable.',
            reads=hue_map_from_text,
        ),
    ] = ()
    references: Annotated[
        tuple[Path, ...],
        Declared(
            ("--reference",),
            scope="run",
            panel=_CHANGE,
            metavar="FILE",
            help="One more picture in colour, in the settings file's folder; repeatable.",
            reads=Path,
        ),
    ] = ()
    points: Annotated[
        tuple[Point, ...],
        Declared(
            ("--point",),
            scope="run",
            panel=_CHANGE,
            metavar=POINT_FORM,
            help="What is seen there has this colour; repeatable.",
            reads=point_from_text,
        ),
    ] = ()
    strokes: Annotated[
        tuple[Stroke, ...],
        Declared(
            ("--stroke",),
            scope="run",
            panel=_CHANGE,
            metavar=STROKE_FORM,
            help="A painted picture of a frame, in the settings file's folder; repeatable.",
            reads=stroke_from_text,
        ),
    ] = ()
    same_as: Annotated[
        ShotAddress | None,
        Declared(
            ("--same-as",),
            scope="run",
            panel=_CHANGE,
            metavar="NUMBER|TIME",
            help="Another shot, whose look it takes.",
            reads=shot_address,
        ),
    ] = None
    keep: Annotated[
        Literal["", "keep", "colour"],
        Declared(
            scope="run",
            panel=_CHANGE,
            switches=(
                Switch("keep_it", "--keep", "keep", "Leave it as it is: grey, or in its own colours."),
                Switch("no_keep", "--no-keep", "colour", "Colour it, whatever holds for the film."),
            ),
        ),
    ] = ""
    lock: Annotated[
        Literal["", "locked", "free"],
        Declared(
            scope="run",
            panel=_CHANGE,
            switches=(
                Switch("locked", "--locked", "locked", "Keep what a finished result shows."),
                Switch("no_locked", "--no-locked", "free", "Compute it again when something changes."),
            ),
        ),
    ] = ""
    unset: Annotated[
        tuple[str, ...],
        Declared(
            ("--unset",),
            scope="run",
            panel=_CHANGE,
            metavar="KEY",
            help="What is not decided any more, e.g. saturation; repeatable.",
            reads=settings_key,
        ),
    ] = ()

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def is_empty(self) -> bool:
        """Nothing changes."""
        return self == SettingsChange(shots=self.shots)
