"""A film that is coloured as it comes: what goes in comes out, at once, with colours."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tcvc_cli.errors import (
    ChangingFilm,
    EmptyFilm,
    NotAFilm,
    NoVideoStream,
    TruncatedFilm,
    UnreadableInput,
    UsageError,
)
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.plan.shots.online import LATENCY_FRAMES
from tcvc_cli.records import PipeFormat
from tcvc_cli.run.events import Finished, Piped, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.changing_films import changing
from tests.material.film_facts import packets
from tests.material.live_material import (
    ALL,
    FRAME_BYTES,
    HEADER,
    LiveRun,
    colored_live,
    frame_bytes,
    live_options,
    planes_of,
    scenes,
    seconds,
    y4m,
)
from tests.material.media_sources import Source, make
from tests.material.present import present


def test_each_frame_comes_out_two_frames_later() -> None:
    """The film stands still in the middle of its first shot: nothing more is needed to see its frames."""
    film = scenes([12])
    run = LiveRun(live_options())
    run.feed(HEADER)
    out = b""
    for number, luma in enumerate(film):
        run.feed(frame_bytes(luma))
        if number == LATENCY_FRAMES:
            out = run.read(1)
            while not out.endswith(b"\n"):
                out += run.read(1)
        if number >= LATENCY_FRAMES:
            out += run.read(FRAME_BYTES)
    assert len(planes_of(out)[0]) == len(film) - LATENCY_FRAMES
    out += run.result()
    luma, chroma = planes_of(out)
    np.testing.assert_array_equal(luma, film)
    assert (np.abs(chroma.astype(int) - 128).max((1, 2, 3)) > 4).all()
    assert isinstance(run.events[-1], Piped)
    assert (run.events[-1].format, run.events[-1].frames) == ("y4m", 12)


def test_a_cut_leaves_nothing_of_what_was_before() -> None:
    film = scenes([9, 10])
    both, second = (planes_of(colored_live(y4m(part), live_options()))[1] for part in (film, film[9:]))
    np.testing.assert_array_equal(both[9:], second)
    assert (both[8] != both[9]).any()


def test_later_frames_change_nothing() -> None:
    film = scenes([16])
    other = film.copy()
    other[12:] = np.flip(film[12:], 2)
    one, two = (planes_of(colored_live(y4m(part), live_options()))[1] for part in (film, other))
    np.testing.assert_array_equal(one[: 12 - LATENCY_FRAMES], two[: 12 - LATENCY_FRAMES])
    assert (one[12:] != two[12:]).any()


def test_a_file_gets_the_colors_that_a_pipe_gets(tmp_path: Path) -> None:
    film = tmp_path / "film.y4m"
    film.write_bytes(y4m(scenes([9, 12])))
    given = {"model_size_px": 64, "device": "cpu", "color_parts": "recolour", "is_causal": True}
    options = Options(film, tmp_path / "out.mkv", preset="master", **given)  # type: ignore[arg-type]
    events = list(colorize(options))
    assert isinstance(events[-1], Finished)
    _, chroma = planes_of(colored_live(film.read_bytes(), live_options()))
    frames = list(read_frames(probe(tmp_path / "out.mkv")))
    written = np.stack([np.stack([present(one.cb), present(one.cr)]) for one in frames])
    np.testing.assert_array_equal(written, chroma)
    run = LiveRun(live_options(film))
    np.testing.assert_array_equal(planes_of(run.result())[1], chroma)


KINDS: list[PipeFormat] = ["nut", "matroska"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("preset", ["access", "master"])
def test_sound_is_carried_and_times_are_kept(preset: str, kind: PipeFormat, tmp_path: Path) -> None:
    suffix = {"nut": "nut", "matroska": "mkv"}[kind]
    times = (0, 1, 2, 4, 8, *range(9, 28))
    source = make(
        tmp_path / f"film.{suffix}", Source(frames=24, pts=times, audio=("aac",), options={"bf": "0"})
    )
    result = tmp_path / f"out.{suffix}"
    result.write_bytes(colored_live(source.read_bytes(), live_options(preset=preset)))
    before, after = (list(read_frames(probe(path))) for path in (source, result))
    assert [frame.time.seconds for frame in after] == pytest.approx(
        [frame.time.seconds for frame in before], abs=0.001
    )
    if preset == "master":
        for old, new in zip(before, after, strict=True):
            np.testing.assert_array_equal(old.luma, new.luma)
    sounds = [[data for _, data in packets(path, "audio")[0]] for path in (source, result)]
    assert sounds[0] == sounds[1] != []


@pytest.mark.parametrize("kind", KINDS)
def test_coded_pictures_go_out_before_the_end(kind: PipeFormat) -> None:
    """Matroska ends a cluster when the next begins: one frame more."""
    film = scenes([8])
    run = LiveRun(live_options(kind=kind))
    run.feed(y4m(film))
    head = run.read(3000)
    assert len(head) == 3000  # more than its header, while the film is not over
    run.result()
    assert run.error is None


def test_streams_without_a_place_are_named(tmp_path: Path) -> None:
    source = make(tmp_path / "film.mkv", Source(frames=8, audio=("aac",), has_subtitle=True))
    for kind, lost in (("y4m", "#1 audio, #2 subtitle"), ("nut", "#2 subtitle")):
        run = LiveRun(live_options(source, kind))  # type: ignore[arg-type]
        run.result()
        said = [event.message for event in run.events if isinstance(event, Warned)]
        assert said == [f"{kind}, written as it comes, does not hold {lost}"]


@pytest.mark.parametrize("kind", ["y4m", *KINDS])
def test_shape_and_tags(kind: PipeFormat, tmp_path: Path) -> None:
    source = make(tmp_path / "film.mkv", Source(frames=4, sample_aspect=Fraction(16, 15), matrix=5))
    result = tmp_path / "out"
    result.write_bytes(LiveRun(live_options(source, kind)).result())
    film = probe(result)
    assert (film.sample_aspect, film.frame_rate) == (Fraction(16, 15), Fraction(24000, 1001))
    assert film.color.matrix == (2 if kind == "y4m" else 5)  # y4m has no word for it


@pytest.mark.parametrize("pixel_format", ["gray", "yuv444p", "yuv420p10le"])
def test_other_planes(pixel_format: str, tmp_path: Path) -> None:
    source = make(tmp_path / "film.mkv", Source(codec="ffv1", frames=5, pixel_format=pixel_format))
    result = tmp_path / "out.y4m"
    result.write_bytes(LiveRun(live_options(source, "y4m")).result())
    before, after = (list(read_frames(probe(path))) for path in (source, result))
    assert len(before) == len(after) == 5
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old.luma, new.luma)


def test_a_shot_in_color_keeps_its_colors() -> None:
    grey, colored = scenes([9, 9]), bytearray(y4m(scenes([9, 9])))
    samples = grey[0].size
    for number in range(9):  # the first shot: half of it red, half blue
        start = len(HEADER) + number * FRAME_BYTES + 6 + samples
        for plane, (left, right) in enumerate(((90, 200), (200, 90))):
            half = np.full((48, 64), left, np.uint8)
            half[:, 32:] = right
            colored[start + plane * half.size : start + (plane + 1) * half.size] = half.tobytes()
    _, kept = planes_of(colored_live(bytes(colored), live_options(color_parts="keep")))
    _, own = planes_of(bytes(colored))
    np.testing.assert_array_equal(kept[:9], own[:9])
    assert (np.abs(kept[9:].astype(int) - 128).max((1, 2, 3)) > 4).all()
    _, anew = planes_of(colored_live(bytes(colored), live_options()))
    assert (anew[:9] != own[:9]).any((1, 2, 3)).all()


def test_a_part_of_the_film() -> None:
    film = scenes([20])
    options = live_options(start_s=seconds(4), end_s=seconds(13))
    run = LiveRun(options)
    run.feed(y4m(film[:16]))
    luma, _ = planes_of(run.read(ALL))  # to its end, which does not wait for that of the film
    np.testing.assert_array_equal(luma, film[4:13])
    run.result()
    assert run.error is None


def test_what_ends_in_the_middle_of_a_frame() -> None:
    film = scenes([9])
    run = LiveRun(live_options())
    out = run.result(y4m(film)[:-100])
    np.testing.assert_array_equal(planes_of(out)[0], film[:8])
    assert isinstance(run.error, TruncatedFilm)
    assert str(run.error) == "stdin ends in the middle of a frame, after 8 frames"
    assert run.error.exit_code == 3


def test_a_size_that_changes(tmp_path: Path) -> None:
    run = LiveRun(live_options(changing(tmp_path / "film.h264", width=96), "y4m"))
    out = run.result()
    assert isinstance(run.error, ChangingFilm)
    assert "changes its size from 64x48 to 96x48 at frame 6" in str(run.error)
    assert out.count(b"FRAME\n") == 6


def test_what_is_no_film() -> None:
    with pytest.raises(EmptyFilm, match="nothing came"):
        colored_live(b"", live_options())
    for junk in (b"no film", b"\0" * 5000, b"\x1a\x45\xdf\xa3" + b"\0" * 5000, b"YUV4MPEG2 W0\n" + b"x" * 99):
        with pytest.raises(NotAFilm):
            colored_live(junk, live_options())
    with pytest.raises(EmptyFilm, match="holds no frame"):
        colored_live(HEADER, live_options())


def test_sound_alone_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=48000)
        for _ in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate = 48000
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(NoVideoStream):
        colored_live(path.read_bytes(), live_options())


def test_a_reader_that_goes_away() -> None:
    run = LiveRun(live_options())
    run.leave()
    run.spend(y4m(scenes([12])))
    assert isinstance(run.error, BrokenPipeError)


def test_a_named_pipe_is_not_read_as_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "film")
    with pytest.raises(UnreadableInput, match="is not a file"):
        colored_live(b"", live_options(tmp_path / "film"))


@pytest.mark.parametrize(
    "given", [{"shots_file": Path("a.csv")}, {"is_proved": True}, {"has_premis": True}, {"is_strict": True}]
)
def test_what_belongs_to_files_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="--causal through a pipe leaves no file for --"):
        colored_live(b"", live_options(**given))
