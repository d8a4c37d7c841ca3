"""How long archives take on 1 to 1,000 workers, beside the least that is possible: simulated, with costs that
real runs have on this machine.

python -m benchmarks.scale [--costs FILE] [--size 480p] [--model-size PX] [--seed N] [--plot FILE.png]

Costs are processor seconds of a worker with one thread, measured in about two minutes and written to FILE;
where there is such a file, nothing is measured. The rest is the same for the same costs and seed.

An archive's films are log-normal in length, 12 min in the middle and 15 on average, and one in a hundred
lasts 2 to 4 h. Shots are log-normal too, 5 s on average. What a film, and a shot, truly costs differs from
what its length says by 30 %. Workers live 200 h on average, and are back after 5 min; others take over when
the lease is stale.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from benchmarks.machine import probe
from benchmarks.scaling.archive import Film, Priced, archive, film_of, priced
from benchmarks.scaling.costs import Costs, read_costs, write_costs
from benchmarks.scaling.dealers import Policy, ShardsOfAFilm, SplitQueue, dealer_of
from benchmarks.scaling.limits import Disk, longest_film, serial_part, shared_limits
from benchmarks.scaling.measuring import measure
from benchmarks.scaling.simulation import Dealer, Faults, bound_s, simulate
from benchmarks.throughput import SIZES

WORKERS = (1, 2, 4, 8, 16, 32, 64, 100, 200, 500, 1000)
POLICIES: tuple[Policy, ...] = get_args(Policy)
ARCHIVES = (10_000, 400)
ONE_FILM_H = 4
NOISE = 0.3
LIFE_H, SHORT_LIFE_H = 200.0, 10.0
NEVER = math.inf


@dataclass(frozen=True, slots=True)
class Row:
    """`bounds_s` and `makespans_s` by policy: the least that is possible, and what it takes."""

    workers: int
    bounds_s: Mapping[str, float]
    makespans_s: Mapping[str, float]

    def ratio(self, policy: str) -> float:
        return self.makespans_s[policy] / self.bounds_s[policy]


def faults_of(costs: Costs, seed: int, life_h: float = LIFE_H, back_s: float | None = 300.0) -> Faults:
    return Faults(mean_life_s=life_h * 3600, back_s=back_s, start_s=costs.start_s, seed=seed)


def archive_row(films: Sequence[Priced], costs: Costs, workers: int, faults: Faults) -> Row:
    """Films as they are, but for the last policy, are pieces that cannot be divided."""
    work_s = sum(one.work_s for one in films)
    whole = bound_s(work_s, workers, [one.work_s for one in films])
    divided = bound_s(work_s, workers, [one.least_s for one in films])
    bounds: dict[str, float] = {policy: divided if policy == "queue, split" else whole for policy in POLICIES}
    ends: dict[str, float] = {
        policy: simulate(dealer_of(policy, films, workers, costs.segment_s), workers, faults).makespan_s
        for policy in POLICIES
    }
    return Row(workers, bounds, ends)


def film_row(film: Priced, costs: Costs, workers: int, faults: Faults) -> Row:
    """One film: its shots in shards, and in chunks."""
    bound = bound_s(film.work_s, workers, [film.least_s])
    shards = ShardsOfAFilm(film, workers, costs.segment_s)
    chunks = SplitQueue([film], frozenset({0}), workers, costs.segment_s)
    dealers: Mapping[str, Dealer] = {"shards": shards, "chunks": chunks}
    ends = {name: simulate(dealer, workers, faults).makespan_s for name, dealer in dealers.items()}
    return Row(workers, dict.fromkeys(ends, bound), ends)


def hours(seconds: float) -> str:
    return "never" if seconds == NEVER else f"{seconds / 3600:,.2f}"


def table(rows: Sequence[Row]) -> Iterator[str]:
    names = list(rows[0].makespans_s)
    first, last = names[0], names[-1]
    yield "  ".join(
        [f"{'workers':>7s}", f"{'bound h':>9s}", *(f"{name:>14s}" for name in names), f"{last + ', h':>16s}"]
    )
    for row in rows:
        ratios = (f"{row.ratio(name):14.3f}" for name in names)
        mark = "  <-" if row.workers == 100 else ""
        bound, end = hours(row.bounds_s[first]), hours(row.makespans_s[last])
        yield "  ".join([f"{row.workers:7d}", f"{bound:>9s}", *ratios, f"{end:>16s}"]) + mark


def faults_table(films: Sequence[Priced], costs: Costs, seed: int) -> Iterator[str]:
    """At 100 workers."""
    cases = {
        "nobody dies": faults_of(costs, seed, NEVER),
        f"life {LIFE_H:.0f} h, back after 5 min": faults_of(costs, seed),
        f"life {LIFE_H:.0f} h, never back": faults_of(costs, seed, back_s=None),
        f"life {SHORT_LIFE_H:.0f} h, back after 5 min": faults_of(costs, seed, SHORT_LIFE_H),
        f"life {SHORT_LIFE_H:.0f} h, never back": faults_of(costs, seed, SHORT_LIFE_H, None),
    }
    yield "  ".join([f"{'':28s}", *(f"{policy:>14s}" for policy in POLICIES)])
    for name, faults in cases.items():
        row = archive_row(films, costs, 100, faults)
        ratios = ("never" if math.isinf(row.ratio(one)) else f"{row.ratio(one):.3f}" for one in POLICIES)
        yield "  ".join([f"{name:28s}", *(f"{ratio:>14s}" for ratio in ratios)])


def noise_table(costs: Costs, seed: int) -> Iterator[str]:
    """At 100 workers: how much it matters that nobody knows beforehand what a film costs."""
    yield "  ".join([f"{'':28s}", *(f"{policy:>14s}" for policy in POLICIES)])
    for noise in (0.0, 0.1, NOISE):
        films = price_all(archive(ARCHIVES[0], seed=seed, noise=noise), costs)
        row = archive_row(films, costs, 100, faults_of(costs, seed))
        name = f"films cost what they say +-{noise:.0%}"
        yield "  ".join([f"{name:28s}", *(f"{row.ratio(one):14.3f}" for one in POLICIES)])


def plot(archives: Mapping[int, Sequence[Row]], one: Sequence[Row], path: Path) -> None:
    """Makespan over bound, for each policy, over the number of workers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4), layout="constrained")
    axes: Any = figure.subplots(1, len(archives) + 1, sharey=True)
    titles = [*(f"{count:,} films" for count in archives), f"one film of {ONE_FILM_H} h"]
    for axis, title, rows in zip(axes, titles, (*archives.values(), one), strict=True):
        for name in rows[0].makespans_s:
            axis.plot([row.workers for row in rows], [row.ratio(name) for row in rows], ".-", label=name)
        axis.axhline(1.1, color="grey", linewidth=0.8, linestyle=":")
        axis.axvline(100, color="grey", linewidth=0.8, linestyle=":")
        axis.set(title=title, xscale="log", xlabel="workers", ylim=(0.95, 2))
        axis.legend(fontsize="small")
    axes[0].set_ylabel("time / least possible time")
    figure.savefig(path, dpi=110)


def price_all(films: Sequence[Film], costs: Costs) -> tuple[Priced, ...]:
    return tuple(priced(film, costs) for film in films)


def report(costs: Costs, seed: int, picture: Path | None, say: Callable[[str], None]) -> None:
    faults = faults_of(costs, seed)
    by_count = {count: price_all(archive(count, seed=seed, noise=NOISE), costs) for count in ARCHIVES}
    rows = dict[int, list[Row]]()
    for count, films in by_count.items():
        rows[count] = [archive_row(films, costs, workers, faults) for workers in WORKERS]
        say(f"\n{count:,} films: time / least possible time")
        for line in table(rows[count]):
            say(line)
    say(f"\n{ARCHIVES[0]:,} films, 100 workers: time / least possible time")
    for line in (*faults_table(by_count[ARCHIVES[0]], costs, seed), *noise_table(costs, seed)):
        say(line)
    film = film_of("the long one", ONE_FILM_H * 3600, seed=seed, noise=NOISE)
    film = replace(film, true=film.true / film.factor)  # as a whole it costs what its length says
    long = priced(film, costs)
    one = [film_row(long, costs, workers, faults) for workers in WORKERS]
    say(f"\none film of {ONE_FILM_H} h, by its shots: time / least possible time")
    for line in table(one):
        say(line)
    say("\nwhat breaks first")
    for line in (
        *(longest_film(films) for films in by_count.values()),
        serial_part(long),
        *shared_limits(costs, by_count[ARCHIVES[0]], Disk()),
    ):
        say(f"  {line}")
    if picture is not None:
        plot(rows, one, picture)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--costs", type=Path, metavar="FILE")
    parser.add_argument("--size", choices=list(SIZES), default="480p")
    parser.add_argument("--model-size", type=int, metavar="PX", help="of what the network sees")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", type=Path, metavar="FILE.png")
    given = parser.parse_args()
    print(probe())
    if given.costs is not None and given.costs.exists():
        costs = read_costs(given.costs)
    else:
        costs = measure(given.size, given.model_size)
        if given.costs is not None:
            write_costs(costs, given.costs)
    print("\nwhat one worker with one thread takes, in seconds of processor time")
    for line in costs.lines():
        print(f"  {line}")
    report(costs, given.seed, given.plot, lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
