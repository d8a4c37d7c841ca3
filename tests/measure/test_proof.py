"""What a proof says of lossy results, of converted and dropped streams, and of films of another shape."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.cli.main import main
from tcvc_cli.measure.proof.checks import FLOOR_DB, SECOND_READING, Check
from tcvc_cli.measure.proof.compare import Proof, Terms, compare
from tcvc_cli.measure.proof.picture.luma import LumaMeter
from tcvc_cli.media.ffmpeg_command import is_installed
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter
from tcvc_cli.names import sidecar_path
from tcvc_cli.records import COMPUTED, FilmInfo, FrameTime
from tcvc_cli.run.provenance.verify import verify_result
from tests.material import media_sources
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored
from tests.material.present import present
from tests.material.sidecars import stated

FILM = Source(codec="ffv1", pixel_format="gray", frames=6, is_full_range=True)
FULL = Source(
    frames=24,
    time_base=Fraction(1, 24),
    audio=("aac", "flac"),
    has_subtitle=True,
    has_chapters=True,
    has_attachment=True,
)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("proof") / "full.mkv", FULL)


def row(proof: Proof, subject: str) -> Check:
    (found,) = (check for check in proof.checks if check.subject.startswith(subject))
    return found


def failing(proof: Proof) -> set[str]:
    """Without what the second reading finds once more."""
    failed = {check.subject for check in proof.checks if check.verdict == "fails"}
    return {subject for subject in failed if not subject.startswith(SECOND_READING)}


def rewritten(path: Path, result: Path, change: Callable[..., Any], preset: str = "master") -> Path:
    """The film's frames as `change` leaves them, without its other streams."""
    film = probe(path)
    with SegmentWriter(result, film, preset) as writer:
        for frame in read_frames(film):
            luma = change(frame.number, frame.luma.copy())
            neutral = np.full((-(-luma.shape[0] // 2), -(-luma.shape[1] // 2)), 128, np.uint8)
            writer.write(replace(frame, luma=luma, cb=neutral, cr=neutral))
    return result


def test_a_lossless_result_is_held_to_every_bit(tmp_path: Path) -> None:
    path = make(tmp_path / "film.mkv", FILM)

    def touch(number: int, luma: NDArray[Any]) -> NDArray[Any]:
        luma[7, 11] ^= 4 if number in (3, 5) else 0
        return luma

    luma = compare(path, rewritten(path, tmp_path / "result.mkv", touch)).luma
    assert (luma.is_lossless, luma.is_equal, luma.holds) == (True, False, False)
    assert (luma.differing_frames, luma.first_difference, luma.largest_difference) == (2, 3, 4)
    assert luma.least_psnr_db is not None
    assert luma.least_psnr_db > 60


def test_a_lossy_result_is_held_to_the_floor(full: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.mkv"
    colored(probe(full), result, preset="access")
    proof = compare(full, result)
    assert not proof.luma.is_lossless
    assert proof.luma.differing_frames > 0
    assert proof.luma.least_psnr_db is not None
    assert FLOOR_DB < proof.luma.least_psnr_db < 60
    assert present(proof.luma.mean_psnr_db) >= present(proof.luma.least_psnr_db)
    assert 0.9 < present(proof.luma.least_ssim) <= present(proof.luma.mean_ssim) < 1
    assert "lossy (h264)" in row(proof, "luma").words
    assert row(proof, "luma").verdict == "holds"
    assert not compare(full, result, Terms(floor_db=proof.luma.least_psnr_db + 0.1)).holds


def test_a_deeper_lossy_result_is_measured_at_its_depth(full: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.mov"
    colored(probe(full), result, preset="prores")
    proof = compare(full, result)
    assert row(proof, "bit depth").words == "8 in 10"
    assert proof.luma.holds
    assert present(proof.luma.least_psnr_db) > 40


def meter(codec: str) -> tuple[FilmInfo, LumaMeter]:
    film = probe(Path(__file__).parents[2] / "examples" / "film.mkv")
    stream = replace(film.streams[0], codec=codec)
    film = replace(film, streams=(stream, *film.streams[1:]))
    return film, LumaMeter(film, film)


def frame(number: int, luma: NDArray[np.int64]) -> Frame:
    return Frame(number, FrameTime(number, 1, Fraction(1, 24)), luma.astype(np.uint8), None, None)


@pytest.mark.parametrize(("shown", "misplaced"), [((0, 1, 2, 3), 0), ((0, 2, 1, 3), 2), ((0, 1, 1, 3), 1)])
def test_frames_out_of_place_are_found_above_the_floor(
    shown: tuple[int, int, int, int], misplaced: int
) -> None:
    """Frames so alike that a wrong one passes the floor, after a lossy codec that is nearer than that."""
    rng = np.random.default_rng(1)
    pictures = [np.full((48, 64), 100) + rng.integers(0, 4, (48, 64)) for _ in range(4)]
    coded = [picture + (rng.random((48, 64)) < 0.1) for picture in pictures]
    _, luma = meter("h264")
    for number, other in enumerate(shown):
        luma.add(frame(number, pictures[number]), frame(number, coded[other]))
    proof = luma.proof()
    assert present(proof.least_psnr_db) > FLOOR_DB
    assert (proof.misplaced_frames, proof.holds) == (misplaced, misplaced == 0)


def test_an_original_beside_noise_is_in_its_place() -> None:
    """A codec that takes the noise away is as near to one frame as to the next; nothing is misplaced."""
    rng = np.random.default_rng(2)
    _, luma = meter("h264")
    for number in range(8):
        noisy = np.full((48, 64), 100) + rng.integers(-2, 3, (48, 64))
        luma.add(frame(number, noisy), frame(number, np.full((48, 64), 100)))
    assert luma.proof().holds


def test_psnr_and_ssim_are_those_of_the_formulas() -> None:
    _, luma = meter("h264")
    flat = np.full((48, 64), 100)
    luma.add(frame(0, flat), frame(0, flat))
    luma.add(frame(1, flat), frame(1, flat + 5))
    proof = luma.proof()
    assert proof.least_psnr_db == proof.mean_psnr_db == pytest.approx(10 * np.log10(255**2 / 25))
    c1 = (0.01 * 255) ** 2
    similarity = (2 * 100 * 105 + c1) / (100**2 + 105**2 + c1)
    assert proof.least_ssim == pytest.approx(similarity, abs=1e-4)
    assert proof.mean_ssim == pytest.approx((1 + similarity) / 2, abs=1e-4)


def test_another_size_has_no_equal_frame(tmp_path: Path) -> None:
    path = make(tmp_path / "film.mkv", FILM)
    proof = compare(path, make(tmp_path / "other.mkv", replace(FILM, width=32)))
    assert proof.luma.differing_frames == 6
    assert proof.luma.largest_difference == 255
    assert {"luma", "size"} <= failing(proof)


def test_fewer_bits_are_found(tmp_path: Path) -> None:
    deep = replace(FILM, pixel_format="gray10le")
    path = make(tmp_path / "film.mkv", deep)
    proof = compare(path, make(tmp_path / "other.mkv", FILM))
    assert row(proof, "bit depth").words == "10 bit became 8"
    assert not proof.holds


def test_turned_pictures_are_found(tmp_path: Path) -> None:
    one = make(tmp_path / "one.mov", replace(FILM, codec="mpeg4", pixel_format="yuv420p"))
    other = make(tmp_path / "other.mov", replace(FILM, codec="mpeg4", pixel_format="yuv420p", rotation=90))
    assert failing(compare(one, other)) == failing(compare(other, one)) == {"rotation"}


def test_conversions_are_judged_by_their_meaning(full: Path, tmp_path: Path) -> None:
    """To mov: text becomes mov_text, FLAC becomes samples; both hold, an attachment and marks do not."""
    result = tmp_path / "result.mov"
    colored(probe(full), result)
    proof = compare(full, result)
    assert row(proof, "#1 audio").verdict == "holds"
    assert row(proof, "#2 audio") == Check(
        '#2 audio flac (fra) "Sound 1"', "converted", "flac to pcm_s16le, 46080 samples, bit for bit"
    )
    assert row(proof, "#3 subtitle").verdict == "converted"
    assert row(proof, "written of #2").verdict == "dropped"
    assert "mov has no place for this: the mark comment" in row(proof, "written of #2").words
    assert "#4 attachment text/plain" in failing(proof)


@pytest.mark.parametrize(("was", "now"), [("Bye", "By"), ("00:00:00,800", "00:00:00,810")])
def test_a_wrong_conversion_is_found(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was: str, now: str
) -> None:
    result = make(tmp_path / "result.mp4", replace(FULL, has_attachment=False))
    assert row(compare(full, result), "#3 subtitle").verdict == "converted"
    monkeypatch.setattr(media_sources, "SRT", media_sources.SRT.replace(was, now))
    other = make(tmp_path / "other.mkv", FULL)
    assert row(compare(other, result), "#3 subtitle").verdict == "fails"


def test_a_known_drop_is_told_and_no_failure(
    full: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "result.mp4"
    colored(probe(full), result)
    arguments = ["verify", str(full), str(result)]
    assert failing(verify_result(full, result)) >= {"#4 attachment text/plain"}
    stated(full, result)
    proof = verify_result(full, result)
    assert "#4 attachment text/plain" not in failing(proof)
    assert row(proof, "#4").words.startswith("as the sidecar says: mp4 cannot hold")
    assert row(proof, "sidecar").verdict == "holds"
    assert not proof.is_complete
    main(arguments)
    assert "dropped    #4 attachment text/plain" in capsys.readouterr().out


def test_a_foreign_sidecar_is_not_believed(full: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.mp4"
    colored(probe(full), result)
    stated(full, result, result_sha256="0" * 64)
    assert {"sidecar", "#4 attachment text/plain"} <= failing(verify_result(full, result))
    sidecar_path(result).write_text("{")
    assert {"sidecar", "#4 attachment text/plain"} <= failing(verify_result(full, result))


def test_a_file_of_another_program_is_no_sidecar(full: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.mkv"
    colored(probe(full), result)
    sidecar_path(result).write_text('{"creatingLibrary": {"name": "MediaInfoLib"}, "media": {}}')
    proof = verify_result(full, result)
    assert proof.holds
    assert "sidecar" not in [check.subject for check in proof.checks]


def packed(path: Path, *arguments: str) -> Path:
    """A film whose picture and sound are made by the ffmpeg on this machine."""
    sources = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1:r=44100"]
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *sources, *arguments, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


@pytest.mark.skipif(not is_installed(), reason="no ffmpeg on this machine")
@pytest.mark.parametrize(
    ("name", "sound", "result", "verdict"),
    [
        ("film.ts", "aac", "result.mp4", "converted"),  # without their ADTS headers
        ("film.ts", "mp2", "result.mp4", "holds"),  # which calls MPEG sound mp3
        ("film.mov", "pcm_s16le", "result.mkv", "holds"),  # cut into other packets
        ("film.mkv", "ac3", "result.mp4", "holds"),  # with times in other ticks
        ("film.mp4", "aac", "result.mov", "holds"),  # with priming
    ],
)
def test_the_same_sound_in_other_dress_holds(
    tmp_path: Path, name: str, sound: str, result: str, verdict: str
) -> None:
    film = packed(tmp_path / name, "-c:v", "mpeg2video" if name.endswith("ts") else "mpeg4", "-c:a", sound)
    again = tmp_path / result
    colored(probe(film), again)
    assert row(compare(film, again), "#1 audio").verdict == verdict


@pytest.mark.skipif(not is_installed(), reason="no ffmpeg on this machine")
def test_priming_that_is_heard_is_found(tmp_path: Path) -> None:
    film = packed(tmp_path / "film.mp4", "-c:v", "mpeg4", "-c:a", "aac")
    again = tmp_path / "again.mp4"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(film), "-c", "copy", "-use_editlist", "0"]
    subprocess.run([*command, str(again)], check=True, timeout=60)
    check = row(compare(film, again), "#1 audio")
    assert check.verdict == "fails"
    assert "priming or padding changed" in check.words or "moved" in check.words


@pytest.mark.skipif(not is_installed(), reason="no ffmpeg on this machine")
def test_no_sidecar_accounts_for_what_matroska_holds(tmp_path: Path) -> None:
    """A result whose second sound lost its language and its mark, as the sidecar says or does not."""
    film = make(tmp_path / "film.mkv", replace(FULL, audio=("flac", "flac")))
    result = tmp_path / "result.mkv"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-copyts", "-i", str(film), "-map", "0", "-c", "copy"]
    lost = ["-metadata:s:2", "language=", "-disposition:2", "0", "-default_mode", "passthrough"]
    lost += ["-metadata", f"{COMPUTED}=tcvc"]
    subprocess.run([*command, *lost, "-avoid_negative_ts", "disabled", str(result)], check=True, timeout=60)
    assert failing(verify_result(film, result)) == {"written of #2"}
    stated(film, result, lost=["language fra"])
    assert failing(verify_result(film, result)) == {"written of #2"}
    stated(film, result, lost=["language fra", "mark comment"])
    assert failing(verify_result(film, result)) == {"written of #2"}


@pytest.mark.skipif(not is_installed(), reason="no ffmpeg on this machine")
@pytest.mark.parametrize(("one", "other", "is_same"), [("deu", "ger", True), ("fra", "deu", False)])
def test_two_codes_of_one_language_are_the_same(
    tmp_path: Path, one: str, other: str, *, is_same: bool
) -> None:
    films = []
    for code in (one, other):
        sound = ["-c:v", "mpeg4", "-c:a", "flac", "-metadata:s:a", f"language={code}"]
        films.append(packed(tmp_path / f"{code}.mkv", *sound))
    assert (row(compare(films[0], films[1]), "written of #1").verdict == "holds") == is_same


@pytest.mark.skipif(not is_installed(), reason="no ffmpeg on this machine")
def test_lost_side_data_of_the_picture_are_found(tmp_path: Path) -> None:
    display = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    parameters = f"log-level=none:{display}:max-cll=1000,400"
    film = packed(tmp_path / "film.mkv", "-an", "-c:v", "libx265", "-x265-params", parameters)
    assert row(compare(film, film), "side data").words == "mastering display, content light level"
    plain = packed(tmp_path / "plain.mkv", "-an", "-c:v", "libx265", "-x265-params", "log-level=none")
    assert row(compare(plain, plain), "side data").words == "none"
    check = row(compare(film, plain), "side data")
    assert check == Check("side data", "fails", "mastering display is lost; content light level is lost")


ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Alignment
Style: Default,SERIF,20,&H00FFFFFF,0,0,2

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.10,0:00:00.60,Default,,0,0,0,,Hello
"""


@pytest.mark.skipif(not is_installed(), reason="no ffmpeg on this machine")
def test_other_styles_of_subtitles_are_found(tmp_path: Path) -> None:
    films = []
    for font in ("Serif", "Sans"):
        text = tmp_path / f"{font}.ass"
        text.write_text(ASS.replace("SERIF", font))
        maps = ["-i", str(text), "-map", "0:v", "-map", "2:s", "-c:v", "mpeg4", "-c:s", "copy"]
        films.append(packed(tmp_path / f"{font}.mkv", *maps))
    assert row(compare(films[0], films[0]), "#1 subtitle").verdict == "holds"
    check = row(compare(films[0], films[1]), "#1 subtitle")
    assert (check.verdict, check.words) == ("fails", "the header with the styles is not the same")


@pytest.mark.skipif(not is_installed(), reason="no ffmpeg on this machine")
def test_another_sampling_rate_is_found(tmp_path: Path) -> None:
    raw, films = tmp_path / "sound.raw", []
    raw.write_bytes(np.random.default_rng(3).integers(0, 256, 96000, dtype=np.uint8).tobytes())
    for rate in ("48000", "44100"):
        sound = ["-f", "s16le", "-ar", rate, "-ac", "1", "-i", str(raw), "-map", "0:v", "-map", "2:a"]
        films.append(packed(tmp_path / f"{rate}.mkv", *sound, "-c:v", "mpeg4", "-c:a", "pcm_s16le"))
    check = row(compare(films[0], films[1]), "#1 audio")
    assert check.verdict == "fails"
    assert "48000 Hz in 1 channels became 44100 Hz in 1 channels" in check.words
