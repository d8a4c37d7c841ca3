"""What is kept with its own SHA-256, under the name that it is kept for: what was damaged, cut off or put in
another's place is not taken for what was written.

A seal is no signature. It holds against disks and hands, not against somebody who makes a seal anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from tcvc_cli.plain import from_plain, read_json, to_json, to_plain

T = TypeVar("T")
_DIGITS: Final = 64
_CONTENT, _SEAL = "content", "sha256"


def sealed(value: Any, name: str) -> str:
    """JSON of a record, or of any value that may stand in one, and its seal under `name`."""
    plain = to_plain(value)
    return to_json({_CONTENT: plain, _SEAL: _digest(to_json(plain).encode(), name)})


def unsealed(kind: type[T], text: str | bytes, name: str) -> T:
    """The record that `sealed` was given. Raises ValueError for anything else."""
    found = read_json(text)
    if not isinstance(found, Mapping) or found.keys() != {_CONTENT, _SEAL}:
        raise ValueError("it has no seal")
    content = found[_CONTENT]
    if found[_SEAL] != _digest(to_json(content).encode(), name):
        raise ValueError("it is not as it was written")
    return from_plain(kind, content)


def sealed_bytes(content: bytes, name: str) -> bytes:
    """The seal goes before the content, so that nothing is made of the content before it was checked."""
    return _digest(content, name).encode() + content


def unsealed_bytes(content: bytes, name: str) -> bytes:
    """Raises ValueError for what `sealed_bytes` did not make for this name."""
    inside = content[_DIGITS:]
    if content[:_DIGITS] != _digest(inside, name).encode():
        raise ValueError("it is not as it was written")
    return inside


def _digest(content: bytes, name: str) -> str:
    digest = hashlib.sha256(name.encode())
    digest.update(b"\0")
    digest.update(content)
    return digest.hexdigest()
