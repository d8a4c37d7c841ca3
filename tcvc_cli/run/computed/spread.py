"""The shots of one film on the workers of an executor: what holds for all of them is decided here, and the
film is put together here as well."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from secrets import token_hex

from tcvc_cli.errors import ShotsFailed
from tcvc_cli.run.computed.first_pass import FirstPass
from tcvc_cli.run.computed.shipped import SHIPPED, ShippedTask, sent_files, shipment
from tcvc_cli.run.computed.shots_task import SHOTS, ShotsOutcome, ShotsTask, tasks_of
from tcvc_cli.run.events import Event, FramesDone, SegmentDone
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.machines.choice import depot_on, executor_on
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.resume.unfinished import Unfinished
from tcvc_cli.run.shares.finished import adopt
from tcvc_cli.run.shares.groups import Group, groups_of


def color_spread(
    ready: FirstPass,
    left: Unfinished,
    segments: Sequence[Segment],
    kept: Sequence[Segment],
    machines: Machines,
) -> Generator[Event, None, None]:
    """All segments of the film but those that are kept are made on the machines, and entered in the journal.
    Raises ShotsFailed where some could not be; the others stay."""
    there = {one.id for one in kept}
    groups = [group for group in groups_of(segments) if not group.is_complete(there)]
    if not groups:
        return
    done = sum(one.frame_count for one in kept)
    with executor_on(machines) as executor:
        tasks = _tasks(ready, left, groups, executor.workers)
        if machines.is_shipped:
            files, paths = sent_files(ready.plan.options)
            sent, token = shipment(ready, left, paths, groups, executor.workers), token_hex(16)
            with depot_on(machines, sent, token) as depot:
                shipped = (ShippedTask(one, files, depot, token) for one in tasks)
                outcomes = yield from _counted(executor.run(SHIPPED, shipped), done, len(segments))
        else:
            outcomes = yield from _counted(executor.run(SHOTS, tasks), done, len(segments))
    adopt(segments, left.journal)
    _refuse_failed(outcomes)


def _tasks(ready: FirstPass, left: Unfinished, groups: Sequence[Group], workers: int) -> Iterator[ShotsTask]:
    plan = ready.plan
    for run in tasks_of(groups, workers):
        shots = sorted({number for group in run for number in group.shots})
        yield ShotsTask(
            plan.film.path.absolute(),
            plan.output.absolute(),
            left.journal.folder.absolute(),
            left.about.fingerprint,
            tuple(group.key for group in run),
            tuple(shots),
            sum(group.frame_count for group in run),
        )


def _counted(
    events: Generator[Event, None, list[ShotsOutcome]], done_frames: int, segment_count: int
) -> Generator[Event, None, list[ShotsOutcome]]:
    """The events of all workers, as if one had made the parts of the film."""
    done, number = done_frames, 0
    with closing(events):  # before the machines are given back
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                outcomes: list[ShotsOutcome] = end.value
                return outcomes
            if isinstance(event, SegmentDone):
                done, number = done + event.frames, number + 1
                yield FramesDone("colorize", done)
                event = SegmentDone(number, segment_count, event.frames)
            yield event


def _refuse_failed(outcomes: Sequence[ShotsOutcome]) -> None:
    failed = [one for one in outcomes if one.error is not None]
    if failed:
        shots = ", ".join(str(number) for one in failed for number in one.task.shots)
        raise ShotsFailed(f"shots {shots} could not be coloured: {failed[0].error}")
