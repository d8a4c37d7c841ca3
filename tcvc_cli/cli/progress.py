"""Draws the events of a run: a moving bar on a terminal, plain lines elsewhere, NDJSON, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

from tcvc_cli.cli.console import console_for_people, is_verbose
from tcvc_cli.cli.ndjson import write_event
from tcvc_cli.cli.telling import write_start
from tcvc_cli.cli.wording import details_of, lines_of, plan_lines, warnings_in
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.events import (
    Event,
    FilmProbed,
    FramesDone,
    Planned,
    ShotsFound,
    ShotStarted,
    Stage,
    StageStarted,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, Task
    from rich.text import Text

STAGE_TITLES: Mapping[Stage, str] = {
    "shots": "looking for shots",
    "references": "comparing references",
    "memory": "settling colours",
    "coverage": "looking at what is explained",
    "export": "writing frames",
    "colors": "looking through the colours",
    "stabilize": "steadying",
    "palettes": "colouring shots",
    "sheet": "laying out shots",
    "compare": "setting side by side",
    "choosing": "comparing shots",
    "review": "looking at shots",
    "colorize": "colouring",
    "grade": "grading",
    "remux": "writing",
}


class Drawing(Protocol):
    """Takes the events of one run, in order."""

    def show(self, event: Event) -> None: ...


class JsonLines:
    """Every event, as it comes, on stdout, behind a line that says by which schema."""

    def __init__(self) -> None:
        write_start()

    def show(self, event: Event) -> None:
        write_event(event, sys.stdout)


class Warnings:
    """Only what the user must know; a plan is still printed, since it was asked for."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.film: FilmInfo | None = None

    def show(self, event: Event) -> None:
        if isinstance(event, FilmProbed):
            self.film = event.film
        if isinstance(event, Planned) and self.film is not None:
            print("\n".join(plan_lines(event, self.film)), flush=True)
        for line in self.lines(event):
            self.console.print(line)

    def lines(self, event: Event) -> list[str]:
        return warnings_in(event)


class Lines(Warnings):
    """A line for every step worth telling."""

    def lines(self, event: Event) -> list[str]:
        return [*lines_of(event), *(details_of(event) if is_verbose() else ())]


class Bar(Lines):
    """The same lines, above a bar with shots, frames, frames per second and time left."""

    def __init__(self, console: Console, progress: Progress) -> None:
        super().__init__(console)
        self.progress = progress
        self.shot_count = 0

    def show(self, event: Event) -> None:
        super().show(event)
        match event:
            case StageStarted():
                self.start(STAGE_TITLES[event.stage], event.total_frames)
            case ShotsFound():
                self.shot_count = len(event.shots)
            case ShotStarted():
                self.retitle(f"shot {event.number} of {self.shot_count}")
            case FramesDone():
                self.move(event.frames)

    def start(self, title: str, total_frames: int) -> None:
        for task in self.progress.task_ids:
            self.progress.remove_task(task)
        self.progress.add_task(title, total=total_frames or None)

    def retitle(self, title: str) -> None:
        for task in self.progress.task_ids:
            self.progress.update(task, description=title)

    def move(self, frames: int) -> None:
        for task in self.progress.task_ids:
            self.progress.update(task, completed=frames)


def bar_on(console: Console) -> Progress:
    """An empty bar; its columns: what, bar, frames, frames per second, time left."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.1f} frames/s" if speed else "")

    what = TextColumn("{task.description}", markup=False)
    columns = (what, BarColumn(), MofNCompleteColumn(), Speed(), TimeRemainingColumn(compact=True))
    return Progress(*columns, console=console, transient=True)


def draw(events: Iterable[Event], *, is_json: bool, is_quiet: bool) -> None:
    """Runs through `events` and draws each where it belongs."""
    drawing, held = drawing_for(is_json=is_json, is_quiet=is_quiet)
    with held:
        for event in events:
            drawing.show(event)


def drawing_for(*, is_json: bool, is_quiet: bool) -> tuple[Drawing, AbstractContextManager[object]]:
    """A drawing, and what has to be held open while it draws."""
    if is_json:
        return JsonLines(), nullcontext()
    console = console_for_people()
    if is_quiet:
        return Warnings(console), nullcontext()
    if not console.is_terminal:
        return Lines(console), nullcontext()
    progress = bar_on(console)
    return Bar(console, progress), progress
