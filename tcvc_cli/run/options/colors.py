"""Which network colours a film, and how: each option declared once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tcvc_cli.color.grade import HueMap
from tcvc_cli.model.colorizer import DEFAULT, names
from tcvc_cli.records import FrameRange
from tcvc_cli.run.options.declaration import Declared
from tcvc_cli.run.options.values import device_name, frame_range
from tcvc_cli.settings.film.decisions import Decisions, Point
from tcvc_cli.settings.film.hue_names import hue_map_from_text
from tcvc_cli.settings.film.point_text import POINT_FORM, point_from_text

ColorParts = Literal["keep", "recolour"]
PALETTES = (1, 2, 3, 4)  # the model's other colourings
_COLORS = "Colours"  # the panel of the help


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorOptions:
    """The part of `Options` that says which colours a film gets."""

    model: Annotated[
        str,
        Declared(
            ("--model",),
            scope="shot",
            panel=_COLORS,
            metavar="NAME",
            help=f"{', '.join(names())}; see tcvc weights list.",
        ),
    ] = DEFAULT
    device: Annotated[
        str,
        Declared(
            ("--device",),
            scope="run",
            panel=_COLORS,
            metavar="NAME",
            help="auto, cpu, cuda, cuda:N or mps.",
            reads=device_name,
        ),
    ] = "auto"
    settings_file: Annotated[  # None: the one beside the film, if it is there
        Path | None,
        Declared(
            ("--settings",),
            scope="run",
            panel=_COLORS,
            metavar="FILE",
            help="What is decided shot by shot; FILM.tcvc.toml beside the film unless given.",
            is_for_one_film=True,
        ),
    ] = None
    saturation: Annotated[  # None, here and below: as the settings file says, or unchanged
        float | None,
        Declared(
            ("--saturation",),
            scope="look",
            panel=_COLORS,
            metavar="FACTOR",
            help="0 to 4; 1 leaves the colours as they are.",
            least=0,
            most=4,
        ),
    ] = None
    warmth: Annotated[
        float | None,
        Declared(
            ("--warmth",),
            scope="look",
            panel=_COLORS,
            metavar="-1..1",
            help="Towards blue (-1) or orange (1).",
            least=-1,
            most=1,
        ),
    ] = None
    hue_maps: Annotated[
        tuple[HueMap, ...],
        Declared(
            ("--hue-map",),
            scope="look",
            panel=_COLORS,
            metavar="HUE->HUE",
            help="Another hue for all that has one, as 'blue -> brown' or '220 -> 40'; repeatable.",
            reads=hue_map_from_text,
        ),
    ] = ()
    points: Annotated[
        tuple[Point, ...],
        Declared(
            ("--point",),
            scope="run",
            panel=_COLORS,
            metavar=POINT_FORM,
            help="What is seen there has this colour; X and Y from 0 to 1, or none as a colour; repeatable.",
            reads=point_from_text,
            is_for_one_film=True,
        ),
    ] = ()
    vivid: Annotated[  # None: the model's own
        float | None,
        Declared(
            ("--vivid",),
            scope="look",
            panel=_COLORS,
            metavar="0..1",
            help="How far colours that are pale for want of certainty are brought up.",
            least=0,
            most=1,
        ),
    ] = None
    color_parts: Annotated[  # a shot is in colour or it is not, and its own fingerprint says which
        ColorParts,
        Declared(
            ("--colour-parts",),
            scope="film",
            panel=_COLORS,
            help="What becomes of shots that are in colour already.",
        ),
    ] = "keep"
    references: Annotated[
        tuple[Path, ...],
        Declared(
            ("--refs",),
            scope="run",
            panel=_COLORS,
            metavar="FOLDER|FILE",
            help="Pictures in colour, of this film or of others, or a film in colour; repeatable.",
            reads=Path,
            is_for_one_film=True,
        ),
    ] = ()
    references_weight: Annotated[
        float,
        Declared(
            ("--refs-weight",),
            scope="run",
            panel=_COLORS,
            metavar="0..1",
            help="How much pictures of other scenes count.",
            least=0,
            most=1,
            is_for_one_film=True,
        ),
    ] = 1.0
    references_between: Annotated[
        FrameRange | None,
        Declared(
            ("--refs-only-between",),
            scope="run",
            panel=_COLORS,
            metavar="FRAME-FRAME",
            help="Leave shots that have none of these frames as they are without references.",
            reads=frame_range,
            is_for_one_film=True,
        ),
    ] = None
    is_shot_alone: Annotated[
        bool,
        Declared(("--each-shot-alone",), scope="run", panel=_COLORS, help="Colour each shot for itself."),
    ] = False
    palette: Annotated[
        int | None,
        Declared(
            ("--palette",),
            scope="look",
            panel=_COLORS,
            metavar=f"{PALETTES[0]}..{PALETTES[-1]}",
            help="Another colouring of the whole film; 0 is the model's own choice.",
            least=0,
            most=PALETTES[-1],
        ),
    ] = None
    is_ensemble: Annotated[
        bool,
        Declared(
            ("--ensemble",),
            scope="shot",
            panel=_COLORS,
            help="Average two samplings of the anchors: twice the time.",
        ),
    ] = False
    is_compat: Annotated[
        bool,
        Declared(
            ("--compat",),
            scope="shot",
            panel=_COLORS,
            help="tcvc-idc exactly as its authors ran it, to compare.",
            is_for_one_film=True,
        ),
    ] = False
    is_causal: Annotated[
        bool,
        Declared(
            ("--causal",),
            scope="shot",
            panel=_COLORS,
            help="Never look ahead: for pipes that do not end, a frame goes out as it comes in.",
        ),
    ] = False
    interval_frames: Annotated[
        int,
        Declared(
            ("--interval",),
            scope="shot",
            panel=_COLORS,
            metavar="FRAMES",
            help="Frames from one anchor to the next, 1 to 250.",
            least=1,
            most=250,
            unit="frames",
        ),
    ] = 16
    overlap_frames: Annotated[
        int,
        Declared(
            ("--overlap",),
            scope="shot",
            panel=_COLORS,
            metavar="FRAMES",
            help="Frames that two windows share, 0 to 250.",
            least=0,
            most=250,
            unit="frames",
        ),
    ] = 17
    model_size_px: Annotated[  # None: the model's own
        int | None,
        Declared(
            ("--model-size",),
            scope="shot",
            panel=_COLORS,
            metavar="PX",
            help="Short side of what the model sees, 64 to 1024; the model's own if left out.",
            least=64,
            most=1024,
            unit="px",
        ),
    ] = None

    @property
    def decisions(self) -> Decisions:
        """What they decide for every shot that has no decision of its own. Points are for the shots that show
        them."""
        return Decisions(
            palette=self.palette,
            saturation=self.saturation,
            warmth=self.warmth,
            vivid=self.vivid,
            hue_maps=self.hue_maps or None,
        )
