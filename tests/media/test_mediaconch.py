"""What `--preset master` writes, before a checker of others: MediaConch, by its checks of Matroska and FFV1
and by our policy for preservation."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tcvc_cli.media.read.probe import probe
from tests.material.painted_films import colored
from tests.material.planted.fault import ffmpeg

pytestmark = pytest.mark.skipif(
    shutil.which("mediaconch") is None or shutil.which("ffmpeg") is None,
    reason="no mediaconch or no ffmpeg on this machine",
)
_PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=0.3")
_TONE = ("-f", "lavfi", "-i", "sine=duration=0.3")
_FIELDS = ("-flags", "+ilme+ildct", "-top", "1")
_TAPE = "setparams=colorspace=smpte170m:color_primaries=bt470bg:color_trc=bt709:range=tv,setsar=16/15"

# By the name of the film's file.
FILMS: dict[str, tuple[str, ...]] = {
    "sound.mov": (*_TONE, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le"),
    "tape.mkv": ("-c:v", "ffv1", "-pix_fmt", "yuv422p10le", "-vf", f"setfield=tff,{_TAPE}", *_FIELDS),
    "broadcast.ts": (*_TONE, "-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2", *_FIELDS),
    "odd.mkv": ("-c:v", "ffv1", "-pix_fmt", "gray", "-vf", "scale=161:121"),
    "deep.mkv": (*_TONE, "-c:v", "ffv1", "-pix_fmt", "yuv444p12le", "-c:a", "flac"),
    "held.mkv": ("-c:v", "libx264", "-vf", "setpts='if(gt(N,3),N+4,N)/25/TB'", "-fps_mode", "passthrough"),
}


def mediaconch(*words: str | Path) -> str:
    told = subprocess.run(["mediaconch", *map(str, words)], capture_output=True, text=True, timeout=60)
    return told.stdout


@pytest.fixture(scope="module")
def policy(root: Path) -> Path:
    return root / "docs" / "policies" / "ffv1-matroska.xml"


@pytest.mark.parametrize("name", FILMS)
def test_a_master_passes(tmp_path: Path, policy: Path, name: str) -> None:
    film, result = tmp_path / name, tmp_path / "result.mkv"
    ffmpeg(*_PICTURE, *FILMS[name], film)
    colored(probe(film), result, preset="master")
    assert mediaconch(result).startswith("pass!"), mediaconch(result)
    assert mediaconch("-p", policy, result).startswith("pass!"), mediaconch("-p", policy, result)


# What is done to a master, and what the policy says of it.
SPOILED: dict[str, tuple[tuple[str, ...], str]] = {
    "no checksums of the container": (("-c", "copy", "-write_crc32", "0"), "Checksums of its parts"),
    "groups of pictures": (("-c:v", "ffv1", "-level", "3", "-g", "5"), "Each coded by itself"),
    "no checksums of slices": (
        ("-c:v", "ffv1", "-level", "3", "-g", "1", "-slicecrc", "0"),
        "Checksums of slices",
    ),
    "an old version": (("-c:v", "ffv1", "-level", "1"), "Version 3.4 or later"),
    "a lossy codec": (("-c:v", "libx264"), "FFV1"),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_the_policy_finds_what_it_is_for(tmp_path: Path, policy: Path, fault: str) -> None:
    film, master, spoiled = (tmp_path / name for name in ("film.mkv", "master.mkv", "spoiled.mkv"))
    ffmpeg(*_PICTURE, "-c:v", "ffv1", "-pix_fmt", "yuv420p", film)
    colored(probe(film), master, preset="master")
    words, rule = SPOILED[fault]
    ffmpeg("-i", master, *words, spoiled)
    told = mediaconch("-p", policy, spoiled)
    assert told.startswith("fail!")
    assert f"[fail:{rule}]" in told
