"""Draws the events of a run: a moving bar on a terminal, plain lines elsewhere, NDJSON, or nothing."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Final, Protocol

from tcvc_cli.cli.console import console_for_people, is_verbose
from tcvc_cli.cli.ndjson import write_event
from tcvc_cli.cli.pace import Standing, Watch
from tcvc_cli.cli.process.signals import raise_if_stopped
from tcvc_cli.cli.telling import say_found, write_start
from tcvc_cli.cli.wording import details_of, lines_of, plan_lines, warnings_in
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.events import Event, FilmProbed, FramesDone, Planned, Resumed, Stage, StageStarted

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
    "proof": "proving",
}
# The others count shots, pictures or samples.
COUNTS_FRAMES: Final[frozenset[Stage]] = frozenset(
    (
        "shots",
        "references",
        "export",
        "colors",
        "stabilize",
        "compare",
        "colorize",
        "grade",
        "remux",
        "proof",
    )
)
_SILENT_S: Final = 30.0
_LEAST_S: Final = 1.0


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


class Steps(Warnings):
    """A line for every step worth telling; what it shows between them it takes from `standing`."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(console)
        self.clock, self.watch, self.lock = clock, Watch(), threading.Lock()

    def show(self, event: Event) -> None:
        with self.lock:
            self.watch.see(event, self.clock())
        super().show(event)

    def lines(self, event: Event) -> list[str]:
        return [*lines_of(event), *(details_of(event) if is_verbose() else ())]

    def standing(self) -> Standing | None:
        """At this very moment; any thread may ask."""
        with self.lock:
            return self.watch.standing(self.clock())


class Lines(Steps):
    """And a line now and then for how far the stage is: whenever another tenth of it is done, though not more
    than one a second, or when nothing was said for half a minute."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(console, clock)
        self.said_s, self.tenths = clock(), 0
        self.telling = threading.Lock()

    def show(self, event: Event) -> None:
        with self.telling:
            super().show(event)
            if isinstance(event, StageStarted | Resumed):  # what an earlier run did is no news
                self.tenths = tenths_of(self.standing())
            if isinstance(event, StageStarted) or self.lines(event):
                self.said_s = self.clock()
        self.tell()

    def tell(self) -> None:
        """Says how far the stage is, if it is time. Another thread calls this too: events may be rare."""
        with self.telling:
            standing, silent_s = self.standing(), self.clock() - self.said_s
            if standing is None or standing.total == 1:
                return
            tenths = tenths_of(standing)
            if silent_s >= _SILENT_S or (tenths > self.tenths and silent_s >= _LEAST_S):
                self.said_s, self.tenths = self.clock(), tenths
                self.console.print(standing_line(standing))


class Bar(Steps):
    """And a bar below the lines: what is done, how many frames, how fast, how long so far and still."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(console, clock)
        self.began_s = clock()
        self.progress = bar_on(self)

    def show(self, event: Event) -> None:
        super().show(event)
        standing = self.standing()
        for task in self.progress.tasks:  # a total that is not known any more cannot be taken from a task
            if standing is None or isinstance(event, StageStarted) or task.total != standing.total:
                self.progress.remove_task(task.id)
        if standing is None:
            return
        title = standing.shot or STAGE_TITLES[standing.stage]
        if not self.progress.task_ids:
            self.progress.add_task(title, total=standing.total)
        for task_id in self.progress.task_ids:
            self.progress.update(task_id, description=title, completed=standing.done)

    def figures(self) -> list[str]:
        """At this very moment, which the thread that draws asks for: how fast, how long so far and still."""
        standing = self.standing()
        if standing is None:
            return ["", "", ""]
        return [rate_words(standing), clock_words(self.clock() - self.began_s), left_words(standing)]


def tenths_of(standing: Standing | None) -> int:
    """How many tenths of the stage are done; 0 where nobody knows."""
    return 10 * standing.done // standing.total if standing is not None and standing.total else 0


def rate_words(standing: Standing) -> str:
    """For example `12.3 frames/s`; nothing before the first frame."""
    unit = "frames/s" if standing.stage in COUNTS_FRAMES else "/s"
    return "" if standing.rate is None else f"{standing.rate:.1f} {unit}"


def left_words(standing: Standing) -> str:
    """For example `0:01:05 left`, or `0:00:12 left of this step`; nothing where nothing was measured."""
    if standing.left_s is None:
        return ""
    of_what = "" if standing.is_left_of_all else " of this step"
    return f"{clock_words(standing.left_s)} left{of_what}"


def clock_words(seconds: float) -> str:
    """`0:01:05`."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def standing_line(standing: Standing) -> str:
    """For example `shot 2 of 4: 48 of 192 (25 %), 12.3 frames/s, 0:01:05 left`."""
    title = ", ".join(filter(None, (STAGE_TITLES[standing.stage], standing.shot)))
    count = f"{standing.done}"
    if standing.total is not None:
        count += f" of {standing.total} ({100 * standing.done // standing.total} %)"
    return ", ".join(filter(None, (f"{title}: {count}", rate_words(standing), left_words(standing))))


def bar_on(bar: Bar) -> Progress:
    """An empty bar, drawn four times a second by a thread of its own."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        TextColumn,
    )
    from rich.table import Column
    from rich.text import Text

    class Figure(ProgressColumn):
        def __init__(self, index: int) -> None:
            super().__init__(Column(no_wrap=True))
            self.index = index

        def render(self, task: Task) -> Text:
            return Text(bar.figures()[self.index])

    what = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True))
    drawn = BarColumn(bar_width=None, table_column=Column(max_width=40))
    count = MofNCompleteColumn(table_column=Column(no_wrap=True))
    columns = (SpinnerColumn(), what, drawn, count, *map(Figure, range(3)))
    return Progress(*columns, console=bar.console, transient=True, refresh_per_second=4)


@contextmanager
def bar_of_shots(total_frames: int = 0) -> Iterator[Callable[[int], None]]:
    """For commands that print no steps: takes how many frames were looked at for shots, of `total_frames`, 0
    where nobody knows. A bar on a terminal, as soon as there is a frame; nothing elsewhere."""
    console = console_for_people()
    if not console.is_terminal:
        yield lambda _: None
        return
    bar = Bar(console)
    bar.watch.see(StageStarted("shots", total_frames), bar.clock())
    with bar.progress:
        yield lambda frames: bar.show(FramesDone("shots", frames))


@contextmanager
def every_second(act: Callable[[], None]) -> Iterator[None]:
    """Calls `act` in another thread each second while the block runs."""
    is_over = threading.Event()

    def run() -> None:
        while not is_over.wait(1.0):
            act()

    thread = threading.Thread(target=run, name="every second", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def draw(events: Iterable[Event], *, is_json: bool, is_quiet: bool) -> None:
    """Runs through `events` and draws each where it belongs."""
    say_found()
    drawing, held = drawing_for(is_json=is_json, is_quiet=is_quiet)
    with held:
        for event in events:
            raise_if_stopped()
            drawing.show(event)


def drawing_for(*, is_json: bool, is_quiet: bool) -> tuple[Drawing, AbstractContextManager[object]]:
    """A drawing, and what has to be held open while it draws."""
    if is_json:
        return JsonLines(), nullcontext()
    console = console_for_people()
    if is_quiet:
        return Warnings(console), nullcontext()
    if not console.is_terminal:
        lines = Lines(console)
        return lines, every_second(lines.tell)
    bar = Bar(console)
    return bar, bar.progress
