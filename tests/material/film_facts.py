"""What a film file holds, read in the plainest way, to compare an original with a result."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tests.material.present import present, seconds_of

Plane = NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """8-bit 4:2:0 pictures: luma `(N, H, W)`, chroma `(N, 2, H/2, W/2)`, and the time of each."""

    times: list[Fraction]
    luma: Plane
    chroma: Plane


def pictures(path: Path) -> Pictures:
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
        height, width = frames[0].height, frames[0].width
        assert {frame.format.name for frame in frames} <= {"yuv420p", "yuvj420p"}
        planes = np.stack([frame.to_ndarray() for frame in frames]).astype(np.uint8, copy=False)
    times = [seconds_of(frame) for frame in frames]
    chroma = planes[:, height:].reshape(len(frames), 2, height // 2, width // 2)
    return Pictures(times, planes[:, :height], chroma)


def packets(path: Path, kind: str) -> dict[int, list[tuple[Fraction, bytes]]]:
    """For each stream of `kind`, in order: when each packet is shown, and its payload."""
    with av.open(str(path)) as film:
        streams = [stream for stream in film.streams if stream.type == kind]
        found: dict[int, list[tuple[Fraction, bytes]]] = {stream.index: [] for stream in streams}
        for packet in film.demux(streams):
            if packet.size:
                found[packet.stream.index].append((seconds_of(packet), bytes(packet)))
    return dict(enumerate(found.values()))


def frame_times(path: Path) -> list[Fraction]:
    """When each frame is shown, in seconds, as tcvc reads it."""
    return [frame.time.seconds for frame in read_frames(probe(path))]


def timed_packets(path: Path, index: int, *, shift: Fraction = Fraction(0)) -> list[tuple[Fraction, bytes]]:
    """(seconds, payload) of every packet of the stream `index`, `shift` seconds later than it says."""
    with av.open(str(path)) as film:
        stream = film.streams[index]
        return [(seconds_of(packet) + shift, bytes(packet)) for packet in film.demux(stream) if packet.size]


def languages(path: Path) -> list[str | None]:
    with av.open(str(path)) as film:
        return [stream.language for stream in film.streams]


def chapters(path: Path) -> list[tuple[Fraction, Fraction, str]]:
    with av.open(str(path)) as film:
        rows = film.chapters()
    ticks = [present(row["time_base"]) for row in rows]
    return [(r["start"] * t, r["end"] * t, r["metadata"]["title"]) for r, t in zip(rows, ticks, strict=True)]


def mean_chroma(chroma: Plane) -> float:
    """Mean distance of Cb and Cr from neutral, in code values; 0 for a grey film."""
    blue, red = chroma[:, 0].astype(np.float32) - 128, chroma[:, 1].astype(np.float32) - 128
    return float(np.hypot(blue, red).mean())
