"""A proof on the terms that the sidecar beside a result states: what it says was dropped is accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tcvc_cli.files import sha256_of
from tcvc_cli.measure.proof.checks import FLOOR_DB, Check, judged
from tcvc_cli.measure.proof.compare import Proof, Terms, compare
from tcvc_cli.measure.proof.expected import ExpectedLosses
from tcvc_cli.media.inspect.computed_tag import has_computed_tag
from tcvc_cli.records import COMPUTED
from tcvc_cli.run.credentials.signing_key import Signatory
from tcvc_cli.run.credentials.verify import check_of_credentials
from tcvc_cli.run.provenance.sidecar import ColoredShot, Hashes, RequestedPart, read_sidecar


@dataclass(frozen=True, slots=True)
class Statement:
    """What a sidecar says: the hashes of both files, what was dropped or lost, the part of the film that was
    asked for, whether any colours were computed, and which frames `[start, stop)` were kept as they were, or
    are mixed of two shots."""

    hashes: Hashes
    expected: ExpectedLosses
    part: RequestedPart
    signatory: Signatory | None = None
    has_computed_colors: bool = True
    kept: tuple[tuple[int, int], ...] = ()
    mixed: tuple[tuple[int, int], ...] = ()


def verify_result(
    original: Path, result: Path, *, floor_db: float = FLOOR_DB, part: RequestedPart | None = None
) -> Proof:
    """Compare both films, with the sidecar beside `result` where there is one; a sidecar of other files is
    a fault and is not believed. `part`: which one of the film the result is to be, whatever the sidecar says;
    without it a part that the sidecar claims is compared, and is a fault. Raises as `compare` does."""
    has_sidecar = _has_sidecar(result)
    statement = read_statement(result)
    faults = [] if statement is None else _foreign(statement, original, result)
    believed = statement if not faults else None
    terms = _terms(believed, result, floor_db, part)
    proof = compare(original, result, terms)
    signatory = None if statement is None or faults else statement.signatory
    credentials = check_of_credentials(original, result, signatory)
    if credentials is not None:
        proof = replace(proof, checks=(*proof.checks, credentials))
    if not has_sidecar:
        return proof
    faults += [] if statement is not None else ["cannot be read"]
    is_marked = statement is not None and not faults and statement.has_computed_colors
    mark = _mark(proof, result) if is_marked else []
    check = judged("sidecar", faults, "names this original and this result")
    return replace(proof, checks=(*proof.checks, *mark, check))


def _terms(statement: Statement | None, result: Path, floor_db: float, part: RequestedPart | None) -> Terms:
    """What the sidecar claims of drops counts where the result can hold no such stream."""
    if statement is None:
        asked = part or RequestedPart()
        return Terms(floor_db=floor_db, start_s=asked.start_s, end_s=asked.end_s)
    meant = statement.part if part is None else part
    return Terms(
        statement.expected,
        floor_db,
        meant.start_s,
        meant.end_s,
        is_part_asked=part is not None,
        kept=statement.kept,
        mixed=statement.mixed,
    )


def _mark(proof: Proof, result: Path) -> list[Check]:
    """Of a film that this program made: the file itself says so. Photographs are asked in any case."""
    if any(check.subject == "mark" for check in proof.checks):
        return []
    faults = [] if has_computed_tag(result) else ["does not say that its colours were computed"]
    return [judged("mark", faults, COMPUTED)]


def read_statement(result: Path) -> Statement | None:
    """From the sidecar of `result`; None where there is none, or none that can be read."""
    try:
        sidecar = read_sidecar(result)
        if sidecar is None:
            return None
        signed = sidecar.credentials
        drops = {one.stream.index: one.why for one in sidecar.dropped}
        losses = {one.stream.index: one.lost for one in sidecar.carried}
        return Statement(
            sidecar.hashes,
            ExpectedLosses(drops, losses),
            sidecar.part,
            signed.signatory if signed else None,
            not (sidecar.shots and all(shot.is_in_color for shot in sidecar.shots)),
            tuple(_kept(sidecar.shots)),
            tuple((one.dissolve.start, one.dissolve.stop) for one in sidecar.shots if one.dissolve),
        )
    except (OSError, ValueError):
        return None


def _kept(shots: Sequence[ColoredShot]) -> Iterator[tuple[int, int]]:
    """Without the frames that are mixed with those of the shot before or behind."""
    for shot, following in zip_longest(shots, shots[1:]):
        first = shot.dissolve.stop if shot.dissolve else shot.start
        behind = following.dissolve if following is not None else None
        if shot.is_in_color:
            yield first, behind.start if behind else shot.stop


def _has_sidecar(result: Path) -> bool:
    """A file of another program that happens to have the name is none; one that cannot be read may be."""
    try:
        return read_sidecar(result) is not None
    except (OSError, ValueError):
        return True


def _foreign(statement: Statement, original: Path, result: Path) -> list[str]:
    named = ((original, statement.hashes.source), (result, statement.hashes.result))
    return [f"{path.name} is not the file it names" for path, sha256 in named if sha256_of(path) != sha256]


def proof_content(proof: Proof) -> dict[str, Any]:
    """What a proof says to a program, in JSON's own types; docs/verify.md names the fields."""
    content = {"schema": 1, "holds": proof.holds, "is_complete": proof.is_complete, **asdict(proof)}
    times = content["times"].items()
    content["times"] = {name: f"{value.numerator}/{value.denominator}" for name, value in times}
    return content
