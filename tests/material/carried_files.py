"""A task that takes all that a depot lends, and brings the first file of it back under another name."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcvc_cli.run.events import Event, Warned
from tcvc_cli.run.machines.executor import Work
from tcvc_cli.run.machines.shipping.depot import Depot
from tcvc_cli.run.machines.shipping.machine_folder import machine_folder
from tcvc_cli.run.machines.shipping.transfer import bring, fetch


@dataclass(frozen=True, slots=True)
class Carry:
    """`back` is the name under which it is brought; `hidden` a folder that nobody there is to see."""

    depot: Depot
    token: str
    back: str
    hidden: Path


def carry(task: Carry) -> Generator[Event, None, str]:
    folder = machine_folder(task.token)
    yield from fetch(task.depot, folder)
    copy = folder / task.back
    copy.write_bytes((folder / task.depot.listing()[0].name).read_bytes())
    bring(task.depot, [copy])
    return f"sees {task.hidden.exists()}"


def failed(task: Carry, error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def known(task: Carry) -> str | None:
    return None


def started(task: Carry) -> Event:
    return Warned("started")


def ended(outcome: str) -> Event:
    return Warned(outcome)


def told(task: Carry, event: Event) -> Event:
    return event


CARRY: Final[Work[Carry, str]] = Work(carry, failed, known, started, ended, told)
