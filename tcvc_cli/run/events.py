"""What happens during a run, as typed events. The work yields them; only `cli` draws them.

On the command line, as JSON, each event is one line: `{"event": "FilmProbed", ...fields}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, Literal

from tcvc_cli.records import CarriedStream, DroppedStream, FilmInfo, Shot
from tcvc_cli.run.machines.events import ShareFinished, ShotsEnded, ShotsStarted, Waiting
from tcvc_cli.run.showing_events import (
    ComparisonStarted,
    ComparisonWritten,
    PreviewMade,
    ReviewBuilt,
    SheetsLaid,
)

if TYPE_CHECKING:
    from tcvc_cli.measure.proof.compare import Proof
    from tcvc_cli.run.film_memory.used_reference import UsedReference

Stage = Literal[
    "shots",
    "references",
    "memory",
    "coverage",
    "export",
    "colors",
    "stabilize",
    "palettes",
    "sheet",
    "compare",
    "choosing",
    "review",
    "colorize",
    "grade",
    "remux",
    "proof",
]
State = Literal["done", "done before", "planned", "failed", "elsewhere"]  # of a film of several
Coloring = int | Literal["ensemble"]  # a palette, of which 0 is the model's own choice
Basis = Literal["calibration", "sample"]  # of an estimate
ENSEMBLE: Final = "ensemble"


@dataclass(frozen=True, slots=True)
class FilmProbed:
    """`settings` is the settings file that counts for it, given or found; null where there is none."""

    film: FilmInfo
    output: Path
    model: str
    device: str
    precision: str
    settings: Path | None = None


@dataclass(frozen=True, slots=True)
class GradingStarted:
    """A film in colour gets other colours; `luma_from` is the film whose luma the result has."""

    film: FilmInfo
    output: Path
    luma_from: Path
    parts: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was decided before the first frame: what the model sees, and how its windows and the result's
    picture are made. `encoder_options` are libav's; of a photograph there is no encoder."""

    model_size_px: tuple[int, int]
    interval_frames: int
    window_frames: int
    overlap_frames: int
    threads: int
    encoder: str | None
    pixel_format: str | None
    encoder_options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StageStarted:
    """`total_frames` is what is expected; a broken header may be wrong. `then` are the stages that go over
    the same frames behind this one until the result stands, None where that is not known."""

    stage: Stage
    total_frames: int
    then: tuple[Stage, ...] | None = None


@dataclass(frozen=True, slots=True)
class FramesDone:
    """`frames` of the stage are finished, counted from its start."""

    stage: Stage
    frames: int


@dataclass(frozen=True, slots=True)
class ShotsFound:
    shots: tuple[Shot, ...]
    anchor_count: int


@dataclass(frozen=True, slots=True)
class ReferencesFound:
    """What the pictures are that were given, and which shots they count for."""

    references: tuple[UsedReference, ...]


@dataclass(frozen=True, slots=True)
class ShotStarted:
    number: int  # from 1
    shot: Shot


@dataclass(frozen=True, slots=True)
class Resumed:
    """Of a run before this one `segments` are kept, wherever in the film they stand: `frames` frames, and all
    of `shots` shots. `changes` says how that run was another one, None where it was not."""

    segments: int
    frames: int
    shots: int
    changes: str | None = None


@dataclass(frozen=True, slots=True)
class StartedAfresh:
    """Nothing that a run before this one left could be used."""

    why: str


@dataclass(frozen=True, slots=True)
class SegmentDone:
    """The segment is on disk; from here on a run that is stopped need not make it again."""

    number: int  # from 1, in the order in which they are made
    segment_count: int
    frames: int


@dataclass(frozen=True, slots=True)
class StreamsCarried:
    carried: tuple[CarriedStream, ...]
    dropped: tuple[DroppedStream, ...]


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should know that does not stop the run."""

    message: str


@dataclass(frozen=True, slots=True)
class Proved:
    """What was found before the result took its name; see docs/verify.md."""

    holds: bool
    is_complete: bool
    proof: Proof
    seconds: float


@dataclass(frozen=True, slots=True)
class Steadied:
    """Colours of another tool before and after, at the size at which they were steadied: flicker (see
    measure/warp_error), None without colour or motion, and the mean chroma in CIE units."""

    flicker_before: float | None
    flicker_after: float | None
    chroma_before: float
    chroma_after: float


@dataclass(frozen=True, slots=True)
class Planned:
    """End of a dry run. `estimated_s` is the time of the whole command, from its start on, by what runs like
    it took on this machine ("calibration") or by a short measurement ("sample"), as `estimated_from` says;
    `estimated_mib` comes from samples all over the film. `existing` is what has the names of the result and
    of the files beside it already."""

    shots: tuple[Shot, ...]
    anchors: tuple[int, ...]
    estimated_s: float
    estimated_mib: float
    existing: tuple[Path, ...] = ()
    estimated_from: Basis = "sample"


@dataclass(frozen=True, slots=True)
class Skipped:
    """The output is there already, and is to stay."""

    output: Path


@dataclass(frozen=True, slots=True)
class Finished:
    """`timings`: seconds by stage."""

    output: Path
    sidecar: Path
    frames: int
    seconds: float
    timings: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class FrameExported:
    """A frame of the film stands as a picture; `shot` is counted from 1."""

    file: Path
    frame: int
    shot: int


@dataclass(frozen=True, slots=True)
class FramesExported:
    """All that were wanted. `explained`: which share of what is to be coloured looks like them, or like the
    references that there were; None where that was not asked."""

    folder: Path
    files: tuple[FrameExported, ...]
    explained: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class PartCoverage:
    """Frames `[start, stop)` of one shot, counted from 1, and the share of them that the references
    explain."""

    start: int
    stop: int
    shot: int
    coverage: float


@dataclass(frozen=True, slots=True)
class CoverageFound:
    """The share of all frames that are to be coloured that the references explain, and the `parts` of which
    less than `under` is explained, the worst first."""

    coverage: float
    under: float
    parts: tuple[PartCoverage, ...]


@dataclass(frozen=True, slots=True)
class ColoringJudged:
    """Of a few frames of a shot: the mean `chroma` in CIE units, and the `flicker` of measure/warp_error.py,
    None where there is one frame or no colour."""

    coloring: Coloring
    chroma: float
    flicker: float | None


@dataclass(frozen=True, slots=True)
class ShotPalettes:
    """A row of a sheet: the shot, counted from 1, of frames `[start, stop)`, which starts at `starts_s` from
    the film's first; the `frame` that is shown; `palette` is what holds for it now. Of equal colourings the
    first is named; `steadiest` is None where none can be told."""

    shot: int
    start: int
    stop: int
    starts_s: Fraction
    frame: int
    palette: int
    colorings: tuple[ColoringJudged, ...]
    most_saturated: Coloring
    steadiest: Coloring | None


@dataclass(frozen=True, slots=True)
class PalettesLaid:
    """All sheets are written, the first of them last; `shots` is how many they show."""

    sheets: tuple[Path, ...]
    shots: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Piped:
    """The result went through stdout, complete."""

    format: str
    frames: int
    seconds: float


@dataclass(frozen=True, slots=True)
class FileStarted:
    """The next film of a batch."""

    input: Path


@dataclass(frozen=True, slots=True)
class FileTold:
    """What happens to one of several films that are coloured at the same time."""

    input: Path
    told: Event


@dataclass(frozen=True, slots=True)
class FileEnded:
    """A film of a batch, or of several inputs. `elsewhere`: another process has it in work; `planned`: of a
    dry run. `exit_code` and `message` are those that the film alone would end with; `below` is the folder of
    the result under the output folder."""

    input: Path
    below: PurePath
    output: Path | None
    state: State
    exit_code: int
    message: str | None
    frames: int
    seconds: float


@dataclass(frozen=True, slots=True)
class BatchFinished:
    """What became of each film."""

    files: tuple[FileEnded, ...]


Event = (
    FilmProbed
    | GradingStarted
    | Prepared
    | StageStarted
    | FramesDone
    | ShotsFound
    | ReferencesFound
    | ShotStarted
    | Resumed
    | StartedAfresh
    | Waiting
    | ShareFinished
    | ShotsStarted
    | ShotsEnded
    | SegmentDone
    | StreamsCarried
    | Warned
    | Proved
    | Steadied
    | Planned
    | Skipped
    | Finished
    | FrameExported
    | FramesExported
    | CoverageFound
    | ShotPalettes
    | PalettesLaid
    | SheetsLaid
    | ComparisonStarted
    | ComparisonWritten
    | PreviewMade
    | ReviewBuilt
    | Piped
    | FileStarted
    | FileTold
    | FileEnded
    | BatchFinished
)
