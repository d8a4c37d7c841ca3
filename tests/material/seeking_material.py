"""Films of every kind in whose middle reading may begin: what they are, and by which way it is reached."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

import av

from tests.material import changing_films, clock_material, matrix_material
from tests.material.matrix_material import PICTURES, Case
from tests.material.media_sources import Source, make
from tests.material.present import present

FRAMES = 84
Way = Literal["sought", "counted", "from the start"]
TWO_B = {"g": "12", "bf": "2"}
STEADY = Source(frames=FRAMES, time_base=Fraction(1, 25), options=TWO_B)
OPEN_GOP = replace(STEADY, options={**TWO_B, "x264-params": "open-gop=1:scenecut=0"})
BROADCAST = replace(STEADY, codec="mpeg2video", audio=("mp2",), options={**TWO_B, "b": "1000000"})
X265 = "log-level=none:pools=none:frame-threads=1:scenecut=0:keyint=12:min-keyint=12:bframes=3"
INTRA = replace(STEADY, codec="mjpeg", is_full_range=True, options={})
WITH_B_FRAMES = ("libx264", "libx265", "mpeg2video", "mpeg4")


@dataclass(frozen=True)
class Kind:
    """How a film is made in a folder, and how its middle is reached; None where either way will do."""

    make: Callable[[Path], Path]
    way: Way | None = "sought"


def of(name: str, source: Source = STEADY) -> Callable[[Path], Path]:
    return lambda folder: make(folder / name, source)


def coded(
    name: str, *options: str, pictures: str = "testsrc2=s=64x48:r=25", frames: int = FRAMES
) -> Callable[[Path], Path]:
    """What Debian's ffmpeg writes into a pipe or a file."""

    def write(folder: Path) -> Path:
        given = f"{pictures},trim=end_frame={frames}"
        command = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", given]
        subprocess.run([*command, *options, name], cwd=folder, check=True, timeout=60)
        return folder / name

    return write


def matrix_case(container: str, encoder: str, pixels: str, rate: str = "25") -> Case:
    size = "64x48"
    return Case(container, f"{encoder}/{pixels}", "tv", rate, "none", "none", "unspecified", size, "none", "")


def of_matrix(case: Case) -> Callable[[Path], Path]:
    options = ("-g", "12", *(("-bf", "2") if case.encoder in WITH_B_FRAMES else ()))
    return lambda folder: matrix_material.make(case, folder, frames=FRAMES, options=options)


def matrix_kinds() -> dict[str, Kind]:
    """Every container with every encoder and pixel format of the matrix, at the rates in turn."""
    kinds: dict[str, Kind] = {}
    for container, encoders in PICTURES.items():
        for encoder, layouts in encoders.items():
            for pixels in layouts.split():
                rate = matrix_material.RATES[len(kinds) % len(matrix_material.RATES)]
                rate = rate if container in ("mkv", "mp4", "mov") else "25"
                case = matrix_case(container, encoder, pixels, rate)
                kinds[f"{container}-{encoder}-{pixels}-{rate.replace('/', ':')}"] = Kind(of_matrix(case))
    return kinds


def elementary(suffix: str, source: Source) -> Callable[[Path], Path]:
    """The stream without its container."""

    def write(folder: Path) -> Path:
        coded, path = make(folder / "coded.mkv", source), folder / f"film.{suffix}"
        with av.open(str(coded)) as given, av.open(str(path), "w") as target:
            stream = target.add_stream_from_template(given.streams.video[0], opaque=True)
            for packet in given.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    target.mux_one(packet)
        return path

    return write


def trimmed(name: str, source: Source, start_s: Fraction) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        return clock_material.trimmed(make(folder / f"complete-{name}", source), folder / name, start_s)

    return write


def with_edits(folder: Path) -> Path:
    source = replace(INTRA, muxer_options={"movie_timescale": "1000"})
    complete = make(folder / "complete.mov", source)
    return clock_material.with_edits(complete, folder / "film.mov", [(1000, 0), (1400, 1800)])


def joined(name: str, count: int, source: Source = BROADCAST) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        part = make(folder / f"part-{name}", replace(source, frames=FRAMES // count + 12))
        return clock_material.joined(folder / name, *[part] * count)

    return write


def jumping(folder: Path) -> Path:
    """A clock that goes on a hundred seconds later."""
    later = replace(BROADCAST, muxer_options={"output_ts_offset": "100"})
    parts = make(folder / "1.ts", BROADCAST), make(folder / "2.ts", later)
    return clock_material.joined(folder / "film.ts", *parts)


def headless(name: str, source: Source) -> Callable[[Path], Path]:
    """A recording that begins in the middle of a group of pictures."""

    def write(folder: Path) -> Path:
        data = make(folder / f"complete-{name}", source).read_bytes()
        (folder / name).write_bytes(data[len(data) // 188 // 9 * 188 :])
        return folder / name

    return write


def changing(**changes: Any) -> Callable[[Path], Path]:
    """Two recordings of H.264, one behind the other, that differ by these fields of a Source."""

    def write(folder: Path) -> Path:
        first = replace(STEADY, frames=FRAMES // 2)
        return changing_films.joined(folder / "film.h264", first, replace(first, **changes))

    return write


def changing_transport(folder: Path) -> Path:
    """Broadcast in which the picture changes its size and then the shape of its pixels."""
    changes: list[dict[str, Any]] = [{}, {"width": 80}, {"sample_aspect": Fraction(16, 11)}]
    sources = [
        replace(BROADCAST, frames=48, muxer_options={"output_ts_offset": str(2 * number)}, **change)
        for number, change in enumerate(changes)
    ]
    parts = [make(folder / f"{number}.ts", source) for number, source in enumerate(sources)]
    return clock_material.joined(folder / "film.ts", *parts)


def held(folder: Path) -> Path:
    """The last picture is shown for three seconds, one in the middle for two."""
    pts = [40 * number + 2000 * (number > 40) for number in range(FRAMES)]
    source = replace(STEADY, time_base=Fraction(1, 1000), pts=pts)
    made, path = make(folder / "made.mp4", source), folder / "film.mp4"
    with av.open(str(made)) as given, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(given.streams.video[0], opaque=True)
        packets = [packet for packet in given.demux(video=0) if packet.size]
        end = max(present(packet.pts) for packet in packets) + round(3 / packets[0].time_base)
        for packet in packets:
            packet.duration = 1 if packet is not packets[-1] else end - present(packet.pts)
            packet.stream = stream
            target.mux_one(packet)
    return path


def retimed(times: list[int], name: str) -> Callable[[Path], Path]:
    """A film of single pictures whose packets carry these times, in thousandths of a second."""

    def write(folder: Path) -> Path:
        complete = make(folder / f"complete-{name}", replace(INTRA, frames=len(times)))
        with av.open(str(complete)) as given, av.open(str(folder / name), "w") as film:
            stream = film.add_stream_from_template(given.streams[0], opaque=True)
            stream.time_base = Fraction(1, 1000)
            packets = [packet for packet in given.demux(0) if packet.size]
            for packet, time in zip(packets, times, strict=True):
                packet.pts = packet.dts = time
                packet.time_base, packet.duration, packet.stream = Fraction(1, 1000), None, stream
                film.mux(packet)
        return folder / name

    return write


def without_index(folder: Path) -> Path:
    """An AVI whose index is not one."""
    path = make(folder / "film.avi", replace(STEADY, codec="mpeg4", options={"g": "12"}))
    data = bytearray(path.read_bytes())
    at = data.rindex(b"idx1")
    data[at : at + 4] = b"JUNK"
    path.write_bytes(data)
    return path


def without_end(name: str, source: Source) -> Callable[[Path], Path]:
    """The copy stopped at four fifths."""

    def write(folder: Path) -> Path:
        path = make(folder / name, source)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * 4 // 5])
        return path

    return write


def damaged(folder: Path) -> Path:
    """Some pictures are spoilt, and the decoder makes up for what is missing."""
    source = replace(STEADY, codec="mpeg2video", width=320, height=240, options={"g": "12", "bf": "0"})
    path = make(folder / "film.mp4", source)
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as film:
        packets = [packet for packet in film.demux(video=0) if packet.size]
    for packet in (packets[number] for number in (26, 40, 72)):
        middle = present(packet.pos) + packet.size // 2
        for place in range(middle, middle + min(30, packet.size // 4)):
            data[place] ^= 0x5A
    path.write_bytes(data)
    return path


def with_false_key_frames(folder: Path) -> Path:
    """A film whose table of key frames names packets that are none; its decoder believes it."""
    path = coded("film.mov", "-c:v", "qtrle", "-g", "12")(folder)
    data = bytearray(path.read_bytes())
    at = data.index(b"stss") + 8
    count = int.from_bytes(data[at : at + 4], "big")
    for number in range(2, count + 1):
        place = at + 4 * number
        data[place : place + 4] = (int.from_bytes(data[place : place + 4], "big") + 5).to_bytes(4, "big")
    path.write_bytes(data)
    return path


UNEVEN = [0, *accumulate([7, 40, 1, 90, 33] * (FRAMES // 5 + 1))][:FRAMES]
EQUAL = [40 * (number - number % 3 // 2) for number in range(FRAMES)]

KINDS = {
    "h264.mkv": Kind(of("film.mkv")),
    "h264.mp4": Kind(of("film.mp4", replace(STEADY, audio=("aac",)))),
    "h264.mov": Kind(of("film.mov")),
    "h264.avi": Kind(of("film.avi", replace(STEADY, audio=("libmp3lame",)))),
    "h264.ts": Kind(of("film.ts", replace(STEADY, audio=("aac",)))),
    "h264.flv": Kind(of("film.flv")),
    "h264.nut": Kind(of("film.nut")),
    "open GOP, h264.mkv": Kind(of("film.mkv", OPEN_GOP)),
    "open GOP, h264.mp4": Kind(of("film.mp4", OPEN_GOP)),
    "open GOP, h264.ts": Kind(of("film.ts", OPEN_GOP)),
    "closed GOP, hevc.mp4": Kind(
        of("film.mp4", replace(STEADY, codec="libx265", options={"x265-params": f"{X265}:open-gop=0"}))
    ),
    "open GOP, hevc.mkv": Kind(
        of("film.mkv", replace(STEADY, codec="libx265", options={"x265-params": f"{X265}:open-gop=1"}))
    ),
    "open GOP, hevc.ts": Kind(
        of("film.ts", replace(STEADY, codec="libx265", options={"x265-params": f"{X265}:open-gop=1"}))
    ),
    "one key frame": Kind(of("film.mkv", replace(STEADY, options={"g": "999"})), "from the start"),
    "intra refresh": Kind(
        of("film.mp4", replace(STEADY, options={"g": "12", "bf": "0", "x264-params": "intra-refresh=1"})),
        None,
    ),
    "interlaced, h264.mp4": Kind(
        coded("film.mp4", "-flags", "+ildct+ilme", "-g", "12", "-x264-params", "tff=1")
    ),
    "interlaced, mpeg2.mxf": Kind(
        coded("film.mxf", "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-g", "12", "-bf", "2", "-top", "1")
    ),
    "mpeg2.mpg": Kind(of("film.mpg", BROADCAST)),
    "mpeg2.vob": Kind(of("film.vob", BROADCAST)),
    "mpeg2.ts": Kind(of("film.ts", BROADCAST)),
    "mpeg2.mkv": Kind(of("film.mkv", BROADCAST)),
    "mpeg4.avi": Kind(of("film.avi", replace(STEADY, codec="mpeg4"))),
    "flv1.flv": Kind(of("film.flv", replace(STEADY, codec="flv", options={"g": "12"}))),
    "wmv2.asf": Kind(of("film.asf", replace(STEADY, codec="wmv2", options={"g": "12"}))),
    "vp9.webm": Kind(
        coded("film.webm", "-c:v", "libvpx-vp9", "-g", "12", "-deadline", "good", "-cpu-used", "8")
    ),
    "av1.mkv": Kind(coded("film.mkv", "-c:v", "libaom-av1", "-g", "12", "-cpu-used", "8", "-row-mt", "0")),
    "theora.ogv": Kind(coded("film.ogv", "-c:v", "libtheora", "-g", "12")),
    "ffv1.mkv": Kind(of("film.mkv", replace(STEADY, codec="ffv1", options={"g": "12", "level": "3"}))),
    "prores.mov": Kind(of("film.mov", replace(INTRA, codec="prores_ks", pixel_format="yuv422p10le"))),
    "dv.dv": Kind(
        coded("film.dv", "-c:v", "dvvideo", pictures="testsrc2=s=720x576:r=25,format=yuv420p"), None
    ),
    "transparent.mov": Kind(
        coded("film.mov", "-c:v", "png", pictures="color=red@0.5:s=64x48:r=25,format=rgba")
    ),
    "rle.mov": Kind(coded("film.mov", "-c:v", "qtrle", "-g", "12")),
    "palette.avi": Kind(coded("film.avi", "-c:v", "rawvideo", "-pix_fmt", "pal8"), None),
    "one.gif": Kind(coded("film.gif"), "from the start"),
    "pipe.y4m": Kind(coded("film.y4m"), None),
    "h264.h264": Kind(elementary("h264", STEADY), "counted"),
    "hevc.hevc": Kind(
        elementary("hevc", replace(STEADY, codec="libx265", options={"x265-params": X265})), "counted"
    ),
    "mpeg2.m2v": Kind(elementary("m2v", BROADCAST), "counted"),
    "jpeg.mjpeg": Kind(of("film.mjpeg", INTRA), "counted"),
    "no cues.mkv": Kind(coded("film.mkv", "-c:v", "libx264", "-bf", "2", "-g", "12", "-live", "1"), None),
    "fragments.mp4": Kind(
        of("film.mp4", replace(STEADY, muxer_options={"movflags": "frag_keyframe+empty_moov"}))
    ),
    "no index.avi": Kind(without_index, None),
    "uneven.mkv": Kind(retimed(UNEVEN, "film.mkv")),
    "equal times.mkv": Kind(retimed(EQUAL, "film.mkv"), None),
    "variable, h264.mp4": Kind(
        of("film.mp4", replace(STEADY, time_base=Fraction(1, 1000), pts=UNEVEN, frames=len(UNEVEN)))
    ),
    "held.mp4": Kind(held),
    "late.ts": Kind(of("film.ts", replace(BROADCAST, muxer_options={"output_ts_offset": "3600"}))),
    "trimmed, jpeg.mov": Kind(trimmed("film.mov", INTRA, Fraction(25, 50))),
    "trimmed, h264.mp4": Kind(trimmed("film.mp4", STEADY, Fraction(3, 5)), None),
    "edits.mov": Kind(with_edits),
    "two recordings.ts": Kind(joined("film.ts", 2), None),
    "three recordings.vob": Kind(joined("film.vob", 3), None),
    "jump.ts": Kind(jumping, None),
    "headless.ts": Kind(headless("film.ts", BROADCAST)),
    "headless.m2v": Kind(headless("film.m2v", replace(BROADCAST, audio=())), "counted"),
    "new size.h264": Kind(changing(width=80), "counted"),
    "new format.h264": Kind(changing(pixel_format="yuv422p"), "counted"),
    "new size.ts": Kind(changing_transport, None),
    "damaged.mp4": Kind(damaged, None),
    "truncated.mkv": Kind(without_end("film.mkv", STEADY)),
    "truncated.avi": Kind(without_end("film.avi", replace(INTRA, audio=("pcm_s16le",)))),
    "false key frames.mov": Kind(with_false_key_frames, None),
}
FAST: tuple[str, ...] = (
    "h264.mp4",
    "open GOP, h264.ts",
    "open GOP, hevc.mkv",
    "mpeg2.mpg",
    "h264.h264",
    "ffv1.mkv",
    "edits.mov",
)
FAST += ("two recordings.ts", "one key frame", "truncated.mkv", "held.mp4")
