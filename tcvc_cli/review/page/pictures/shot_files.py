"""Writes the files of one shot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.media.planes import Frame
from tcvc_cli.records import FilmInfo
from tcvc_cli.review.page.folder import ShotFiles
from tcvc_cli.review.page.javascript import call
from tcvc_cli.review.page.pictures.clips import clip_of
from tcvc_cli.review.page.pictures.jpeg import PICTURE_QUALITIES, jpeg_within
from tcvc_cli.review.page.pictures.palettes import Painter
from tcvc_cli.review.page.pictures.reading import ShotPictures
from tcvc_cli.review.page.pictures.shares import Share
from tcvc_cli.review.page.pictures.shot_data import Colored, ShotData, Still, clip_data, still_of
from tcvc_cli.review.page.pictures.small import Source
from tcvc_cli.review.pictures import picture_size
from tcvc_cli.review.subject import Subject

Floats = NDArray[np.float32]
THUMB_PX: Final = 256  # the longer sides
LIGHT_PX: Final = 480
COLORS_PX: Final = 240


@dataclass(frozen=True, slots=True)
class ShotWriter:
    """For the shots of one film; `painter` None where other colourings are left out."""

    subject: Subject
    share: Share
    painter: Painter | None

    def write(self, pictures: ShotPictures, folder: Path, files: ShotFiles) -> None:
        """Its thumbs and its script, below `folder`. Raises OSError, and what the network raises."""
        taken = self._write_thumb(self.subject.film, pictures.still, folder / files.before)
        if pictures.result is not None and self.subject.result is not None:
            taken += self._write_thumb(self.subject.result, pictures.result, folder / files.after)
        still = self._still(pictures)
        taken += len(still.light) + sum(len(one.src) for one in still.colors)
        job = pictures.job
        seconds = float(len(job.take.shot) / self.subject.film.frame_rate)
        clip = clip_of(
            job.clip_frames, pictures.before, pictures.after, seconds, self.share.clip_bytes(taken)
        )
        data = ShotData(still, None if clip is None else clip_data(clip))
        (folder / files.script).write_bytes(call("shot", files.number, data))

    def _write_thumb(self, film: FilmInfo, frame: Frame, path: Path) -> int:
        """Returns its size in bytes."""
        picture = Source(film).picture(frame, picture_size(self.subject.film, THUMB_PX))
        data = jpeg_within(picture, self.share.thumb_bytes, PICTURE_QUALITIES)
        path.write_bytes(data)
        return len(data)

    def _still(self, pictures: ShotPictures) -> Still:
        size = picture_size(self.subject.film, LIGHT_PX)
        lightness = Source(self.subject.film).lightness(pictures.still, size)
        return still_of(pictures.job.still, lightness, tuple(self._colored(pictures)), self.share)

    def _colored(self, pictures: ShotPictures) -> Iterator[Colored]:
        size = picture_size(self.subject.film, COLORS_PX)
        result = self.subject.result
        if pictures.result is not None and result is not None:
            yield Colored(
                _ab(result, pictures.result, picture_size(self.subject.film, LIGHT_PX), size), "result"
            )
        if self.painter is not None and not pictures.job.is_in_color:
            lightness = Source(self.subject.film).lightness(pictures.still, size)
            for choice, ab in self.painter.colorings(pictures.still, lightness):
                yield Colored(ab, "palette", choice.palette, choice.vivid)


def _ab(film: FilmInfo, frame: Frame, seen_px: tuple[int, int], size: tuple[int, int]) -> Floats:
    """(h, w, 2) of `size`, the mean of what is seen there at `seen_px`."""
    ab = np.ascontiguousarray(Source(film).shown(frame, seen_px).ab)
    return np.asarray(cv2.resize(ab, size, interpolation=cv2.INTER_AREA), np.float32)
