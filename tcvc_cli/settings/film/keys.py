"""The keys of a settings file, each declared once: reading, schema and documentation are made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tcvc_cli.color.grade import HueMap
from tcvc_cli.settings.film import clock
from tcvc_cli.settings.film.decisions import Decisions, Point, ShotAddress, Stroke
from tcvc_cli.settings.film.hue_names import MOST_WIDTH_DEGREES, hue_map, hue_map_from_text
from tcvc_cli.settings.film.kinds import Either, Flag, Key, List, Number, Table, Text, Whole, relative_file
from tcvc_cli.settings.film.point_text import LAST_FRAME, MOST_RADIUS, color_from_text

MOST_POINTS_OF_SHOT: Final = 10_000
MOST_POINTS: Final = 100_000
MOST_FILES_OF_SHOT: Final = 1_000
MOST_FILES: Final = 10_000
MOST_HUE_MAPS: Final = 32
MOST_SHOTS: Final = 100_000
MOST_PALETTE: Final = 4


@dataclass(frozen=True, slots=True)
class ShotTable:
    """A `[[shot]]` as it is read."""

    address: ShotAddress
    decisions: Decisions


@dataclass(frozen=True, slots=True)
class FileTable:
    """A settings file as it is read."""

    film: Decisions = field(default_factory=Decisions)
    shot: tuple[ShotTable, ...] = ()


def _hue_map(map: HueMap, width: float | None = None, strength: float | None = None) -> HueMap:
    return hue_map(
        map,
        width=map.width_degrees if width is None else width,
        strength=map.strength if strength is None else strength,
    )


def _shot(
    number: int | None = None, starts: Any = None, same_as: ShotAddress | None = None, **decided: Any
) -> ShotTable:
    if number is None and starts is None:
        raise ValueError("a shot needs its number, or starts: the time of its first frame")
    return ShotTable(ShotAddress(number, starts), Decisions(same_as=same_as, **decided))


def _address(value: Any) -> ShotAddress:
    return ShotAddress(starts_s=clock.seconds_of(value))


@dataclass(frozen=True, slots=True)
class _ShotNumber:
    """A `Whole` that becomes an address."""

    whole: Whole

    @property
    def words(self) -> str:
        return "number of a shot"

    def read(self, value: object) -> ShotAddress:
        return ShotAddress(number=self.whole.read(value))

    def schema(self) -> dict[str, Any]:
        return self.whole.schema()


_SHOT_NUMBER: Final = Whole(1, 10**7)
_FRAME: Final = Key(
    "frame", Whole(0, LAST_FRAME), "The frame, counted from the film's first, which is 0.", is_required=True
)
_TIME_PATTERN: Final = f"^{clock.TIME}$"
_HUES: Final = Text('`"blue -> brown"`', hue_map_from_text)
_FILE: Final = Text("file", lambda text: Path(relative_file(text)), r"^[^/\\].*$")

HUE_MAP: Final = Table(
    (
        Key("map", _HUES, "From which hue to which, by name or in degrees.", is_required=True),
        Key(
            "width",
            Number(0, MOST_WIDTH_DEGREES, is_above_least=True),
            "How many degrees to either side of the hue go along.",
        ),
        Key("strength", Number(0, 1), "1 maps the hue all the way."),
    ),
    _hue_map,
)
POINT: Final = Table(
    (
        _FRAME,
        Key("x", Number(0, 1), "From the left edge, 0, to the right, 1.", is_required=True),
        Key("y", Number(0, 1), "From the upper edge, 0, to the lower, 1.", is_required=True),
        Key(
            "color",
            Text('`"#rrggbb"`, `"none"`', color_from_text, "^(#[0-9a-fA-F]{6}|[nN][oO][nN][eE])$"),
            "The colour of what is seen there; none keeps it grey. Also spelled `colour`.",
            is_required=True,
            also="colour",
        ),
        Key(
            "radius",
            Number(0, MOST_RADIUS, is_above_least=True),
            "How far around the place that is certain, of the picture's height.",
        ),
    ),
    Point,
)
STROKE: Final = Table(
    (
        _FRAME,
        Key("file", _FILE, "A PNG of the frame's shape, transparent where nobody painted.", is_required=True),
    ),
    Stroke,
)

FILM_KEYS: Final = (
    Key("palette", Whole(0, MOST_PALETTE), "Another of the model's colourings; 0 is its own choice."),
    Key("saturation", Number(0, 4), "A factor of the colours' strength; 1 leaves them as they are."),
    Key("warmth", Number(-1, 1), "From -1, bluer, to 1, more orange; 0 changes nothing."),
    Key("vivid", Number(0, 1), "How far colours that are pale for want of certainty are brought up."),
    Key("hue_maps", List(Either(_HUES, HUE_MAP), MOST_HUE_MAPS), "Hues that become others."),
    Key("references", List(_FILE, MOST_FILES_OF_SHOT), "Pictures in colour that say how things look."),
    Key("keep", Flag(), "Leave it as it is: grey, or in its own colours."),
    Key("locked", Flag(), "Keep what a finished result shows; never compute it again."),
)
ADDRESS_KEYS: Final = (
    Key("number", _SHOT_NUMBER, "Which shot, from 1; `starts` goes before it."),
    Key(
        "starts",
        Text('`"0:03:12.480"`', clock.seconds_of, _TIME_PATTERN),
        "Which shot: the time of its first frame, from the film's first.",
    ),
)
SHOT_KEYS: Final = (
    *FILM_KEYS,
    Key(
        "same_as",
        Either(Text('`"0:00:10.000"`', _address, _TIME_PATTERN), _ShotNumber(_SHOT_NUMBER)),
        "Another shot, whose look it takes where it decides nothing itself.",
    ),
    Key("points", List(POINT, MOST_POINTS_OF_SHOT), "Places whose colour is known; they travel along."),
    Key("strokes", List(STROKE, MOST_FILES_OF_SHOT), "Painted pictures of frames."),
)

FILM: Final = Table(FILM_KEYS, Decisions)
SHOT: Final = Table((*ADDRESS_KEYS, *SHOT_KEYS), _shot)
FILE: Final = Table(
    (
        Key("film", FILM, "What holds for every shot that does not say otherwise."),
        Key("shot", List(SHOT, MOST_SHOTS), "What holds for one shot."),
    ),
    FileTable,
)
