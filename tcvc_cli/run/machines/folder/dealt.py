"""The deal of a folder's films, on the disk that all shards see: whoever comes first writes it.

Shards that start at different times may find different films. So each takes the deal that is there, and deals
only what is new on top of it, in the next generation, whose name only one of them gets:
`deal-of-8.000002.json` holds what `deal-of-8.000001.json` does not.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tcvc_cli.errors import OutputError, OutputExists
from tcvc_cli.files import draft_of
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.run.machines.deal import deal
from tcvc_cli.run.machines.folder.shared import make_shared_folder, read_shared, shared_folder
from tcvc_cli.run.machines.shard import MOST_SHARDS

_NAMED = re.compile(r"deal-of-(\d{1,5})\.(\d{6})\.json", re.ASCII)
_FIRST: Final = 1
_PATIENCE_S: Final = 60.0  # a disk on the network may show a new name so late
_PAUSE_S: Final = 0.2

Group = Callable[[str], str]
Frames = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DealtFilm:
    """`film` is the path below the folder that is mirrored, with slashes: a name that is the same on every
    machine, by which nothing is opened."""

    film: str
    shard: int
    frames: int

    def __post_init__(self) -> None:
        if self.frames < 0:
            raise ValueError("no film has less than 0 frames")


@dataclass(frozen=True, slots=True)
class Generation:
    """One file of the deal."""

    count: int
    films: tuple[DealtFilm, ...]
    tool: Literal["tcvc"] = "tcvc"
    schema: Literal[1] = 1

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_SHARDS or any(not 1 <= one.shard <= self.count for one in self.films):
            raise ValueError(f"it deals with a shard that is none of {self.count}")


Known = Mapping[str, DealtFilm]


class Dealt:
    """The films of an output folder among `count` shards."""

    def __init__(self, output: Path, count: int) -> None:
        self._output, self._count = output, count
        self._next = _FIRST
        self._films: dict[str, DealtFilm] = {}

    def look(self) -> Known:
        """All that is dealt by now, the first that was said of each. Raises OutputError for a file that is no
        deal."""
        for generation in iter(self._following, None):
            self._films = {one.film: one for one in generation.films} | self._films
            self._next += 1
        return self._films

    def agree(self, frames: Frames, group: Group) -> Known:
        """With every film of `frames` in it; what is new is dealt and written. Films of the same `group` go
        to one shard. Raises OutputError or MediaError."""
        until = time.monotonic() + _PATIENCE_S
        while True:
            known = self.look()
            fresh = on_top(known, frames, self._count, group)
            if not fresh:
                return known
            if not self._write(fresh) and not self._path().is_file():
                if time.monotonic() > until:
                    raise OutputError(f"{self._path()} is there and cannot be seen", "Try again later.")
                time.sleep(_PAUSE_S)

    def _following(self) -> Generation | None:
        text = read_shared(self._path())
        if text is None:
            return None
        try:
            found = from_json(Generation, text)
            if found.count == self._count:
                return found
            raise ValueError(f"it is of {found.count} shards")
        except ValueError as error:
            advice = "Remove its folder while no shard runs; what is coloured stays."
            raise OutputError(f"{self._path()} is no deal: {error}", advice) from error

    def _write(self, films: Sequence[DealtFilm]) -> bool:
        """False where another shard was quicker."""
        make_shared_folder(self._output)
        try:
            with draft_of(self._path()) as draft:
                draft.write_text(to_json(Generation(self._count, tuple(films))), "ascii")
        except OutputExists:
            return False
        return True

    def _path(self) -> Path:
        return shared_folder(self._output) / f"deal-of-{self._count}.{self._next:06d}.json"


def on_top(known: Known, frames: Frames, count: int, group: Group) -> list[DealtFilm]:
    """Shards for the films that are not `known`, in order of their names."""
    groups = {film: group(film) for film in {**known, **frames}}
    lengths, kept = dict[str, int](), dict[str, int]()
    for film, its in groups.items():
        length = known[film].frames if film in known else frames[film]
        lengths[its] = lengths.get(its, 0) + length
        if film in known:
            kept.setdefault(its, known[film].shard)
    shards = deal(lengths, count, kept)
    return [DealtFilm(film, shards[groups[film]], frames[film]) for film in sorted(frames.keys() - known)]


def newest_deal(output: Path) -> tuple[int, Known]:
    """Of the deals among other numbers of shards that was written last: how many, and all that is dealt; 0
    where there is none. Raises OutputError."""
    count = max(_counts(shared_folder(output)), default=(0.0, 0))[1]
    return deal_among(count, output) if count else (0, {})


def deal_among(count: int, output: Path) -> tuple[int, Known]:
    """The same of so many shards. Raises OutputError."""
    return count, Dealt(output, count).look()


def _counts(folder: Path) -> Iterator[tuple[float, int]]:
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in folder.iterdir():
        found = _NAMED.fullmatch(path.name)
        if found and path.is_file() and 1 <= int(found[1]) <= MOST_SHARDS:
            yield path.stat().st_mtime, int(found[1])
