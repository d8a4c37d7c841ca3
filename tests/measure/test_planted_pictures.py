"""Faults in pictures that are near as a whole: places of a lossy result, and colours that a film had."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.cli.main import main
from tcvc_cli.measure.proof.compare import Proof, Terms, compare
from tcvc_cli.measure.proof.picture.places import MOST_OFF, alteration
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter, luma_for_output, output_format
from tcvc_cli.names import sidecar_path
from tcvc_cli.records import COMPUTED
from tests.material.media_sources import Source, make
from tests.material.sidecars import stated

Luma = NDArray[Any]
COLORS = "colours of the film"
FRAMES = 6


def scene(height: int, width: int, number: int) -> Luma:
    """Soft shapes with grain, which move by two pixels a frame."""
    rng = np.random.default_rng(5)
    coarse = rng.integers(40, 190, (7, 9)).astype(np.float32)
    soft = cv2.resize(coarse, (width + 32, height), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(number).integers(-3, 4, (height, width))
    return np.asarray(np.clip(soft[:, 2 * number : 2 * number + width] + grain, 16, 235), np.uint8)


def grey_film(path: Path, size: tuple[int, int], frames: int) -> Path:
    width, height = size
    time_base = Fraction(1, 24)
    source = Source("ffv1", "gray", width=width, height=height, frames=frames, time_base=time_base)
    made = make(path.with_suffix(".made.mkv"), source)
    return rewritten(made, path, lambda _, number: scene(height, width, number), color=0)


def rewritten(
    film: Path, path: Path, change: Callable[[Luma, int], Luma], preset: str = "master", color: int = 20
) -> Path:
    """The film with other luma, and with chroma so far from grey, in levels of 8 bit."""
    info = probe(film)
    target = output_format(info, preset)
    segment, bits = path.with_suffix(".segment"), target.bit_depth - 8
    with SegmentWriter(segment, info, preset) as writer:
        for frame in read_frames(info):
            luma = luma_for_output(change(frame.luma.copy(), frame.number), info.pixel_format, target)
            shape = target.chroma_shape(*luma.shape)
            cb, cr = (np.full(shape, level << bits, luma.dtype) for level in (128 - color, 128 + color))
            writer.write(replace(frame, luma=luma, cb=cb, cr=cr))
    remux(info, [segment], path, extra_tags={COMPUTED: "tcvc"})
    return path


def _box(luma: Luma, _: int) -> Luma:
    luma[200:224, 300:324] = 235
    return luma


def _faint_box(luma: Luma, _: int) -> Luma:
    luma[40:64, 60:84] += 12
    return luma


def _bars(luma: Luma, _: int) -> Luma:
    luma[:8] = luma[-8:] = 16
    return luma


def _only(number: int, change: Callable[[Luma, int], Luma]) -> Callable[[Luma, int], Luma]:
    return lambda luma, at: change(luma, at) if at == number else luma


def _rolled(down: int, right: int) -> Callable[[Luma, int], Luma]:
    return lambda luma, _: np.roll(luma, (down, right), (0, 1))


BOXED: Mapping[str, tuple[Callable[[Luma, int], Luma], str]] = {
    "a white box of 24 x 24": (_box, "levels off"),
    "a white box of 24 x 24 in one frame": (_only(1, _box), "levels off"),
}
ALTERED: Mapping[str, tuple[Callable[[Luma, int], Luma], str]] = {
    "a faint box": (_faint_box, "levels off"),
    "brighter by a level": (lambda luma, _: luma + 1, r"all of it is +"),
    "darker by a level": (lambda luma, _: luma - 1, "all of it is -"),
    "one frame brighter by four levels": (_only(3, lambda luma, _: luma + 4), "all of it is +"),
    "bars above and below": (_bars, "levels off"),
    "a frame moved to the left by a pixel": (_only(2, _rolled(0, -1)), "moved left"),
    "a film moved to the right by a pixel": (_rolled(0, 1), "moved right"),
    "a frame moved up by a pixel": (_only(2, _rolled(-1, 0)), "moved up"),
    "a frame moved down by a pixel": (_only(2, _rolled(1, 0)), "moved down"),
    "a black frame": (_only(4, lambda luma, _: luma * 0 + 16), "PSNR"),
    "a frame twice": (_only(3, lambda luma, at: scene(luma.shape[0], luma.shape[1], at - 1)), "out of place"),
    "less contrast": (lambda luma, _: np.asarray(luma * 0.96 + 4, np.uint8), "levels off"),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grey_film(tmp_path_factory.mktemp("grey") / "film.mkv", (160, 120), FRAMES)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grey_film(tmp_path_factory.mktemp("grey") / "film.mkv", (640, 480), 2)


def failing(proof: Proof) -> dict[str, str]:
    return {check.subject: check.words for check in proof.checks if check.verdict == "fails"}


@pytest.mark.parametrize("preset", ["access", "prores", "dnxhr"])
def test_a_lossy_result_without_a_fault_holds(large: Path, tmp_path: Path, preset: str) -> None:
    suffix = "mkv" if preset == "access" else "mov"
    proof = compare(large, rewritten(large, tmp_path / f"result.{suffix}", lambda luma, _: luma, preset))
    assert failing(proof) == {}
    assert (proof.luma.is_lossless, proof.luma.altered_frames) == (False, 0)


@pytest.mark.parametrize("fault", BOXED)
def test_a_box_in_a_large_picture_is_found(large: Path, tmp_path: Path, fault: str) -> None:
    change, words = BOXED[fault]
    proof = compare(large, rewritten(large, tmp_path / "result.mkv", change, "access"))
    assert failing(proof).keys() == {"luma"}
    assert words in failing(proof)["luma"]
    assert proof.luma.altered_frames == (1 if "one frame" in fault else 2)


@pytest.mark.parametrize("fault", ALTERED)
def test_an_altered_lossy_picture_is_found(small: Path, tmp_path: Path, fault: str) -> None:
    change, words = ALTERED[fault]
    proof = compare(small, rewritten(small, tmp_path / "result.mkv", change, "access"))
    assert failing(proof).keys() == {"luma"}
    assert words in failing(proof)["luma"]


def test_limits_are_as_stated() -> None:
    """A square that is off by a little less than its limit holds, by a little more it fails; at half the
    depth's step, too; and who allows 6 dB less allows twice as much."""
    flat = np.full((128, 128), 100, np.uint8)
    for px, most in MOST_OFF[:1]:
        for off, is_found in ((int(most), False), (int(most) + 1, True)):
            other = flat.copy()
            other[8 : 8 + px, 16 : 16 + px] += np.uint8(off)
            assert (alteration(flat, other, 8) is not None) == is_found
            deep = np.left_shift(flat.astype(np.uint16), 2), np.left_shift(other.astype(np.uint16), 2)
            assert (alteration(deep[0], deep[1], 10) is not None) == is_found
            assert alteration(flat, other, 8, 34 - 20 * np.log10(2)) is None


def colored_film(path: Path) -> Path:
    """Six frames, the first three of which are in colour."""
    source = Source(codec="ffv1", width=64, height=48, frames=FRAMES, time_base=Fraction(1, 24))
    return repainted(make(path.with_suffix(".made.mkv"), source), path, own)


Paint = Callable[[Frame, NDArray[Any], NDArray[Any]], tuple[Any, Any]]


def own(frame: Frame, cb: NDArray[Any], cr: NDArray[Any]) -> tuple[Any, Any]:
    """A half is red and the other one blue, in the first three frames."""
    cb[:], cr[:] = 128, 128
    if frame.number < 3:
        cb[:, :16], cr[:, :16] = 90, 200
        cb[:, 16:], cr[:, 16:] = 190, 100
    return cb, cr


def repainted(film: Path, path: Path, paint: Paint, preset: str = "master") -> Path:
    info = probe(film)
    segment = path.with_suffix(".segment")
    with SegmentWriter(segment, info, preset) as writer:
        for frame in read_frames(info):
            planes = [np.zeros((24, 32), np.uint8) for _ in range(2)]
            cb, cr = paint(frame, *planes)
            writer.write(replace(frame, cb=cb, cr=cr))
    remux(info, [segment], path, extra_tags={COMPUTED: "tcvc"})
    return path


def _with(change: Paint, *numbers: int) -> Paint:
    """The film's own colours where it has some, green where not; `change` in these frames."""

    def paint(frame: Frame, cb: NDArray[Any], cr: NDArray[Any]) -> tuple[Any, Any]:
        cb, cr = own(frame, cb, cr)
        if frame.number >= 3:
            cb, cr = cb - 30, cr - 30
        return change(frame, cb, cr) if frame.number in numbers else (cb, cr)

    return paint


def _grey(_: Frame, cb: NDArray[Any], cr: NDArray[Any]) -> tuple[Any, Any]:
    return cb * 0 + 128, cr * 0 + 128


def _half_grey(_: Frame, cb: NDArray[Any], cr: NDArray[Any]) -> tuple[Any, Any]:
    cb[:, :12] = cr[:, :12] = 128
    return cb, cr


def _pale(_: Frame, cb: NDArray[Any], cr: NDArray[Any]) -> tuple[Any, Any]:
    return [np.asarray(128 + (plane.astype(int) - 128) * 0.5, np.uint8) for plane in (cb, cr)]  # type: ignore[return-value]


def _one_sample(_: Frame, cb: NDArray[Any], cr: NDArray[Any]) -> tuple[Any, Any]:
    cb[3, 5] += 1
    return cb, cr


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return colored_film(tmp_path_factory.mktemp("mixed") / "film.mkv")


KEPT = Terms(kept=((0, 3),))
LOST = {"all of a shot": (0, 1, 2), "one frame": (1,), "the last frame": (2,)}


@pytest.mark.parametrize("preset", ["master", "access"])
@pytest.mark.parametrize("terms", [Terms(), KEPT], ids=["no claim", "a claim"])
def test_colours_that_are_kept_hold(mixed: Path, tmp_path: Path, preset: str, terms: Terms) -> None:
    proof = compare(mixed, repainted(mixed, tmp_path / "result.mkv", _with(_grey), preset), terms)
    assert failing(proof) == {}
    (row,) = [check for check in proof.checks if check.subject == COLORS]
    assert (row.verdict, row.words) == ("holds", "3 frames have their own")


@pytest.mark.parametrize("frames", LOST)
@pytest.mark.parametrize("change", [_grey, _half_grey], ids=["all of it", "a part of it"])
def test_colours_that_are_lost_are_found(mixed: Path, tmp_path: Path, frames: str, change: Paint) -> None:
    """Whatever a sidecar claims."""
    result = repainted(mixed, tmp_path / "result.mkv", _with(change, *LOST[frames]))
    count, first = len(LOST[frames]), LOST[frames][0]
    expected = f"{count} of 3 frames in colour lost it, the first is frame {first}"
    assert failing(compare(mixed, result)) == failing(compare(mixed, result, KEPT)) == {COLORS: expected}
    if change is _grey:  # whatever frames are mixed of, they have some colour
        assert COLORS in failing(compare(mixed, result, Terms(mixed=((0, 50),))))


@pytest.mark.parametrize("change", [_pale, _one_sample])
def test_other_colours_than_claimed_are_found(mixed: Path, tmp_path: Path, change: Paint) -> None:
    """Without a claim they are told, for somebody may have wished them."""
    result = repainted(mixed, tmp_path / "result.mkv", _with(change, 1))
    words = "1 frames that the sidecar calls as they were are not, the first is frame 1"
    assert failing(compare(mixed, result, KEPT)) == {COLORS: words}
    told = compare(mixed, result)
    assert (told.holds, told.is_complete) == (True, False)


def claimed(film: Path, result: Path, **claims: Any) -> None:
    """A sidecar of these two files that claims further things."""
    stated(film, result)
    content = json.loads(sidecar_path(result).read_text())
    shot = {"start": 0, "stop": 3, "in_colour": True}
    content |= {"dropped": [], "carried": [], "shots": [shot]} | claims
    sidecar_path(result).write_text(json.dumps(content))


Capture = pytest.CaptureFixture[str]


def told(capsys: Capture, film: Path, result: Path, *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["verify", str(film), str(result), "--json", *words])
    proof = json.loads(capsys.readouterr().out.splitlines()[0])
    return code, {one["subject"]: one["words"] for one in proof["checks"] if one["verdict"] == "fails"}


def test_a_sidecar_is_a_claim(mixed: Path, tmp_path: Path, capsys: Capture) -> None:
    """It says that shots were kept, that a part was asked for, that a stream could not be carried. The first
    is asked of the result, the second of whoever verifies, the third of the container."""
    result = repainted(mixed, tmp_path / "result.mkv", _with(_pale, 1))
    claimed(mixed, result)
    assert told(capsys, mixed, result)[1].keys() == {COLORS}
    claimed(mixed, result, shots=[])
    assert told(capsys, mixed, result) == (0, {})
    assert told(capsys, mixed, result, "--strict")[0] == 7
    claimed(mixed, result, shots=[], options={"end_s": "1/8"})
    code, found = told(capsys, mixed, result)
    assert code == 7
    assert found.keys() == {"luma", "part of the film"}


def test_a_part_holds_for_whoever_asks(mixed: Path, tmp_path: Path, capsys: Capture) -> None:
    """Three of six frames: without the sidecar they are missing, with one that claims a part it is a part."""
    result = tmp_path / "part.mkv"
    info = probe(mixed)
    segment = tmp_path / "segment"
    with SegmentWriter(segment, info, "master") as writer:
        for frame in list(read_frames(info))[:3]:
            writer.write(frame)
    remux(info, [segment], result, end_s=Fraction(1, 8), extra_tags={COMPUTED: "tcvc"})
    assert told(capsys, mixed, result)[1].keys() >= {"luma"}
    claimed(mixed, result, options={"end_s": "1/8"})
    words = "only a part, frames 0 to 2 of about 6, as the sidecar says; to have a part held, ask for it: "
    assert told(capsys, mixed, result) == (7, {"part of the film": f"{words}--end 0.125"})
    assert told(capsys, mixed, result, "--end", "0.125") == (0, {})
    code, found = told(capsys, mixed, result, "--start", "0.04", "--end", "0.125")
    assert (code, "luma" in found) == (7, True)
    sidecar_path(result).unlink()
    assert told(capsys, mixed, result, "--end", "0.125") == (0, {})
    assert main(["verify", str(mixed), str(result), "--start", "1", "--end", "0.5"]) == 2


def test_a_stream_that_the_container_holds_was_not_dropped(tmp_path: Path, capsys: Capture) -> None:
    source = Source("ffv1", "gray", frames=3, time_base=Fraction(1, 24), audio=("flac",))
    film = make(tmp_path / "film.mkv", source)
    bare = make(tmp_path / "bare.mkv", replace(source, audio=()))
    result = rewritten(bare, tmp_path / "result.mkv", lambda luma, _: luma)
    sound = {"index": 1, "kind": "audio", "codec": "flac", "language": "eng", "title": "Sound 0"}
    why = "mkv cannot hold audio of the kind flac"
    claimed(film, result, shots=[], dropped=[{"stream": {**sound, "is_picture": False}, "why": why}])
    code, found = told(capsys, film, result)
    assert code == 7
    assert found == {'#1 audio flac (eng) "Sound 0"': f"missing, and mkv holds it; the sidecar: {why}"}
