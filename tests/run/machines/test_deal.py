"""Films dealt among shards: each once, evenly, and the same by whoever deals."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcvc_cli.run.machines.deal import Length, deal

LENGTHS = st.dictionaries(
    st.text(max_size=8), st.integers(0, 10**6) | st.fractions(0, 1000, max_denominator=1001), max_size=40
)
COUNTS = st.integers(1, 12)


def loads(lengths: dict[str, Length], dealt: dict[str, int], count: int) -> list[Length]:
    found: list[Length] = [0] * count
    for key, shard in dealt.items():
        found[shard - 1] += lengths[key]
    return found


def best(lengths: dict[str, Length], count: int) -> Length:
    """The fullest shard of the best deal, by trying them all."""
    ways = product(range(1, count + 1), repeat=len(lengths))
    return min(max(loads(lengths, dict(zip(lengths, way, strict=True)), count)) for way in ways)


@given(LENGTHS, COUNTS)
def test_each_is_dealt_once_and_evenly(lengths: dict[str, Length], count: int) -> None:
    dealt = dict(deal(lengths, count))
    assert dealt.keys() == lengths.keys()
    assert set(dealt.values()) <= set(range(1, count + 1))
    least = max(Fraction(sum(lengths.values())) / count, *lengths.values(), 0)
    assert max(loads(lengths, dealt, count)) <= least + max(lengths.values(), default=0)


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 50), min_size=1, max_size=6), st.integers(1, 3))
def test_no_shard_has_a_third_more_than_the_best_deal(lengths: dict[str, Length], count: int) -> None:
    """Longest first is never worse than 4/3 - 1/(3 count) of the best (Graham, 1969)."""
    fullest = max(loads(lengths, dict(deal(lengths, count)), count))
    assert fullest <= (Fraction(4, 3) - Fraction(1, 3 * count)) * best(lengths, count)


@given(LENGTHS, COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_the_films_does_not_matter(lengths: dict[str, Length], count: int, dice: Random) -> None:
    keys = sorted(lengths)
    dice.shuffle(keys)
    assert deal({key: lengths[key] for key in keys}, count) == deal(lengths, count)


@given(LENGTHS, LENGTHS, COUNTS)
def test_what_is_kept_stays_when_more_comes(
    lengths: dict[str, Length], more: dict[str, Length], count: int
) -> None:
    earlier = deal(lengths, count)
    every = more | lengths
    later = deal(every, count, earlier)
    assert later.keys() == every.keys()
    assert earlier.items() <= later.items()
    fresh = [length for key, length in every.items() if key not in lengths]
    if fresh:
        before, after = (loads(every, dict(dealt), count) for dealt in (earlier, later))
        reached = [new for old, new in zip(before, after, strict=True) if new > old]
        assert max(reached, default=0) <= min(after) + max(fresh)


def test_films_without_a_length_are_spread_too() -> None:
    dealt = deal({str(number): 0 for number in range(8)}, 4)
    assert sorted(Counter(dealt.values()).items()) == [(shard, 2) for shard in range(1, 5)]


def test_the_deal_is_this_one_on_every_machine() -> None:
    """Another deal than the one of machines with an earlier version would colour a film twice."""
    lengths: dict[str, Length] = {"a": 5, "b": 4, "c": 3, "d": 3, "e": Fraction(3, 1), "f": 0, "\udcff": 0}
    assert deal(lengths, 2) == {"a": 1, "b": 2, "d": 2, "c": 1, "e": 2, "f": 1, "\udcff": 1}


def test_what_cannot_be_dealt_is_refused() -> None:
    for lengths, count, kept in (({"a": 1}, 0, {}), ({"a": -1}, 2, {}), ({"a": 1}, 2, {"a": 3})):
        with pytest.raises(ValueError, match="shard"):
            deal(lengths, count, kept)
