"""Plain arrays on disk that only grow, and an index that says how many items of them are whole.

A killed run goes on after the last item of the index; training may read while they grow.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import UnreadableInput
from tcvc_cli.files import NO_LINK, draft_of
from tcvc_cli.plain import from_json

Layout = Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]]  # shape and kind of one item in each file
_INDEX = "index.jsonl"
T = TypeVar("T")


class GrowingArrays:
    """Those of a folder that is there: a file for each name of `layout`; an item has a line of the index."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        self._folder, self._layout = folder, layout

    def __len__(self) -> int:
        """How many items are whole."""
        return self._index().count(b"\n")

    def lines(self, kind: type[T]) -> list[T]:
        """What the index says of the items that are whole, in order. Raises UnreadableInput."""
        try:
            return [from_json(kind, line) for line in self._index().splitlines()]
        except ValueError as error:
            raise _damaged(self._folder) from error

    def _index(self) -> bytes:
        """Its whole lines; a kill may have left half of one."""
        path = self._folder / _INDEX
        held = path.read_bytes() if path.exists() else b""
        return held[: held.rfind(b"\n") + 1]

    def mapped(self, count: int) -> dict[str, NDArray[Any]]:
        """The first `count` items, at least one, mapped into memory, by the names of the files. Raises
        UnreadableInput where they are not all there."""
        try:
            return {
                name: np.memmap(self._folder / name, kind, "r", shape=(count, *shape))
                for name, (shape, kind) in self._layout.items()
            }
        except (OSError, ValueError) as error:
            raise _damaged(self._folder) from error

    def append(self, lines: Sequence[str], arrays: Sequence[NDArray[Any]]) -> None:
        """Write a batch: `arrays`, in the order of the layout, at their places, and then the index."""
        at = len(self)
        for (name, (shape, kind)), values in zip(self._layout.items(), arrays, strict=True):
            path = self._folder / name
            with open(os.open(path, os.O_RDWR | os.O_CREAT | NO_LINK, 0o666), "r+b") as file:
                file.seek(at * int(np.prod(shape)) * kind.itemsize)
                file.write(np.ascontiguousarray(values, kind).tobytes())
        handle = os.open(self._folder / _INDEX, os.O_WRONLY | os.O_CREAT | os.O_APPEND | NO_LINK, 0o666)
        with open(handle, "ab") as index:
            index.truncate(len(self._index()))
            index.write("".join(line + "\n" for line in lines).encode())


def write_note(path: Path, text: str) -> None:
    """What a folder says of itself, in ASCII; not through a link, and never half."""
    with draft_of(path) as draft:
        draft.write_text(text, "ascii")


def _damaged(folder: Path) -> UnreadableInput:
    return UnreadableInput(f"{folder} is damaged", "Remove it; what it held is computed again.")
