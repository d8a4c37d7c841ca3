"""A preview shows the shots that differ most, in the colours that the film will have."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tcvc_cli.errors import InputError, OutputError, OutputExists, OutputIsInput, UsageError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.records import Shot
from tcvc_cli.review.preview import make
from tcvc_cli.review.preview.choose import excerpts_of
from tcvc_cli.review.preview.make import make_preview, with_needed
from tcvc_cli.review.preview.request import PreviewRequest
from tcvc_cli.run.events import Event, Skipped
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.looks.film_looks import FilmLooks
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.showing_events import PreviewMade
from tcvc_cli.settings.film.decisions import Look, Point
from tests.material.colored_films import FPS, Bytes, apart, colors_of, frames_of, save, write_film
from tests.material.film_facts import chapters, frame_times
from tests.material.present import present

KINDS = ("astronaut", "astronaut", "coffee", "astronaut", "chelsea", "coffee", "astronaut")
LENGTHS = (14, 10, 12, 10, 10, 4, 10)
EDGES = (0, *accumulate(LENGTHS))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three things in seven shots, 8 frames a second."""
    return write_film(tmp_path_factory.mktemp("made") / "film.mkv", frames_of(KINDS, LENGTHS), is_gray=True)


@pytest.fixture
def options(made: Path, tmp_path: Path) -> Options:
    return listed(Path(shutil.copy(made, tmp_path / "film.mkv")), EDGES)


def listed(film: Path, edges: Sequence[int]) -> Options:
    """The shots are those of a list."""
    shots = film.with_suffix(".csv")
    shots.write_text("start_frame,stop_frame\n" + "".join(f"{a},{b}\n" for a, b in pairwise(edges)))
    return Options(film, model="tcvc-mini", model_size_px=64, device="cpu", shots_file=shots)


def small_film(path: Path, kinds: Sequence[str], lengths: Sequence[int]) -> Options:
    write_film(path, frames_of(kinds, lengths), is_gray=True)
    return listed(path, (0, *accumulate(lengths)))


def preview_of(options: Options, most: int = 12, length_s: Fraction = Fraction(1)) -> list[Event]:
    return list(make_preview(PreviewRequest(options, most, length_s)))


def made_of(events: Sequence[Event]) -> PreviewMade:
    last = events[-1]
    assert isinstance(last, PreviewMade)
    return last


def lumas(path: Path) -> list[Bytes]:
    return [np.asarray(frame.luma) for frame in read_frames(probe(path))]


@pytest.mark.slow
def test_the_shots_that_differ_most_are_shown_in_the_order_of_the_film(options: Options) -> None:
    preview = options.input.with_name("film.preview.mkv")
    first = made_of(preview_of(options, most=3))
    assert (first.output, first.shots, first.frames) == (preview, 7, 24)
    shown = [part.shot for part in first.parts]
    assert shown == sorted(shown)
    assert {KINDS[number - 1] for number in shown} == set(KINDS)
    before = colors_of(preview)
    second = made_of(preview_of(replace(options, on_existing="overwrite"), most=3))
    assert second.parts == first.parts
    assert apart(colors_of(preview), before) == 0
    assert sorted(path.name for path in preview.parent.iterdir()) == [
        "film.csv",
        "film.mkv",
        "film.preview.mkv",
    ]


def test_excerpts_follow_each_other_on_a_clock_of_their_own(options: Options) -> None:
    made = made_of(preview_of(options, length_s=Fraction(3, 4)))
    assert [(part.shot, part.start, part.stop) for part in made.parts] == [
        (1, 4, 10),
        (2, 16, 22),
        (3, 27, 33),
        (4, 38, 44),
        (5, 48, 54),
        (6, 56, 60),  # shorter than asked for
        (7, 62, 68),
    ]
    assert [part.starts_s * FPS for part in made.parts] == [part.start for part in made.parts]
    times = frame_times(made.output)
    assert len(times) == made.frames == 40
    assert [float(time) for time in times] == pytest.approx([number / FPS for number in range(40)], abs=1e-3)
    starts = (*(part.shown_s for part in made.parts), Fraction(40, FPS))
    assert [start * FPS for start in starts] == [0, 6, 12, 18, 24, 30, 34, 40]
    rows = chapters(made.output)
    assert [row[2] for row in rows][4:6] == ["shot 5  0:00:06.000", "shot 6  0:00:07.000"]
    assert [float(row[0]) for row in rows] == pytest.approx([float(one) for one in starts[:-1]], abs=1e-3)
    assert [float(row[1]) for row in rows] == pytest.approx([float(one) for one in starts[1:]], abs=1e-3)
    with av.open(str(made.output)) as film:
        assert "tcvc" in film.metadata["COLORIZED_WITH"]
        assert [stream.type for stream in film.streams] == ["video"]


def test_luma_is_the_films_own_in_master(options: Options) -> None:
    made = made_of(preview_of(replace(options, preset="master"), most=2))
    film = lumas(options.input)
    wanted = [film[number] for part in made.parts for number in range(part.start, part.stop)]
    found = lumas(made.output)
    assert len(found) == len(wanted) == 16
    assert all(np.array_equal(one, other) for one, other in zip(found, wanted, strict=True))
    assert probe(made.output).size_px == probe(options.input).size_px


@pytest.mark.slow
def test_colours_are_nearly_those_of_the_complete_film(options: Options) -> None:
    """Of all shots, with their memory; the film's windows begin elsewhere."""
    options = replace(options, preset="master")
    made = made_of(preview_of(options))
    list(colorize(options))
    film = colors_of(options.input.with_name("film.color.mkv"))
    wanted = [film[number] for part in made.parts for number in range(part.start, part.stop)]
    found = colors_of(made.output)
    strength = float(np.mean([np.hypot(*np.moveaxis(one, 2, 0)).mean() for one in wanted]))
    assert apart(found, wanted) < 1
    assert strength > 5
    assert apart(found, wanted[8:] + wanted[:8]) > 5


@pytest.mark.parametrize("is_in_file", [False, True])
def test_settings_count(options: Options, *, is_in_file: bool) -> None:
    if is_in_file:
        options.input.with_name("film.tcvc.toml").write_text("[film]\nsaturation = 0\n")
    else:
        options = replace(options, saturation=0.0)
    made = made_of(preview_of(replace(options, preset="master"), most=2))
    for frame in read_frames(probe(made.output)):
        assert np.abs(present(frame.cb).astype(int) - 128).max() <= 1
        assert np.abs(present(frame.cr).astype(int) - 128).max() <= 1


@pytest.mark.slow
def test_a_point_colours_what_it_names(options: Options) -> None:
    """In the excerpt of its shot, though its frame is not in it."""
    options = replace(options, preset="master")
    plain = made_of(preview_of(replace(options, output=options.input.with_name("plain.mkv"))))
    settings = '[[shot]]\nnumber = 1\n[[shot.points]]\nframe = 0\nx = 0.5\ny = 0.5\ncolor = "#c02020"\n'
    options.input.with_name("film.tcvc.toml").write_text(settings)
    pointed = made_of(preview_of(options))
    ones, others = (
        np.stack(colors_of(one.output))[:8, 25:35, 35:45].mean((0, 1, 2)) for one in (plain, pointed)
    )
    assert others[0] - ones[0] > 15


@pytest.mark.slow
def test_a_reference_colours_its_shot(options: Options) -> None:
    truth = frames_of(KINDS, LENGTHS)
    options = replace(options, preset="master")
    picture = save(options.input.parent / "refs" / "ref_000007.png", truth[7])
    film = write_film(options.input.with_name("truth.mkv"), truth[3:11])
    plain = made_of(preview_of(replace(options, output=options.input.with_name("plain.mkv")), most=12))
    given = made_of(preview_of(replace(options, references=(picture.parent,)), most=12))
    wanted = colors_of(film)
    before, after = (apart(colors_of(one.output)[:8], wanted) for one in (plain, given))
    assert after < before / 2


@pytest.mark.slow
def test_part_of_a_film_as_an_ensemble(options: Options) -> None:
    """From frame 26 up to 43."""
    options = replace(listed(options.input, (0, 14, 24, 36, 43)), is_ensemble=True)
    options = replace(options, start_s=Fraction(13, 4), end_s=Fraction(43, 8))
    options = replace(options, preset="master")
    made = made_of(preview_of(options))
    assert [(part.shot, part.start, part.stop) for part in made.parts] == [(1, 27, 35), (2, 36, 43)]
    assert [part.starts_s for part in made.parts] == [Fraction(27, 8), Fraction(36, 8)]
    list(colorize(options))
    film = colors_of(options.input.with_name("film.color.mkv"))
    wanted = [film[number - 26] for part in made.parts for number in range(part.start, part.stop)]
    assert apart(colors_of(made.output), wanted) < 1.5
    film_luma = lumas(options.input)
    assert np.array_equal(lumas(made.output)[0], film_luma[27])


@pytest.mark.slow
def test_shots_that_are_kept_or_in_colour_are_not_shown(options: Options) -> None:
    options.input.with_name("film.tcvc.toml").write_text(
        "".join(f"[[shot]]\nnumber = {number}\nkeep = true\n" for number in (1, 3, 4))
    )
    made = made_of(preview_of(options, most=3))
    assert {part.shot for part in made.parts} <= {2, 5, 6, 7}
    assert {KINDS[part.shot - 1] for part in made.parts} == set(KINDS)


def test_a_film_in_colour_is_refused(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", frames_of(("coffee",), (10,)))
    options = Options(film, model="tcvc-mini", model_size_px=64, device="cpu")
    with pytest.raises(InputError, match="all shots keep the colours they have"):
        preview_of(options)
    assert made_of(preview_of(replace(options, color_parts="recolour"))).frames == 8
    film.with_name("film.preview.mkv").unlink()
    film.with_name("film.tcvc.toml").write_text("[film]\nkeep = true\n")
    with pytest.raises(InputError, match="all shots keep the colours they have"):
        preview_of(replace(options, color_parts="recolour"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mkv", "film.tcvc.toml"]


@pytest.mark.parametrize("length", [1, 5, 20])
def test_a_film_of_one_shot(tmp_path: Path, length: int) -> None:
    made = made_of(preview_of(small_film(tmp_path / "film.mkv", ("coffee",), (length,))))
    assert [part.shot for part in made.parts] == [1]
    assert made.frames == len(lumas(made.output)) == min(length, FPS)


def test_a_photograph_is_refused(tmp_path: Path) -> None:
    picture = save(tmp_path / "portrait.png", frames_of(("astronaut",), (1,))[0])
    with pytest.raises(InputError, match=r"portrait\.png is a photograph, which has no shots") as caught:
        preview_of(Options(picture))
    assert "\n" not in str(caught.value)


def test_what_is_there_stays_unless_wanted(options: Options) -> None:
    preview = options.input.with_name("film.preview.mkv")
    preview.write_bytes(b"mine")
    with pytest.raises(OutputExists, match=r"film\.preview\.mkv is there already"):
        preview_of(options)
    assert preview_of(replace(options, on_existing="skip")) == [Skipped(preview)]
    assert preview.read_bytes() == b"mine"
    made_of(preview_of(replace(options, on_existing="overwrite"), most=1))
    assert len(lumas(preview)) == FPS


def test_no_input_and_no_link_is_written(options: Options) -> None:
    before = options.input.read_bytes()
    with pytest.raises(OutputIsInput):
        preview_of(replace(options, output=options.input, on_existing="overwrite"))
    assert options.input.read_bytes() == before
    link = options.input.with_name("film.preview.mkv")
    link.symlink_to(options.input.with_name("elsewhere.mkv"))
    with pytest.raises(OutputError, match="is a link"):
        preview_of(replace(options, on_existing="overwrite"))


@pytest.mark.parametrize(
    ("name", "words"),
    [("film.avi", "results are written as"), ("-", "results are written as"), ("none/film.mkv", "no folder")],
)
def test_a_name_that_cannot_be_written_is_refused_before_the_work(
    options: Options, name: str, words: str
) -> None:
    events = make_preview(PreviewRequest(replace(options, output=options.input.parent / name)))
    with pytest.raises(OutputError, match=words):
        next(events)


def test_a_run_that_is_stopped_leaves_nothing(options: Options) -> None:
    before = sorted(options.input.parent.iterdir())
    events = make_preview(PreviewRequest(options, 2))
    for event in events:
        if getattr(event, "stage", "") == "colorize" and getattr(event, "frames", 0) > 3:
            break
    events.close()
    assert sorted(options.input.parent.iterdir()) == before


@pytest.mark.parametrize(("most", "length_s"), [(0, 1), (1001, 1), (1, 0), (1, 61)])
def test_numbers_that_make_no_sense_are_refused(options: Options, most: int, length_s: int) -> None:
    with pytest.raises(UsageError):
        PreviewRequest(options, most, Fraction(length_s))


@pytest.mark.slow
def test_a_film_without_settling_all_its_shots(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long film only what the excerpts hang on is settled; their colours stay near."""
    options = replace(options, preset="master")
    whole = made_of(preview_of(replace(options, output=options.input.with_name("whole.mkv")), most=3))
    monkeypatch.setattr(make, "MOST_SETTLED", 2)
    part = made_of(preview_of(options, most=3))
    assert part.parts == whole.parts
    assert 0 < apart(colors_of(part.output), colors_of(whole.output)) < 4


def test_shots_that_others_hang_on_are_settled(monkeypatch: pytest.MonkeyPatch, options: Options) -> None:
    monkeypatch.setattr(make, "MOST_SETTLED", 2)
    shots = tuple(Shot(8 * number, 8 * number + 8) for number in range(6))
    looks = [Look() for _ in shots]
    looks[1] = replace(looks[1], same_as=3)
    looks[4] = replace(looks[4], points=(Point(33, 0.5, 0.5, (200, 20, 20)),))
    found = Scan(0, 48, shots, probe(options.input))
    chosen = excerpts_of(shots, Fraction(8), Fraction(1))[1:2]
    seen = with_needed(found, FilmLooks(Look(), tuple(looks)), chosen)
    assert [shot.is_in_color for shot in seen.shots] == [True, False, False, True, False, True]
    assert [(shot.start, shot.stop) for shot in seen.shots] == [(shot.start, shot.stop) for shot in shots]


def test_of_many_shots_the_longest_are_compared(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcvc_cli.review.preview.choose.MOST_COMPARED", 3)
    made = made_of(preview_of(options, most=2))
    assert {part.shot for part in made.parts} <= {1, 2, 3}


@pytest.mark.slow
def test_black_is_not_shown(tmp_path: Path) -> None:
    frames = frames_of(("coffee", "coffee", "astronaut"), (10, 10, 10))
    frames[10:20] = [np.zeros_like(frame) for frame in frames[10:20]]
    write_film(tmp_path / "film.mkv", frames, is_gray=True)
    made = made_of(preview_of(listed(tmp_path / "film.mkv", (0, 10, 20, 30)), most=2))
    assert [part.shot for part in made.parts] == [1, 3]
