"""`tcvc verify`: does a result hold what the original held?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from typer import Argument, Option

from tcvc_cli.cli.arguments import Json, Original, Verbose, shared
from tcvc_cli.cli.console import console_for_people, one_line, set_verbose
from tcvc_cli.errors import OutputExists, ProofFailed, UsageError
from tcvc_cli.measure.proof.checks import FLOOR_DB
from tcvc_cli.run.options.film import Options

if TYPE_CHECKING:
    from tcvc_cli.measure.proof.compare import Proof
    from tcvc_cli.run.options.values import FilmMoment
    from tcvc_cli.run.provenance.sidecar import RequestedPart

Result = Annotated[
    Path | None,
    Argument(metavar="RESULT", help="The colour film; may be left out with --framemd5.", show_default=False),
]
FrameMd5 = Annotated[
    Path | None,
    Option(metavar="FILE", help="Write FFmpeg's framemd5 of RESULT, or of ORIGINAL where it stands alone."),
]
Floor = Annotated[
    float, Option(metavar="DB", help="Least PSNR of luma that a lossy result may have in any frame.")
]
Strict = Annotated[
    bool, Option("--strict", metavar="", help="What was dropped counts as lost, even if the sidecar says so.")
]

# Typer knows no unions: these read what a person types, as a `FilmMoment`.
Start = Annotated[str | None, shared(Options, "start_s")]
End = Annotated[str | None, shared(Options, "end_s")]


def verify(
    original: Original,
    result: Result = None,
    *,
    floor: Floor = FLOOR_DB,
    start: Start = None,
    end: End = None,
    strict: Strict = False,
    framemd5: FrameMd5 = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Prove that only colour was added: every frame's luma and time, every other stream, all tags."""
    if verbose:
        set_verbose()
    if framemd5 is not None:
        write_hashes(result or original, framemd5)
    if result is not None:
        part = part_of_film(original, cast("FilmMoment | None", start), cast("FilmMoment | None", end))
        compare(original, result, floor_db=floor, part=part, is_strict=strict, is_json=as_json)
    elif framemd5 is None:
        raise UsageError("there is nothing to compare with", "Give RESULT too, or --framemd5 FILE.")


def write_hashes(film: Path, target: Path) -> None:
    """Refuses to write over either film or anything else."""
    from tcvc_cli.files import is_there
    from tcvc_cli.media.inspect.framemd5 import write_framemd5

    if is_there(target):
        raise OutputExists(f"{target} is there already", "Give another name, or remove it first.")
    write_framemd5(film, target)


def part_of_film(original: Path, start: FilmMoment | None, end: FilmMoment | None) -> RequestedPart | None:
    """None where nobody asks for one."""
    from tcvc_cli.media.read.probe import probe
    from tcvc_cli.run.options.timecodes import part_of
    from tcvc_cli.run.provenance.sidecar import RequestedPart

    if start is None and end is None:
        return None
    part = part_of(start, end, probe(original))
    return RequestedPart(part.start_s, part.end_s)


def compare(
    original: Path,
    result: Path,
    *,
    floor_db: float,
    part: RequestedPart | None,
    is_strict: bool,
    is_json: bool,
) -> None:
    from tcvc_cli.cli.ndjson import write_line
    from tcvc_cli.run.provenance.verify import proof_content, verify_result

    proof = verify_result(original, result, floor_db=floor_db, part=part)
    if is_json:
        write_line(proof_content(proof), sys.stdout)
    else:
        print("\n".join(lines_of(proof)))
    if not proof.holds or (is_strict and not proof.is_complete):
        raise ProofFailed(f"{result} is not {original} with colour added")
    warn_of_drops(proof)


def warn_of_drops(proof: Proof) -> None:
    """A stated drop is no failure, and not silent either."""
    for check in proof.checks:
        if check.verdict == "dropped":
            words = f"{check.subject}: {check.words}"
            console_for_people().print(f"warning: dropped  {one_line(words)}")


def lines_of(proof: Proof) -> list[str]:
    """The table: what became of everything, a line each, and how many of each there are."""
    from tcvc_cli.cli.wording import check_line, summary

    wide = max(len(one_line(check.subject)) for check in proof.checks)
    return [*(check_line(check, wide) for check in proof.checks), summary(proof.checks)]
