"""A coloured photograph, written as a photograph. Reading goes through `probe` and `read_frames`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import MediaError, OutputError
from tcvc_cli.files import MayReplace, draft_of, never
from tcvc_cli.media.scans.read import NOTHING_WRITTEN, ScanFacts
from tcvc_cli.media.scans.write import photograph_with_facts
from tcvc_cli.media.structure.computed_mark import with_mark
from tcvc_cli.media.xmp.places import photograph_with_xmp

_JPEG = (
    (cv2.IMWRITE_JPEG_QUALITY, 95),
    (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)
_SETTINGS = {".png": (), ".tif": (), ".tiff": (), ".jpg": _JPEG, ".jpeg": _JPEG}


def write_photograph(
    frame_rgb: NDArray[np.uint8] | NDArray[np.uint16],
    output: Path,
    *,
    on_complete: Callable[[Path], None] | None = None,
    may_replace: MayReplace = never,
    draft_folder: Path | None = None,
    is_computed: bool = True,
    xmp: bytes | None = None,
    facts: ScanFacts = NOTHING_WRITTEN,
) -> None:
    """Write `frame_rgb` (H, W, 3), uint8 or uint16 with full-range R, G, B, as the name of `output` says.

    The file says that its colours were computed, where they are, and has the packet `xmp` and the `facts`.
    PNG and TIFF keep both depths; JPEG has 8 bit, so a uint16 picture is rounded for it. `on_complete` is
    called with the file before it gets its name. Raises OutputError for another suffix, and what `draft_of`
    does, which has `may_replace` and `draft_folder` as well.
    """
    suffix = output.suffix.lower()
    if suffix not in _SETTINGS:
        raise OutputError(f"{output.name}: photographs are written as png, jpg or tif")
    if _SETTINGS[suffix] is _JPEG and frame_rgb.dtype == np.uint16:
        frame_rgb = np.round(frame_rgb / 257).astype(np.uint8)
    settings = [number for setting in _SETTINGS[suffix] for number in setting]
    written, data = cv2.imencode(suffix, frame_rgb[..., ::-1], settings)
    if not written:
        raise MediaError(f"could not code {output.name}")
    with draft_of(output, may_replace=may_replace, folder=draft_folder, on_complete=on_complete) as part:
        content = with_mark(data.tobytes(), suffix) if is_computed else data.tobytes()
        content = photograph_with_facts(content, suffix, facts)
        part.write_bytes(content if xmp is None else photograph_with_xmp(content, suffix, xmp))
