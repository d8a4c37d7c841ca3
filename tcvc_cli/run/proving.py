"""A proof on the terms that the sidecar beside a result states: what it says was dropped is accounted for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tcvc_cli.measure.check import Check, judged
from tcvc_cli.measure.luma_proof import FLOOR_DB
from tcvc_cli.measure.proof import Proof, Terms, compare
from tcvc_cli.run.sidecar import file_sha256, sidecar_path


@dataclass(frozen=True, slots=True)
class Statement:
    """What a sidecar says: the hashes of both files, and why streams, by index, were dropped."""

    source_sha256: str
    result_sha256: str
    drops: Mapping[int, str]


def prove(original: Path, result: Path, *, floor_db: float = FLOOR_DB) -> Proof:
    """Compare both films, with the sidecar beside `result` where there is one; a sidecar of other files is
    a fault and is not believed. Raises as `compare` does."""
    statement, faults = read_statement(result), []
    if statement is not None:
        faults = _foreign(statement, original, result)
    drops = statement.drops if statement is not None and not faults else {}
    proof = compare(original, result, Terms(drops, floor_db))
    if not sidecar_path(result).exists():
        return proof
    faults += [] if statement is not None else ["cannot be read"]
    check = judged("sidecar", faults, "names this original and this result")
    return replace(proof, checks=(*proof.checks, check))


def read_statement(result: Path) -> Statement | None:
    """From the sidecar of `result`; None where there is none, or none that can be read."""
    try:
        content: dict[str, Any] = json.loads(sidecar_path(result).read_text("utf-8"))
        drops = {int(one["stream"]["index"]): str(one["why"]) for one in content["dropped"]}
        return Statement(str(content["source"]["sha256"]), str(content["result"]["sha256"]), drops)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _foreign(statement: Statement, original: Path, result: Path) -> list[str]:
    named = ((original, statement.source_sha256), (result, statement.result_sha256))
    return [f"{path.name} is not the file it names" for path, sha256 in named if file_sha256(path) != sha256]


def proof_record(proof: Proof) -> dict[str, Any]:
    """What a proof says to a program, verdict first; docs/verify.md names the fields."""
    return {"schema": 1, "holds": proof.holds, "is_complete": proof.is_complete}


def sums_up(checks: tuple[Check, ...]) -> str:
    """How many rows of each verdict there are, for people: `20 hold, 1 converted, 1 dropped, 2 fail`."""
    verdicts = [check.verdict for check in checks]
    names = {"holds": "hold", "converted": "converted", "dropped": "dropped", "fails": "fail"}
    counts = {name: verdicts.count(verdict) for verdict, name in names.items()}  # type: ignore[arg-type]
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)
