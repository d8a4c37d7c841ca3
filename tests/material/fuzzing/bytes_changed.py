"""Damage that knows nothing of what the bytes mean: what disks, cables and careless programs do."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Change = Callable[[Random, bytes], bytes]
LONGEST_PIECE = 4096


def piece(chance: Random, data: bytes) -> slice:
    """Somewhere, short more often than long."""
    length = 1 + int(min(len(data), LONGEST_PIECE) * chance.random() ** 3)
    start = chance.randrange(max(1, len(data) - length + 1))
    return slice(start, min(start + length, len(data)))


def replaced(data: bytes, place: slice, by: bytes) -> bytes:
    return data[: place.start] + by + data[place.stop :]


def bits_flipped(chance: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 8, 64))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def bytes_changed(chance: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 4, 32, 256))):
        changed[chance.randrange(len(changed))] = chance.choice(
            (0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256))
        )
    return bytes(changed)


def zeroed(chance: Random, data: bytes) -> bytes:
    place = piece(chance, data)
    return replaced(data, place, bytes(place.stop - place.start))


def noise(chance: Random, data: bytes) -> bytes:
    place = piece(chance, data)
    return replaced(data, place, chance.randbytes(place.stop - place.start))


def truncated(chance: Random, data: bytes) -> bytes:
    return data[: int(len(data) * chance.choice((chance.random(), 0.5 + chance.random() / 2, 0.99)))]


def beheaded(chance: Random, data: bytes) -> bytes:
    return data[piece(chance, data).start :]


def doubled(chance: Random, data: bytes) -> bytes:
    place = piece(chance, data)
    return replaced(data, place, data[place] * chance.choice((2, 2, 5)))


def removed(chance: Random, data: bytes) -> bytes:
    return replaced(data, piece(chance, data), b"")


def inserted(chance: Random, data: bytes) -> bytes:
    place = piece(chance, data)
    return data[: place.start] + chance.randbytes(place.stop - place.start) + data[place.start :]


def swapped(chance: Random, data: bytes) -> bytes:
    first, second = sorted((piece(chance, data), piece(chance, data)), key=lambda one: one.start)
    if first.stop > second.start:
        return doubled(chance, data)
    between = data[first.stop : second.start]
    return data[: first.start] + data[second] + between + data[first] + data[second.stop :]


def with_extreme_number(chance: Random, data: bytes) -> bytes:
    """Two, four or eight bytes become the least, the greatest or a negative number."""
    width = chance.choice((2, 4, 4, 8))
    start = chance.randrange(max(1, len(data) - width))
    number = chance.choice((0, 1, 2 ** (8 * width - 1) - 1, 2 ** (8 * width - 1), 2 ** (8 * width) - 1))
    return replaced(
        data, slice(start, start + width), number.to_bytes(width, chance.choice(("big", "little")))
    )


BLIND: tuple[Change, ...] = (
    bits_flipped,
    bytes_changed,
    zeroed,
    noise,
    truncated,
    beheaded,
    doubled,
    removed,
    inserted,
    swapped,
    with_extreme_number,
)
