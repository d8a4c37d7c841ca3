"""`tcvc stabilize`: steadier colours beside the film's own luma and sound, or one clear error."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import BadReference, InputError, OutputExists, OutputIsInput, UsageError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.model.steady.shot import GivenColors
from tcvc_cli.plan.takes import takes
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.run.events import Event, ShotsFound, Steadied, Warned
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.stabilize.colors import SteadyColors
from tcvc_cli.run.stabilize.gauge import Gauge
from tcvc_cli.run.stabilize.requests import Stabilization
from tcvc_cli.run.stabilize.sources import pictures_in
from tcvc_cli.run.stabilize.stabilize import stabilize
from tests.material.colored_films import FPS, LENGTHS, apart, colors_of, save, write_film
from tests.material.film_facts import packets
from tests.material.flickering_colors import Material
from tests.material.run_events import finished


def request_of(colors: Path, film: Path | None, output: Path | None = None) -> Stabilization:
    return Stabilization(Options(film or colors, preset="master"), colors, film, output)


def run(request: Stabilization) -> list[Event]:
    return list(stabilize(request))


def warnings(events: Sequence[Event]) -> list[str]:
    return [one.message for one in events if isinstance(one, Warned)]


def lumas(path: Path) -> list[bytes]:
    return [frame.luma.tobytes() for frame in read_frames(probe(path))]


def at_half(path: Path) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    return [np.asarray(cv2.resize(one, (40, 30), interpolation=cv2.INTER_AREA)) for one in colors_of(path)]


def test_luma_and_sound_are_the_films_and_colours_hold_still(
    material: Material, colors: Path, tmp_path: Path
) -> None:
    events = run(request_of(colors, material.film))
    output = finished(events).output
    assert output == tmp_path / "coloured.steady.mkv"
    assert lumas(output) == lumas(material.film)
    assert packets(output, "audio") == packets(material.film, "audio")
    (shots,) = (one.shots for one in events if isinstance(one, ShotsFound))
    assert [(shot.start, shot.stop) for shot in shots] == [(0, LENGTHS[0]), (LENGTHS[0], sum(LENGTHS))]
    (steadied,) = (one for one in events if isinstance(one, Steadied))
    assert steadied.flicker_before is not None
    assert steadied.flicker_after is not None
    assert steadied.flicker_after < steadied.flicker_before / 5
    assert steadied.chroma_after > 0.9 * steadied.chroma_before
    assert warnings(events) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "coloured.mkv",
        "coloured.steady.mkv",
        "coloured.steady.mkv.json",
    ]


def test_colours_come_nearer_to_the_truth(material: Material, colors: Path, tmp_path: Path) -> None:
    output = finished(run(request_of(colors, material.film))).output
    true = at_half(write_film(tmp_path / "true.mkv", material.true))
    assert apart(at_half(output), true) < 0.75 * apart(colors_of(material.colors), true)


def test_a_folder_of_frames_gives_the_same_as_a_film(material: Material, tmp_path: Path) -> None:
    folder = material.folder(tmp_path / "frames", first=1)
    events = run(request_of(folder, material.film))
    output = finished(events).output
    assert output == tmp_path / "frames.steady.mkv"
    assert lumas(output) == lumas(material.film)
    film = write_film(tmp_path / "large.mkv", material.pictures)
    same = finished(run(request_of(film, material.film))).output
    assert apart(colors_of(output), colors_of(same)) < 4.0  # the film has half as many chroma samples


def test_a_coloured_film_alone_keeps_its_own_luma(material: Material, colors: Path) -> None:
    output = finished(run(request_of(colors, None))).output
    assert lumas(output) == lumas(material.colors)


def test_the_command_proves_the_result_and_says_what_was_done(material: Material, colors: Path) -> None:
    command = ["stabilize", str(colors), "--film", str(material.film), "--preset", "master", "--reach", "20"]
    assert main([*command, "--proof", "-q"]) == 0
    sidecar = json.loads(colors.with_name("coloured.steady.mkv.json").read_text())
    assert sidecar["source"]["file"] == material.film.name
    assert sidecar["proof"]["holds"] is True
    steadied = sidecar["steadied"]
    assert (steadied["file"], steadied["frames"], steadied["reach_frames"]) == ("coloured.mkv", 22, 20)
    assert steadied["flicker_after"] < steadied["flicker_before"] / 5
    assert main([*command, "-q"]) == OutputExists.exit_code
    assert main([*command, "-n", "-q"]) == 0
    assert main([*command, "-y", "-q"]) == 0
    assert main(["verify", str(material.film), str(colors.with_name("coloured.steady.mkv"))]) == 0


def without_last(material: Material, tmp_path: Path, frames: int) -> Path:
    return write_film(tmp_path / "short.mkv", material.pictures[: len(material.pictures) - frames])


def test_a_frame_less_is_said_and_filled(material: Material, tmp_path: Path) -> None:
    short = without_last(material, tmp_path, 1)
    events = run(request_of(short, material.film))
    assert warnings(events) == [
        "short.mkv has 21 frames, grey.mkv 22: the last ones take their colours from those before"
    ]
    *_, before, last = colors_of(finished(events).output)
    assert np.hypot(*np.moveaxis(last, -1, 0)).mean() > 0.8 * np.hypot(*np.moveaxis(before, -1, 0)).mean()


def test_a_frame_more_is_left_out(material: Material, tmp_path: Path) -> None:
    longer = write_film(tmp_path / "longer.mkv", [*material.pictures, material.pictures[-1]])
    events = run(request_of(longer, material.film))
    assert warnings(events) == ["longer.mkv has 23 frames, grey.mkv 22: the last ones are left out"]


def test_many_frames_less_are_an_error_that_leaves_nothing(material: Material, tmp_path: Path) -> None:
    short = without_last(material, tmp_path, 3)
    with pytest.raises(InputError, match=r"short\.mkv has 19 frames, grey\.mkv 22"):
        run(request_of(short, material.film))
    assert [path.name for path in tmp_path.iterdir()] == ["short.mkv"]


def test_another_shape_is_an_error(material: Material, tmp_path: Path) -> None:
    square = [np.ascontiguousarray(one[:, 20:140]) for one in material.pictures]
    film = write_film(tmp_path / "square.mkv", square)
    with pytest.raises(InputError, match=r"square\.mkv has another shape than the film: 120x120 px"):
        run(request_of(film, material.film))


def test_another_rate_is_said(material: Material, tmp_path: Path) -> None:
    slow = write_film(tmp_path / "slow.mkv", material.pictures, fps=FPS // 2)
    assert warnings(run(request_of(slow, material.film))) == [
        "the films have 4 and 8 fps; frames are matched by their numbers"
    ]


def test_another_film_is_found_out(material: Material, tmp_path: Path) -> None:
    other = write_film(tmp_path / "other.mkv", [one[::-1, ::-1].copy() for one in material.pictures])
    (warning,) = warnings(run(request_of(other, material.film)))
    assert warning == "other.mkv does not look like grey.mkv: are they the same film?"


def test_the_input_is_never_overwritten(material: Material, colors: Path) -> None:
    with pytest.raises(OutputIsInput):
        run(request_of(colors, material.film, colors))


def test_a_folder_needs_a_film(material: Material, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no frame rate"):
        run(request_of(material.folder(tmp_path / "frames"), None))


def test_a_missing_number_is_named(material: Material, tmp_path: Path) -> None:
    folder = material.folder(tmp_path / "frames", without=(7,))
    with pytest.raises(InputError, match="no picture with the number 7 in"):
        run(request_of(folder, material.film))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "there is no picture"),
        (("cover.png",), r"cover\.png has no number"),
        (("frame_1.png", "frame_01.jpg"), "both have the number 1"),
        (("frame_000120.png",), "has the number 120"),
    ],
)
def test_folders_that_are_no_row_of_frames(tmp_path: Path, names: Sequence[str], message: str) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match=message):
        pictures_in(tmp_path)


def test_frames_are_taken_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("a9.png", "a10.png", "a11.png", *(f"a{number}.png" for number in range(1, 9)), "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in pictures_in(tmp_path)] == [f"a{number}.png" for number in range(1, 12)]


def test_a_damaged_picture_leaves_nothing(material: Material, tmp_path: Path) -> None:
    folder = material.folder(tmp_path / "frames")
    picture = folder / "frame_000012.png"
    picture.write_bytes(picture.read_bytes()[:500])
    with pytest.raises(BadReference, match=r"frame_000012\.png is damaged"):
        run(request_of(folder, material.film))
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]


def test_a_grey_frame_among_the_pictures_is_no_error(material: Material, tmp_path: Path) -> None:
    folder = material.folder(tmp_path / "frames")
    save(
        folder / "frame_000004.png", np.repeat(material.pictures[4].mean(2, keepdims=True), 3, 2).astype("u1")
    )
    output = finished(run(request_of(folder, material.film))).output
    chroma = [float(np.hypot(*np.moveaxis(one, -1, 0)).mean()) for one in colors_of(output)]
    assert chroma[4] > 0.8 * chroma[3]


def test_a_film_without_colours_is_said(material: Material, tmp_path: Path) -> None:
    request = replace(request_of(material.film, None), output=tmp_path / "result.mkv")
    assert warnings(run(request)) == ["grey.mkv has no colours"]


def test_nothing_is_carried_over_a_cut_and_a_dissolve_mixes() -> None:
    size, lightness = (2, 32, 48), np.full((32, 48), 50, np.float32)

    def frames() -> Iterator[GivenColors]:
        for number in range(20):
            ab = np.full(size, 10.0 if number < 6 else -10.0 if number < 13 else 30.0, np.float32)
            yield GivenColors(lightness, ab, np.ones_like(lightness))

    shots = (Shot(0, 6), Shot(6, 13), Shot(13, 20, dissolve=Dissolve(12, 15)))
    assert len(takes(shots)) == 3
    means = [float(one.mean()) for one in SteadyColors(shots, 50, Gauge()).colors(frames())]
    assert means[:6] == pytest.approx([10.0] * 6, abs=1e-3)
    assert means[6:12] == pytest.approx([-10.0] * 6, abs=2.1)  # two frames of its dissolve are of the next
    assert means[15:] == pytest.approx([30.0] * 5, abs=3.1)
    assert means[11] < means[12] < means[13] < means[14] < means[15]
