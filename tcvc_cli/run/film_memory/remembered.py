"""What the memory holds of references, and of frames that were coloured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.memory.describer import STRIDE_PX
from tcvc_cli.model.memory.entries import Fine, Remembered
from tcvc_cli.model.memory.observer import Looked
from tcvc_cli.plan.model_size import model_size
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.film.paint import light
from tcvc_cli.run.looks.given_places import given_places
from tcvc_cli.run.looks.pointed_frames import PointedFrame
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.references.color_films import picture_at
from tcvc_cli.run.references.film_frames import FilmFrames
from tcvc_cli.run.resume.vouching.stamps import refuse_another
from tcvc_cli.settings.film.decisions import Look
from tcvc_cli.settings.picture_luma import WHOLE
from tcvc_cli.settings.pictures import ReferencePicture, read_picture
from tcvc_cli.settings.placing import placed
from tcvc_cli.settings.reference import Reference

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rememberer:
    """Makes entries of the memory of one film."""

    plan: FilmPlan
    computing: Computing
    frames: FilmFrames

    @torch.inference_mode()
    def reference(self, reference: Reference) -> Remembered:
        """Of a frame of the film the film's own lightness counts, of others the picture's. Raises what is
        wrong with the file by now."""
        picture = picture_of(reference)
        if reference.frame is None:
            return self._scene(picture)
        lightness = self.lightness(reference.frame)
        ab, _, opacity = placed(picture, reference.box, self.plan.size_px)
        return self._entry(lightness, ab, opacity, reference.frame)

    @torch.inference_mode()
    def pointed(self, pointed: PointedFrame) -> Remembered:
        """The frame as it is with the colours that were given for places of it, opaque as far as they speak
        for it. Raises what is wrong with the file of a stroke by now."""
        lightness = self.lightness(pointed.frame)
        given = given_places(pointed, self.plan.film, self.plan.size_px)
        self.computing.choose(Look(palette=pointed.palette, vivid=pointed.vivid))
        observed = self.computing.observer.observe(lightness)
        spread = self.computing.spreader.spread(observed, given)
        entry = self._entry(lightness, spread.ab, spread.influence, pointed.frame)
        return replace(entry, kind="pointed")

    def settled(self, frame: int, lightness: Tensor, places: Tensor, ab: Tensor) -> Remembered:
        """A frame that the model has coloured: `lightness` (1, 1, H, W), its `places`, `ab` (2, h, w)."""
        stride = STRIDE_PX * ab.shape[-1] // lightness.shape[-1]
        small = pooled(ab, stride)
        light = pooled(lightness[0], STRIDE_PX)
        return Remembered("settled", places, light, small, torch.ones_like(light), frame)

    def lightness(self, frame: int) -> Tensor:
        """(1, 1, H, W) L* of a frame of the film, at model size."""
        lit = light(self.plan.film, self.frames.at(frame), self.plan.size_px)
        return torch.from_numpy(lit.lightness)[None, None]

    @torch.inference_mode()
    def places(self, lightness: Tensor, looked: Looked | None = None) -> Tensor:
        """(SIZE, h, w) bfloat16 of (1, 1, H, W); `looked` as `Observer.observe` has it."""
        return self.computing.observer.observe(lightness, looked=looked).places.bfloat16().cpu()

    def _scene(self, picture: ReferencePicture) -> Remembered:
        height, width = picture.opacity.shape
        multiple = self.plan.input_size.multiple_px
        short_px = min(self.plan.size_px)
        size = model_size(width, height, sample_aspect=Fraction(1), short_side_px=short_px, multiple=multiple)
        ab, lightness, opacity = placed(picture, WHOLE, size)
        return self._entry(torch.from_numpy(lightness)[None, None], ab, opacity, None)

    def _entry(self, lightness: Tensor, ab: Floats, opacity: Floats, frame: int | None) -> Remembered:
        planes = torch.from_numpy(np.ascontiguousarray(ab)).permute(2, 0, 1)
        cover = torch.from_numpy(opacity)[None]
        seen = self.computing.observer.observe(lightness, is_close=frame is not None)
        close = None if seen.close_places is None else seen.close_places.bfloat16().cpu()
        share = pooled(cover, STRIDE_PX)
        return Remembered(
            kind="scene" if frame is None else "given",
            places=seen.places.bfloat16().cpu(),
            lightness=pooled(lightness[0], STRIDE_PX),
            ab=pooled(planes * cover, STRIDE_PX) / share.clamp(min=1e-6),
            opacity=share,
            frame=frame,
            fine=None if close is None else Fine(lightness[0], planes, cover, close),
            weight=self.plan.options.references_weight if frame is None else 1.0,
        )


def pooled(planes: Tensor, stride: int) -> Tensor:
    """(C, H, W) -> (C, h, w): means of `stride` by `stride`, and of what is left at the ends."""
    return F.avg_pool2d(planes[None], stride, ceil_mode=True, count_include_pad=False)[0]


def picture_of(reference: Reference) -> ReferencePicture:
    """Raises what is wrong with the file by now, BadReference when it is another one."""
    refuse_another(reference.file, reference.sha256)
    if reference.picture_frame is None:
        return read_picture(reference.file)
    return picture_at(reference.file, reference.picture_frame)
