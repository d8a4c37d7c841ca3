"""The options of the commands: names, units and help, as types that Typer reads."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from tcvc_cli.cli.values import device_name, film_time, memory_mib
from tcvc_cli.records import PipeFormat
from tcvc_cli.run.options import Chroma as ChromaName
from tcvc_cli.run.options import ColorParts as ColorPartsName
from tcvc_cli.run.options import Preset as PresetName

PART = "Part of the film"
COLORS = "Colours"
REPORT = "Report"

Films = Annotated[
    list[Path],
    Argument(metavar="INPUT", help="Films or photographs; - reads a film from stdin.", show_default=False),
]
Film = Annotated[Path, Argument(metavar="FILE", help="A film.", show_default=False)]

Output = Annotated[
    Path | None,
    Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Result; FILM.color.mkv beside the film unless given; - writes to stdout.",
    ),
]
Format = Annotated[
    PipeFormat | None,
    Option("--format", help="Of -o -; like the input unless given.", show_default=False),
]
Preset = Annotated[
    PresetName,
    Option(help="access: H.264, the same to the eye. master: FFV1, luma bit for bit. prores: ProRes 422 HQ."),
]
Encoder = Annotated[
    str | None,
    Option(metavar="NAME", help="Encoder of libav instead of the preset's: libx265, h264_nvenc and others."),
]
Crf = Annotated[int | None, Option(metavar="N", help="Quality of the encoder; lower is better.")]
EncoderOptions = Annotated[
    list[str] | None,
    Option("--encoder-opt", metavar="KEY=VALUE", help="Option of the encoder, by libav's name; repeatable."),
]
Chroma = Annotated[
    ChromaName, Option(help="Chroma planes of films that have none; other films keep their own subsampling.")
]
Strict = Annotated[
    bool,
    Option("--strict", metavar="", help="Refuse, rather than leave out what the container cannot hold."),
]
Overwrite = Annotated[bool, Option("-y", metavar="", help="Overwrite an output that is there.")]
Skip = Annotated[bool, Option("-n", metavar="", help="Skip an input whose output is there.")]
Proof = Annotated[
    bool,
    Option(
        "--proof",
        metavar="",
        help="Compare the result with the film, as tcvc verify does, before it gets its name.",
    ),
]
Premis = Annotated[
    bool, Option("--premis", metavar="", help="Write a PREMIS 3 event beside the result, as XML.")
]
DryRun = Annotated[
    bool,
    Option("--dry-run", metavar="", help="Print shots, anchors, estimated time and size; write nothing."),
]
Memory = Annotated[
    int | None,
    Option(
        metavar="SIZE",
        parser=memory_mib,
        help="What a run may take, e.g. 4G or 800M; half of the machine's unless given.",
        show_default=False,
    ),
]
WorkDir = Annotated[
    Path | None,
    Option(
        metavar="FOLDER",
        help="Where unfinished films are kept; beside the result unless given.",
        show_default=False,
    ),
]
Fresh = Annotated[
    bool, Option("--fresh", metavar="", help="Throw away what an earlier run left, and begin again.")
]

Model = Annotated[str, Option(metavar="NAME", help="Model; see tcvc weights list.", rich_help_panel=COLORS)]
Device = Annotated[
    str,
    Option(
        metavar="NAME", parser=device_name, help="auto, cpu, cuda, cuda:N or mps.", rich_help_panel=COLORS
    ),
]
Saturation = Annotated[
    float, Option(metavar="FACTOR", help="0 to 4; 1 leaves the colours as they are.", rich_help_panel=COLORS)
]
ColorParts = Annotated[
    ColorPartsName,
    Option(help="What becomes of shots that are in colour already.", rich_help_panel=COLORS),
]
Palette = Annotated[
    int,
    Option(
        metavar="1..4",
        help="Another colouring of the whole film; 0 is the model's own choice.",
        rich_help_panel=COLORS,
    ),
]
PaletteChoice = Annotated[
    str,
    Option(
        "--palette",
        metavar="1..4|all",
        help="Another colouring of the whole film; 0 is the model's own choice; all writes the four of them.",
        rich_help_panel=COLORS,
    ),
]
Ensemble = Annotated[
    bool,
    Option(
        "--ensemble",
        metavar="",
        help="Average two samplings of the anchors: twice the time.",
        rich_help_panel=COLORS,
    ),
]
Compat = Annotated[
    bool,
    Option(
        "--compat",
        metavar="",
        help="tcvc-idc exactly as its authors ran it, to compare.",
        rich_help_panel=COLORS,
    ),
]
Interval = Annotated[
    int,
    Option(metavar="FRAMES", help="Frames from one anchor to the next, 1 to 250.", rich_help_panel=COLORS),
]
Overlap = Annotated[
    int, Option(metavar="FRAMES", help="Frames that two windows share, 0 to 250.", rich_help_panel=COLORS)
]
ModelSize = Annotated[
    int | None,
    Option(
        metavar="PX",
        help="Short side of what the model sees, 64 to 1024; the model's own if left out.",
        rich_help_panel=COLORS,
    ),
]

Start = Annotated[
    Fraction | None,
    Option(metavar="TIME", parser=film_time, help="Seconds or HH:MM:SS.mmm.", rich_help_panel=PART),
]
End = Annotated[
    Fraction | None,
    Option(metavar="TIME", parser=film_time, help="Seconds or HH:MM:SS.mmm.", rich_help_panel=PART),
]
ShotList = Annotated[
    Path | None,
    Option(metavar="FILE.csv", help="Shot list, as tcvc shots --csv prints it.", rich_help_panel=PART),
]

Json = Annotated[
    bool, Option("--json", metavar="", help="JSON on stdout, one object a line.", rich_help_panel=REPORT)
]
Csv = Annotated[
    bool,
    Option("--csv", metavar="", help="A list to edit, for tcvc colorize --shots.", rich_help_panel=REPORT),
]
Quiet = Annotated[
    bool, Option("-q", "--quiet", metavar="", help="Only warnings and errors.", rich_help_panel=REPORT)
]
Verbose = Annotated[
    bool, Option("-v", "--verbose", metavar="", help="Details, and tracebacks.", rich_help_panel=REPORT)
]
