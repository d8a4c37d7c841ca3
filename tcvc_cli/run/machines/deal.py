"""Work dealt among shards: the longest first, each to the shard that has the least so far."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from tcvc_cli.run.machines.shard import MOST_SHARDS

Length = int | Fraction
_NOTHING: Mapping[str, int] = MappingProxyType({})


def deal(lengths: Mapping[str, Length], count: int, kept: Mapping[str, int] = _NOTHING) -> Mapping[str, int]:
    """The shard of every key, 1 to `count`; the same one whatever the order of `lengths`.

    `lengths` are in any one unit, 0 where a length is not known. Those that `kept` names stay in its shards,
    and the others come on top. Of equal lengths the one goes first whose key has the lower SHA-256; of shards
    with equally much the one that has fewer keys, then the lower. No shard has more than the best deal's
    fullest one and the longest piece, when nothing is kept. Raises ValueError for a count, a length or a kept
    shard that cannot be.
    """
    if not 1 <= count <= MOST_SHARDS or any(length < 0 for length in lengths.values()):
        raise ValueError(f"{count} shards of these lengths cannot be; 1 to {MOST_SHARDS} of 0 and more can")
    dealt = {key: kept[key] for key in lengths if key in kept}
    if not all(1 <= shard <= count for shard in dealt.values()):
        raise ValueError(f"something is kept in a shard that is none of {count}")
    heap = _loads(lengths, count, dealt)
    for key in sorted(lengths.keys() - dealt.keys(), key=lambda key: longest_first(key, lengths[key])):
        load, keys, shard = heap[0]
        dealt[key] = shard
        heapq.heapreplace(heap, (load + lengths[key], keys + 1, shard))
    return MappingProxyType(dealt)


def longest_first(key: str, length: Length) -> tuple[Length, bytes]:
    """What to sort by; the same on every machine."""
    return -length, hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _loads(
    lengths: Mapping[str, Length], count: int, dealt: Mapping[str, int]
) -> list[tuple[Length, int, int]]:
    """How much each shard has, in how many keys, and its number: a heap."""
    loads: list[tuple[Length, int]] = [(0, 0)] * count
    for key, shard in dealt.items():
        load, keys = loads[shard - 1]
        loads[shard - 1] = load + lengths[key], keys + 1
    heap = [(load, keys, shard) for shard, (load, keys) in enumerate(loads, 1)]
    heapq.heapify(heap)
    return heap
