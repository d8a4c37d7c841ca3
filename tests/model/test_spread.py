"""Given colours laid over frames and carried through them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tcvc_cli.model.flow import DisFlow
from tcvc_cli.model.memory.alignment import align, inverse, reaches, start_from
from tcvc_cli.model.memory.colors import Colors, fused
from tcvc_cli.model.memory.spread import Spreading, fine_motion
from tcvc_cli.model.propagate import flows_of
from tests.material.textures import H, W, film, texture


def colored(shift: int = 0) -> Tensor:
    """(2, H, W): what the texture has at each place."""
    x = torch.arange(W).float() + shift
    wave = 40 * torch.sin(x / 12)
    return torch.stack([wave.expand(H, W), -wave.expand(H, W)])


def found(shift: int, confidence: float = 1.0) -> Colors:
    return Colors(
        torch.cat([texture(shift=shift), colored(shift), torch.full((1, H, W), confidence)]), "exact"
    )


def nothing() -> Colors:
    return Colors(torch.zeros(4, H, W), "like")


def spread_over(lightness: Tensor, known: dict[int, Colors], anchors: list[int]) -> Tensor:
    motion = fine_motion(lightness, flows_of(lightness, DisFlow()))
    return Spreading(lightness, motion).spread(anchors, {one: [known.get(one, nothing())] for one in anchors})


def error(given: Tensor, frame: int, step: int = 2) -> float:
    """Mean |ab - truth|, away from the side where new things come in."""
    inner = slice(8, W - step * 16)
    return float((given[frame, :2] - colored(step * frame))[..., inner].abs().mean())


@pytest.mark.parametrize("known", [0, 12, 6])
def test_colours_of_one_frame_reach_all_others(known: int) -> None:
    given = spread_over(film(13), {known: found(2 * known)}, sorted({0, 6, 12}))
    assert given.shape == (13, 3, H, W)
    for frame in range(13):
        assert error(given, frame) < 2.0, frame
    torch.testing.assert_close(given[known, :2], colored(2 * known), atol=0.05, rtol=0)


def test_two_given_frames_are_better_than_either_alone() -> None:
    first, both = (
        spread_over(film(13), {one: found(2 * one) for one in known}, [0, 6, 12]) for known in ((0,), (0, 12))
    )
    worst = slice(W - 24, W)  # what comes into view after the first
    truth = torch.stack([colored(2 * one) for one in range(13)])
    errors = [float((one[:, :2] - truth)[6:12, :, :, worst].abs().mean()) for one in (first, both)]
    assert errors[1] < 0.5 * errors[0]


def test_a_cover_that_passes_is_not_coloured_by_what_is_behind_it() -> None:
    lightness = film(9, step=0).clone()
    for frame in range(1, 9):
        lightness[frame, :, 30:60, 10 * frame : 10 * frame + 24] = texture(7)[:, 30:60, :24]
    given = spread_over(lightness, {0: found(0)}, [0, 8])
    covered = given[8, 2, 34:56, 84:100]
    beside = given[8, 2, 34:56, 110:124]
    assert float(covered.mean()) < 0.5 * float(beside.mean())


def test_the_first_frame_keeps_what_it_has() -> None:
    lightness = film(9)
    motion = fine_motion(lightness, flows_of(lightness, DisFlow()))
    first = Colors(torch.cat([lightness[0], torch.full((2, H, W), 11.0), torch.ones(1, H, W)]), "carried")
    given = Spreading(lightness, motion).spread([0, 8], {0: [nothing()], 8: [nothing()]}, first)
    assert torch.equal(given[0, :2], torch.full((2, H, W), 11.0))
    assert float((given[8, :2, 8:-8, 8:-40] - 11).abs().mean()) < 0.1


def test_a_window_of_one_frame() -> None:
    given = spread_over(film(1), {0: found(0)}, [0])
    torch.testing.assert_close(given[0, :2], colored(), atol=0, rtol=0)


def test_findings_are_weighed() -> None:
    lightness = torch.full((1, 4, 4), 50.0)

    def one(ab: float, confidence: float, light: float = 50.0) -> Colors:
        planes = torch.tensor([light, ab, ab, confidence]).view(4, 1, 1).expand(4, 4, 4)
        return Colors(planes, "laid")

    alone = fused([one(30.0, 0.4)], lightness)
    torch.testing.assert_close(alone.ab, torch.full((2, 4, 4), 30.0))
    torch.testing.assert_close(alone.confidence, torch.full((1, 4, 4), 0.4))
    surer = fused([one(30.0, 0.9), one(0.0, 0.1)], lightness)
    torch.testing.assert_close(surer.ab, torch.full((2, 4, 4), 27.0))
    torch.testing.assert_close(surer.confidence, torch.full((1, 4, 4), 1 - 0.1 * 0.9))
    assert float(fused([one(30.0, 0.5), one(0.0, 0.5, 80.0)], lightness).ab.min()) > 29
    doubtful = fused([one(30.0, 0.0), one(0.0, 0.0)], lightness)
    assert doubtful.ab.isfinite().all()
    assert float(doubtful.confidence.max()) == 0


@pytest.mark.parametrize("shift", [3, 20])
def test_a_picture_is_laid_over_a_frame_that_has_moved(shift: int) -> None:
    frame, seen = texture(shift=shift)[None], texture()[None]
    start = torch.zeros(1, 2, H, W)
    start[:, 0] = shift + 4.0
    laid = align(frame, seen, start, DisFlow())
    inner = (..., slice(8, -8), slice(8, W - shift - 8))
    assert float((laid.flow[:, 0] - shift).abs()[inner].mean()) < 0.3
    assert float(laid.flow[:, 1].abs()[inner].mean()) < 0.3
    assert float(laid.trust[inner].mean()) > 0.8


def test_another_picture_cannot_be_laid_over_a_frame() -> None:
    laid = align(texture(1)[None], texture(2)[None], torch.zeros(1, 2, H, W), DisFlow())
    assert float(laid.trust.mean()) < 0.2


def test_inverse_of_a_shift_and_of_a_flow_that_leaves_a_gap() -> None:
    flow = torch.zeros(1, 2, 40, 60)
    flow[:, 0] = 5
    assert torch.equal(inverse(flow)[..., 8:-8], -flow[..., 8:-8])
    apart = flow.clone()
    apart[..., 30:] *= -1  # both halves move over the middle, and nothing arrives at the sides
    assert inverse(apart).isfinite().all()


def test_where_a_flow_ends() -> None:
    flow = torch.zeros(1, 2, 4, 6)
    flow[0, 0, :, 5] = 3
    assert reaches(flow)[0, 0].tolist() == [[1, 1, 1, 1, 1, 0]] * 4


def test_a_search_begins_where_the_likest_places_lie() -> None:
    rows, columns = torch.meshgrid(torch.arange(6), torch.arange(8), indexing="ij")
    nearest = (rows * 8 + (columns + 1).clamp(max=7)).flatten()
    nearest[19] = 0  # one place that is mistaken
    start = start_from(nearest, (6, 8), (46, 62))
    assert start.shape == (1, 2, 46, 62)
    torch.testing.assert_close(start[0, 0, 10:36, 8:40], torch.full((26, 32), 8.0))
    assert float(start[0, 1].abs().max()) == 0
