"""`tcvc verify`: does a result hold what the original held?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from tcvc_cli.cli.arguments import Json, Verbose
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.wording import stream_name
from tcvc_cli.errors import ProofFailed

if TYPE_CHECKING:
    from tcvc_cli.measure.proof import LumaProof, Proof, StreamProof, TimesProof

Original = Annotated[Path, Argument(metavar="ORIGINAL", help="The black-and-white film.", show_default=False)]
Result = Annotated[Path, Argument(metavar="RESULT", help="The colour film.", show_default=False)]


def verify(original: Original, result: Result, *, as_json: Json = False, verbose: Verbose = False) -> None:
    """Prove that only colour was added: luma and times of every frame, packets of every other stream."""
    if verbose:
        set_verbose()
    from tcvc_cli.cli.ndjson import plain, write_line
    from tcvc_cli.measure.proof import compare

    proof = compare(original, result)
    if as_json:
        write_line({"holds": proof.holds, **plain(proof)}, sys.stdout)
    else:
        print("\n".join(lines_of(proof)))
    if not proof.holds:
        raise ProofFailed(f"{result} is not {original} with colour added")


def lines_of(proof: Proof) -> list[str]:
    """What holds and what does not, a line each."""
    rows = [(proof.luma.holds, f"luma: {luma_words(proof.luma)}")]
    rows += [(proof.times.holds, f"times: {times_words(proof.times)}")]
    rows += [(stream.is_equal, stream_words(stream)) for stream in proof.streams]
    return [f"{'holds' if holds else 'FAILS'}  {words}" for holds, words in rows]


def luma_words(luma: LumaProof) -> str:
    if luma.original_frames != luma.result_frames:
        return f"{luma.original_frames} frames became {luma.result_frames}"
    if luma.differing_frames == 0:
        return f"{luma.original_frames} frames, bit for bit"
    return (
        f"{luma.differing_frames} of {luma.original_frames} frames differ, the first is frame"
        f" {luma.first_difference}, by at most {luma.largest_difference}"
    )


def times_words(times: TimesProof) -> str:
    return f"largest shift {float(times.largest_shift_s) * 1000:.3f} ms"


def stream_words(stream: StreamProof) -> str:
    fate = "its packets, bit for bit" if stream.is_equal else "not the same packets"
    return f"{stream_name(stream.original)}: {'missing' if stream.result is None else fate}"
