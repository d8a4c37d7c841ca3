"""Which places look like a place, how sure that is, and whose colours count."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.memory import correspondence
from tcvc_cli.model.memory.correspondence import coverage, match, match_closely
from tcvc_cli.model.memory.describer import SIZE
from tcvc_cli.model.memory.entries import Fine, Kind, Remembered

GRID = (4, 6)


def places(seed: int, size: tuple[int, int] = GRID) -> Tensor:
    """All as unlike as 64 numbers can be."""
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(SIZE, *size, generator=generator), dim=0)


def plain(ab: tuple[float, float], size: tuple[int, int] = GRID) -> Tensor:
    return torch.tensor(ab).view(2, 1, 1).expand(2, *size).contiguous()


def picture(kind: Kind, seen: Tensor, ab: Tensor, opacity: float = 1.0, weight: float = 1.0) -> Remembered:
    size = seen.shape[1:]
    return Remembered(
        kind, seen, torch.full((1, *size), 50.0), ab, torch.full((1, *size), opacity), weight=weight
    )


def test_a_frame_finds_itself() -> None:
    ab = torch.randn(2, *GRID, generator=torch.Generator().manual_seed(1)) * 30
    found = match(places(0), [picture("given", places(0), ab)])
    torch.testing.assert_close(found.ab, ab, atol=0.5, rtol=0)
    assert found.nearest.tolist() == list(range(24))
    assert float(found.confidence.min()) > 0.9
    torch.testing.assert_close(found.similarity, torch.ones(1, *GRID))


def test_what_is_like_nothing_is_not_believed() -> None:
    found = match(places(0), [picture("given", places(1), plain((40.0, 0.0)))])
    assert float(found.confidence.max()) < 0.05
    assert coverage(places(0), [picture("given", places(1), plain((40.0, 0.0)))]) < 0.01
    assert coverage(places(0), []) == 0


def test_likenesses_that_disagree_are_not_believed() -> None:
    same = places(0)[:, :1, :1].expand(SIZE, *GRID)
    halves = plain((60.0, 0.0))
    halves[:, :, 3:] *= -1
    agreed = match(same, [picture("given", same, plain((60.0, 0.0)))])
    at_odds = match(same, [picture("given", same, halves)])
    assert float(at_odds.confidence.max()) < 0.1 * float(agreed.confidence.min())


@pytest.mark.parametrize(("more", "less"), [("given", "scene"), ("scene", "settled"), ("given", "settled")])
def test_order_of_trust(more: Kind, less: Kind) -> None:
    memory = [picture(less, places(0), plain((-40.0, 0.0))), picture(more, places(0), plain((40.0, 0.0)))]
    assert float(match(places(0), memory).ab[0].min()) > 0
    assert float(match(places(0), memory[::-1]).ab[0].min()) > 0


def test_weight_and_opacity_take_from_confidence() -> None:
    def confidence(**kept: float) -> float:
        scene = picture("scene", places(0), plain((40.0, 0.0)), **kept)
        return float(match(places(0), [scene]).confidence.mean())

    assert confidence(weight=0.5) == pytest.approx(0.5 * confidence(), rel=1e-3)
    assert confidence(opacity=0.25) == pytest.approx(0.25 * confidence(), rel=1e-3)
    assert confidence(weight=0) == 0


def close_picture(seen: Tensor, close: Tensor, ab: Tensor) -> Remembered:
    """`ab` (2, H, W) px by px."""
    fine = Fine(torch.full((1, *ab.shape[1:]), 50.0), ab, torch.ones(1, *ab.shape[1:]), close)
    size = seen.shape[1:]
    small = F.interpolate(ab[None], size, mode="area")[0]
    return Remembered("given", seen, torch.full((1, *size), 50.0), small, torch.ones(1, *size), 0, fine)


def test_looking_closely_is_the_whole_search_where_all_places_are_likely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The slow twin: every cell of the close grid against every other."""
    monkeypatch.setattr(correspondence, "LIKELY", 24)
    close, other = places(2, (16, 24)), places(3, (16, 24))
    query = F.normalize(close + 0.5 * other, dim=0)
    ab = torch.randn(2, 32, 48, generator=torch.Generator().manual_seed(4)) * 30
    found = match_closely(places(0), query, [close_picture(places(0), close, ab)])
    small = F.avg_pool2d(ab[None], 2)[0]
    whole = match(query, [picture("given", close, small)])
    torch.testing.assert_close(found.ab, whole.ab, atol=1e-3, rtol=0)
    torch.testing.assert_close(found.confidence, whole.confidence, atol=1e-4, rtol=0)


def test_looking_closely_at_a_grid_that_ends_within_a_place() -> None:
    close = places(2, (15, 22))  # of 4 x 6 places 16 x 24 would be whole
    ab = torch.randn(2, 30, 44, generator=torch.Generator().manual_seed(4)) * 30
    found = match_closely(places(0), close, [close_picture(places(0), close, ab)])
    assert found.ab.shape == (2, 15, 22)
    torch.testing.assert_close(found.ab, F.avg_pool2d(ab[None], 2)[0], atol=1.0, rtol=0)


def test_only_pictures_that_were_looked_at_closely_can_be_searched_so() -> None:
    with pytest.raises(ValueError, match="closely"):
        match_closely(places(0), places(2, (16, 24)), [picture("given", places(0), plain((1.0, 1.0)))])
