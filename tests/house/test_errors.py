"""The error tree that is drawn at the top of errors.py is the one that the classes make."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tcvc_cli import errors
from tcvc_cli.errors import TcvcError

_ROW = re.compile(r"^ {4}(?P<lead>[│├└─ ]*)(?P<name>[A-Z]\w+)(?: +(?P<code>\d+))?(?: {2,}(?P<words>\S.*))?$")
_STEP = len("├── ")


def drawn() -> Iterator[tuple[str, str | None, int]]:
    """(class, the class it stands under, its exit code: its own or that of the one above)."""
    above: list[tuple[str, int]] = []
    for line in (errors.__doc__ or "").splitlines():
        if (row := _ROW.match(line)) is None:
            continue
        del above[len(row["lead"]) // _STEP :]
        parent, inherited = above[-1] if above else (None, None)
        code = inherited if row["code"] is None else int(row["code"])
        assert code is not None, f"no exit code is drawn for {row['name']}"
        above.append((row["name"], code))
        yield row["name"], parent, code


def classes(
    kind: type[TcvcError] = TcvcError, parent: str | None = None
) -> Iterator[tuple[str, str | None, int]]:
    yield kind.__name__, parent, kind.exit_code
    for one in kind.__subclasses__():
        if one.__module__ == errors.__name__:
            yield from classes(one, kind.__name__)


def test_the_drawing_shows_every_class_with_its_place_and_its_code() -> None:
    assert sorted(drawn(), key=str) == sorted(classes(), key=str)


@pytest.mark.parametrize("code", sorted({code for _, _, code in classes()}))
def test_a_code_is_drawn_once(code: int) -> None:
    """What stands under a class has its code; no two branches share one."""
    owners = [name for name, parent, own in drawn() if own == code and (parent, code) not in _own_codes()]
    assert len(owners) == 1, owners


def _own_codes() -> set[tuple[str | None, int]]:
    return {(name, code) for name, _, code in classes()}
