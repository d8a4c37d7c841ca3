"""Frames, sound and bytes of a film that are not there are counted; a film that is whole is not accused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from types import MappingProxyType

import av
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.media.read.damage.gaps import FrameGaps
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.structure.integrity.matroska_clusters import broken_places
from tcvc_cli.names import sidecar_path
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.film.scan import Scan, scan
from tests.material.media_sources import Source, make
from tests.material.present import present
from tests.material.seeking_material import KINDS

FRAMES = 25
TICK = Fraction(1, 25)
STEADY = Source(frames=FRAMES, time_base=TICK, options={"g": "5", "bf": "2", "threads": "1"})
IN_CLUSTERS = replace(STEADY, audio=("aac",), muxer_options={"cluster_time_limit": "190"})
CLUSTER = b"\x1f\x43\xb6\x75"
DAMAGED = r"bytes of the file are damaged"


def damage_of(film: Path, start_s: Fraction | None = None, end_s: Fraction | None = None) -> str:
    walk = scan(probe(film), start_s=start_s, end_s=end_s)
    while True:
        try:
            next(walk)
        except StopIteration as end:
            found: Scan = end.value
            return found.findings.damage


def decoded(film: Path) -> int:
    return sum(1 for _ in read_frames(probe(film)))


@pytest.fixture(scope="module")
def matroska(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a cluster for five frames."""
    return make(tmp_path_factory.mktemp("matroska") / "film.mkv", IN_CLUSTERS)


def clusters(data: bytes) -> list[int]:
    """Where they begin; the last one is the end of the file."""
    found = [at for at in range(len(data)) if data.startswith(CLUSTER, at)]
    return [*found, len(data)]


@pytest.fixture(scope="module")
def holed(matroska: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its third cluster is zero."""
    data = bytearray(matroska.read_bytes())
    begin, end = clusters(bytes(data))[2:4]
    data[begin:end] = bytes(end - begin)
    film = tmp_path_factory.mktemp("holed") / "film.mkv"
    film.write_bytes(data)
    return film


def test_a_zeroed_cluster_is_counted(matroska: Path, holed: Path) -> None:
    assert damage_of(matroska) == ""
    lost = decoded(matroska) - decoded(holed)
    assert lost >= 3
    words = damage_of(holed)
    assert words.startswith(f"about {lost} frames are not there: behind frame ")
    assert "s of audio #1 are not there: from 0." in words
    assert DAMAGED in words


def test_only_what_concerns_the_part_is_told(holed: Path) -> None:
    times = [frame.time.seconds for frame in read_frames(probe(holed))]
    before_s, after_s = next((a, b) for a, b in pairwise(times) if b - a > 2 * TICK)
    assert damage_of(holed, end_s=2 * TICK) == ""
    assert "frame" not in damage_of(holed, end_s=before_s + TICK)
    assert damage_of(holed, start_s=after_s + 2 * TICK) == ""
    across = damage_of(holed, before_s, after_s + TICK)
    assert f"about {round((after_s - before_s) / TICK) - 1} frames are not there" in across
    assert "about 1 frame is not there" in damage_of(holed, after_s - TICK, None)


def test_one_bit_in_matroska_is_found_by_the_checksum(matroska: Path, tmp_path: Path) -> None:
    film, data = tmp_path / "film.mkv", bytearray(matroska.read_bytes())
    begin, end = clusters(bytes(data))[1:3]
    data[(begin + end) // 2] ^= 1
    film.write_bytes(data)
    (place,) = broken_places(film)
    assert begin < place.start < place.stop == end
    assert 0 < present(place.after_s) < present(place.before_s) < 1
    assert DAMAGED in damage_of(film)


@pytest.mark.parametrize("live", ["0", "1"])
def test_what_matroska_may_be_is_not_broken(matroska: Path, tmp_path: Path, live: str) -> None:
    """Without checksums, of unknown size as a live recording has it, joined, and cut off at the end."""
    options = {"write_crc32": "0", "live": live, "cluster_time_limit": "190"}
    plain = make(tmp_path / "plain.mkv", replace(IN_CLUSTERS, muxer_options=options))
    whole = plain.read_bytes()
    begin, end = clusters(whole)[2:4]
    films = {
        "plain": whole,
        "joined": whole + matroska.read_bytes(),
        "cut": whole[: (begin + end) // 2],
        "cut in a head": whole[: begin + 2],
    }
    for name, data in films.items():
        (tmp_path / f"{name}.mkv").write_bytes(data)
        assert broken_places(tmp_path / f"{name}.mkv") == (), name
    (tmp_path / "zero.mkv").write_bytes(whole[:begin] + bytes(end - begin) + whole[end:])
    assert len(broken_places(tmp_path / "zero.mkv")) == 1


def test_what_is_no_matroska_is_not_looked_at(tmp_path: Path) -> None:
    for data in (b"", b"\x1a\x45\xdf\xa3", b"RIFF" + bytes(100)):
        (tmp_path / "file").write_bytes(data)
        assert broken_places(tmp_path / "file") == ()


def first_packets(film: Path, count: int) -> list[tuple[int, int]]:
    """(place in the file, bytes) of the first packets of the picture."""
    with av.open(str(film)) as container:
        packets = [(present(one.pos), one.size) for one in container.demux(video=0) if one.size]
    return packets[:count]


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_frames_that_cannot_be_decoded_at_the_beginning_are_counted(suffix: str, tmp_path: Path) -> None:
    film = make(tmp_path / f"film.{suffix}", STEADY)
    ((start, size),) = first_packets(film, 1)
    assert damage_of(film) == ""
    data = bytearray(film.read_bytes())
    data[start : start + size] = bytes(size)
    film.write_bytes(data)
    missing = FRAMES - decoded(film)
    assert missing >= 4
    assert damage_of(film).startswith(f"about {missing} frames are not there: before the first frame")


def test_what_the_index_names_and_nobody_finds_is_counted(tmp_path: Path) -> None:
    film = make(tmp_path / "film.avi", replace(STEADY, codec="mjpeg", is_full_range=True, options={}))
    assert damage_of(film) == ""
    start, size = first_packets(film, 10)[9]
    data = bytearray(film.read_bytes())
    data[start - 8 : start + size] = bytes(size + 8)
    film.write_bytes(data)
    missing = FRAMES - decoded(film)
    assert missing >= 1
    words = f"about {missing} frame{'s are' if missing > 1 else ' is'} not there"
    assert damage_of(film) == f"{words}, as the file tells of its length"


def test_a_picture_that_avi_holds_is_there(tmp_path: Path) -> None:
    """For two frames no picture is stored, and what was lost of the others is counted beside them."""
    held = [one for one in range(FRAMES) if one not in (1, 9)]
    film = make(tmp_path / "film.avi", replace(STEADY, codec="mpeg4", options={}, pts=held))
    assert decoded(film) == FRAMES - 2
    assert damage_of(film) == ""
    start, size = first_packets(film, 12)[11]
    data = bytearray(film.read_bytes())
    data[start - 8 : start + size] = bytes(size + 8)
    film.write_bytes(data)
    assert "not there" in damage_of(film)


def without(film: Path, path: Path, kind: str, numbers: Sequence[int]) -> Path:
    """The film again, without some packets of a kind."""
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        copies = [target.add_stream_from_template(one, opaque=True) for one in source.streams]
        seen = [0] * len(copies)
        for packet in source.demux():
            at, seen[packet.stream_index] = seen[packet.stream_index], seen[packet.stream_index] + 1
            if packet.size and not (packet.stream.type == kind and at in numbers):
                packet.stream = copies[packet.stream_index]
                target.mux_one(packet)
    return path


@pytest.mark.parametrize("suffix", ["mkv", "flv"])
def test_a_hole_in_steady_times_is_a_gap(suffix: str, tmp_path: Path) -> None:
    codec = "mpeg4" if suffix == "mkv" else "flv"
    source = replace(STEADY, codec=codec, audio=("libmp3lame",), options={"g": "1"})
    whole = make(tmp_path / f"whole.{suffix}", source)
    assert damage_of(whole) == ""
    holed = without(whole, tmp_path / f"film.{suffix}", "video", [8, 9, 10])
    assert damage_of(holed) == "about 3 frames are not there: behind frame 7 (0.280 s)"
    silent = damage_of(without(whole, tmp_path / f"silent.{suffix}", "audio", [20]))
    assert "are not there: from 0." in silent
    assert "frame" not in silent


def gaps(film: FilmInfo, steps: Sequence[int]) -> list[tuple[int, int]]:
    seen = FrameGaps(film)
    for pts in accumulate(steps, initial=0):
        seen.see(pts)
    return [(one.frames, one.behind) for one in seen.found()]


def test_what_a_gap_is(matroska: Path) -> None:
    film = probe(matroska)  # in milliseconds, a frame lasts 40
    assert gaps(film, [40] * 9 + [200] + [40] * 14) == [(4, 9)]
    assert gaps(film, [33, 33, 34] * 4 + [100] + [33, 33, 34] * 4) == [(2, 12)]
    assert gaps(film, [40] * 24) == []
    assert gaps(film, [40] * 8 + [1, 79] + [40] * 14) == []  # one time was guessed
    assert gaps(film, [40, 80] * 12) == []  # telecine, and whatever else changes its rate
    assert gaps(film, [40] * 8 + [80, 40, 120, 40, 80, 40] * 3) == []
    assert gaps(film, [40, 40, 200]) == []  # nobody can say
    assert gaps(replace(film, container="mov,mp4,m4a"), [40] * 9 + [200] + [40] * 14) == []
    assert gaps(film, []) == gaps(film, [0] * 30) == []


WHOLE = MappingProxyType(
    {
        name: KINDS[name].make
        for name in (
            "open GOP, h264.ts",
            "open GOP, hevc.mkv",
            "intra refresh",
            "interlaced, h264.mp4",
            "mpeg2.mpg",
            "mpeg4.avi",
            "no index.avi",
            "no cues.mkv",
            "fragments.mp4",
            "uneven.mkv",
            "equal times.mkv",
            "held.mp4",
            "trimmed, h264.mp4",
            "edits.mov",
            "headless.ts",
        )
    }
)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(WHOLE))
def test_a_film_that_is_whole_is_not_accused(name: str, tmp_path: Path) -> None:
    film: Callable[[Path], Path] = WHOLE[name]
    assert damage_of(film(tmp_path)) == ""


def test_shots_tells_it(holed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shots", str(holed), "--json"]) == 0
    told = capsys.readouterr()
    assert told.err.startswith("warning: about ")
    assert "not there" not in told.out


def test_an_index_that_is_shorter_than_the_track_is_counted(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mp4", replace(STEADY, options={"g": "5", "bf": "0"}))
    data = bytearray(film.read_bytes())
    at = data.index(b"stsz") + 12
    assert data[at : at + 4] == FRAMES.to_bytes(4, "big")
    data[at : at + 4] = (FRAMES - 5).to_bytes(4, "big")
    film.write_bytes(data)
    assert decoded(film) == FRAMES - 5
    assert damage_of(film) == "about 5 frames are not there, as the file tells of its length"


@pytest.mark.slow
def test_a_run_tells_what_is_not_there_and_strict_refuses(
    holed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "r.mkv"
    command = ["colorize", str(holed), "-o", str(output), "--model-size", "64", "--model", "tcvc-mini"]
    command += ["--device", "cpu", "--colour-parts", "recolour"]
    assert main([*command, "--strict"]) == 3
    assert "frames are not there" in capsys.readouterr().err
    assert not output.exists()
    assert main(command) == 0
    warning = next(line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: about"))
    sidecar = json.loads(sidecar_path(output).read_text())
    assert warning == f"warning: {sidecar['damage']}"
    assert DAMAGED in sidecar["damage"]
