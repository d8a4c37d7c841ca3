"""A shot is kept wherever it stands: only what is missing, or has become another, is coloured again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import tcvc_cli.run.computing
from examples.six_shots import Result, read_result
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.read.seen.frame_index import complete_index, forget, frame_index, remember
from tcvc_cli.model.runtime import Loaded
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.events import Event, FramesDone, Resumed, SegmentDone, ShotStarted, StartedAfresh
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.work_folder import files_of
from tests.material.present import present
from tests.material.tiny_network import TinyNetwork

FRAMES = 88  # of the film
FRAME_S = Fraction(1, 25)
SIX = ((0, 10), (10, 24), (24, 40), (40, 52), (52, 75), (75, 88))
TWENTY = (*((start, start + 4) for start in range(0, 76, 4)), (76, 88))


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine with a network that needs no weights."""
    network = TinyNetwork()
    loaded = Loaded(network, network, "0" * 64)
    monkeypatch.setattr(tcvc_cli.run.computing, "load_colorizer", lambda name, device: loaded)


def shot_list(path: Path, rows: Sequence[Sequence[int | str]]) -> Path:
    """Rows of start and stop, and of a dissolve where there is one."""
    lines = [",".join(map(str, (*row, "", "")[:4])) for row in rows]
    path.write_text("\n".join(["start_frame,stop_frame,dissolve_start,dissolve_stop", *lines]))
    return path


@pytest.fixture
def options(six_shots: Path, tmp_path: Path) -> Options:
    return Options(
        six_shots,
        tmp_path / "color.mkv",
        shots_file=shot_list(tmp_path / "shots.csv", SIX),
        interval_frames=2,
        overlap_frames=2,
        model_size_px=64,
        device="cpu",
    )


def uninterrupted(options: Options) -> Result:
    assert present(options.output) is not None
    alone = replace(options, output=present(options.output).with_name("reference.mkv"))
    list(colorize(alone))
    assert alone.output is not None
    return read_result(alone.output)


def stopped_before_the_remux(options: Options) -> dict[int, set[Path]]:
    """A run that ends when its last segment is done: which files each segment has, by its number."""
    folder = work_folder_of(present(options.output))
    files: dict[int, set[Path]] = {}
    entered = list[Segment]()
    keep = Journal.keep

    def keep_and_say(self: Journal, segment: Segment, *rest: Any) -> None:
        keep(self, segment, *rest)
        entered.append(segment)  # while files of those behind it may be there already

    with pytest.MonkeyPatch.context() as patch, closing(colorize(options)) as events:
        patch.setattr(Journal, "keep", keep_and_say)
        for event in events:
            if isinstance(event, SegmentDone):
                mine = files_of(folder, [entered[-1].id])
                files[event.number] = {path for path in mine if path.exists()}
                if event.number == event.segment_count:
                    break
    assert all(files.values())
    return files


def remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink()


def resumed(events: Sequence[Event]) -> Resumed:
    (event,) = (event for event in events if isinstance(event, Resumed))
    return event


def frames_made(events: Sequence[Event]) -> int:
    return sum(event.frames for event in events if isinstance(event, SegmentDone))


def test_finished_shots_are_kept_whatever_their_number(options: Options) -> None:
    files = stopped_before_the_remux(options)
    assert len(files) == len(SIX)  # each shot is short enough to be one segment
    remove(path for shot in (1, 2, 5) for path in files[shot + 1])
    events = list(colorize(options))
    assert [event.number - 1 for event in events if isinstance(event, SegmentDone)] == [1, 2, 5]
    kept = [SIX[shot] for shot in (0, 3, 4)]
    assert resumed(events) == Resumed(3, sum(stop - start for start, stop in kept), 3)
    progress = [
        event.frames for event in events if isinstance(event, FramesDone) and event.stage == "colorize"
    ]
    assert progress == sorted(progress)
    assert progress[-1] == FRAMES
    assert read_result(present(options.output)) == uninterrupted(options)
    assert not work_folder_of(present(options.output)).exists()


def test_an_edited_list_that_touches_two_shots_of_twenty_colours_only_these(options: Options) -> None:
    stopped = replace(options, shots_file=shot_list(present(options.shots_file), TWENTY))
    stopped_before_the_remux(stopped)
    edge = TWENTY[7][1] + 1  # between the eighth shot and the ninth
    edited = [*TWENTY[:7], (TWENTY[7][0], edge), (edge, TWENTY[8][1]), *TWENTY[9:]]
    shot_list(present(stopped.shots_file), edited)
    events = list(colorize(stopped))
    started = [(one.shot.start, one.shot.stop) for one in events if isinstance(one, ShotStarted)]
    assert started == edited[7:9]
    assert frames_made(events) == edited[8][1] - edited[7][0]
    assert resumed(events).shots == len(TWENTY) - 2
    assert resumed(events).changes == "the shot list has changed"
    assert StartedAfresh not in map(type, events)
    assert read_result(present(stopped.output)) == uninterrupted(stopped)


def test_shots_whose_number_alone_has_changed_are_kept(options: Options) -> None:
    stopped_before_the_remux(options)
    edited = [(0, 4), (4, 10), *SIX[1:]]
    shot_list(present(options.shots_file), edited)
    events = list(colorize(options))
    assert [one.number for one in events if isinstance(one, ShotStarted)] == [1, 2]
    assert resumed(events).shots == len(SIX) - 1
    assert read_result(present(options.output)) == uninterrupted(options)


def test_an_option_that_changes_no_shot_keeps_them_all(options: Options) -> None:
    stopped_before_the_remux(options)
    later = replace(options, end_s=SIX[-1][0] * FRAME_S)
    shot_list(present(later.shots_file), SIX[:-1])
    events = list(colorize(later))
    assert frames_made(events) == 0
    assert resumed(events).shots == len(SIX) - 1
    assert read_result(present(later.output)) == uninterrupted(later)


@pytest.mark.parametrize("is_shot_alone", [True, False])
def test_a_film_that_begins_later_has_no_earlier_shots_to_remember(
    options: Options, *, is_shot_alone: bool
) -> None:
    """Its shots look alike, so that each remembers those before it."""
    chosen = replace(options, is_shot_alone=is_shot_alone)
    stopped_before_the_remux(chosen)
    later = replace(chosen, start_s=SIX[1][0] * FRAME_S)
    events = list(colorize(later))
    assert (frames_made(events) == 0) is is_shot_alone
    assert read_result(present(later.output)) == uninterrupted(later)


def test_an_option_that_changes_every_shot_keeps_none(options: Options) -> None:
    stopped_before_the_remux(options)
    events = list(colorize(replace(options, saturation=0.5)))
    assert frames_made(events) == FRAMES
    assert [one.why for one in events if isinstance(one, StartedAfresh)] == [
        "--saturation was not given, is 0.5"
    ]


# A dissolve of many windows, then one between two short shots.
MIXED = ((0, 30, "", ""), (30, 60, 10, 42), (60, 88, 55, 66))


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("lost", [*range(1, 8), (1, 3), (2, 5, 7)], ids=str)
def test_whatever_is_lost_of_a_film_with_dissolves_is_made_again(options: Options, lost: object) -> None:
    options = replace(options, shots_file=shot_list(present(options.shots_file), MIXED), preset="master")
    files = stopped_before_the_remux(options)
    numbers = lost if isinstance(lost, tuple) else (lost,)
    remove(path for number in numbers for path in files[number])
    events = list(colorize(options))
    made = [event.number for event in events if isinstance(event, SegmentDone)]
    assert set(numbers) <= set(made) < set(files)
    assert read_result(present(options.output)) == uninterrupted(options)


def test_a_changed_dissolve_touches_the_two_shots_beside_it(options: Options) -> None:
    options = replace(options, shots_file=shot_list(present(options.shots_file), MIXED))
    stopped_before_the_remux(options)
    edited = (*MIXED[:2], (60, 88, 56, 66))
    shot_list(present(options.shots_file), edited)
    events = list(colorize(options))
    assert [one.number for one in events if isinstance(one, ShotStarted)] == [2, 3]
    assert resumed(events).shots == 1
    assert read_result(present(options.output)) == uninterrupted(options)


def test_a_later_process_may_seek_where_the_one_that_found_the_shots_may(options: Options) -> None:
    stopped_before_the_remux(options)
    film = probe(options.input)
    seen, middle = complete_index(film), frame_index(film, 52, 75)
    assert seen is not None
    assert (seen.frame_count, seen.is_complete) == (FRAMES, True)
    assert middle is not None
    forget()
    assert frame_index(film, 52, 75) is None
    assert present(options.output) is not None
    with Journal(work_folder_of(present(options.output))) as journal:
        kept = journal.frame_index()
    assert kept == seen
    remember(film, kept)
    assert frame_index(film, 52, 75) == middle
    with pytest.raises(ValueError, match="part"):
        remember(film, middle)
