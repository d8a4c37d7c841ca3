"""How the describer of tcvc-places is trained, judged and written."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch.nn import functional as F

from tcvc_cli.cli.main import main
from tcvc_cli.errors import UsageError
from tcvc_cli.model.memory.describer import Describer, Seen
from tcvc_cli.model.runtime import load_describer
from tcvc_cli.model.weights.store import find, load
from tcvc_cli.train import config as settings
from tcvc_cli.train.config import DescriptorsConfig
from tcvc_cli.train.descriptors.clips import SeenClip, SeenFrame, write
from tcvc_cli.train.descriptors.judging import found_ab, judge, judged_frames, psnr_db_of, untrained
from tcvc_cli.train.descriptors.learner import (
    Learner,
    color_error,
    draw,
    is_colorful,
    loss_of,
    measure,
    pace_at,
)
from tcvc_cli.train.descriptors.training import learn, learned_frames, train_descriptors, trained_describer
from tests.material.media_sources import Source, make
from tests.material.seen_material import GRID, seen_clip

CPU = torch.device("cpu")


@pytest.fixture
def clips(tmp_path: Path) -> list[SeenClip]:
    return [seen_clip(tmp_path / "seen" / f"{number}.safetensors", number) for number in range(3)]


@pytest.fixture
def judged(tmp_path: Path) -> list[SeenClip]:
    """One of them is of those that no network has seen."""
    names = ("davis-goat", "other")
    return [seen_clip(tmp_path / "held-out" / f"{name}.safetensors", 50 + n) for n, name in enumerate(names)]


def config(steps: int, **changes: int) -> DescriptorsConfig:
    return DescriptorsConfig(**({"steps": steps, "pairs": 3, "save_every": steps} | changes))


def run(
    clips: Sequence[SeenClip],
    judged: Sequence[SeenClip],
    work: Path,
    chosen: DescriptorsConfig,
    lines: int | None = None,
) -> list[dict[str, float | str]]:
    work.mkdir(exist_ok=True)
    return [json.loads(line) for line in itertools.islice(learn(clips, judged, work, chosen, CPU), lines)]


def test_what_is_learned_finds_colours_in_clips_that_nobody_learned_from(
    clips: list[SeenClip], judged: list[SeenClip], tmp_path: Path
) -> None:
    rows = run(clips, judged, tmp_path / "work", config(50, save_every=30))
    losses = [float(row["loss"]) for row in rows if "loss" in row]
    assert len(losses) == 2
    assert losses[1] < 0.6 * losses[0]
    trained, shipped, none = (row for row in rows if "describer" in row)
    assert (trained["describer"], shipped["describer"], none["describer"]) == ("trained", "shipped", "none")
    assert float(trained["psnr_db"]) > max(float(shipped["psnr_db"]), float(none["psnr_db"])) + 0.7
    assert [row["step"] for row in rows if "psnr_db" in row and "step" in row] == [30]


def test_a_stopped_training_goes_on_to_the_same_weights(
    clips: list[SeenClip], judged: list[SeenClip], tmp_path: Path
) -> None:
    chosen = config(12, save_every=1)
    complete = run(clips, judged, tmp_path / "complete", chosen)
    run(clips, judged, tmp_path / "stopped", chosen, lines=5)
    stopped = torch.load(tmp_path / "stopped" / "descriptors.pt", weights_only=True)
    assert 0 < stopped["step"] < 12
    rest = run(clips, judged, tmp_path / "stopped", chosen)
    assert rest[-3:] == complete[-3:]
    one, other = (
        torch.load(tmp_path / name / "descriptors.pt", weights_only=True) for name in ("complete", "stopped")
    )
    assert one["step"] == other["step"] == 12
    assert one["settings"] == asdict(chosen)
    for name, weights in one["average"].items():
        assert torch.equal(weights, other["average"][name]), name
    assert not torch.equal(one["average"]["log_sharpness"], stopped["average"]["log_sharpness"])


def test_a_finished_training_is_judged_again_without_another_step(
    clips: list[SeenClip], judged: list[SeenClip], tmp_path: Path
) -> None:
    first = run(clips, judged, tmp_path / "work", config(2))
    assert run(clips, judged[:1], tmp_path / "work", config(2))[0]["clips"] == 1
    assert run(clips, judged, tmp_path / "work", config(1)) == first[-3:]


def test_pairs_depend_on_seed_and_step_and_are_of_one_clip(clips: list[SeenClip]) -> None:
    chosen = config(9, pairs=40)
    pairs, again = draw(clips, chosen, 3), draw(clips, chosen, 3)
    assert all(torch.equal(a.frame.ab, b.frame.ab) for a, b in zip(pairs, again, strict=True))
    other = draw(clips, chosen, 4)
    assert not all(torch.equal(a.frame.ab, b.frame.ab) for a, b in zip(pairs, other, strict=True))
    for pair in pairs:
        assert not torch.equal(pair.frame.seen.outlines, pair.reference.seen.outlines)
        colors = [set(map(tuple, one.ab.flatten(1).T.tolist())) for one in (pair.frame, pair.reference)]
        assert colors[0] & colors[1]
        assert (pair.frame.seen.things is None) == (pair.reference.seen.things is None)
    bare = sum(pair.frame.seen.things is None for pair in pairs)
    assert 1 <= bare <= 15  # 15 % of 40 is 6


def test_the_pace_is_that_of_one_cycle() -> None:
    chosen = DescriptorsConfig(steps=200, rate=3e-3)
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=200, pct_start=0.1)
    for step in range(200):
        pace, (group,) = pace_at(step, chosen), optimizer.param_groups
        assert pace.rate == pytest.approx(group["lr"], rel=1e-6)
        assert pace.momentum == pytest.approx(group["betas"][0], rel=1e-6)
        optimizer.step()
        if step < 199:
            schedule.step()


@pytest.mark.parametrize("steps", [1, 2, 10, 11])
def test_a_short_training_has_a_pace_too(steps: int) -> None:
    paces = [pace_at(step, DescriptorsConfig(steps=steps)) for step in range(steps)]
    assert all(0 < pace.rate <= 3e-3 and 0.85 <= pace.momentum <= 0.95 for pace in paces)
    assert max(pace.rate for pace in paces) > 1e-3


def test_an_error_counts_beside_how_colourful_the_frame_is() -> None:
    truth = torch.tensor([3.0, 4.0]).view(2, 1, 1).expand(2, 4, 5)
    off = truth + torch.tensor([6.0, 8.0]).view(2, 1, 1)
    assert float(color_error(truth, truth)) == pytest.approx(1 / 9)
    assert float(color_error(off, truth)) == pytest.approx(101**0.5 / 9)
    assert float(color_error(5 * off, 5 * truth)) < 5 * float(color_error(off, truth))


def test_a_place_takes_the_colour_of_the_same_place_of_a_frame_that_is_known(clips: list[SeenClip]) -> None:
    frame = clips[0].frame(0)
    learner = Learner()
    measure(learner.describer, clips)
    with torch.no_grad():
        learner.log_sharpness.fill_(7.0)
        found = learner.colors(frame.seen, frame)
    torch.testing.assert_close(found, frame.ab, rtol=1e-2, atol=0.2)


def test_planes_are_measured_over_the_first_frame_of_each_clip(clips: list[SeenClip]) -> None:
    learner = Learner()
    measure(learner.describer, clips)
    first = [clip.frame(0).seen.outlines for clip in clips]
    shown = torch.cat([(one - learner.describer.mean) / learner.describer.spread for one in first])
    torch.testing.assert_close(shown.mean((0, 2, 3)), torch.zeros(256), rtol=0, atol=1e-4)
    torch.testing.assert_close(shown.std((0, 2, 3)), torch.ones(256), rtol=0, atol=0.02)


def test_the_loss_of_several_pairs_is_their_mean(clips: list[SeenClip]) -> None:
    learner, pairs = Learner(), draw(clips, config(1), 0)
    with torch.no_grad():
        alone = [float(loss_of(learner, [pair])) for pair in pairs]
        assert float(loss_of(learner, pairs)) == pytest.approx(sum(alone) / len(alone), rel=1e-5)


def test_found_colours_are_those_of_sixteen_places_one_by_one() -> None:
    torch.manual_seed(0)
    places, others = (F.normalize(torch.randn(9, *size), dim=0) for size in (GRID, (5, 7)))
    ab = torch.randn(2, 5, 7) * 30
    found = found_ab(places, others, ab)
    for y, x in itertools.product(*map(range, GRID)):
        likeness = [(float(places[:, y, x] @ others[:, v, u]), v, u) for v in range(5) for u in range(7)]
        likest = sorted(likeness, reverse=True)[:16]
        weights = torch.tensor([one[0] for one in likest]).div(0.038).softmax(0)
        slow = sum(weight * ab[:, v, u] for weight, (_, v, u) in zip(weights, likest, strict=True))
        torch.testing.assert_close(found[:, y, x], slow, rtol=1e-4, atol=1e-4)


def test_a_clip_is_judged_by_its_later_frames(judged: list[SeenClip]) -> None:
    clip = judged[0]

    def of_color(seen: Seen) -> torch.Tensor:
        frames = [clip.frame(number) for number in range(clip.frames)]
        (same,) = (one for one in frames if torch.equal(one.seen.outlines, seen.outlines))
        return F.normalize(torch.cat([same.ab, torch.full((1, *GRID), 10.0)]), dim=0)

    blind = psnr_db_of(clip, lambda seen: torch.ones(1, *GRID), CPU)
    assert psnr_db_of(clip, of_color, CPU) > blind + 10
    figures = [psnr_db_of(one, untrained, CPU) for one in judged]
    judgement = judge(judged, untrained, CPU)
    assert judgement.clips == 2
    assert judgement.psnr_db == pytest.approx(sum(figures) / 2)
    assert judgement.held_out_psnr_db == pytest.approx(figures[0])
    assert judge(judged[1:], untrained, CPU).held_out_psnr_db is None


def test_what_is_seen_as_it_is(clips: list[SeenClip]) -> None:
    places = untrained(clips[0].frame(0).seen)
    assert places.shape == (48 + 120 + 3 * 384, *GRID)
    torch.testing.assert_close(places.norm(dim=0), torch.ones(GRID))


def test_a_clip_without_colours_is_not_learned_from(tmp_path: Path, clips: list[SeenClip]) -> None:
    assert is_colorful(clips[0])
    frame = clips[0].frame(0)
    pale = SeenFrame(frame.seen, frame.ab / 40)
    write(tmp_path / "pale.safetensors", [pale, pale], "these")
    assert not is_colorful(SeenClip.read(tmp_path / "pale.safetensors"))


def test_the_file_is_as_the_one_that_ships(clips: list[SeenClip], tmp_path: Path) -> None:
    run(clips, [], tmp_path / "work", config(3))
    file = tmp_path / "places.safetensors"
    assert main(["train", "describer", "--work", str(tmp_path / "work"), "-o", str(file)]) == 0
    describer = Describer()
    describer.load_state_dict(load("tcvc-places", file))
    shipped, trained = load_describer(CPU), trained_describer(tmp_path / "work")
    for name, value in describer.state_dict().items():
        torch.testing.assert_close(value, trained.state_dict()[name], rtol=1e-3, atol=1e-4)
    assert not torch.equal(describer.things.weight, shipped.things.weight)
    with safe_open(file, "pt") as made, safe_open(find("tcvc-places").path, "pt") as as_it_ships:
        kinds = [{name: one.get_tensor(name).dtype for name in one.keys()} for one in (made, as_it_ships)]  # noqa: SIM118
    assert kinds[0] == kinds[1]
    places = describer(clips[0].frame(0).seen)
    torch.testing.assert_close(places.norm(dim=0), torch.ones(GRID))


def test_settings_of_descriptors(tmp_path: Path) -> None:
    file = tmp_path / "few.toml"
    file.write_text("[descriptors]\nsteps = 7\n")
    assert settings.load(DescriptorsConfig, file, "descriptors") == DescriptorsConfig(steps=7)


def test_frames_that_are_taken() -> None:
    numbers = list(range(100))
    assert learned_frames(iter(numbers)) == list(range(0, 48, 4))
    assert judged_frames(iter(numbers)) == [0, 20, 40, 59]
    assert judged_frames(iter(numbers[:2])) == [0, 1]
    assert judged_frames(iter([])) == []


def test_nothing_to_learn_from_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "SOURCES.md").write_text("no film")
    work = tmp_path / "work"
    with pytest.raises(UsageError, match="no clips in colour"):
        list(train_descriptors([tmp_path / "clips"], None, work, config(1), CPU))
    assert main(["train", "describer", "--work", str(work), "-o", str(tmp_path / "f")]) == 2
    no_folder = str(tmp_path / "clips" / "SOURCES.md")
    assert main(["train", "descriptors", "--clips", no_folder, "--work", str(work)]) == 2


@pytest.mark.slow
def test_the_command_learns_from_films_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    films, held_out = tmp_path / "films", tmp_path / "held-out"
    for folder, name in ((films, "one"), (films, "goat"), (films, "davis-libby"), (held_out, "goat")):
        folder.mkdir(exist_ok=True)
        make(folder / f"{name}.mkv", Source(frames=9))
    command = ["train", "descriptors", "--clips", str(films), "--held-out", str(held_out)]
    command += ["--work", str(tmp_path / "work"), "--device", "cpu", "--steps"]
    assert main([*command, "2"]) == 0
    seen, judged, *rows = capsys.readouterr().out.splitlines()
    assert (seen, judged) == ("one: 3 frames", "goat: 4 frames")  # what judges is not learned from
    assert [json.loads(row).get("describer") for row in rows] == [None, "trained", "shipped", "none"]
    assert main([*command, "3"]) == 0
    again = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert again[0]["step"] == 3
    assert again[2:] == [json.loads(row) for row in rows[2:]]
    assert len((tmp_path / "work" / "descriptors.log").read_text().splitlines()) == 8
