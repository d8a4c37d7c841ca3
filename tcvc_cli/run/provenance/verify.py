"""A proof on the terms that the sidecar beside a result states: what it says was dropped is accounted for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from tcvc_cli.files import sha256_of
from tcvc_cli.measure.proof.compare import Proof, Terms, compare
from tcvc_cli.measure.proof.expected import Known
from tcvc_cli.measure.proof.rows import FLOOR_DB, judged
from tcvc_cli.run.provenance.sidecar import read_sidecar


@dataclass(frozen=True, slots=True)
class Statement:
    """What a sidecar says: the hashes of both files, what was dropped or lost, and the part of the film that
    was asked for, in seconds from its first frame."""

    source_sha256: str
    result_sha256: str
    known: Known
    start_s: Fraction | None
    end_s: Fraction | None


def prove(original: Path, result: Path, *, floor_db: float = FLOOR_DB) -> Proof:
    """Compare both films, with the sidecar beside `result` where there is one; a sidecar of other files is
    a fault and is not believed. Raises as `compare` does."""
    has_sidecar = _has_sidecar(result)
    statement = read_statement(result)
    faults = [] if statement is None else _foreign(statement, original, result)
    terms = Terms(floor_db=floor_db)
    if statement is not None and not faults:
        terms = Terms(statement.known, floor_db, statement.start_s, statement.end_s)
    proof = compare(original, result, terms)
    if not has_sidecar:
        return proof
    faults += [] if statement is not None else ["cannot be read"]
    check = judged("sidecar", faults, "names this original and this result")
    return replace(proof, checks=(*proof.checks, check))


def read_statement(result: Path) -> Statement | None:
    """From the sidecar of `result`; None where there is none, or none that can be read."""
    try:
        content = read_sidecar(result)
        if content is None:
            return None
        drops = {int(one["stream"]["index"]): str(one["why"]) for one in content["dropped"]}
        losses = {int(one["stream"]["index"]): tuple(one.get("lost", ())) for one in content["carried"]}
        options = content.get("options", {})
        return Statement(
            source_sha256=str(content["source"]["sha256"]),
            result_sha256=str(content["result"]["sha256"]),
            known=Known(drops, losses),
            start_s=_seconds(options.get("start_s")),
            end_s=_seconds(options.get("end_s")),
        )
    except (OSError, ArithmeticError, ValueError, KeyError, TypeError):
        return None


def _has_sidecar(result: Path) -> bool:
    """A file of another program that happens to have the name is none; one that cannot be read may be."""
    try:
        return read_sidecar(result) is not None
    except (OSError, ValueError):
        return True


def _seconds(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _foreign(statement: Statement, original: Path, result: Path) -> list[str]:
    named = ((original, statement.source_sha256), (result, statement.result_sha256))
    return [f"{path.name} is not the file it names" for path, sha256 in named if sha256_of(path) != sha256]


def proof_content(proof: Proof) -> dict[str, Any]:
    """What a proof says to a program, in JSON's own types; docs/verify.md names the fields."""
    content = {"schema": 1, "holds": proof.holds, "is_complete": proof.is_complete, **asdict(proof)}
    times = content["times"].items()
    content["times"] = {name: f"{value.numerator}/{value.denominator}" for name, value in times}
    return content
