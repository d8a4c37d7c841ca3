"""`tcvc measure`: how near a result is to the true colours, and how steady it is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from tcvc_cli.cli.arguments import Json, Verbose
from tcvc_cli.cli.console import set_verbose

if TYPE_CHECKING:
    from tcvc_cli.measure.report import Look, Report

Result = Annotated[
    Path, Argument(metavar="RESULT", help="The coloured film or photograph.", show_default=False)
]
Reference = Annotated[
    Path, Option("--reference", metavar="TRUTH", help="The same in its true colours.", show_default=False)
]
Lpips = Annotated[Path | None, Option("--lpips", metavar="FILE", help="LPIPS weights (.safetensors).")]


def measure(
    result: Result,
    *,
    reference: Reference,
    lpips: Lpips = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Compare a coloured film with the truth, frame by frame."""
    if verbose:
        set_verbose()
    from tcvc_cli.cli.ndjson import write_record
    from tcvc_cli.measure.report import measure_film

    report = measure_film(result, reference, lpips_weights=lpips)
    if as_json:
        write_record(report, sys.stdout)
    else:
        print("\n".join(lines_of(report)))


def lines_of(report: Report) -> list[str]:
    near = [
        ("frames", f"{report.frames}"),
        ("PSNR of ab", f"{report.ab_psnr_db:.2f} dB"),
        ("gain over grey", f"{report.gain_over_grey_db:+.2f} dB"),
        ("PSNR of RGB", f"{report.rgb_psnr_db:.2f} dB"),
        ("SSIM", f"{report.ssim:.4f}"),
        ("CIEDE2000", f"{report.ciede2000:.2f} (grey {report.grey_ciede2000:.2f})"),
        ("LPIPS", shown(report.lpips)),
        ("hue agreement", shown(report.hue_agreement)),
        ("amount", f"{shown(report.amount)} (1 is right, below 1 too much colour)"),
        ("cast", f"{report.cast:.2f}"),
    ]
    rows = [f"{name:<18}{figure}" for name, figure in near]
    names = ("colourfulness", "mean chroma", "CDC", "warp error", "flicker")
    pairs = zip(names, figures_of(report.result), figures_of(report.reference), strict=True)
    return [*rows, *(f"{name:<18}{one} (truth {other})" for name, one, other in pairs)]


def figures_of(look: Look) -> tuple[str, ...]:
    return tuple(map(shown, (look.colorfulness, look.chroma, look.cdc, look.warp_error, look.flicker)))


def shown(figure: float | None) -> str:
    return "not measured" if figure is None else f"{figure:.5g}"
