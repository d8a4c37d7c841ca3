"""Sound and pictures that a file announces and that begin later than FFmpeg looks when it opens it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream
from av.video.stream import VideoStream

from tcvc_cli.media.structure.beginnings.program_stream import last_beginning

_FARTHEST_BYTES = 2**28  # FFmpeg keeps in memory what it looks at
_SEEN_BYTES = 2**20  # less than FFmpeg looks at
_BEHIND_BYTES = 2**21  # enough to know a stream by
_NO_TIME_LIMIT_US = 2**50
_found: dict[tuple[Path, int, int], int | None] = {}  # a film is opened many times


def is_unseen(stream: Stream) -> bool:
    """True for sound or pictures of which FFmpeg has not seen a packet."""
    if stream.codec_context is None:
        return False
    if isinstance(stream, VideoStream):
        is_told_late = stream.container.format.name == "mpegts"
        return is_told_late and not (stream.codec_context.width and stream.codec_context.height)
    return isinstance(stream, AudioStream) and not (stream.rate and stream.channels)


def options_to_find_all(container: InputContainer, path: Path) -> Mapping[str, str] | None:
    """How `path` must be opened to know the streams that `container` does not know, None where it knows all
    or none of them begins within a quarter of a gigabyte. Reads `container` to where the last one begins, so
    that it must be opened again where this is not None."""
    is_announced = container.format.name != "mpeg"
    if not path.is_file() or (is_announced and not any(map(is_unseen, container.streams))):
        return None
    state = path.stat()
    file = path, state.st_size, state.st_mtime_ns
    if file not in _found:
        _found[file] = _where_all_have_begun(container) if is_announced else _late_in(path)
        if _found[file] is None:
            return {}  # the same again: it has been read to its end
    far_bytes = _found[file]
    if far_bytes is None:
        return None
    return {"probesize": str(far_bytes + _BEHIND_BYTES), "analyzeduration": str(_NO_TIME_LIMIT_US)}


def _late_in(path: Path) -> int | None:
    """As of a program stream; None where FFmpeg sees all of them by itself."""
    begun = last_beginning(path, _FARTHEST_BYTES)
    return begun if begun is not None and begun > _SEEN_BYTES else None


def _where_all_have_begun(container: InputContainer) -> int | None:
    """The place in bytes where the last unknown stream that begins at all begins."""
    missing = {stream.index for stream in container.streams if is_unseen(stream)}
    reached, begun = 0, None
    with suppress(FFmpegError, IndexError):
        for packet in container.demux():
            reached = max(reached, packet.pos or 0)
            if reached > _FARTHEST_BYTES or not missing:
                break
            if packet.size and packet.stream_index in missing:
                missing.discard(packet.stream_index)
                begun = reached
    return begun
