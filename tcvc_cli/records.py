"""The nouns that every room speaks. Integers and Fractions only: no arrays, no float seconds.

Frame ranges are half-open, `[start, stop)`, counted in presentation order from the first frame of
the film. Only `Clip` includes both its ends, because both are anchors, and
`FrameRange`, which a person writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

Fields = Literal["none", "top", "bottom"]  # which field of an interlaced frame is shown first
# Where chroma samples stand between luma samples: by the names of FFmpeg.
ChromaSiting = Literal["unspecified", "left", "center", "topleft", "top"]
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
class DamagedPacket:
    """A packet of which bytes are missing or wrong, or that is not there. `at_s`: when it is played, by the
    clock of the file; None where it does not say.

    `torn`: of another stream than the picture's. `lost`: one of the picture's of which no picture came.
    `gap`: behind it, a stream of sound has nothing for `gap_s`; it is the stream's packet `number`.
    """

    stream_index: int
    at_s: Fraction | None
    kind: Literal["torn", "lost", "gap"] = "torn"
    gap_s: Fraction = Fraction(0)
    number: int = 0


@dataclass(frozen=True, slots=True)
class Findings:
    """What all frames of a part say, beyond what its first does.

    `losses` name what changes in mid-stream and the result says of the first frames only; `warnings` tell
    what a person should know before the work; `damage` which frames and packets are damaged, empty when none
    is. `side_data` are the kinds that come with any frame. `about_fields` are those among the first two that
    a result does not need whose frames each state the order of their fields.
    """

    losses: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    damage: str = ""
    side_data: tuple[str, ...] = ()
    about_fields: tuple[str, ...] = ()

    def of_each_order(self) -> Findings:
        """For such a result."""
        losses, warnings = (
            tuple(words for words in told if words not in self.about_fields)
            for told in (self.losses, self.warnings)
        )
        return replace(self, losses=losses, warnings=warnings, about_fields=())


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
    the film says none. `has_mixed_fields`: its frames differ in their fields, and the result says so of each
    of them.
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
    siting: ChromaSiting = "unspecified"
    has_mixed_fields: bool = False

    def order_in(self, facts: FrameFacts | None) -> Fields:
        """Which field of a frame of the result is shown first; `facts` are those of the film's frame."""
        return facts.fields if self.has_mixed_fields and facts is not None else self.fields

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
class Overlay:
    """A part of a grey picture that is in colour and no part of it, such as the logo of a station: a
    rectangle in a grid of 32 columns and 24 rows, `right` and `bottom` not included. Where it `is_whole`
    everything inside keeps its colour, else what has one."""

    left: int
    top: int
    right: int
    bottom: int
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames `[start, stop)` between two cuts. What `is_in_color` already is passed through as it is, and so
    are the `overlays` of one that is not.

    A shot that comes in by a `dissolve` starts in its middle, and is seen in all of it.
    """

    start: int
    stop: int
    is_in_color: bool = False
    dissolve: Dissolve | None = None
    overlays: tuple[Overlay, ...] = ()

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


@dataclass(frozen=True, slots=True)
class SyntheticColors:
    """What a result says of its computed colours.

    `digital_source_type` is a URI of IPTC's vocabulary; `statement` the same for a person; `weights_sha256`
    is in hex, or what another package states of its weights, or empty; `when` UTC as RFC 3339 has it;
    `operator` who answers for the colours, None where nobody said; `options` pairs of an option's name and
    its value, those that change pictures and were given; `source_file` the name without its folder,
    `source_sha256` in hex, either empty where it is not known.
    """

    digital_source_type: str
    statement: str
    software: str
    version: str
    model: str
    weights_sha256: str
    when: str
    operator: str | None
    operator_kind: Literal["person", "organization"] | None
    options: tuple[tuple[str, str], ...]
    source_file: str
    source_sha256: str
