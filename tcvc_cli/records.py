"""The nouns that every room speaks. Integers and Fractions only: no arrays, no float seconds.

Frame ranges are half-open, `[start, stop)`, counted in presentation order from the first frame of
the film. Only `Clip` includes both its ends, because both are anchors, and
`FrameRange`, which a person writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

Fields = Literal["none", "top", "bottom"]  # which field of an interlaced frame is shown first
PipeFormat = Literal["y4m", "nut", "matroska"]
StreamKind = Literal["video", "audio", "subtitle", "data", "attachment"]
COMPUTED: Final = "COLORIZED_WITH"  # the tag of a result that says that its colours were computed


@dataclass(frozen=True, slots=True)
class FrameTime:
    """When a frame is shown: `pts` and `duration` are counted in units of `time_base` seconds."""

    pts: int
    duration: int
    time_base: Fraction

    @property
    def seconds(self) -> Fraction:
        """Presentation time in seconds, exactly."""
        return self.pts * self.time_base


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How the film stores a picture. `name` is FFmpeg's, e.g. `yuv420p10le`."""

    name: str
    bit_depth: int
    chroma_shift_x: int  # log2 of the horizontal chroma subsampling; 0 for 4:4:4
    chroma_shift_y: int
    is_grey: bool  # luma only
    is_rgb: bool

    def chroma_shape(self, height_px: int, width_px: int) -> tuple[int, int]:
        """(rows, columns) of Cb and of Cr beside luma of this size; odd sizes round up."""
        return -(-height_px >> self.chroma_shift_y), -(-width_px >> self.chroma_shift_x)


@dataclass(frozen=True, slots=True)
class ColorTags:
    """Code points of ITU-T H.273, as the stream states them (2 is "unspecified")."""

    primaries: int
    transfer: int
    matrix: int
    full_range: bool


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What a frame says of itself beside its samples.

    `side_data` are the kinds that come with it, by the names of `media/side_data.py`. `is_damaged`: parts of
    it were missing or wrong, and the decoder made them up.
    """

    width_px: int
    height_px: int
    pixel_format: PixelFormat
    color: ColorTags
    sample_aspect: Fraction
    fields: Fields
    rotation_degrees: int
    side_data: frozenset[str]
    is_damaged: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """What all frames of a part say, beyond what its first does.

    `losses` name what changes in mid-stream and the result says of the first frames only; `warnings` tell
    what a person should know before the work; `damage` which frames are damaged, empty when none is.
    `side_data` are the kinds that come with any frame.
    """

    losses: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    damage: str = ""
    side_data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """One stream of the input, as it was found."""

    index: int
    kind: StreamKind
    codec: str
    language: str | None
    title: str | None
    is_picture: bool = False  # cover art: one picture without a time


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the picture is to be coded: a preset, and what is wished instead of its encoder and settings.

    `options` are pairs of a name and a value, as libav's encoder has them. `grey_chroma` is the
    subsampling of the chroma planes that a grey film gets; others keep their own.
    """

    preset: str = "access"
    encoder: str | None = None
    crf: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    grey_chroma: Literal["420", "422", "444"] = "420"


@dataclass(frozen=True, slots=True)
class FilmInfo:
    """The metadata of a film, as far as they can be read without decoding it.

    `frame_count` is what the container claims or the duration implies; only decoding gives the true number.
    `start_s`: when the first frame is shown, by the clock of the file, which need not begin at 0.
    `timecode`: of the first frame, e.g. "01:00:00:00", with ";" before the frames for drop frame; None where
    the film says none.
    """

    path: Path
    container: str  # FFmpeg's demuxer name, e.g. "matroska,webm"
    is_photograph: bool
    video_index: int
    width_px: int
    height_px: int
    sample_aspect: Fraction
    frame_rate: Fraction
    time_base: Fraction
    frame_count: int
    pixel_format: PixelFormat
    color: ColorTags
    streams: tuple[StreamInfo, ...]
    chapter_count: int
    fields: Fields = "none"
    start_s: Fraction = Fraction(0)
    timecode: str | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height)."""
        return self.width_px, self.height_px


@dataclass(frozen=True, slots=True)
class Dissolve:
    """Frames `[start, stop)` in which one shot is mixed into the next."""

    start: int
    stop: int

    def share(self, frame: int) -> Fraction:
        """How much of the frame is the new shot's: in equal steps from 0 at the last frame before the
        dissolve to 1 at the first one after it."""
        return Fraction(frame - self.start + 1, len(self) + 1)

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames `[start, stop)` between two cuts. What `is_in_color` already is passed through as it is.

    A shot that comes in by a `dissolve` starts in its middle, and is seen in all of it.
    """

    start: int
    stop: int
    is_in_color: bool = False
    dissolve: Dissolve | None = None

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Frames as a person names them: the `first` and the `last`, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Clip:
    """From one anchor to the next, both included. `first == last` in a shot of one frame."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Window:
    """A run of clips given to the model at once, with its share of every frame.

    `clips` follow each other: the last frame of one is the first of the next. `weights` has one
    Fraction in (0, 1] for each frame from `start` to `stop`; over all windows of a shot the weights
    of a frame sum to exactly 1. `root` is the anchor that is coloured first, for the others to agree
    with; the first one unless given.
    """

    clips: tuple[Clip, ...]
    weights: tuple[Fraction, ...]
    root: int | None = None

    @property
    def start(self) -> int:
        return self.clips[0].first

    @property
    def stop(self) -> int:
        return self.clips[-1].last + 1

    @property
    def anchors(self) -> tuple[int, ...]:
        """Frame numbers, rising, each once."""
        firsts = [clip.first for clip in self.clips]
        last = self.clips[-1].last
        return tuple(firsts) if firsts[-1] == last else (*firsts, last)

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class CarriedStream:
    """A stream of the input that stands in the result. `how` is "copied" or e.g. "srt to mov_text".

    `lost` names what was written about it and has no place in the result, e.g. "language deu".
    """

    stream: StreamInfo
    how: str
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DroppedStream:
    """A stream of the input that the result does not hold, and why."""

    stream: StreamInfo
    why: str
