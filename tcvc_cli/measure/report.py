"""Every figure for a result beside its truth, read once, frame by frame; memory does not grow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tcvc_cli.measure.agreement import Agreement
from tcvc_cli.measure.cdc import CdcMeter
from tcvc_cli.measure.colorfulness import colorfulness, mean_chroma
from tcvc_cli.measure.fidelity import AB_PEAK, ciede2000, gain_of, mean_square, psnr_of, ssim
from tcvc_cli.measure.lpips import LpipsMeter
from tcvc_cli.measure.pictures import Shown, show_both
from tcvc_cli.measure.warp_error import LEAST_CHROMA, FlowMeter, Motion, SteadinessMeter
from tcvc_cli.media.read.probe import probe


@dataclass(frozen=True, slots=True)
class Look:
    """What one film is like, without another: means over its frames.

    `colorfulness` after Hasler and Suesstrunk; `chroma`, CIE units; `cdc` None for under five frames;
    `warp_error`, CIE units, None for one frame; `flicker` = warp_error / chroma, None without colour.
    Definitions: `measure.colorfulness`, `measure.cdc`, `measure.warp_error`.
    """

    colorfulness: float
    chroma: float
    cdc: float | None
    warp_error: float | None
    flicker: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """`result` and `reference` by themselves, and how near they are.

    PSNRs are of the mean squared difference over the whole film, in dB, infinite for equal films: of a*,
    b* (peak 255, CIE units) and of R, G, B. `gain_over_grey_db` is above 0 where the colours are nearer to
    the truth than none at all. `ssim`, `ciede2000`, `lpips` are means over the frames; `grey_ciede2000`
    is that of the reference's luma alone. `hue_agreement`, `amount` (None where there is no colour to
    compare) and `cast` (CIE units) are of the whole film: `measure.agreement`. `colorfulness_difference`:
    result - reference.
    """

    frames: int
    result: Look
    reference: Look
    ab_psnr_db: float
    gain_over_grey_db: float
    rgb_psnr_db: float
    ssim: float
    ciede2000: float
    grey_ciede2000: float
    lpips: float | None
    hue_agreement: float | None
    amount: float | None
    cast: float

    @property
    def colorfulness_difference(self) -> float:
        return self.result.colorfulness - self.reference.colorfulness

    @property
    def chroma_ratio(self) -> float | None:
        """Mean chroma of the result / of the reference; None where the reference has no colour."""
        true = self.reference.chroma
        return self.result.chroma / true if true >= LEAST_CHROMA else None


def measure_film(result: Path, reference: Path, *, lpips_weights: Path | None = None) -> Report:
    """Compare `result` with `reference`, the true colours, frame by frame.

    Motion is measured on the reference's luma, for both. Raises InputError when the films differ in size
    or number of frames, WeightsMissing or WeightsRefused for the LPIPS weights, and as `probe` does.
    """
    meter = ReportMeter(None if lpips_weights is None else LpipsMeter(lpips_weights))
    for shown, truth in show_both(probe(result), probe(reference)):
        meter.add(shown, truth)
    return meter.report()


class ReportMeter:
    """Takes a result and its truth, frame by frame, in order."""

    def __init__(self, lpips: LpipsMeter | None = None) -> None:
        self._nearness, self._flow = _Nearness(lpips), FlowMeter()
        self._ours, self._theirs = _LookMeter(), _LookMeter()

    def add(self, shown: Shown, truth: Shown) -> None:
        motion = self._flow.add(truth.lightness)
        self._ours.add(shown, motion)
        self._theirs.add(truth, motion)
        self._nearness.add(shown, truth)

    def report(self) -> Report:
        """Of all frames so far; at least one."""
        return self._nearness.report(self._ours.look(), self._theirs.look())


class _LookMeter:
    def __init__(self) -> None:
        self._cdc, self._steadiness = CdcMeter(), SteadinessMeter()
        self._sums = np.zeros(2)
        self._frames = 0

    def add(self, shown: Shown, motion: Motion | None) -> None:
        self._cdc.add(np.rint(shown.rgb * 255).astype(np.uint8))
        self._steadiness.add(shown.ab, motion)
        self._sums += colorfulness(shown.rgb * 255), mean_chroma(shown.ab)
        self._frames += 1

    def look(self) -> Look:
        cdc, steady = self._cdc.result(), self._steadiness.result()
        colorful, chroma = self._sums / self._frames
        return Look(
            colorfulness=float(colorful),
            chroma=float(chroma),
            cdc=None if cdc is None else cdc.mean,
            warp_error=None if steady is None else steady.warp_error,
            flicker=None if steady is None else steady.flicker,
        )


class _Nearness:
    """Sums over the frames, in the order of the arrays below."""

    def __init__(self, lpips: LpipsMeter | None) -> None:
        self._lpips = lpips
        self._squares = np.zeros(3)  # ab, ab of grey, rgb
        self._means = np.zeros(4)  # ssim, ciede2000, ciede2000 of grey, lpips
        self._agreement: Agreement | None = None
        self._frames = 0

    def add(self, shown: Shown, truth: Shown) -> None:
        agreement = Agreement.of(shown.ab, truth.ab)
        self._agreement = agreement if self._agreement is None else self._agreement + agreement
        grey = np.zeros_like(truth.lab)
        grey[..., 0] = truth.lightness
        ab, no_ab = mean_square(shown.ab, truth.ab), mean_square(grey[..., 1:], truth.ab)
        self._squares += ab, no_ab, mean_square(shown.rgb, truth.rgb)
        true_lab = truth.lab.astype(np.float64)
        differences = (float(ciede2000(lab.astype(np.float64), true_lab).mean()) for lab in (shown.lab, grey))
        lpips = 0.0 if self._lpips is None else self._lpips.between(shown.rgb, truth.rgb)
        self._means += ssim(shown.rgb, truth.rgb, peak=1.0), *differences, lpips
        self._frames += 1

    def report(self, result: Look, reference: Look) -> Report:
        ab, no_ab, rgb = (float(value) for value in self._squares / self._frames)
        similarity, difference, grey_difference, lpips = (
            float(value) for value in self._means / self._frames
        )
        assert self._agreement is not None
        return Report(
            frames=self._frames,
            result=result,
            reference=reference,
            ab_psnr_db=psnr_of(ab, peak=AB_PEAK),
            gain_over_grey_db=gain_of(no_ab, ab),
            rgb_psnr_db=psnr_of(rgb, peak=1.0),
            ssim=similarity,
            ciede2000=difference,
            grey_ciede2000=grey_difference,
            lpips=None if self._lpips is None else lpips,
            hue_agreement=self._agreement.hue_agreement,
            amount=self._agreement.amount,
            cast=self._agreement.cast,
        )
