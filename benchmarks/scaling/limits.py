"""What breaks first, and at how many workers: reckoned from costs, not simulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.scaling.archive import RATE, Priced
from benchmarks.scaling.costs import SEGMENT_FRAMES, Costs
from tcvc_cli.run.resume.lease import BEAT_S

EVENT_EVERY_S = 0.2  # of a worker, while it colours
_READINGS = 3  # for the shots, for the key frames, to be coloured
_BEAT_OPERATIONS = 2  # a lease is written, and its time is looked at
_STATUS_OPERATIONS = 3  # of a film: is there a result, a work folder, a lease


@dataclass(frozen=True, slots=True)
class Disk:
    """What is shared. `bytes_per_s` both ways together; `operations_per_s` that wait for the disk."""

    bytes_per_s: float = 1e9
    operations_per_s: float = 2000.0
    beat_s: float = BEAT_S
    status_every_s: float = 60.0


def seconds_per_frame(films: Sequence[Priced]) -> float:
    return sum(one.work_s for one in films) / sum(one.film.frames for one in films)


def bytes_per_worker_s(costs: Costs, frame_s: float) -> float:
    """Reads, writes segments, reads them and the film once more for the join, writes the result."""
    read = (_READINGS + 1) * costs.film_bytes_per_frame
    return (read + 3 * costs.result_bytes_per_frame) / frame_s


def operations_per_worker_s(costs: Costs, films: Sequence[Priced], frame_s: float, disk: Disk) -> float:
    """Segments and their rows, the film's own files, and beats of the lease."""
    frames = sum(one.film.frames for one in films)
    segments = sum(int((-(-one.film.shots // SEGMENT_FRAMES)).sum()) for one in films)
    return costs.syncs_per_segment * segments / frames / frame_s + _BEAT_OPERATIONS / disk.beat_s


def shared_limits(costs: Costs, films: Sequence[Priced], disk: Disk) -> Iterator[str]:
    frame_s = seconds_per_frame(films)
    per_s = bytes_per_worker_s(costs, frame_s)
    yield (
        f"a disk of {disk.bytes_per_s / 1e6:,.0f} MB/s is full at {disk.bytes_per_s / per_s:,.0f} workers"
        f" ({per_s / 1e3:.0f} kB/s each)"
    )
    each, status = (
        operations_per_worker_s(costs, films, frame_s, disk),
        _STATUS_OPERATIONS * len(films) / disk.status_every_s,
    )
    alone, beside = disk.operations_per_s / each, (disk.operations_per_s - status) / each
    yield (
        f"{disk.operations_per_s:,.0f} operations/s are used up at {alone:,.0f} workers ({each:.2f}/s each:"
        f" {costs.syncs_per_segment:.1f} a segment, {_BEAT_OPERATIONS} a beat);"
        f" at {max(0.0, beside):,.0f} while somebody asks for the state of all {len(films):,} films"
        f" every {disk.status_every_s:.0f} s"
    )
    if costs.driver_s_per_event is not None:
        share = sum(float(one.shots_s.sum()) for one in films) / sum(one.work_s for one in films)
        events = share / EVENT_EVERY_S
        yield (
            f"one driver of Ray hears {1 / costs.driver_s_per_event:,.0f} events/s"
            f" ({1e3 * costs.driver_s_per_event:.2f} ms each): enough for"
            f" {1 / costs.driver_s_per_event / events:,.0f} workers with {events:.1f}/s each"
        )


def longest_film(films: Sequence[Priced]) -> str:
    """From how many workers on it is what all others wait for."""
    work_s, longest = sum(one.work_s for one in films), max(films, key=lambda one: one.work_s)
    least_s = max(one.least_s for one in films)
    return (
        f"{len(films):,} films ({work_s / 3600:,.0f} h of work): the longest ({longest.work_s / 3600:.1f} h)"
        f" bounds the end from {work_s / longest.work_s:,.0f} workers on; divided into shots, its first pass"
        f" and join do ({least_s / 3600:.1f} h), from {work_s / least_s:,.0f} on"
    )


def serial_part(film: Priced) -> str:
    """Of one film: what nobody can help with, and where the speed-up ends."""
    serial_s = film.load_s + film.first_pass_s + film.join_s
    scan, settling = film.scan_s / film.work_s, float(film.settling_s.sum()) / film.work_s
    return (
        f"one film of {film.film.frames / RATE / 3600:.1f} h ({film.work_s / 3600:.1f} h of work):"
        f" {serial_s / film.work_s:.1%} is serial (shots {scan:.1%}, memory {settling:.1%}, join"
        f" {film.join_s / film.work_s:.1%}), so no number of workers is more than"
        f" {film.work_s / film.least_s:.1f} times as fast as one; each further worker spends"
        f" {film.opening_s / 60:.1f} min on opening the film"
    )
