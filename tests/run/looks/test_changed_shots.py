"""One changed decision makes one shot stale; all else of a finished film stays, to the bit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from examples.six_shots import Result, read_result
from tcvc_cli.errors import BadSettings, OutputError
from tcvc_cli.measure.proof.compare import compare
from tcvc_cli.names import sidecar_path
from tcvc_cli.run.events import Event, Resumed, SegmentDone, ShotStarted, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.present import present

SIX = ((0, 10), (10, 24), (24, 40), (40, 52), (52, 75), (75, 88))
DISSOLVED = "0,10,,\n10,24,8,13\n24,40,,\n40,52,,\n52,75,,\n75,88,,"


@pytest.fixture(params=["color.mkv", "color.mp4"])
def options(six_shots: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Options:
    rows = "\n".join(f"{start},{stop},," for start, stop in SIX)
    return made(six_shots, tmp_path, request.param, rows)


def made(film: Path, folder: Path, name: str, rows: str) -> Options:
    shots = folder / "shots.csv"
    shots.write_text(f"start_frame,stop_frame,dissolve_start,dissolve_stop\n{rows}\n")
    return Options(
        film,
        folder / name,
        shots_file=shots,
        settings_file=settings(folder, ""),
        on_existing="overwrite",
        interval_frames=2,
        overlap_frames=2,
        model_size_px=64,
        device="cpu",
    )


def settings(folder: Path, text: str) -> Path:
    file = folder / "film.tcvc.toml"
    file.write_text(text)
    return file


def decided(options: Options, text: str) -> Options:
    return replace(options, settings_file=settings(present(options.settings_file).parent, text))


def fresh(options: Options) -> Result:
    """What a run makes that has nothing to go on from."""
    output = present(options.output)
    alone = replace(options, output=output.with_name(f"fresh{output.suffix}"), is_fresh=True)
    list(colorize(alone))
    return read_result(present(alone.output))


def shots_coloured(events: Sequence[Event]) -> list[int]:
    return [one.number for one in events if isinstance(one, ShotStarted)]


ONE = "[[shot]]\nnumber = 3\nsaturation = 0.25\n"


def test_one_shot_of_a_finished_film_is_spliced_in(options: Options) -> None:
    list(colorize(options))
    before = read_result(present(options.output))
    changed = decided(options, ONE)
    events = list(colorize(changed))
    assert shots_coloured(events) == [3]
    assert sum(one.frames for one in events if isinstance(one, SegmentDone)) == 16
    (resumed,) = (one for one in events if isinstance(one, Resumed))
    assert (resumed.frames, resumed.shots) == (72, 5)
    spliced = read_result(present(changed.output))
    assert spliced != before
    assert spliced == fresh(changed)  # the packets of all streams, their times, and the tags
    proof = compare(changed.input, present(changed.output))
    assert proof.holds


def test_it_is_the_same_again_after_the_decision_is_taken_back(options: Options) -> None:
    list(colorize(options))
    before = read_result(present(options.output))
    list(colorize(decided(options, ONE)))
    assert read_result(present(options.output)) != before
    events = list(colorize(decided(options, "# nothing\n")))
    assert shots_coloured(events) == [3]
    assert read_result(present(options.output)) == before


def test_comments_and_another_order_of_keys_change_nothing(options: Options) -> None:
    list(colorize(decided(options, "[film]\nsaturation = 0.5\nwarmth = 0.5\n")))
    other = decided(options, "# less\n[film]\nwarmth = 0.5\nsaturation = 0.5  # of it\n")
    assert shots_coloured(list(colorize(other))) == []


def test_the_look_of_each_shot_stands_in_the_sidecar(options: Options) -> None:
    list(colorize(decided(options, ONE + "\n[[shot]]\nnumber = 6\nkeep = true\n")))
    stated = json.loads(sidecar_path(present(options.output)).read_text())
    assert [one["look"]["grade"]["saturation"] for one in stated["shots"]] == [1, 1, 0.25, 1, 1, 1]
    assert [one["in_colour"] for one in stated["shots"]] == [False] * 5 + [True]
    assert [(one["start"], one["stop"]) for one in stated["segments"]] == list(SIX)


def test_a_kept_shot_of_a_grey_film_is_grey(options: Options) -> None:
    from tcvc_cli.media.read.decode import read_frames
    from tcvc_cli.media.read.probe import probe

    list(colorize(decided(options, "[[shot]]\nnumber = 2\nkeep = true\n")))
    frames = list(read_frames(probe(present(options.output)), 0, 30))
    for frame in frames[10:24]:
        assert (present(frame.cb) == 128).all()
        assert (present(frame.cr) == 128).all()
    assert (present(frames[9].cb) != 128).any()
    assert (present(frames[24].cb) != 128).any()


def test_a_locked_shot_stays_whatever_else_changes(options: Options) -> None:
    events = list(colorize(decided(options, "[[shot]]\nnumber = 3\nlocked = true\n")))
    warned = [one.message for one in events if isinstance(one, Warned)]
    assert [line for line in warned if "locked" in line] == [
        "shot 3 is locked, but no finished result shows it yet: it is coloured now"
    ]
    before = packets_of(options, 24, 40)
    text = "[film]\nsaturation = 0.3\n[[shot]]\nnumber = 3\nlocked = true\npoints = []\n"
    changed = replace(decided(options, text), crf=30)
    assert shots_coloured(list(colorize(changed))) == [1, 2, 4, 5, 6]
    assert packets_of(options, 24, 40) == before
    assert packets_of(options, 40, 52) != before


def packets_of(options: Options, start: int, stop: int) -> list[bytes]:
    """The payloads of the frames `[start, stop)`, each of which is one packet."""
    import av

    with av.open(str(options.output)) as container:
        return [bytes(one) for one in container.demux(video=0) if one.size][start:stop]


def test_shots_that_are_not_there_are_named_with_their_line(options: Options) -> None:
    with pytest.raises(BadSettings, match=r"film\.tcvc\.toml, line 3: .*shot 7"):
        list(colorize(decided(options, "\n\n[[shot]]\nnumber = 7\nsaturation = 1\n")))


@pytest.mark.parametrize(
    "lie",
    [
        {"start": 1},
        {"stop": 10**12},
        {"number": 5},
        {"key": "../../../etc/passwd"},
        {"first_pts": -(10**30)},
        {"first_pts": 40},
    ],
)
def test_a_sidecar_that_lies_about_its_segments_is_of_no_use(
    six_shots: Path, tmp_path: Path, lie: dict[str, int | str]
) -> None:
    rows = "\n".join(f"{start},{stop},," for start, stop in SIX)
    options = made(six_shots, tmp_path, "color.mkv", rows)
    list(colorize(options))
    path = sidecar_path(present(options.output))
    stated = json.loads(path.read_text())
    stated["segments"][0] |= lie
    path.write_text(json.dumps(stated))
    changed = decided(options, ONE)
    list(colorize(changed))
    assert read_result(present(changed.output)) == fresh(changed)


def test_a_result_that_was_changed_by_hand_is_not_cut_up(six_shots: Path, tmp_path: Path) -> None:
    rows = "\n".join(f"{start},{stop},," for start, stop in SIX)
    options = made(six_shots, tmp_path, "color.mkv", rows)
    list(colorize(options))
    with present(options.output).open("ab") as file:
        file.write(b"\0")
    assert shots_coloured(list(colorize(options))) == [1, 2, 3, 4, 5, 6]


def test_a_shot_beside_a_dissolve_takes_its_neighbour_along(six_shots: Path, tmp_path: Path) -> None:
    """The result does not tell the neighbour's own colours in the dissolve."""
    options = made(six_shots, tmp_path, "color.mkv", DISSOLVED)
    list(colorize(options))
    changed = decided(options, "[[shot]]\nnumber = 2\nsaturation = 0.25\n")
    assert shots_coloured(list(colorize(changed))) == [1, 2]
    assert read_result(present(changed.output)) == fresh(changed)
    kept = replace(changed, is_work_kept=True)
    list(colorize(kept))
    again = decided(kept, "[[shot]]\nnumber = 4\nsaturation = 0.5\n")
    list(colorize(again))
    assert read_result(present(again.output)) == fresh(replace(again, is_work_kept=False))


def test_kept_work_makes_just_the_changed_shot(six_shots: Path, tmp_path: Path) -> None:
    options = replace(made(six_shots, tmp_path, "color.mkv", DISSOLVED), is_work_kept=True)
    list(colorize(options))
    changed = decided(options, "[[shot]]\nnumber = 2\nsaturation = 0.25\n")
    assert shots_coloured(list(colorize(changed))) == [2]
    assert read_result(present(changed.output)) == fresh(replace(changed, is_work_kept=False))


LOCKED = "[[shot]]\nnumber = 2\nlocked = true\n"


def test_a_locked_shot_keeps_its_dissolves(six_shots: Path, tmp_path: Path) -> None:
    options = made(six_shots, tmp_path, "color.mkv", DISSOLVED)
    list(colorize(options))
    before = packets_of(options, 8, 24)
    changed = decided(options, "[film]\nsaturation = 0.3\n" + LOCKED)
    assert shots_coloured(list(colorize(changed))) == [1, 3, 4, 5, 6]
    assert packets_of(options, 8, 24) == before


def test_a_locked_shot_is_not_lost_with_another_dissolve(six_shots: Path, tmp_path: Path) -> None:
    """The result does not tell its own colours in frames that are mixed otherwise now."""
    options = made(six_shots, tmp_path, "color.mkv", DISSOLVED)
    list(colorize(options))
    before = present(options.output).read_bytes()
    other = made(six_shots, tmp_path, "color.mkv", DISSOLVED.replace("10,24,8,13", "10,24,9,12"))
    with pytest.raises(OutputError, match="shot 2 is locked, and the finished result has other shots there"):
        list(colorize(decided(other, LOCKED)))
    assert present(options.output).read_bytes() == before
