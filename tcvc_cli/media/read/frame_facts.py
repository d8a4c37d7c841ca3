"""What each decoded frame says of itself beside its samples."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import av
from av.video.codeccontext import VideoCodecContext

from tcvc_cli.media.planes import pixel_format
from tcvc_cli.media.read.fields import FieldOrder
from tcvc_cli.media.read.probe import SILENT, Stated, color_tags
from tcvc_cli.media.read.side_data import ALPHA, is_safe_to_ask, is_transparent, kinds_of
from tcvc_cli.records import Fields, FrameFacts


class FactsReader:
    """Sees the frames that one decoder gives, in order.

    Aspect and colour are the decoder's, which is ahead of the frames that it has yet to give; they change
    with a key frame. `has_alpha`: a frame before them was transparent.
    """

    def __init__(self, context: VideoCodecContext, *, has_alpha: bool = False) -> None:
        self._context, self._order = context, FieldOrder()
        self._aspect: Fraction | None = None
        self._tags, self._has_alpha = SILENT, has_alpha
        self._is_safe = is_safe_to_ask(context.codec.canonical_name)

    def of(self, picture: av.VideoFrame, *, is_packet_damaged: bool = False) -> FrameFacts:
        """To be asked before more is decoded."""
        if picture.key_frame or self._aspect is None:
            self._aspect = self._context.sample_aspect_ratio or Fraction(1)
            self._tags = _tags(picture)
        self._has_alpha = self._has_alpha or is_transparent(picture)
        return _facts(
            picture.width,
            picture.height,
            picture.format.name,
            self._tags,
            self._aspect,
            self._order.of(picture),
            picture.rotation % 360,
            self._kinds(picture),
            is_damaged=picture.is_corrupt or is_packet_damaged,
        )

    def _kinds(self, picture: av.VideoFrame) -> frozenset[str]:
        kinds = kinds_of(picture) if self._is_safe else frozenset[str]()
        return kinds | {ALPHA} if self._has_alpha else kinds


def _tags(picture: av.VideoFrame) -> Stated:
    return picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range


@lru_cache(maxsize=256)
def _facts(
    width_px: int,
    height_px: int,
    layout: str,
    tags: Stated,
    aspect: Fraction,
    fields: Fields,
    rotation_degrees: int,
    side_data: frozenset[str],
    *,
    is_damaged: bool,
) -> FrameFacts:
    """One record for all frames that say the same."""
    picture = pixel_format(layout)
    color = color_tags(tags, SILENT, picture)
    return FrameFacts(
        width_px, height_px, picture, color, aspect, fields, rotation_degrees, side_data, is_damaged
    )
