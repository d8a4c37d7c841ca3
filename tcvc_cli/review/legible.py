"""Names on pages, whatever they hold."""

from __future__ import annotations

import unicodedata
from typing import Final

_UNSEEN: Final = ("Cc", "Cs")  # control signs, and bytes of a name that are no text
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def legible(name: str) -> str:
    """With what cannot be shown, or written as UTF-8, spelled out. It belongs into `<bdi>`."""
    return "".join(
        sign.encode("unicode_escape").decode("ascii") if unicodedata.category(sign) in _UNSEEN else sign
        for sign in name
    )


def spelled_out(name: str) -> str:
    """As `legible`, for where no `<bdi>` is: signs that turn the text around them are spelled out too."""
    return "".join(
        sign.encode("unicode_escape").decode("ascii") if sign in _TURNING else sign for sign in legible(name)
    )
