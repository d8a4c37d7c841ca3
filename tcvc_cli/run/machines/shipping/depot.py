"""Where workers that see no disk of ours take files from, and bring others to.

They name nothing but what is on a list: what they take by its number, what they bring by a name that somebody
waits for. One slice at a time goes to each and comes from each, so nothing grows with the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tcvc_cli.errors import InputError, OutputError
from tcvc_cli.files import always, is_plain, plain_draft_of, publish, sha256_of, synchronize, writing

_MOST_SLICE_BYTES: Final = 8 << 20
_LEAST_SLICE_BYTES: Final = 64 << 10
_ON_THE_WAY_BYTES: Final = 20 << 20  # to and from all workers together: a quarter of Ray's smallest store
_AGAIN: Final = "Give the same command again; what is finished is kept."


def slice_bytes_for(workers: int) -> int:
    """How large slices are where so many workers take and bring them at once."""
    return min(_MOST_SLICE_BYTES, max(_LEAST_SLICE_BYTES, _ON_THE_WAY_BYTES // workers))


@dataclass(frozen=True, slots=True)
class Lent:
    """A file that workers take; `modified_ns` is since 1970."""

    name: str
    size_bytes: int
    modified_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file is that a worker has brought."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is `lent`, and where it lies here; and what is wanted in `folder`: how many bytes each file may
    have, in the order in which files that are kept together get their names."""

    lent: Sequence[tuple[Path, Lent]]
    folder: Path
    wanted: Mapping[str, int]
    slice_bytes: int


class Depot(Protocol):
    """`slice_bytes` is how much a worker brings at once, and the most that it is given."""

    @property
    def slice_bytes(self) -> int: ...

    def listing(self) -> tuple[Lent, ...]:
        """What can be taken."""
        ...

    def take(self, number: int, offset: int) -> bytes:
        """From the file at this place of the list. Raises InputError where it is another by now."""
        ...

    def bring(self, name: str, offset: int, content: bytes) -> None:
        """A slice of a file; offset 0 begins it again. Raises OutputError for a name, a size or an order that
        nobody asked for, and what `writing` does."""
        ...

    def keep(self, files: Sequence[Brought]) -> None:
        """Complete files get their names, all or none. Raises OutputError for what came otherwise."""
        ...

    def kept(self, names: Sequence[str]) -> frozenset[str]:
        """Those that somebody has brought before."""
        ...


class DepotHere:
    """In the process that has the files."""

    def __init__(self, shipment: Shipment) -> None:
        self._shipment = shipment
        self._order = {name: number for number, name in enumerate(shipment.wanted)}
        self._drafts: dict[str, Path] = {}
        self._held: dict[str, ExitStack] = {}
        self._kept = set[str]()

    @property
    def slice_bytes(self) -> int:
        return self._shipment.slice_bytes

    def listing(self) -> tuple[Lent, ...]:
        return tuple(one for _, one in self._shipment.lent)

    def take(self, number: int, offset: int) -> bytes:
        path, one = self._shipment.lent[number]
        try:
            with path.open("rb") as file:
                stat = path.stat()
                if (stat.st_size, stat.st_mtime_ns) != (one.size_bytes, one.modified_ns):
                    raise InputError(f"{path} has changed while machines took it", _AGAIN)
                file.seek(offset)
                return file.read(self.slice_bytes)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error

    def bring(self, name: str, offset: int, content: bytes) -> None:
        most = self._shipment.wanted.get(name)
        if most is None:
            raise OutputError(f"a worker brings {name!r}, which nobody asked for")
        if len(content) > self.slice_bytes or offset + len(content) > most:
            raise OutputError(f"a worker brings more of {name} than it can have")
        if offset == 0:
            self._begin(name)
        draft = self._drafts.get(name)
        if draft is None or draft.stat().st_size != offset:
            raise OutputError(f"slices of {name} come in another order", _AGAIN)
        with writing(self._shipment.folder / name), draft.open("ab") as file:
            file.write(content)

    def keep(self, files: Sequence[Brought]) -> None:
        names = [one.name for one in files]
        try:
            if any(one != self._brought(one.name) for one in files):
                raise OutputError(f"{', '.join(names)} came otherwise than a worker sent it", _AGAIN)
            for name in sorted(names, key=self._order.__getitem__):
                self._name(name)
        finally:
            for name in names:
                self._drop(name)

    def kept(self, names: Sequence[str]) -> frozenset[str]:
        return frozenset(self._kept.intersection(names))

    def close(self) -> None:
        """What is not complete goes."""
        for name in list(self._drafts):
            self._drop(name)

    def _begin(self, name: str) -> None:
        self._drop(name)
        folder, held = self._shipment.folder, ExitStack()
        with writing(folder / name):
            self._drafts[name] = held.enter_context(plain_draft_of(folder / name, folder=folder))
        self._held[name] = held

    def _brought(self, name: str) -> Brought | None:
        draft = self._drafts.get(name)
        if draft is None or not is_plain(draft):
            return None
        return Brought(name, draft.stat().st_size, sha256_of(draft))

    def _name(self, name: str) -> None:
        target, draft = self._shipment.folder / name, self._drafts[name]
        with writing(target):
            synchronize(draft)
            publish(draft, target, may_replace=always)
        self._kept.add(name)

    def _drop(self, name: str) -> None:
        self._drafts.pop(name, None)
        held = self._held.pop(name, None)
        if held is not None:
            held.close()
