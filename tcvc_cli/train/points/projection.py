"""Fewer numbers for what eyes see: the principal axes of the first photographs.

What is seen of one photograph, 1,152 and 256 planes, takes 0.9 MB in half precision; along its axes, 0.1 MB.
Since the axes are linear, so is what was learned along them: `folded` brings it back to the planes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from tcvc_cli.errors import UnreadableInput, UsageError
from tcvc_cli.files import always, draft_of
from tcvc_cli.model.memory.describer import OUTLINES, THINGS, Seen

THING_AXES: Final = 96
OUTLINE_AXES: Final = 48
_LEAST_SPREAD: Final = 1e-6
_EXTRA: Final = 8  # axes that are sought beyond those that are kept, which these become more exact by
_ITERATIONS: Final = 4
_EVERY_THING: Final = 4  # places of a photograph resemble each other
_EVERY_OUTLINE: Final = 16


@dataclass(frozen=True, slots=True)
class Projection:
    """From C planes to D numbers with a variance of 1: `mean` (C,), `spread` (C,), `axes` (C, D)."""

    mean: Tensor
    spread: Tensor
    axes: Tensor

    @classmethod
    def fitted(cls, samples: Tensor, count: int) -> Projection:
        """On (N, C), the `count` main axes (Halko et al. 2011). UsageError where N is too small for them."""
        if min(samples.shape) < count + _EXTRA:
            raise UsageError("there are too few photographs to learn from", "Use more, hundreds at least.")
        mean, spread = samples.mean(0), samples.std(0) + _LEAST_SPREAD
        even = (samples - mean) / spread
        axes = torch.svd_lowrank(even, q=count + _EXTRA, niter=_ITERATIONS)[2][:, :count]
        return cls(mean, spread, axes / (even @ axes).std(0))

    def of(self, planes: Tensor) -> Tensor:
        """(C, h, w) -> (D, h, w)."""
        flat = (planes.flatten(1).T - self.mean) / self.spread
        return (flat @ self.axes).T.reshape(-1, *planes.shape[1:])

    def folded(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Of a layer (O, D) on what `of` gives: weight (O, C) and bias (O,) of the same on the planes."""
        folded = weight @ (self.axes / self.spread[:, None]).T
        return folded, -(folded @ self.mean)


@dataclass(frozen=True, slots=True)
class SeenProjection:
    """Of both things and outlines."""

    things: Projection
    outlines: Projection

    @classmethod
    def fitted(cls, seen: Sequence[Seen]) -> SeenProjection:
        """On what eyes that know things have seen of some photographs. UsageError where these are too few."""
        things = [
            one.things.float()[0].flatten(1).T[::_EVERY_THING] for one in seen if one.things is not None
        ]
        outlines = [one.outlines.float()[0].flatten(1).T[::_EVERY_OUTLINE] for one in seen]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)  # the axes are sought from random ones
            return cls(
                Projection.fitted(torch.cat(things), THING_AXES),
                Projection.fitted(torch.cat(outlines), OUTLINE_AXES),
            )

    def write(self, file: Path) -> None:
        tensors = {
            f"{name}.{part}": getattr(one, part).contiguous()
            for name, one in (("things", self.things), ("outlines", self.outlines))
            for part in Projection.__slots__
        }
        with draft_of(file, may_replace=always) as draft:
            save_file(tensors, draft)

    @classmethod
    def read(cls, file: Path) -> SeenProjection:
        """What `write` leaves. Raises UnreadableInput."""
        try:
            held = load_file(file)
            things, outlines = (
                Projection(*(held[f"{name}.{part}"].float() for part in Projection.__slots__))
                for name in ("things", "outlines")
            )
        except (OSError, SafetensorError, KeyError) as error:
            raise _refused(file) from error
        if not (_fits(things, THINGS, THING_AXES) and _fits(outlines, OUTLINES, OUTLINE_AXES)):
            raise _refused(file)
        return cls(things, outlines)


def _fits(one: Projection, planes: int, axes: int) -> bool:
    return one.mean.shape == one.spread.shape == (planes,) and one.axes.shape == (planes, axes)


def _refused(file: Path) -> UnreadableInput:
    return UnreadableInput(
        f"{file} does not hold axes of what was seen", "Remove its folder, and run the same command again."
    )
