"""The simulation of archives, beside what can be reckoned by hand, and the bar that it holds."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scale import archive_row, film_row
from benchmarks.scaling.archive import Film, Priced, archive, priced
from benchmarks.scaling.costs import Costs, read_costs, write_costs
from benchmarks.scaling.dealers import HelpingShards, Queue, Shards, ShardsOfAFilm, SplitQueue
from benchmarks.scaling.limits import Disk, longest_film, serial_part, shared_limits
from benchmarks.scaling.simulation import Faults, Piece, Step, bound_s, simulate

# Round, and about what two cores took for a film of 480 lines.
COSTS = Costs(
    size="480p",
    model_size_px=None,
    start_s=2.0,
    load_s=0.5,
    scan_s_per_frame=0.004,
    settle_s_per_key_frame=0.3,
    settle_s_per_picture=0.016,
    settle_s_per_frame=0.002,
    open_s_per_shot=0.02,
    color_s_per_frame=0.05,
    color_s_per_shot=0.3,
    join_s_per_frame=0.0007,
    join_s=0.1,
    keep_s_per_segment=0.02,
    film_bytes_per_frame=10_000,
    result_bytes_per_frame=15_000,
    syncs_per_segment=5,
    driver_s_per_event=0.0004,
)
NO_FAULTS = Faults()


def pieces(*seconds: float, grain_s: float = 10) -> list[Piece]:
    return [Piece(f"film {number}", (Step(one, grain_s),)) for number, one in enumerate(seconds)]


def shards(films: Sequence[Piece], *owners: int) -> Shards:
    return Shards(
        films,
        {piece.name: owner for piece, owner in zip(films, owners, strict=True)},
        {piece.name: round(piece.seconds) for piece in films},
    )


def queue(films: Sequence[Piece]) -> Queue:
    return Queue(films, {piece.name: round(piece.seconds) for piece in films})


def film(*shots: int) -> Film:
    return Film("film", np.array(shots, np.int64), np.ones(len(shots)))


def plain(one: Film) -> Priced:
    """Its first pass takes 100 s, the join 20 s, opening 5 s, and a frame 1 s."""
    count = len(one.shots)
    settling_s = np.full(count, 40 / count)
    return Priced(one, 60.0, settling_s, one.shots * one.true, 20.0, 5.0, 0.0)


def test_two_workers_and_three_films() -> None:
    """The queue takes 6, then 5 beside it, then 4 behind the 5; a bad deal lays 6 and 5 on one."""
    films = pieces(6, 5, 4)
    assert simulate(queue(films), 2, NO_FAULTS).makespan_s == 9
    assert simulate(shards(films, 1, 1, 2), 2, NO_FAULTS).makespan_s == 11
    helping = HelpingShards(
        films, {"film 0": 1, "film 1": 1, "film 2": 2}, {"film 0": 6, "film 1": 5, "film 2": 4}
    )
    assert simulate(helping, 2, NO_FAULTS).makespan_s == 9


def test_workers_start_before_they_work() -> None:
    assert simulate(queue(pieces(6, 5)), 2, Faults(start_s=3)).makespan_s == 9


@pytest.mark.parametrize(("done_s", "kept_s"), [(9.9, 0), (10, 10), (34, 30), (100, 100)])
def test_whole_segments_are_kept(done_s: float, kept_s: float) -> None:
    assert pieces(100)[0].kept_s(done_s) == kept_s


def test_steps_are_kept_each_by_its_own_grain() -> None:
    piece = Piece("film", (Step(30, 30), Step(20, 5), Step(100, 15), Step(10, 10)))
    assert [piece.kept_s(at) for at in (29, 30, 38, 50, 66, 150, 159, 160)] == [
        0, 30, 35, 50, 65, 150, 150, 160,
    ]  # fmt: skip


def first_death_s(faults: Faults, worker: int) -> float:
    """Of a worker that starts at once."""
    return random.Random(f"{faults.seed} {worker}").expovariate(1 / faults.mean_life_s)


def test_a_death_loses_the_segment_in_hand_and_the_time_until_it_is_back() -> None:
    faults = Faults(mean_life_s=1000, back_s=300, stale_s=60, seed=1)
    death_s = first_death_s(faults, 0)
    film_s = math.ceil(death_s / 10) * 10 + 40.0  # it dies once in it, and not again so soon
    outcome = simulate(queue(pieces(film_s)), 1, faults)
    assert outcome.deaths == 1
    assert outcome.lost_s == pytest.approx(death_s % 10)
    assert outcome.makespan_s == pytest.approx(film_s + death_s % 10 + 300)


def test_another_takes_over_when_the_lease_is_stale() -> None:
    """The one that is left ends its own film, then waits for the lease, and goes on from the last segment."""
    faults = Faults(mean_life_s=1000, back_s=None, stale_s=60, seed=3)
    deaths = first_death_s(faults, 0), first_death_s(faults, 1)
    first, survivor = (0, 1) if deaths[0] < deaths[1] else (1, 0)
    assert deaths[survivor] > deaths[first] + 200
    long_s = math.ceil(deaths[first] / 10) * 10 + 20.0
    lengths = [0.0, 0.0]
    lengths[first], lengths[survivor] = long_s, 5.0
    films = pieces(*lengths)
    helping = HelpingShards(films, {"film 0": 1, "film 1": 2}, {"film 0": 1, "film 1": 1})
    outcome = simulate(helping, 2, faults)
    rest_s = long_s - math.floor(deaths[first] / 10) * 10
    assert outcome.makespan_s == pytest.approx(deaths[first] + 60 + rest_s)
    assert simulate(shards(films, 1, 2), 2, faults).makespan_s == math.inf


def test_nobody_is_left() -> None:
    faults = Faults(mean_life_s=10, back_s=None)
    assert simulate(queue(pieces(1e6)), 4, faults).makespan_s == math.inf


def test_one_film_has_a_serial_part() -> None:
    """100 s of first pass, 5 s of opening for whoever has not read it, 40 of 80 s of shots, 20 s of join."""
    one = plain(film(20, 20, 20, 20))
    assert simulate(ShardsOfAFilm(one, 2, 10), 2, NO_FAULTS).makespan_s == 165
    assert bound_s(one.work_s, 2, [one.least_s]) == 140
    assert bound_s(one.work_s, 100, [one.least_s]) == 140


def test_who_made_the_first_pass_need_not_open_the_film() -> None:
    """Of four shots, worker 0 has two by 140 s, as worker 1 has by 145 s."""
    one = plain(film(20, 20, 20, 20))
    dealer = SplitQueue([one], frozenset({0}), 2, 10)
    assert simulate(dealer, 2, NO_FAULTS).makespan_s == 165
    alone = SplitQueue([one], frozenset({0}), 1, 10)
    assert simulate(alone, 1, NO_FAULTS).makespan_s == 200


@pytest.fixture(scope="module")
def films() -> tuple[Priced, ...]:
    return tuple(priced(one, COSTS) for one in archive(1000, seed=5, noise=0.3))


@pytest.mark.parametrize("workers", [1, 7, 100, 1000])
def test_nobody_undercuts_the_bound(films: tuple[Priced, ...], workers: int) -> None:
    row = archive_row(films[:200], COSTS, workers, Faults(mean_life_s=36_000, start_s=2, seed=2))
    assert all(row.ratio(policy) >= 1 for policy in row.makespans_s)
    one = film_row(films[0], COSTS, workers, NO_FAULTS)
    assert all(one.ratio(policy) >= 1 - 1e-9 for policy in one.makespans_s)


def test_the_same_seed_gives_the_same_figures(films: tuple[Priced, ...]) -> None:
    faults = Faults(mean_life_s=36_000, seed=4)
    again = tuple(priced(one, COSTS) for one in archive(1000, seed=5, noise=0.3))
    first, second = (archive_row(some[:300], COSTS, 20, faults) for some in (films, again))
    assert first == second
    assert archive_row(films[:200], COSTS, 20, Faults(mean_life_s=36_000, seed=6)) != first


@pytest.mark.slow
def test_the_bar_at_a_hundred_workers() -> None:
    """The tool's shards are within 10 % of the least possible time, and so is one queue, though what a film
    costs is known to 30 % only and workers die."""
    many = tuple(priced(one, COSTS) for one in archive(10_000, seed=0, noise=0.3))
    row = archive_row(many, COSTS, 100, Faults(mean_life_s=200 * 3600, start_s=2))
    assert row.ratio("queue") < 1.02
    assert row.ratio("--shard") < 1.1
    assert row.ratio("queue, split") < 1.02
    assert row.ratio("queue") < row.ratio("shards alone") < row.ratio("hash")


@pytest.mark.slow
def test_shards_alone_hold_the_bar_where_lengths_say_what_films_cost() -> None:
    many = tuple(priced(one, COSTS) for one in archive(10_000, seed=0, noise=0.0))
    assert archive_row(many, COSTS, 100, NO_FAULTS).ratio("shards alone") < 1.1


def test_lengths_are_as_the_benchmark_says(films: tuple[Priced, ...]) -> None:
    lengths_s = np.array([one.film.frames / 24 for one in films])
    assert np.median(lengths_s) == pytest.approx(12 * 60, rel=0.1)
    assert 3 * 3600 < lengths_s.max() <= 4 * 3600 + 1
    shots_s = np.concatenate([one.film.shots for one in films]) / 24
    assert shots_s.mean() == pytest.approx(5, rel=0.1)
    factors = np.array([one.film.factor for one in films])
    assert factors.mean() == pytest.approx(1, abs=0.02)
    assert np.log(factors).std() == pytest.approx(0.27, abs=0.03)


def test_limits_are_reckoned(films: tuple[Priced, ...]) -> None:
    """0.1 s a frame: 10 frames/s of each worker, which reads a frame four times and handles its result
    three times, 85 kB; 1 GB/s are enough for 1,176."""
    one = plain(film(192, 192))
    of_frame = Priced(one.film, 0.0, np.zeros(2), one.shots_s * 0.1, 0.0, 0.0, 0.0)
    disk, operations, driver = shared_limits(COSTS, [of_frame], Disk())
    assert "full at 1,176 workers (850 kB/s each)" in disk
    # 5 for 19.2 s, and 2 for 10 s
    assert "used up at 4,344 workers (0.46/s each" in operations
    assert "2,500 events/s (0.40 ms each): enough for 500 workers with 5.0/s" in driver
    assert "bounds the end from 1 workers on" in longest_film([of_frame])
    assert "60.0% is serial" in serial_part(plain(film(40, 40)))


def test_costs_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_costs(COSTS, tmp_path / "costs.json")
    assert read_costs(tmp_path / "costs.json") == COSTS
