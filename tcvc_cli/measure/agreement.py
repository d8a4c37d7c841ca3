"""Hue, amount and cast, each for itself, where PSNR mixes them.

*Hue agreement* is the cosine between the ab made and the true ab, all pixels taken as one long vector: 1 is
right, 0 no better than chance, and a factor on the colours changes nothing. *Amount* is the one factor on
the ab made that fits best: below 1 there is too much colour, above 1 too little. *Cast* is the length of the
mean difference, in CIE units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.measure.fidelity import gain_of


@dataclass(frozen=True, slots=True)
class Agreement:
    """Sums over the pixels of a picture, or of a film: those of its frames are added up.

    `product` of the ab made and the true ab, `square` and `true_square` of each, `chroma` and `true_chroma`
    of their lengths; `offset` of their differences in a* and b*.
    """

    pixels: int
    product: float
    square: float
    true_square: float
    chroma: float
    true_chroma: float
    offset: tuple[float, float]

    @classmethod
    def of(cls, ab: NDArray[Any], truth: NDArray[Any]) -> Agreement:
        """Of the ab made beside the true ab, both (..., 2) of one shape, CIE units."""
        if ab.shape != truth.shape:
            raise ValueError(f"{ab.shape} and {truth.shape} cannot be compared")
        made, true = (np.asarray(one, np.float64).reshape(-1, 2) for one in (ab, truth))
        offset_a, offset_b = (float(one) for one in (made - true).sum(0))
        return cls(
            pixels=len(made),
            product=float((made * true).sum()),
            square=float((made * made).sum()),
            true_square=float((true * true).sum()),
            chroma=float(np.hypot(made[:, 0], made[:, 1]).sum()),
            true_chroma=float(np.hypot(true[:, 0], true[:, 1]).sum()),
            offset=(offset_a, offset_b),
        )

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(
            pixels=self.pixels + other.pixels,
            product=self.product + other.product,
            square=self.square + other.square,
            true_square=self.true_square + other.true_square,
            chroma=self.chroma + other.chroma,
            true_chroma=self.true_chroma + other.true_chroma,
            offset=(self.offset[0] + other.offset[0], self.offset[1] + other.offset[1]),
        )

    @property
    def hue_agreement(self) -> float | None:
        """-1 to 1; None where one of both has no colour."""
        length = float(np.sqrt(self.square * self.true_square))
        return self.product / length if length else None

    @property
    def amount(self) -> float | None:
        """None where no colour was made."""
        return self.product / self.square if self.square else None

    @property
    def cast(self) -> float:
        """CIE units."""
        return float(np.hypot(*self.offset)) / self.pixels

    @property
    def chroma_ratio(self) -> float | None:
        """Mean chroma over the truth's; None where that has none."""
        return self.chroma / self.true_chroma if self.true_chroma else None

    @property
    def gain_over_grey_db(self) -> float:
        """ab PSNR over that of no colour."""
        return self._gain(1.0)

    @property
    def gain_at_best_amount_db(self) -> float:
        """The same, were the amount right."""
        return self._gain(self.amount or 0.0)

    def _gain(self, factor: float) -> float:
        square = factor * factor * self.square - 2 * factor * self.product + self.true_square
        return gain_of(self.true_square, max(square, 0.0))


@dataclass(frozen=True, slots=True)
class AgreementSummary:
    """Of many pictures or films. `pooled_`: every pixel counts alike. Else every picture does: means, and of
    the amounts the median."""

    pictures: int
    pooled_gain_db: float
    mean_gain_db: float
    pooled_hue_agreement: float
    hue_agreement: float
    amount: float
    cast: float
    chroma_ratio: float
    gain_at_best_amount_db: float

    @classmethod
    def of(cls, rows: Sequence[Agreement]) -> AgreementSummary:
        """Of at least one; what one has no figure for is left out of the mean."""
        total = sum(rows[1:], start=rows[0])
        return cls(
            pictures=len(rows),
            pooled_gain_db=total.gain_over_grey_db,
            mean_gain_db=float(np.mean([row.gain_over_grey_db for row in rows])),
            pooled_hue_agreement=_or_nan(total.hue_agreement),
            hue_agreement=float(np.nanmean([_or_nan(row.hue_agreement) for row in rows])),
            amount=float(np.nanmedian([_or_nan(row.amount) for row in rows])),
            cast=float(np.mean([row.cast for row in rows])),
            chroma_ratio=_or_nan(total.chroma_ratio),
            gain_at_best_amount_db=float(np.mean([row.gain_at_best_amount_db for row in rows])),
        )


def _or_nan(figure: float | None) -> float:
    return float("nan") if figure is None else figure
