"""Everything a user can choose for one film, frozen, so that a run can be fingerprinted."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from tcvc_cli.errors import UsageError
from tcvc_cli.records import Encoding

Preset = Literal["access", "master", "prores"]
Chroma = Literal["420", "422", "444"]
ColorParts = Literal["keep", "recolour"]
PALETTES = (1, 2, 3, 4)  # the model's other colourings
NAME = "{stem}.color.{ext}"  # of the results of a batch
PIPE = Path("-")  # as an input stdin, as an output stdout
OnExisting = Literal["refuse", "overwrite", "skip"]
_FLAGS = {  # of the fields that are called otherwise than their options
    "color_parts": "--colour-parts",
    "encoder_options": "--encoder-opt",
    "end_s": "--end",
    "has_premis": "--premis",
    "interval_frames": "--interval",
    "is_compat": "--compat",
    "is_dry_run": "--dry-run",
    "is_ensemble": "--ensemble",
    "is_fresh": "--fresh",
    "is_proved": "--proof",
    "is_strict": "--strict",
    "memory_mib": "--memory",
    "model_size_px": "--model-size",
    "overlap_frames": "--overlap",
    "shots_file": "--shots",
    "start_s": "--start",
    "work_folder": "--work-dir",
}


def flag_of(field: str) -> str:
    """The option of the command line that sets a field of Options."""
    return _FLAGS.get(field) or "--" + field.replace("_", "-")


def argument_of(field: str) -> str:
    """What the command's function calls it, from which the command line has the option's name."""
    return flag_of(field).removeprefix("--").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Options:
    """`start_s` and `end_s` are seconds of film time; frames in `[start_s, end_s)` are colorized and kept."""

    input: Path
    output: Path | None = None
    model: str = "tcvc-mini"
    device: str = "auto"
    preset: Preset = "access"
    encoder: str | None = None  # None: the preset's own
    crf: int | None = None
    encoder_options: tuple[tuple[str, str], ...] = ()
    chroma: Chroma = "420"  # of grey films
    color_parts: ColorParts = "keep"  # what becomes of shots that are in colour already
    is_strict: bool = False  # rather no result than one without some stream
    interval_frames: int = 16
    overlap_frames: int = 8
    model_size_px: int | None = None  # None: the model's own
    saturation: float = 1.0
    name_tag: str = ""  # stands before the suffix of the result's name
    palette: int = 0  # 0: the model's own choice; 1 to 4: one of its other colourings
    is_ensemble: bool = False  # windows with two intervals, averaged
    is_compat: bool = False  # tcvc-idc by its authors' own test-time path
    start_s: Fraction | None = None
    end_s: Fraction | None = None
    shots_file: Path | None = None
    on_existing: OnExisting = "refuse"
    is_dry_run: bool = False
    is_proved: bool = False  # compared with the film before it takes its name
    has_premis: bool = False  # a PREMIS event beside it
    memory_mib: int | None = None  # may be taken; None: half of the machine's
    memory_shares: int = 1  # so many runs divide that memory
    work_folder: Path | None = None  # where unfinished films lie; None: beside their results
    is_done_skipped: bool = False  # a result with the same fingerprint is left as it is
    is_fresh: bool = False  # what an earlier run left is thrown away

    def __post_init__(self) -> None:
        if not 1 <= self.interval_frames <= 250:
            raise UsageError(f"--interval is {self.interval_frames}; it takes 1 to 250 frames")
        if not 0 <= self.overlap_frames <= 250:
            raise UsageError(f"--overlap is {self.overlap_frames}; it takes 0 to 250 frames")
        if self.model_size_px is not None and not 64 <= self.model_size_px <= 1024:
            raise UsageError(f"--model-size is {self.model_size_px}; it takes 64 to 1024 px")
        if self.is_compat and self.model != "tcvc-idc":
            raise UsageError("--compat is the published path of tcvc-idc", "Add --model tcvc-idc.")
        if self.palette not in (0, *PALETTES):
            raise UsageError(f"--palette is {self.palette}; it takes 1 to 4")
        if not 0 <= self.saturation <= 4:
            raise UsageError(f"--saturation is {self.saturation}; it takes 0 to 4")
        if self.memory_mib is not None and self.memory_mib < 1:
            raise UsageError(f"--memory is {self.memory_mib} MiB; it takes 1 and more")
        if self.start_s is not None and self.start_s < 0:
            raise UsageError("--start is before the film begins")
        if self.start_s is not None and self.end_s is not None and self.end_s <= self.start_s:
            raise UsageError("--end is not after --start")

    @property
    def encoding(self) -> Encoding:
        """How the picture is coded."""
        return Encoding(self.preset, self.encoder, self.crf, self.encoder_options, self.chroma)
