"""Text as roff has it, with the macros of man(7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_SIGNS: Final = {
    "\\": r"\e",
    "-": r"\-",  # else a hyphen, which nobody can copy into a shell
    '"': r"\(dq",
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
}
_BREAK: Final = re.compile(r"\s+")


def escaped(text: str) -> str:
    """On one line; nothing in it is taken for an escape."""
    return "".join(_sign(one) for one in _BREAK.sub(" ", text).strip())


def line(text: str) -> str:
    """A line of text, which is no request, whatever it begins with."""
    said = escaped(text)
    return rf"\&{said}" if said.startswith(".") else said


def section(title: str) -> str:
    return f'.SH "{escaped(title)}"'


def part(title: str) -> str:
    return f'.SS "{escaped(title)}"'


def item(heading: str, text: str) -> list[str]:
    """What is set apart, in bold, and below it what it means."""
    return [".TP", f'.B "{escaped(heading)}"', line(text) if text.strip() else r"\&"]


def literal(lines: Iterable[str]) -> list[str]:
    """As it stands, indented."""
    return [".RS 4", ".nf", *(line(one) for one in lines), ".fi", ".RE"]


def _sign(one: str) -> str:
    if one in _SIGNS:
        return _SIGNS[one]
    return one if one.isascii() else rf"\[u{ord(one):04X}]"
