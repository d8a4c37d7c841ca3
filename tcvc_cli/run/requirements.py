"""The libraries that tcvc stands on, and whether their versions are those that it was tested with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

DISTRIBUTION = "tcvc"


@dataclass(frozen=True, slots=True)
class Library:
    """`version` is None where the library is not installed; `tested` is a range such as `<19,>=18.1`."""

    name: str
    version: str | None
    tested: str
    is_tested: bool

    def __str__(self) -> str:
        return f"{self.name} {self.version or 'is missing'}"


def libraries() -> Iterator[Library]:
    """In the order of pyproject.toml, without the extras. Raises PackageNotFoundError when tcvc itself was
    not installed, so that nothing tells what was tested."""
    for text in requires(DISTRIBUTION) or ():
        required = Requirement(text)
        if required.marker is None or required.marker.evaluate({"extra": ""}):
            found = _version(required.name)
            is_tested = found is not None and required.specifier.contains(found, prereleases=True)
            yield Library(required.name, found, str(required.specifier), is_tested)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
