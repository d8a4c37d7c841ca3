"""Damage to files that people and programs write as text: JSON, TOML, CSV, EDL, lists."""

from __future__ import annotations

import re
from random import Random

from tests.material.fuzzing.bytes_changed import Change, bits_flipped, piece, removed, replaced, truncated

_NUMBER = re.compile(rb"-?\d+(\.\d+)?")
_STRING = re.compile(rb'"[^"\n]*"')
EXTREMES = (
    b"-1",
    b"0",
    b"1e999",
    b"-1e999",
    b"nan",
    b"inf",
    b"NaN",
    b"-0.0",
    b"9" * 30,
    b"9" * 5000,
    b"2147483648",
    b"-9223372036854775809",
    b"true",
    b"null",
    b"[]",
    b"{}",
    b'"x"',
    b"",
)
TEXTS = (
    b'""',
    b'"\\u0000"',
    b'"\\ud800"',
    b'"../../../../etc/passwd"',
    b'"/dev/zero"',
    b'"\\u001b[2J"',
    b'"' + b"x" * 70000 + b'"',
    b"0",
    b"true",
    b"null",
    b"[1, 2]",
    b'{"a": 1}',
    b'"\xff\xfe"',
)


def _with(chance: Random, data: bytes, pattern: re.Pattern[bytes], others: tuple[bytes, ...]) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return removed(chance, data)
    one = chance.choice(found)
    return replaced(data, slice(*one.span()), chance.choice(others))


def number_changed(chance: Random, data: bytes) -> bytes:
    return _with(chance, data, _NUMBER, EXTREMES)


def string_changed(chance: Random, data: bytes) -> bytes:
    return _with(chance, data, _STRING, TEXTS)


def line_changed(chance: Random, data: bytes) -> bytes:
    """Lost, doubled, moved to the end, or without its end."""
    lines = data.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    kind = chance.randrange(4)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[at])
    elif kind == 2:
        lines.append(lines.pop(at))
    else:
        lines[at] = lines[at].rstrip(b"\r\n")
    return b"".join(lines)


def nested(chance: Random, data: bytes) -> bytes:
    """Brackets without end, where a value may stand."""
    deep = chance.choice((b"[", b'{"a":', b"(", b"[[")) * chance.choice((50, 5000, 100_000))
    return _with(chance, data, _NUMBER, (deep,))


def recoded(chance: Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    return chance.choice(
        (
            text.encode("utf-16"),
            text.encode("utf-32"),
            b"\xef\xbb\xbf" + data,
            data.replace(b"\n", b"\r"),
            data.replace(b"\n", b"\r\n"),
            data.replace(b" ", b"\0"),
            data + b"\x1a\0\0\0",
            b"",
            b"\n" * 70000,
        )
    )


def odd_character(chance: Random, data: bytes) -> bytes:
    at = piece(chance, data).start
    odd = chance.choice(
        (b"\0", b"\x1b[31m", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"'", b'"', b"\\", b"#", b"=")
    )
    return data[:at] + odd + data[at:]


TEXT: tuple[Change, ...] = (
    number_changed,
    number_changed,
    string_changed,
    line_changed,
    nested,
    recoded,
    odd_character,
    removed,
    truncated,
    bits_flipped,
)
