"""ICC profiles made by hand (ICC.1:2001-04): three colorants and the curve of sRGB."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from tcvc_cli.color.lab import linear_from_signal

# sRGB's colorants, adapted to D50.
RED, GREEN, BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
_D50 = (0.9642, 1.0, 0.8249)


def rgb_profile(colorants: Sequence[tuple[float, float, float]]) -> bytes:
    """Of a display whose red, green and blue are `colorants` (XYZ)."""
    curve = _curve()
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz(_D50),
        **{name: _xyz(one) for name, one in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True)},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    table, data, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", offset + len(data), len(content))
        data += padded
    body = table + data
    header = struct.pack(">I4sI4s4s4s", 128 + len(body), b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2024, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + _numbers(_D50)
    return header.ljust(128, b"\0") + body


def _numbers(values: Sequence[float]) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(65536 * one) for one in values))


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + _numbers(values)


def _curve() -> bytes:
    steps = np.rint(65535 * linear_from_signal(np.linspace(0, 1, 1024))).astype(int).tolist()
    return b"curv\0\0\0\0" + struct.pack(">I1024H", len(steps), *steps)
