"""Two films as one: the right pixels, every frame at its time, the sound packet for packet."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.errors import (
    InputError,
    OutputError,
    OutputExists,
    OutputFolderMissing,
    OutputIsInput,
    UsageError,
)
from tcvc_cli.media.inspect.computed_tag import computed_tag
from tcvc_cli.media.read.probe import probe
from tcvc_cli.review.compare.film import compare_films
from tcvc_cli.review.compare.request import CompareRequest
from tcvc_cli.run.batch.find import find_files
from tcvc_cli.run.batch.options import Search
from tcvc_cli.run.events import Event, FramesDone, Skipped, StageStarted, StreamsCarried, Warned
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.showing_events import ComparisonStarted, ComparisonWritten
from tests.material.film_facts import frame_times, packets, pictures
from tests.material.media_sources import Source, make

WIDE, HIGH = 160, 96
VARIABLE = (0, 40, 95, 100, 180, 300, 301, 420)  # ms


def compared(before: Path, after: Path, **given: Any) -> list[Event]:
    options = {name: given.pop(name) for name in ("output", "on_existing") if name in given}
    return list(compare_films(CompareRequest(replace(Options(before), **options), after, **given)))


def made_of(path: Path, source: Source, *codes: NDArray[np.uint8]) -> Path:
    """A film of one picture, with the times and streams of `source`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.material.media_sources.planes", lambda _, __: codes)
        return make(path, source)


def flat(path: Path, code: int, source: Source, *, cb: int = 128, cr: int = 128) -> Path:
    """Of one grey, or of one colour."""
    high, wide = source.height, source.width
    sizes = ((high, wide), (high // 2, wide // 2), (high // 2, wide // 2))
    planes = (np.full(size, one, np.uint8) for size, one in zip(sizes, (code, cb, cr), strict=True))
    return made_of(path, source, *planes)


SMALL = Source(width=WIDE, height=HIGH, frames=8, matrix=6)


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    """A dark film with sound, and a bright red one."""
    dark = flat(tmp_path / "film.mkv", 50, replace(SMALL, audio=("aac", "flac")))
    return dark, flat(tmp_path / "other.mkv", 150, SMALL, cr=190)


def test_left_is_the_first_and_right_the_second(both: tuple[Path, Path]) -> None:
    events = compared(*both)
    assert isinstance(events[0], ComparisonStarted)
    assert (events[0].width_px, events[0].height_px) == (2 * WIDE, HIGH)
    assert [event.stage for event in events if isinstance(event, StageStarted)] == ["compare"]
    assert FramesDone("compare", 8) in events
    output = both[0].with_name("film.compare.mp4")
    assert isinstance(events[-1], ComparisonWritten)
    assert (events[-1].output, events[-1].frames) == (output, 8)
    seen = pictures(output)
    assert seen.luma.shape == (8, HIGH, 2 * WIDE)
    edge = 4  # the encoder's
    assert np.abs(seen.luma[:, :, : WIDE - edge].astype(int) - 50).max() <= 2
    assert np.abs(seen.luma[:, :, WIDE + edge :].astype(int) - 150).max() <= 2
    assert np.abs(seen.chroma[:, 1, :, : WIDE // 2 - edge].astype(int) - 128).max() <= 2
    assert np.abs(seen.chroma[:, 1, :, WIDE // 2 + edge :].astype(int) - 190).max() <= 2
    about = probe(output)
    assert (about.color.matrix, about.color.primaries, about.color.full_range) == (6, 1, False)
    assert about.sample_aspect == 1


def test_a_line_splits_one_picture(both: tuple[Path, Path], tmp_path: Path) -> None:
    output = tmp_path / "split.mkv"
    compared(*both, output=output, layout="split")
    luma = pictures(output).luma
    assert luma.shape == (8, HIGH, WIDE)
    assert np.abs(luma[:, :, : WIDE // 2 - 6].astype(int) - 50).max() <= 3
    assert np.abs(luma[:, :, WIDE // 2 + 6 :].astype(int) - 150).max() <= 3
    assert luma[:, :, WIDE // 2].min() > 180


def test_the_line_moves_with_the_time(tmp_path: Path) -> None:
    """In the middle at first, far at the right two seconds later, far at the left after six."""
    slow = replace(SMALL, time_base=Fraction(1, 1000), pts=(0, 2000, 4000, 6000))
    before, after = flat(tmp_path / "film.mkv", 50, slow), flat(tmp_path / "other.mkv", 150, slow)
    output = tmp_path / "wipe.mkv"
    compared(before, after, output=output, layout="wipe")
    luma = pictures(output).luma
    shares = [(luma[number, 5] < 100).mean() for number in range(4)]
    assert shares == pytest.approx([0.5, 0.92, 0.5, 0.08], abs=0.03)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_the_sound_is_kept_packet_for_packet(both: tuple[Path, Path], tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"showing{suffix}"
    events = compared(*both, output=output)
    (streams,) = (event for event in events if isinstance(event, StreamsCarried))
    want, have = packets(both[0], "audio"), packets(output, "audio")
    kept = {".mov": 1}.get(suffix, 2)  # QuickTime has no FLAC: it gets the samples
    assert len(have) == len(streams.carried) == 2
    for index in range(kept):
        assert [data for _, data in have[index]] == [data for _, data in want[index]]
        apart = [abs(a[0] - b[0]) for a, b in zip(want[index], have[index], strict=True)]
        assert max(apart) < Fraction(2, 1000)
    assert frame_times(output) == pytest.approx(frame_times(both[0]), abs=0.001)


def test_the_sound_of_the_second_film_where_the_first_has_none(
    both: tuple[Path, Path], tmp_path: Path
) -> None:
    output = tmp_path / "showing.mp4"
    compared(both[1], both[0], output=output)
    want, have = packets(both[0], "audio"), packets(output, "audio")
    assert [[data for _, data in one] for one in have.values()] == [
        [data for _, data in one] for one in want.values()
    ]


def test_sound_that_does_not_fit_is_named(both: tuple[Path, Path], tmp_path: Path) -> None:
    film = flat(tmp_path / "old.mkv", 50, replace(SMALL, audio=("wavpack",)))
    events = compared(film, both[1], output=tmp_path / "showing.mp4")
    (streams,) = (event for event in events if isinstance(event, StreamsCarried))
    assert streams.carried == ()
    assert [row.stream.codec for row in streams.dropped] == ["wavpack"]
    assert "cannot hold" in streams.dropped[0].why


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_every_frame_keeps_its_time(tmp_path: Path, suffix: str) -> None:
    """The second film's are others, and its beginning too."""
    uneven = replace(SMALL, time_base=Fraction(1, 1000), pts=VARIABLE)
    before = flat(tmp_path / "film.mkv", 50, uneven)
    after = flat(tmp_path / "other.mkv", 150, replace(SMALL, frames=len(VARIABLE)))
    output = tmp_path / f"showing{suffix}"
    compared(before, after, output=output)
    assert frame_times(output) == [Fraction(ms, 1000) for ms in VARIABLE]


def test_a_film_that_does_not_start_at_zero(tmp_path: Path) -> None:
    late = replace(SMALL, time_base=Fraction(1, 1000), pts=tuple(range(500, 820, 40)), audio=("flac",))
    before, after = flat(tmp_path / "film.mkv", 50, late), flat(tmp_path / "other.mkv", 150, SMALL)
    compared(before, after, output=tmp_path / "showing.mkv")
    assert frame_times(tmp_path / "showing.mkv") == frame_times(before)


def test_the_second_film_gets_the_size_of_the_first(both: tuple[Path, Path], tmp_path: Path) -> None:
    small = flat(tmp_path / "small.mkv", 150, replace(SMALL, width=80, height=64))
    output = tmp_path / "showing.mp4"
    compared(both[0], small, output=output)
    assert probe(output).size_px == (2 * WIDE, HIGH)


@pytest.mark.parametrize(
    ("source", "width", "size"),
    [
        (replace(SMALL, sample_aspect=Fraction(4, 3)), 1920, (2 * 212, 96)),
        (replace(SMALL, rotation=90), 1920, (2 * 96, 160)),
        (SMALL, 200, (200, 60)),
        (replace(SMALL, height=640), 200, (2 * 28, 112)),
        (replace(SMALL, width=162, height=94), 1920, (2 * 162, 94)),
    ],
)
def test_the_size_fits_the_room_with_square_pixels(
    tmp_path: Path, source: Source, width: int, size: tuple[int, int]
) -> None:
    film = flat(tmp_path / "film.mp4", 50, source)
    output = tmp_path / "showing.mp4"
    compared(film, film, output=output, width_px=width)
    about = probe(output)
    assert about.size_px == size
    assert about.sample_aspect == 1
    with av.open(str(output)) as showing:
        assert next(showing.decode(video=0)).rotation == 0


def test_a_turned_film_is_shown_upright(tmp_path: Path) -> None:
    ramp = np.asarray(40 + np.arange(WIDE) * 0.6 + np.arange(HIGH)[:, None] * 0.9, np.uint8)
    grey = np.full((HIGH // 2, WIDE // 2), 128, np.uint8)
    film = made_of(tmp_path / "film.mp4", replace(SMALL, rotation=-90), ramp, grey, grey)
    compared(film, film, output=tmp_path / "showing.mp4", layout="split")
    original, shown = pictures(film).luma[3], pictures(tmp_path / "showing.mp4").luma[3]
    upright = np.rot90(original, -1).astype(int)
    assert np.abs(upright - shown)[:, :40].mean() < 4
    assert np.abs(upright[::-1] - shown)[:, :40].mean() > 12


def test_each_film_by_its_own_matrix_and_range(tmp_path: Path) -> None:
    """The same red in BT.709 and full range, and in BT.601: it is one red at both sides."""
    red = np.array([0.7, 0.2, 0.25])
    paths = []
    for name, kr, kb, matrix, is_full in (("a", 0.2126, 0.0722, 1, True), ("b", 0.299, 0.114, 6, False)):
        luma = kr * red[0] + (1 - kr - kb) * red[1] + kb * red[2]
        cb, cr = (red[2] - luma) / (2 * (1 - kb)), (red[0] - luma) / (2 * (1 - kr))
        spans = (255, 255, 0) if is_full else (219, 224, 16)
        codes = (luma * spans[0] + spans[2], cb * spans[1] + 128, cr * spans[1] + 128)
        source = replace(SMALL, matrix=matrix, is_full_range=is_full)
        y, u, v = map(round, codes)
        paths.append(flat(tmp_path / f"{name}.mkv", y, source, cb=u, cr=v))
    output = tmp_path / "showing.mkv"
    compared(*paths, output=output)
    seen = pictures(output)
    for plane, wide in ((seen.luma, WIDE), (seen.chroma[:, 0], WIDE // 2), (seen.chroma[:, 1], WIDE // 2)):
        left, right = plane[..., : wide - 4], plane[..., wide + 4 :]
        assert abs(float(left.mean()) - float(right.mean())) < 1.5


def test_deep_and_grey_films(both: tuple[Path, Path], tmp_path: Path) -> None:
    deep = make(
        tmp_path / "deep.mkv", replace(SMALL, codec="ffv1", pixel_format="yuv422p10le", width=90, height=54)
    )
    grey = make(tmp_path / "grey.mkv", replace(SMALL, codec="ffv1", pixel_format="gray", width=90, height=54))
    output = tmp_path / "showing.mp4"
    compared(deep, grey, output=output)
    assert probe(output).size_px == (180, 54)
    assert np.abs(pictures(output).chroma[..., 50:].astype(int) - 128).max() <= 3


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_films_of_different_lengths_are_refused(tmp_path: Path, order: tuple[int, int]) -> None:
    films = (
        flat(tmp_path / "film.mkv", 50, SMALL),
        flat(tmp_path / "short.mkv", 50, replace(SMALL, frames=5)),
    )
    with pytest.raises(InputError, match=r"short\.mkv ends after 5 frames, the other film does not"):
        compared(*(films[index] for index in order))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["film.mkv", "short.mkv"]


def test_lengths_that_differ_are_said_before_the_work(tmp_path: Path) -> None:
    film = flat(tmp_path / "film.mkv", 50, replace(SMALL, frames=20))
    short = flat(tmp_path / "short.mkv", 50, SMALL)
    events = compare_films(CompareRequest(Options(film), short))
    assert isinstance(next(events), ComparisonStarted)
    warned = next(events)
    assert isinstance(warned, Warned)
    assert "20 and 8 frames" in warned.message
    events.close()


def test_what_is_there_stays_unless_wanted(both: tuple[Path, Path]) -> None:
    output = both[0].with_name("film.compare.mp4")
    output.write_bytes(b"mine")
    with pytest.raises(OutputExists):
        compared(*both)
    assert compared(*both, on_existing="skip") == [Skipped(output)]
    assert output.read_bytes() == b"mine"
    compared(*both, on_existing="overwrite")
    assert probe(output).frame_count == 8
    link = both[0].with_name("link.mp4")
    link.symlink_to(output)
    with pytest.raises(OutputError, match="is a link"):
        compared(*both, output=link, on_existing="overwrite")


def test_no_input_is_ever_written(both: tuple[Path, Path]) -> None:
    for path in both:
        before = path.read_bytes()
        with pytest.raises(OutputIsInput):
            compared(*both, output=path, on_existing="overwrite")
        assert path.read_bytes() == before


def test_what_makes_no_sense_is_refused(both: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="results are written as"):
        compared(*both, output=tmp_path / "showing.avi")
    with pytest.raises(OutputFolderMissing):
        compared(*both, output=tmp_path / "none" / "showing.mp4")
    with pytest.raises(UsageError, match="it takes 64 to 7680 px"):
        compared(*both, width_px=20)
    with pytest.raises(UsageError, match="3 labels for two films"):
        compared(*both, labels=("a", "b", "c"))
    photograph = tmp_path / "portrait.png"
    cv2.imwrite(str(photograph), np.full((HIGH, WIDE), 90, np.uint8))
    with pytest.raises(InputError, match="is a photograph"):
        compared(photograph, both[1])


def test_a_stopped_run_leaves_nothing(both: tuple[Path, Path]) -> None:
    before = sorted(both[0].parent.iterdir())
    events = compare_films(CompareRequest(Options(both[0]), both[1]))
    for event in events:
        if isinstance(event, StageStarted):
            events.close()
    assert sorted(both[0].parent.iterdir()) == before


def test_labels_stand_in_their_pictures(tmp_path: Path) -> None:
    source = replace(SMALL, width=320, height=240)
    film = flat(tmp_path / "film.mkv", 150, source)
    plain, labelled = tmp_path / "plain.mkv", tmp_path / "labelled.mkv"
    compared(film, film, output=plain)
    compared(film, film, output=labelled, labels=("", "<i>\u202eafter\U0001f600" + "x" * 30))
    apart = np.abs(pictures(plain).luma.astype(int) - pictures(labelled).luma)[0]
    assert apart[:, :316].max() < 8
    assert apart[200:, 324:].max() > 60
    assert apart[:190].max() < 8


def test_a_result_says_that_its_colours_were_computed(colored: Path) -> None:
    """And a batch takes no comparison for a film."""
    result = colored.with_name("film.color.mkv")
    words = computed_tag(result)
    assert words is not None
    for name in ("film.compare.mp4", "showing.mkv"):
        compared(colored, result, output=colored.with_name(name))
        assert computed_tag(colored.with_name(name)) == words
    shutil.copy(colored, colored.with_name("my.compare.mkv"))  # of somebody else
    found = find_files(Search((str(colored.parent),), colored.parent / "out"))
    assert [one.path.name for one in found] == ["film.mkv", "my.compare.mkv", "showing.mkv"]


@pytest.mark.slow
def test_a_part_is_set_beside_the_same_frames(part: Path) -> None:
    """Frames 12 to 39 of the film; the sound and the times are those of the part."""
    result = part.with_name("film.color.mkv")
    events = compared(part, result)
    started = events[0]
    assert isinstance(started, ComparisonStarted)
    assert started.first_frame == 12
    output = part.with_name("film.compare.mp4")
    assert frame_times(output) == pytest.approx(frame_times(result), abs=0.001)
    shown, original = pictures(output).luma, pictures(part).luma[12:40]
    assert shown.shape[0] == 28
    assert np.abs(shown[:, :, :60].astype(int) - original[:, :, :60]).mean() < 3
    assert [data for _, data in packets(output, "audio")[0]] == [
        data for _, data in packets(result, "audio")[0]
    ]
