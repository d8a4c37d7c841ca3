"""Films of other shards for one that has done its own: as far as estimates are wrong, or machines slow or
dead, whoever is free takes what nobody has begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from tcvc_cli.run.batch.find import Found
from tcvc_cli.run.batch.options import Batch
from tcvc_cli.run.machines.deal import longest_first
from tcvc_cli.run.machines.folder.dealt import Known
from tcvc_cli.run.machines.folder.own_films import group_of, key_of
from tcvc_cli.run.machines.folder.report import FoundReport, shard_reports
from tcvc_cli.run.machines.folder.status import FolderStatus
from tcvc_cli.run.machines.shard import Shard


def unbegun(batch: Batch, shard: Shard, known: Known, files: Sequence[Found]) -> Iterator[Found]:
    """Those of `files` that are dealt to others, the longest first; each is looked at when it is asked for.

    Only shards that have written here are helped: one that has not may have results of its own, on another
    disk. Films whose results might get one name are left to their shard.
    """
    begun = _begun(batch, shard.count)
    groups = Counter(group_of(batch.name, film) for film in known)
    helped = begun - {shard.index}
    others = [one for one in files if key_of(one) in known and known[key_of(one)].shard in helped]
    others = [one for one in others if groups[group_of(batch.name, key_of(one))] == 1]
    others.sort(key=lambda one: longest_first(key_of(one), known[key_of(one)].frames))
    status = FolderStatus(batch)
    for one in others:
        if status.of(one).state in ("waiting", "stale"):
            yield one


def _begun(batch: Batch, count: int) -> AbstractSet[int]:
    """The shards of which reports lie beside the results."""
    found = (one for one in shard_reports(batch.search.output) if isinstance(one, FoundReport))
    told = {one.report.shard for one in found}
    return {index for index in range(1, count + 1) if str(Shard(index, count)) in told}
