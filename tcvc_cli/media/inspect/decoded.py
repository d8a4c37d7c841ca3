"""What coded streams say once decoded, to compare a stream with its conversion: subtitles and sound."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle
from numpy.typing import NDArray

from tcvc_cli.media.excerpt import COMPLETE_FILM, Excerpt
from tcvc_cli.media.failures import reading
from tcvc_cli.media.inspect.packets import is_pause
from tcvc_cli.media.read.probe import demuxed, open_film

_EVENT_FIELDS_BEFORE_TEXT = 8  # libav hands every text subtitle out as an event of Advanced SubStation
_STYLING = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: its words without styling, lines parted by newlines, on from `start_s` to `end_s`."""

    start_s: Fraction
    end_s: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Decoded sound: `samples` in each channel, SHA-256 in hex over all of them, when the first is heard and
    when the last is over."""

    samples: int
    sha256: str
    start_s: Fraction
    end_s: Fraction


def cues(path: Path, index: int, excerpt: Excerpt = COMPLETE_FILM) -> Iterator[Cue]:
    """The text subtitles of stream `index` in `excerpt`, in order. Raises as `probe` does, and MediaError."""
    with reading(path), open_film(path) as container:
        stream = container.streams[index]
        assert isinstance(stream, SubtitleStream)
        stream.codec_context.open(strict=False)  # so that it knows the header with the styles
        for packet in demuxed(container, stream):
            moment = excerpt.moment(packet) if packet.size and not is_pause(packet) else None
            if moment is not None and moment.start_s is not None:
                found = stream.codec_context.decode2(packet)
                lines = [_words(one) for one in found or () if isinstance(one, AssSubtitle)]
                yield Cue(moment.start_s, moment.start_s + moment.length_s, "\n".join(lines))


def _words(event: AssSubtitle) -> str:
    """The text of an event as libav writes it: eight fields, then text with `{styling}` and `\\N`."""
    text = event.ass.decode("utf-8", "replace").split(",", _EVENT_FIELDS_BEFORE_TEXT)[-1]
    return _STYLING.sub("", text).replace("\\N", "\n").strip()


def sound(path: Path, index: int, excerpt: Excerpt = COMPLETE_FILM) -> Sound:
    """All samples of stream `index` in `excerpt`, decoded. Raises as `probe` does, and MediaError."""
    digest, samples = hashlib.sha256(), 0
    start_s: Fraction | None = None
    end_s = Fraction(0)
    with reading(path), open_film(path) as container:
        stream = container.streams[index]
        assert isinstance(stream, AudioStream)
        edit_end_s = _edit_end_s(container, stream)
        for frame in _sounds(container, stream, excerpt):
            heard = _heard(frame, edit_end_s)
            digest.update(_in_order(frame)[:heard].tobytes())
            samples += heard
            if frame.pts is not None and frame.time_base is not None:
                at = frame.pts * frame.time_base - excerpt.shift_s
                start_s = at if start_s is None else start_s
                end_s = at + Fraction(heard, frame.sample_rate)
    return Sound(samples, digest.hexdigest(), start_s or Fraction(0), end_s)


def _in_order(frame: AudioFrame) -> NDArray[Any]:
    """(samples, channels)."""
    values = frame.to_ndarray()
    return values.reshape(frame.samples, -1) if frame.format.is_packed else values.T


def _edit_end_s(container: InputContainer, stream: AudioStream) -> Fraction | None:
    """Where an edit list ends the sound; a decoder gives out all of the last packet."""
    if "mp4" not in container.format.name or stream.duration is None or stream.time_base is None:
        return None
    return ((stream.start_time or 0) + stream.duration) * stream.time_base


def _heard(frame: AudioFrame, end_s: Fraction | None) -> int:
    """How many samples of the frame come before the end. Edit lists count in milliseconds as a rule: what is
    less may be no more than their rounding."""
    if end_s is None or frame.pts is None or frame.time_base is None:
        return frame.samples
    left = round((end_s - frame.pts * frame.time_base) * frame.sample_rate)
    return max(0, left) if frame.samples - left > frame.sample_rate // 1000 else frame.samples


def _sounds(container: InputContainer, stream: AudioStream, excerpt: Excerpt) -> Iterator[AudioFrame]:
    for packet in demuxed(container, stream):
        if packet.size and excerpt.moment(packet) is not None:
            yield from stream.decode(packet)
    yield from stream.decode(None)
