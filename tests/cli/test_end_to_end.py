"""The installed command on real films: what goes in, what comes out, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import skimage

from examples.grey_film import write_grey
from examples.make_film import DISSOLVE, FRAME_COUNT, FRAME_RATE, HARD_CUTS, SHOTS, TITLE
from tests.material.film_facts import chapters, languages, mean_chroma, packets, pictures
from tests.material.present import present

ROOT = Path(__file__).parents[2]
INSTALLED = Path(sys.executable).with_name("tcvc")
TCVC = [str(INSTALLED)] if INSTALLED.exists() else [sys.executable, "-m", "tcvc_cli"]
ENVIRONMENT = os.environ if INSTALLED.exists() else {**os.environ, "PYTHONPATH": str(ROOT)}
pytestmark = pytest.mark.slow


def tcvc(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [*TCVC, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=ENVIRONMENT, timeout=600, check=False
    )


def events_of(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


@dataclass(frozen=True)
class Run:
    source: Path
    output: Path
    events: list[dict[str, Any]]

    def sidecar(self) -> dict[str, Any]:
        sidecar: dict[str, Any] = json.loads(Path(self.events[-1]["sidecar"]).read_text())
        return sidecar


def run(source: Path, output: Path, *arguments: object) -> Run:
    done = tcvc("colorize", source, "-o", output, "--json", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return Run(source, output, events_of(done.stdout))


@pytest.fixture(scope="module")
def example(example_film: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The example film with default settings, but lossless."""
    return run(example_film, tmp_path_factory.mktemp("example") / "film.color.mkv", "--preset", "master")


@pytest.fixture(scope="module")
def clip(grey_film: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The grey film with sound with default settings, to mp4."""
    return run(grey_film, tmp_path_factory.mktemp("clip") / "grey.color.mp4")


@pytest.fixture
def short_film(color_film: Path, tmp_path: Path) -> Path:
    """Four grey frames with sound in a folder of their own."""
    path = tmp_path / "short.mp4"
    write_grey(color_film, path, frames=4, width_px=160)
    return path


def test_every_frame_at_its_time(example: Run) -> None:
    times = pictures(example.output).times
    assert len(times) == FRAME_COUNT
    assert times == pictures(example.source).times


def test_luma_is_the_films_own_bit_for_bit(example: Run) -> None:
    np.testing.assert_array_equal(pictures(example.output).luma, pictures(example.source).luma)


def test_verify_proves_it(example: Run, clip: Run) -> None:
    done = tcvc("verify", example.source, example.output, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert events_of(done.stdout)[0]["holds"] is True
    lossy = tcvc("verify", clip.source, clip.output)
    assert (lossy.returncode, lossy.stderr) == (0, "")
    assert lossy.stdout.splitlines()[0].split()[:3] == ["holds", "luma", "lossy"]
    failed = tcvc("verify", clip.source, clip.output, "--floor", "99")
    assert failed.returncode == 7
    assert failed.stderr.count("\n") == 1
    assert [line.split()[1] for line in failed.stdout.splitlines() if line.startswith("FAILS")] == ["luma"]


def test_measure_compares_with_the_truth(clip: Run) -> None:
    done = tcvc("measure", clip.output, "--reference", clip.source, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = events_of(done.stdout)[0]
    assert report["frames"] == 30
    assert report["result"]["chroma"] > 2 > 0.1 > report["reference"]["chroma"]
    assert report["lpips"] is None
    assert "flicker" in tcvc("measure", clip.output, "--reference", clip.source).stdout


def test_every_shot_has_colour(example: Run) -> None:
    chroma = pictures(example.output).chroma
    assert all(mean_chroma(chroma[start:stop]) > 3 for start, stop in SHOTS)
    assert chroma.reshape(FRAME_COUNT, -1).std(axis=1).min() > 1


@pytest.mark.parametrize(("kind", "count"), [("audio", 2), ("subtitle", 1)])
def test_sound_and_subtitles_are_the_same_packets(example: Run, kind: str, count: int) -> None:
    carried = packets(example.output, kind)
    assert len(carried) == count
    assert carried == packets(example.source, kind)


def test_languages_chapters_and_title_are_carried(example: Run) -> None:
    assert languages(example.output)[1:] == languages(example.source)[1:] == ["eng", "fra", "eng"]
    assert chapters(example.output) == chapters(example.source) != []
    with av.open(str(example.output)) as film:
        assert film.metadata["title"] == TITLE


def test_colour_tags_are_kept(example: Run) -> None:
    with av.open(str(example.source)) as before, av.open(str(example.output)) as after:
        contexts = [film.streams.video[0].codec_context for film in (before, after)]
        tags = [(c.colorspace, c.color_primaries, c.color_trc, c.color_range) for c in contexts]
    assert tags[0] == tags[1]


def test_shots_of_the_example_are_found(example: Run) -> None:
    edges = [shot["start"] for shot in example.sidecar()["shots"]]
    assert edges[:3] == [0, *HARD_CUTS]
    assert len(edges) == len(SHOTS)
    assert DISSOLVE[0] <= edges[3] < DISSOLVE[1]


def test_sidecar_tells_what_was_done(example: Run) -> None:
    sidecar = example.sidecar()
    assert sidecar["model"]["name"] == "tcvc-dino"
    assert len(sidecar["carried"]) == 4
    assert sidecar["dropped"] == []
    firsts = [(shot["dissolve"] or shot)["start"] for shot in sidecar["shots"]]
    assert [shot["anchors"][0] for shot in sidecar["shots"]] == firsts


def test_events_tell_the_run(example: Run) -> None:
    names = [event["event"] for event in example.events]
    assert names[:2] == ["start", "FilmProbed"]
    assert names[-1] == "Finished"
    assert names.count("ShotStarted") == len(SHOTS)
    done = [e["frames"] for e in example.events if e["event"] == "FramesDone" and e["stage"] == "colorize"]
    assert done == sorted(done)
    assert done[-1] == example.events[-1]["frames"] == FRAME_COUNT


def test_clip_keeps_frames_times_and_sound(clip: Run) -> None:
    before, after = pictures(clip.source), pictures(clip.output)
    assert after.times == before.times
    assert packets(clip.output, "audio") == packets(clip.source, "audio") != {}
    assert mean_chroma(after.chroma) > 2
    assert cv2.PSNR(after.luma, before.luma) > 42  # visually lossless


def test_same_run_twice_is_the_same_film(clip: Run, tmp_path: Path) -> None:
    again = run(clip.source, tmp_path / "again.mp4")
    before, after = pictures(clip.output), pictures(again.output)
    np.testing.assert_array_equal(after.luma, before.luma)
    np.testing.assert_array_equal(after.chroma, before.chroma)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_a_single_core_makes_the_same_film(clip: Run, tmp_path: Path) -> None:
    output, all_cores = tmp_path / clip.output.name, os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_cores)})
    try:
        again = run(clip.source, output)
    finally:
        os.sched_setaffinity(0, all_cores)
    assert packets(again.output, "video") == packets(clip.output, "video")


def test_default_output_stands_beside_the_film(short_film: Path) -> None:
    done = tcvc("colorize", short_film)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert {path.name for path in short_film.parent.iterdir()} == {
        "short.mp4",
        "short.color.mp4",
        "short.color.mp4.json",
    }


def test_part_of_a_film(example_film: Path, tmp_path: Path) -> None:
    part = run(
        example_film, tmp_path / "part.mkv", "--preset", "master", "--start", "1.5", "--end", "00:00:02.5"
    )
    after, start = pictures(part.output), 36
    assert after.times[0] == 0
    assert len(after.times) == FRAME_RATE
    np.testing.assert_array_equal(after.luma, pictures(example_film).luma[start : start + len(after.times)])
    sound = packets(part.output, "audio")[0]
    assert 0 <= sound[0][0] < Fraction(1, 20)
    assert Fraction(9, 10) < sound[-1][0] < 1


def test_photograph(tmp_path: Path) -> None:
    portrait = cv2.imread(str(Path(skimage.__file__).parent / "data" / "astronaut.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(tmp_path / "portrait.png"), present(portrait))
    done = tcvc("colorize", tmp_path / "portrait.png")
    assert done.returncode == 0, done.stderr
    result = present(cv2.imread(str(tmp_path / "portrait.color.png"))).astype(np.float32)
    assert result.shape == (*present(portrait).shape, 3)
    assert (result.max(axis=2) - result.min(axis=2)).mean() > 5


def test_edited_shot_list_is_obeyed(grey_film: Path, tmp_path: Path) -> None:
    table = tcvc("shots", grey_film, "--csv").stdout.splitlines()
    assert table[0].startswith("shot,start_frame,stop_frame")
    (tmp_path / "shots.csv").write_text("start_frame,stop_frame\n0,11\n11,30\n")
    result = run(grey_film, tmp_path / "a.mkv", "--shots", tmp_path / "shots.csv", "--model-size", "64")
    assert [(shot["start"], shot["stop"]) for shot in result.sidecar()["shots"]] == [(0, 11), (11, 30)]


def test_shots_as_json_and_table(example_film: Path) -> None:
    found = json.loads(tcvc("shots", example_film, "--json").stdout)
    assert found["frame_rate"] == "24/1"
    assert [shot["start"] for shot in found["shots"]][:3] == [0, *HARD_CUTS]
    assert found["shots"][-1]["stop"] == FRAME_COUNT
    assert len(tcvc("shots", example_film).stdout.splitlines()) == 1 + len(found["shots"])


@pytest.mark.parametrize("is_json", [False, True])
def test_dry_run_plans_and_writes_nothing(short_film: Path, *, is_json: bool) -> None:
    done = tcvc("colorize", short_film, "--dry-run", *(["--json"] if is_json else []))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in short_film.parent.iterdir()] == ["short.mp4"]
    if is_json:
        plan = events_of(done.stdout)[-1]
        assert plan["event"] == "Planned"
        assert plan["shots"] == [
            {"start": 0, "stop": 4, "is_in_color": False, "dissolve": None, "overlays": []}
        ]
        assert plan["estimated_s"] > 0
        assert plan["estimated_mib"] > 0
    else:
        assert done.stdout.startswith("shot 1: frames 0 to 3,")


def test_existing_output_is_refused_skipped_or_overwritten(short_film: Path) -> None:
    output = short_film.with_name("there.mp4")
    output.write_bytes(b"mine")
    refused = tcvc("colorize", short_film, "-o", output)
    assert refused.returncode == 4
    assert "is there already" in refused.stderr
    skipped = tcvc("colorize", short_film, "-o", output, "-n", "--json")
    assert [event["event"] for event in events_of(skipped.stdout)] == ["start", "Skipped"]
    assert skipped.returncode == 0
    assert output.read_bytes() == b"mine"
    assert tcvc("colorize", short_film, "-o", output, "-y").returncode == 0
    assert len(pictures(output).times) == 4


def without_picture(path: Path, *, has_video_track: bool) -> None:
    """A tenth of a second of silence; the video track, if there is one, holds no frame."""
    with av.open(str(path), "w") as out:
        if has_video_track:
            track = out.add_stream("libx264", rate=24)
            track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        stream = out.add_stream("aac", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 4096), np.float32), "fltp", "stereo")
        frame.sample_rate = 48_000
        out.mux(stream.encode(frame) + stream.encode(None))


def first_bytes(source: Path, path: Path, share: float) -> None:
    whole = source.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])


@pytest.fixture
def bad_input(request: pytest.FixtureRequest, tmp_path: Path, example_film: Path, grey_film: Path) -> Path:
    """A file of the kind that the test names, in a folder of its own."""
    folder = tmp_path / "films"
    folder.mkdir()
    kind: str = request.param
    path = folder / {"cut.mp4": "film.mp4"}.get(kind, "film.mkv")
    match kind:
        case "text":
            path.write_text("This is not a film.\n" * 200)
        case "noise":
            path.write_bytes(np.random.default_rng(0).bytes(50_000))
        case "empty":
            path.touch()
        case "sound":
            without_picture(path, has_video_track=False)
        case "no frames":
            without_picture(path, has_video_track=True)
        case "cut.mkv":
            first_bytes(example_film, path, 0.1)
        case "cut.mp4":
            first_bytes(grey_film, path, 0.6)
        case "folder":
            path.mkdir()
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Everything under a folder, hidden files too."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def assert_refused(done: subprocess.CompletedProcess[str], code: int, said: str) -> None:
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("tcvc: error: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


@pytest.mark.parametrize(
    ("bad_input", "said"),
    [
        ("text", "is not a film"),
        ("noise", "is not a film"),
        ("empty", "is empty"),
        ("sound", "no video stream"),
        ("no frames", "without one frame"),
        ("cut.mkv", "ends"),
        ("cut.mp4", "incomplete"),
        ("folder", "folder"),
        ("missing", "does not exist"),
    ],
    indirect=["bad_input"],
)
def test_bad_film_is_refused_and_untouched(bad_input: Path, said: str, tmp_path: Path) -> None:
    before = contents(bad_input.parent)
    assert_refused(tcvc("colorize", bad_input, "-q"), 3, said)
    assert contents(bad_input.parent) == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-o", "nowhere/a.mkv"], 4, "nowhere"),
        (["-o", "short.mp4", "-y"], 4, "is the input"),
        (["-o", "link.mp4", "-y"], 4, "is the input"),
        (["-o", "a.avi"], 4, ".mkv"),
        (["-o", "nowhere/at/all/"], 4, "nowhere"),
        (["--model", "nobody"], 5, "nobody"),
        (["--device", "cuda:63"], 5, "cuda:63"),
        (["--interval", "0"], 2, "1 to 250"),
        (["--start", "60"], 2, "no frame"),
        (["--shots", "short.mp4"], 3, "short.mp4"),
        (["--shots", "gap.csv"], 3, "gap.csv, line 3"),
        (["--shots", "nothing.csv"], 3, "nothing.csv"),
        (["--preset", "prores", "-o", "a.mp4"], 4, "mp4"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else None,
)
def test_bad_wish_is_refused_and_nothing_is_written(
    short_film: Path, arguments: list[str], code: int, said: str
) -> None:
    folder = short_film.parent
    (folder / "link.mp4").symlink_to(short_film)
    (folder / "gap.csv").write_text("start_frame,stop_frame\n0,2\n3,4\n")
    before = contents(folder)
    assert_refused(tcvc("colorize", "short.mp4", "-q", *arguments, folder=folder), code, said)
    assert contents(folder) == before


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_run_leaves_nothing(example_film: Path, tmp_path: Path, stop: signal.Signals) -> None:
    command = [*TCVC, "colorize", str(example_film), "-o", str(tmp_path / "a.mkv"), "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, env=ENVIRONMENT, stdout=pipe, stderr=pipe) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if json.loads(line)["event"] == "ShotStarted":
                break
        running.send_signal(stop)
        printed, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert said.startswith("tcvc: error: Stopped.")
    assert said.count("\n") == 1
    error = json.loads(printed.splitlines()[-1])
    assert (error["event"], error["code"], error["film"]) == ("error", 130, str(example_film))
    assert list(tmp_path.iterdir()) == []
