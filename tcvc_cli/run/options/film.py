"""Everything a user can choose for one film, each option declared once, frozen, so that a run can be
fingerprinted."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from tcvc_cli.errors import UsageError
from tcvc_cli.model.colorizer import stated_abilities
from tcvc_cli.plan.timecode import Timecode
from tcvc_cli.records import Encoding, PipeFormat
from tcvc_cli.run.options.colors import ColorOptions
from tcvc_cli.run.options.declaration import Declared, Switch, check_options, flags_of
from tcvc_cli.run.options.values import (
    FilmMoment,
    film_moment,
    key_and_value,
    operator_name,
    result_place,
    size_mib,
)

Preset = Literal["access", "master", "prores", "dnxhr"]
Chroma = Literal["420", "422", "444"]
OnExisting = Literal["refuse", "overwrite", "skip"]
PIPE = Path("-")  # as an input stdin, as an output stdout
_PART = "Part of the film"


@dataclass(frozen=True, slots=True)
class Part:
    """Of a film, in seconds from its first frame: frames in `[start_s, end_s)`, None for no limit."""

    start_s: Fraction | None
    end_s: Fraction | None


@dataclass(frozen=True, slots=True)
class Options(ColorOptions):
    """`start_s` and `end_s` are seconds of film time, or timecodes, which become seconds once the film is
    known (`run.options.timecodes.placed`); frames in `[start_s, end_s)` are colorized and kept.

    What has no flag is set by the program itself. What has the scope "run" may still count by what comes of
    it: memory by the windows that fit, the device by what it computes with, a shot list by what is in it.
    """

    input: Annotated[Path, Declared(scope="run")]
    output: Annotated[
        Path | None,
        Declared(
            ("-o", "--output"),
            scope="run",
            metavar="FILE",
            help="Result, or FOLDER/; FILM.color.mkv beside the film unless given; - writes to stdout.",
            reads=result_place,
            is_for_one_film=True,
        ),
    ] = None
    pipe_format: Annotated[
        PipeFormat | None,
        Declared(
            ("--format",),
            scope="run",
            help="Of -o -; like the input unless given.",
            is_for_one_film=True,
        ),
    ] = None
    preset: Annotated[
        Preset,
        Declared(
            ("--preset",),
            scope="shot",
            help="access: H.264, alike to the eye. master: FFV1, luma bit for bit. prores, dnxhr: to edit.",
        ),
    ] = "access"
    encoder: Annotated[  # None: the preset's own
        str | None,
        Declared(
            ("--encoder",),
            scope="shot",
            metavar="NAME",
            help="Encoder of libav instead of the preset's: libx265, h264_nvenc and others.",
        ),
    ] = None
    crf: Annotated[
        int | None,
        Declared(("--crf",), scope="shot", metavar="N", help="Quality of the encoder; lower is better."),
    ] = None
    encoder_options: Annotated[
        tuple[tuple[str, str], ...],
        Declared(
            ("--encoder-opt",),
            scope="shot",
            metavar="KEY=VALUE",
            help="Option of the encoder, by libav's name; repeatable.",
            reads=key_and_value,
        ),
    ] = ()
    chroma: Annotated[
        Chroma,
        Declared(
            ("--chroma",),
            scope="shot",
            help="Chroma planes of films that have none; other films keep their own subsampling.",
        ),
    ] = "420"
    is_strict: Annotated[
        bool,
        Declared(
            ("--strict",), scope="run", help="Refuse, rather than leave out what the container cannot hold."
        ),
    ] = False
    on_existing: Annotated[
        OnExisting,
        Declared(
            scope="run",
            switches=(
                Switch("overwrite", "-y", "overwrite", "Overwrite an output that is there."),
                Switch("skip", "-n", "skip", "Skip an input whose output is there.", is_for_one_film=True),
            ),
        ),
    ] = "refuse"
    is_dry_run: Annotated[
        bool,
        Declared(
            ("--dry-run",),
            scope="run",
            help="Print shots, anchors, estimated time and size; write nothing.",
            is_for_one_film=True,
        ),
    ] = False
    is_proved: Annotated[
        bool,
        Declared(
            ("--proof",),
            scope="run",
            help="Compare the result with the film, as tcvc verify does, before it gets its name.",
        ),
    ] = False
    has_premis: Annotated[
        bool,
        Declared(("--premis",), scope="run", help="Write a PREMIS 3 event beside the result, as XML."),
    ] = False
    operator: Annotated[
        str | None,
        Declared(
            ("--operator",),
            scope="run",
            metavar="NAME",
            help="Who answers for the colours, a person or org:INSTITUTION; stands in the result.",
            reads=operator_name,
        ),
    ] = None
    sign: Annotated[
        tuple[Path, Path] | None,
        Declared(
            ("--sign",),
            scope="run",
            metavar="KEY CERT",
            help="Sign the result with C2PA content credentials: a private key and its certificates, PEM.",
        ),
    ] = None
    memory_mib: Annotated[  # None: half of the machine's
        int | None,
        Declared(
            ("--memory",),
            scope="run",
            metavar="SIZE",
            help="What a run may take, e.g. 4G or 800M; half of the machine's unless given.",
            reads=size_mib,
            least=1,
            unit="MiB",
        ),
    ] = None
    work_folder: Annotated[
        Path | None,
        Declared(
            ("--work-dir",),
            scope="run",
            metavar="FOLDER",
            help="Where unfinished films are kept; beside the result unless given.",
        ),
    ] = None
    is_work_kept: Annotated[
        bool,
        Declared(
            ("--keep-work",),
            scope="run",
            help="Keep the finished shots, so that a later run computes only those that change.",
            is_for_one_film=True,
        ),
    ] = False
    is_fresh: Annotated[
        bool,
        Declared(
            ("--fresh",),
            scope="run",
            help="Throw away what an earlier run left, and begin again.",
            is_for_one_film=True,
        ),
    ] = False
    start_s: Annotated[
        FilmMoment | None,
        Declared(
            ("--start",),
            scope="film",
            panel=_PART,
            metavar="TIME",
            help="Seconds, HH:MM:SS.mmm, or timecode HH:MM:SS:FF.",
            reads=film_moment,
            least=0,
            unit="s",
            is_for_one_film=True,
        ),
    ] = None
    end_s: Annotated[
        FilmMoment | None,
        Declared(
            ("--end",),
            scope="film",
            panel=_PART,
            metavar="TIME",
            help="Seconds, HH:MM:SS.mmm, or timecode HH:MM:SS:FF.",
            reads=film_moment,
            is_for_one_film=True,
        ),
    ] = None
    shots_file: Annotated[
        Path | None,
        Declared(
            ("--shots",),
            scope="run",
            panel=_PART,
            metavar="FILE",
            help="Shot list: CSV, EDL, OTIO, or that of PySceneDetect.",
            is_for_one_film=True,
        ),
    ] = None
    trace_file: Annotated[
        Path | None,
        Declared(
            ("--trace",),
            scope="run",
            metavar="FILE",
            help="Write who worked and who waited, for chrome://tracing or ui.perfetto.dev.",
            is_for_one_film=True,
        ),
    ] = None
    name_tag: Annotated[str, Declared(scope="run")] = ""  # stands before the suffix of the result's name
    memory_shares: Annotated[int, Declared(scope="run", least=1)] = 1  # so many runs divide the memory
    is_done_skipped: Annotated[bool, Declared(scope="run")] = False  # where the fingerprint is the same
    output_folder: Annotated[Path | None, Declared(scope="run")] = None  # for a result that has no other name

    def __post_init__(self) -> None:
        check_options(self)
        abilities = stated_abilities(self.model)  # of another package's model more is known once it is loaded
        if self.is_compat and abilities is not None and not abilities.has_published_path:
            message = f"{flag_of('is_compat')} is the published path of tcvc-idc"
            raise UsageError(message, "Add {model} tcvc-idc.", option="is_compat")
        if self.is_compat and self.points:
            message = f"{flag_of('is_compat')} is the published path, which knows no points"
            raise UsageError(message, "Leave out {points} or {is_compat}.", option="points")
        if self.is_compat and self.references:
            message = f"{flag_of('is_compat')} is the published path, which knows no references"
            raise UsageError(message, "Leave out {references} or {is_compat}.", option="references")
        self._refuse_beside_causal()
        if self.sign is not None and self.output == PIPE:
            message = f"{flag_of('sign')} signs a file, and {flag_of('output')} {PIPE} makes none"
            raise UsageError(message, "Give it a name with {output}.", option="sign")
        if isinstance(self.start_s, Fraction) and isinstance(self.end_s, Fraction):
            refuse_backwards(self.start_s, self.end_s)

    def _refuse_beside_causal(self) -> None:
        others = {
            "is_compat": self.is_compat,
            "is_ensemble": self.is_ensemble,
            "references": bool(self.references),
            "points": bool(self.points),
        }
        for name in (name for name, is_given in others.items() if self.is_causal and is_given):
            causal, other = flag_of("is_causal"), flag_of(name)
            message = f"{causal} knows only the frames that came before; {other} asks for more"
            raise UsageError(message, f"Leave out {{is_causal}} or {{{name}}}.", option="is_causal")

    def result_path(self, usual: Path) -> Path:
        """The result: as it was named; else under its usual name, in the folder that was given."""
        if self.output is not None:
            return self.output
        return usual if self.output_folder is None else self.output_folder / usual.name

    @property
    def part(self) -> Part:
        """In seconds. Raises TypeError while there are timecodes that were not placed."""
        if isinstance(self.start_s, Timecode) or isinstance(self.end_s, Timecode):
            raise TypeError("timecodes become seconds once the film is known")
        return Part(self.start_s, self.end_s)

    @property
    def encoding(self) -> Encoding:
        """How the picture is coded."""
        return Encoding(self.preset, self.encoder, self.crf, self.encoder_options, self.chroma)


def refuse_backwards(start_s: Fraction, end_s: Fraction) -> None:
    """Raises UsageError for a part that ends before it begins."""
    if end_s <= start_s:
        raise UsageError(f"{flag_of('end_s')} is not after {flag_of('start_s')}", option="end_s")


def flag_of(name: str) -> str:
    """The flag of the command line that sets a field of Options, or a switch of one."""
    return flags_of(Options)[name]
