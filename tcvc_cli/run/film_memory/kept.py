"""The memory of a film as plain data: which pictures count for which shot, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcvc_cli.run.film_memory.pictures import Pictures
from tcvc_cli.run.film_memory.take_memory import FilmMemory, TakeMemory
from tcvc_cli.run.resume.settled_frames import read_settled
from tcvc_cli.run.resume.work_folder import is_settled_name


@dataclass(frozen=True, slots=True)
class SettledPicture:
    """A frame that was settled: the picture `index` of a `file` in the work folder, which is `frame` of the
    film."""

    name: str
    file: str
    index: int
    frame: int

    def __post_init__(self) -> None:
        if not is_settled_name(self.file) or self.index < 0:
            raise ValueError(f"{self.file} holds no settled frames")


@dataclass(frozen=True, slots=True)
class StartingTake:
    """What is remembered for the take that begins at frame `start`."""

    start: int
    memory: TakeMemory


@dataclass(frozen=True, slots=True)
class KeptMemory:
    """Of a film of which nothing is remembered both are empty."""

    takes: tuple[StartingTake, ...] = ()
    settled: tuple[SettledPicture, ...] = ()


NOTHING_KEPT: Final = KeptMemory()


def kept(memory: FilmMemory) -> KeptMemory:
    """What another machine needs, beside the work folder, to remember the same."""
    if memory.pictures is None:
        return NOTHING_KEPT
    takes = tuple(StartingTake(start, one) for start, one in memory.takes.items())
    settled = (
        SettledPicture(name, file.name, index, frame)
        for name, file, index, frame in memory.pictures.settled()
    )
    return KeptMemory(takes, tuple(settled))


def are_settled(memory: KeptMemory, folder: Path) -> bool:
    """Whether all its settled pictures lie in `folder`, as they were written."""
    found = {name: read_settled(folder / name) for name in {one.file for one in memory.settled}}
    counts = {name: 0 if one is None else len(one.frames) for name, one in found.items()}
    return all(one.index < counts[one.file] for one in memory.settled)


def restored(memory: KeptMemory, pictures: Pictures, folder: Path) -> FilmMemory:
    """The memory that was kept; its settled pictures lie in `folder`, and `pictures` knows the others."""
    for one in memory.settled:
        pictures.add_settled(one.name, folder / one.file, one.index, one.frame)
    return FilmMemory({one.start: one.memory for one in memory.takes}, pictures)
