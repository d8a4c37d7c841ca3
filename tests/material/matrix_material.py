"""Small films of every kind that Debian's ffmpeg makes, as data: which, and with what command line.

A `Case` names one value on each axis. `cases` picks enough of them that nearly every possible pair of
values on two axes occurs together; the full product would be millions.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np

FRAMES = 5
COUNT = 224

# container -> (encoder, pixel formats)
PICTURES = {
    "mkv": {
        "ffv1": "gray gray10le gray12le gray16le yuv420p yuv422p yuv444p yuv420p10le yuv422p10le yuv444p10le"
        " yuv420p12le yuv422p12le yuv444p12le yuv420p16le yuv444p16le bgr0 gbrp10le gbrp12le gbrp16le",
        "libx264": "yuv420p yuv420p10le gray gray10le",
        "libx265": "yuv420p12le gray12le",
        "mpeg2video": "yuv420p",
    },
    "mp4": {
        "libx264": "yuv420p yuv422p yuv444p yuv420p10le yuv422p10le yuv444p10le gray gray10le",
        "libx265": "yuv420p10le",
        "mpeg4": "yuv420p",
    },
    "mov": {
        "prores_ks": "yuv422p10le yuv444p10le",
        "png": "gray gray16be rgb24 rgb48be",
        "qtrle": "rgb24",
        "v210": "yuv422p10le",
        "libx264": "yuv420p",
        "r210": "gbrp10le",
    },
    "avi": {
        "rawvideo": "yuv420p gray",
        "huffyuv": "yuv422p",
        "utvideo": "yuv420p gbrp",
        "ffv1": "gray16le yuv420p10le",
        "mpeg4": "yuv420p",
        "mjpeg": "yuvj420p yuvj444p",
    },
    "mxf": {
        "mpeg2video": "yuv420p yuv422p",
        "jpeg2000": "gray yuv422p10le yuv444p12le rgb48le",
    },
    "ts": {
        "mpeg2video": "yuv420p yuv422p",
        "libx264": "yuv420p yuv422p10le",
        "libx265": "yuv420p10le",
    },
}
RANGES = ("tv", "pc")
RATES = ("25", "30000/1001", "variable", "odd")
SOUNDS = {
    "mkv": "none aac ac3 flac libopus libvorbis mp2 libmp3lame alac pcm_s16le pcm_s24le pcm_f32le aac+flac",
    "mp4": "none aac ac3 flac libopus libmp3lame alac aac+ac3",
    "mov": "none aac ac3 alac pcm_s16le pcm_s24be pcm_f32le pcm_mulaw pcm_s16le+aac",
    "avi": "none libmp3lame ac3 pcm_s16le mp2 adpcm_ms",
    "mxf": "none pcm_s16le pcm_s24le pcm_s16le+pcm_s16le",
    "ts": "none mp2 aac ac3 libmp3lame libopus mp2+ac3",
}
SUBTITLES = {"mkv": "none srt ass webvtt srt+ass", "mp4": "none mov_text", "mov": "none mov_text"}
COLORS = ("unspecified", "bt709", "smpte170m", "bt470bg", "bt2020", "pq", "hlg")
SIZES = ("64x48", "63x47", "16x16", "34x50")
ODD_SIZES = ("ffv1", "rawvideo", "png", "jpeg2000", "qtrle", "mjpeg")
EXTRAS = {
    "mkv": "none chapters attachment cover start",
    "mp4": "none chapters cover start rotation timecode",
    "mov": "none chapters start rotation timecode",
    "avi": "none",
    "mxf": "none timecode",
    "ts": "none start",
}
TARGETS: tuple[str, ...] = (
    "default/master",
    "mkv/master",
    "default/access",
    "mkv/access",
    "mp4/access",
    "mov/access",
)
TARGETS += ("mov/prores", "mp4/lossless", "mov/lossless", "mkv/h265")
_COLOR_CODES = {
    "bt709": ("bt709", "bt709", "bt709"),
    "smpte170m": ("smpte170m", "smpte170m", "smpte170m"),
    "bt470bg": ("bt470bg", "gamma28", "bt470bg"),
    "bt2020": ("bt2020", "bt2020-10", "bt2020nc"),
    "pq": ("bt2020", "smpte2084", "bt2020nc"),
    "hlg": ("bt2020", "arib-std-b67", "bt2020nc"),
}
SRT = """1
00:00:00,020 --> 00:00:00,090
Hello <i>there</i>
second line

2
00:00:00,120 --> 00:00:00,180
Bye \u00e9

"""
CHAPTERS = """;FFMETADATA1
title=A film
artist=Somebody
[CHAPTER]
TIMEBASE=1/1000
START=0
END=80
title=One
[CHAPTER]
TIMEBASE=1/1000
START=80
END=160
title=Two
"""


@dataclass(frozen=True)
class Case:
    """One film and what is made of it; every field is one axis."""

    container: str
    picture: str  # encoder/pixel format
    color_range: str
    rate: str
    sound: str
    subtitle: str
    color: str
    size: str
    extra: str
    target: str  # container/preset

    def __str__(self) -> str:
        return "-".join(astuple(self)).replace("/", ":")

    @property
    def encoder(self) -> str:
        return self.picture.split("/")[0]

    @property
    def pixel_format(self) -> str:
        return self.picture.split("/")[1]

    @property
    def depth(self) -> int:
        if self.picture == "prores_ks/yuv444p10le":  # which FFmpeg decodes to 12 bit
            return 12
        if self.encoder == "jpeg2000" and self.depth_in_name > 8:  # and this, in MXF, to RGB of 16 bit
            return 16
        return self.depth_in_name

    @property
    def depth_in_name(self) -> int:
        found = re.search(r"(10|12|16|48)(le|be)$", self.pixel_format)
        return 8 if found is None else min(16, int(found[1]))

    @property
    def is_rgb(self) -> bool:
        return self.pixel_format.startswith(("gbr", "rgb", "bgr"))


def is_possible(case: Case) -> bool:
    """What the encoder, the container and the target can do at all."""
    preset = case.target.split("/")[1]
    if case.depth > {"master": 16, "h265": 12}.get(preset, 10):
        return False
    if preset == "h265" and case.size != "64x48":  # libx265 fails on pictures as small as the others
        return False
    if case.encoder == "libx265" and case.size != "64x48":
        return False
    if case.size == "63x47" and case.encoder not in ODD_SIZES:
        return False
    if case.container in ("avi", "mxf") and case.rate in ("variable", "odd"):
        return False
    if case.encoder == "mpeg2video" and case.rate in ("variable", "odd"):
        return False
    if case.encoder == "prores_ks" and case.color_range == "pc":
        return False
    return not (case.is_rgb and (case.color_range == "tv" or case.color not in ("unspecified", "bt709")))


def cases(count: int = COUNT) -> list[Case]:
    """`count` cases; each is the one of forty that brings the most new pairs."""
    rng = random.Random(5)
    seen: set[tuple[str, ...]] = set()
    chosen: list[Case] = []
    draws = _draws(rng)
    while len(chosen) < count:
        best = max((next(draws) for _ in range(40)), key=lambda one: len(_pairs(one) - seen))
        seen |= _pairs(best)
        chosen.append(best)
    return chosen


def _pairs(case: Case) -> set[tuple[str, ...]]:
    named = [(field.name, getattr(case, field.name)) for field in fields(case)]
    return {(*one, *other) for one, other in combinations(named, 2)}


def _draws(rng: random.Random) -> Iterator[Case]:
    while True:
        container = rng.choice(list(PICTURES))
        pictures = [
            f"{codec}/{name}" for codec, names in PICTURES[container].items() for name in names.split()
        ]
        case = Case(
            container,
            rng.choice(pictures),
            rng.choice(RANGES),
            rng.choice(RATES),
            rng.choice(SOUNDS[container].split()),
            rng.choice(SUBTITLES.get(container, "none").split()),
            rng.choice(COLORS),
            rng.choice(SIZES),
            rng.choice(EXTRAS[container].split()),
            rng.choice(TARGETS),
        )
        if is_possible(case):
            yield case


def make(case: Case, folder: Path, *, frames: int = FRAMES, options: Sequence[str] = ()) -> Path:
    """Writes the film of `case` into `folder`; `options` are ffmpeg's, for the encoder of the picture."""
    (folder / "text.srt").write_text(SRT)
    (folder / "chapters.txt").write_text(CHAPTERS)
    (folder / "note.txt").write_text("carry me too")
    cv2.imwrite(str(folder / "cover.png"), np.full((16, 16, 3), 90, np.uint8))
    path = folder / f"film.{case.container}"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-y",
        *_inputs(case, frames),
        *_outputs(case),
        *options,
        path.name,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
    return path


def _inputs(case: Case, frames: int) -> list[str]:
    rate = case.rate if case.rate in ("25", "30000/1001") else "25"
    is_full = case.color_range == "pc"
    # Ends by itself: with -frames ffmpeg would end the other streams too.
    picture = f"testsrc2=s={case.size}:r={rate},trim=end_frame={frames},format=gray,noise=alls=24:all_seed=7"
    picture += f",scale=out_range={'pc' if is_full else 'tv'},format={case.pixel_format}"
    if case.rate == "variable":
        picture += ",settb=1/1000,setpts='N*40+20*mod(N,2)+13*mod(N,3)'"
    if case.rate == "odd":
        picture += ",settb=1/12345,setpts='N*491+7*mod(N,2)'"
    inputs = ["-f", "lavfi", "-i", picture]
    for number, _ in enumerate(_sounds(case)):
        inputs += ["-f", "lavfi", "-i", f"sine={330 * (number + 1)}:r=48000:d=0.3"]
    if case.subtitle != "none":
        inputs += ["-i", "text.srt"]
    if case.extra == "chapters":
        inputs += ["-i", "chapters.txt"]
    if case.extra == "cover" and case.container == "mp4":
        inputs += ["-f", "lavfi", "-i", "testsrc2=s=32x32:r=1:d=1"]
    return inputs


def _sounds(case: Case) -> list[str]:
    return [] if case.sound == "none" else case.sound.split("+")


def _texts(case: Case) -> list[str]:
    return [] if case.subtitle == "none" else case.subtitle.split("+")


def _outputs(case: Case) -> list[str]:
    parts: tuple[Callable[[Case], list[str]], ...] = (_picture_options, _sound_options, _text_options)
    return [word for part in (*parts, _extra_options) for word in part(case)]


def _picture_options(case: Case) -> list[str]:
    words = ["-map", "0:v", "-c:v:0", case.encoder, "-fps_mode", "passthrough"]
    words += ["-pix_fmt:v:0", case.pixel_format, "-color_range", case.color_range, "-strict", "experimental"]
    if case.rate in ("variable", "odd"):
        words += ["-enc_time_base", "-1"]
        words += ["-video_track_timescale", "12345" if case.rate == "odd" else "90000"] * (
            case.container in ("mp4", "mov")
        )
    if case.encoder == "libx265":
        words += ["-x265-params", "log-level=none:pools=none:frame-threads=1"]
    if case.encoder in ("libx264", "libx265"):
        words += ["-preset", "ultrafast"]
    if case.color != "unspecified":
        names = ("-color_primaries", "-color_trc", "-colorspace")
        words += [w for pair in zip(names, _COLOR_CODES[case.color], strict=True) for w in pair]
    return [*words, "-metadata", "title=A film", "-metadata:s:v:0", "language=deu"]


def _sound_options(case: Case) -> list[str]:
    words: list[str] = []
    for number, codec in enumerate(_sounds(case)):
        words += ["-map", f"{number + 1}:a", f"-c:a:{number}", codec, f"-ac:a:{number}", "2"]
        words += [f"-metadata:s:a:{number}", f"language={('eng', 'fra')[number]}"]
    return words


def _text_options(case: Case) -> list[str]:
    words: list[str] = []
    for number, codec in enumerate(_texts(case)):
        words += ["-map", f"{len(_sounds(case)) + 1}:s", f"-c:s:{number}", codec]
        words += [f"-metadata:s:s:{number}", "language=spa"]
    return words


def _extra_options(case: Case) -> list[str]:
    last = len(_sounds(case)) + (case.subtitle != "none") + 1
    match case.extra:
        case "chapters":
            return ["-map_metadata", str(last), "-map_chapters", str(last)]
        case "attachment":
            return ["-attach", "note.txt", "-metadata:s:t", "mimetype=text/plain"]
        case "cover" if case.container == "mkv":
            return ["-attach", "cover.png", "-metadata:s:t", "mimetype=image/png"]
        case "cover":
            return ["-map", f"{last}:v", "-c:v:1", "png", "-disposition:v:1", "attached_pic"]
        case "start":
            return ["-output_ts_offset", "0.5"]
        case "rotation":
            return ["-metadata:s:v:0", "rotate=90"]
        case "timecode":
            return ["-timecode", "01:02:03:04"]
    return []
