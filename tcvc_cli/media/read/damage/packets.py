"""Which packets are damaged: those that the container marks, those of DV whose tape had dropouts, those of
which no picture comes, and those that are not there although the index or the header names them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from tcvc_cli.media.read.damage.sound import SoundWatch
from tcvc_cli.media.read.probe import is_bare, is_often_joined, may_be_joined
from tcvc_cli.media.structure.integrity.dv_dropouts import has_dropouts
from tcvc_cli.records import DamagedPacket, FilmInfo

_MOST_HELD: Final = 10_000  # more come from files that mean harm
_PATIENCE: Final = 4  # pictures that may come out before one that is shown earlier
_FAR: Final = 128  # packets after which a picture comes no more, where a clock may begin anew
_NOT_CODED_BYTES: Final = 8  # MPEG-4 says with so many that the picture before stays
_SHOWS = 0x10  # in the first byte of a frame of VP8
_INDEXED: Final = ("mp4", "avi")  # formats with an index of all that they hold


class DamageWatch:
    """Sees the packets of all streams in order, from the first on; `stream` is that of the pictures that are
    wanted."""

    def __init__(self, film: FilmInfo, container: InputContainer, stream: VideoStream) -> None:
        self._film, self._stream = film, stream
        self._codec = stream.codec_context.codec.canonical_name
        self._damaged: set[int] = set()
        self._beside: list[DamagedPacket] = []
        self._sound = SoundWatch(is_often_joined=is_often_joined(container))
        self._pictures = _PicturesOfPackets(film, container, stream)
        self._is_indexed = any(name in container.format.name for name in _INDEXED)
        self._is_avi = "avi" in container.format.name
        self._packets = 0

    def see(self, packet: Packet[Any]) -> None:
        if packet.stream_index == self._stream.index:
            self._packets += packet.size > 0
            self._pictures.expect(packet)
            if packet.pts is not None and self._is_damaged(packet):
                self._damaged.add(packet.pts)
            return
        if packet.is_corrupt and packet.size:
            self._tell(DamagedPacket(packet.stream_index, _at_s(packet.pts, packet.time_base)))
        if packet.stream.type == "audio" and (gap := self._sound.see(packet)) is not None:
            self._tell(gap)

    def _tell(self, one: DamagedPacket) -> None:
        if len(self._beside) < _MOST_HELD:
            self._beside.append(one)

    def _is_damaged(self, packet: Packet[Any]) -> bool:
        is_known = len(self._damaged) < _MOST_HELD and packet.size > 0
        is_dv = self._codec == "dvvideo"
        return is_known and (packet.is_corrupt or (is_dv and has_dropouts(bytes(packet))))

    def take(self, picture: av.VideoFrame) -> bool:
        """Whether the packet that a picture came of is damaged; it is asked for once."""
        for pts in self._pictures.take(picture):
            self._lose(pts)
        if picture.pts is None or picture.pts not in self._damaged:
            return False
        self._damaged.discard(picture.pts)
        return True

    def end(self, missing_frames: int) -> None:
        """All packets were seen, and all pictures came; so many are missing behind them."""
        for pts in self._pictures.rest():
            self._lose(pts)
        for _ in range(min(max(self._named() - self._packets, missing_frames), _MOST_HELD)):
            self._lose(None)

    def _named(self) -> int:
        """Packets by the index, or by AVI's header, which counts them too; MP4's counts what was cut away."""
        if not self._is_indexed:
            return 0
        entries = self._stream.index_entries
        named = len(entries)
        if not self._is_avi:
            return named
        # For an empty packet the picture before stays: FFmpeg counts it in the times of the index alone.
        held = entries[-1].timestamp + 1 - named if named else 0
        return max(named, self._stream.frames - max(0, held))

    def _lose(self, pts: int | None) -> None:
        self._tell(DamagedPacket(self._stream.index, _at_s(pts, self._film.time_base), "lost"))

    def beside(self) -> tuple[DamagedPacket, ...]:
        """What was found of other streams, or is not there, since it was asked before."""
        found, self._beside = tuple(self._beside), []
        return found


def _at_s(pts: int | None, time_base: Fraction) -> Fraction | None:
    return None if pts is None else pts * time_base


class _PicturesOfPackets:
    """Which packets wait for their picture. Nothing is expected of those that a bare stream gives times by
    guess, of those before the first key frame of a recording that was begun anywhere, nor of pictures that
    lean on what was before the first."""

    def __init__(self, film: FilmInfo, container: InputContainer, stream: VideoStream) -> None:
        self._codec = stream.codec_context.codec.canonical_name
        self._step = 1 / (film.frame_rate * film.time_base)
        self._is_timed = not is_bare(container) and not film.is_photograph
        self._begins_anywhere = is_often_joined(container)
        self._is_joined = may_be_joined(container)
        self._waiting: dict[int, int] = {}  # by time, which packet it is
        self._passed: dict[int, int] = {}  # by time, how many later pictures came
        self._first_key: int | None = None
        self._sent = self._came = 0

    def expect(self, packet: Packet[Any]) -> None:
        if not packet.size:
            return
        self._sent += 1
        if packet.is_keyframe and self._first_key is None and packet.pts is not None:
            self._first_key = packet.pts
        is_expected = self._is_timed and len(self._waiting) < _MOST_HELD
        if is_expected and packet.pts is not None and self._is_shown(packet):
            self._waiting.setdefault(packet.pts, self._sent)

    def _is_shown(self, packet: Packet[Any]) -> bool:
        if packet.is_discard:  # an edit list hides it
            return False
        if self._first_key is None:
            return not self._begins_anywhere
        if self._codec == "vp8":
            return bool(memoryview(packet)[0] & _SHOWS)
        is_leading = packet.pts is not None and packet.pts < self._first_key
        return not is_leading and not (self._codec == "mpeg4" and packet.size <= _NOT_CODED_BYTES)

    def take(self, picture: av.VideoFrame) -> list[int]:
        """Those of whose pictures it is sure now that they come no more."""
        pts = picture.pts
        self._came += 1
        if pts is None or not self._waiting:
            return []
        self._waiting.pop(pts, None)
        self._passed.pop(pts, None)
        if picture.interlaced_frame:  # its second field may be a packet of its own
            for other in [one for one in self._waiting if abs(one - pts) < self._step * 3 / 4]:
                self._waiting.pop(other)
        if self._came == 1 and self._begins_anywhere:
            self._waiting = {one: number for one, number in self._waiting.items() if one > pts}
        return self._given_up(pts)

    def _given_up(self, shown: int) -> list[int]:
        gone = list[int]()
        for pts, number in self._waiting.items():
            if self._is_joined:
                is_gone = number <= self._sent - _FAR
            else:
                self._passed[pts] = self._passed.get(pts, 0) + (pts < shown)
                is_gone = self._passed[pts] >= _PATIENCE
            if is_gone:
                gone.append(pts)
        for pts in gone:
            self._waiting.pop(pts)
            self._passed.pop(pts, None)
        return gone

    def rest(self) -> list[int]:
        """Those that still wait at the end of the film."""
        rest, self._waiting = sorted(self._waiting), {}
        return rest
