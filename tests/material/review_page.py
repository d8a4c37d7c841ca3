"""What stands in the folder of a page, read as a browser would, but for what the page makes of it."""

from __future__ import annotations

import base64
import io
import json
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tcvc_cli.measure.pictures import show
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.review.page.build import build
from tcvc_cli.review.page.request import ReviewRequest
from tcvc_cli.run.events import Event
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.showing_events import ReviewBuilt

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


def request_of(
    film: Path, result: Path | None = None, *, palettes: bool = False, **more: Any
) -> ReviewRequest:
    return ReviewRequest(Options(film, device="cpu", **more), result, is_without_palettes=not palettes)


def built(request: ReviewRequest) -> ReviewBuilt:
    """The last event of making the page."""
    last: Event = deque(build(request), maxlen=1).pop()
    assert isinstance(last, ReviewBuilt)
    return last


def film_in(folder: Path) -> Any:
    return _json((folder / "data" / "film.js").read_text("ascii"), "tcvcReview.film(")


def shot_in(folder: Path, number: int) -> Any:
    text = (folder / "data" / "shots" / f"{number:04}.js").read_text("ascii")
    return _json(text, f"tcvcReview.shot({number},")


def _json(text: str, head: str) -> Any:
    tail = ");\n"
    assert text.startswith(head)
    assert text.endswith(tail)
    return json.loads(text[len(head) : -len(tail)])


def bytes_of(uri: str, kind: str) -> bytes:
    head = f"data:{kind};base64,"
    assert uri.startswith(head)
    return base64.b64decode(uri[len(head) :], validate=True)


def picture_of(uri: str) -> Bytes:
    """(h, w) or (h, w, 3) uint8."""
    return np.asarray(Image.open(io.BytesIO(bytes_of(uri, "image/jpeg"))))


def ab_of(uri: str) -> Floats:
    """(h, w, 2) CIE units."""
    return picture_of(uri)[..., :2].astype(np.float32) - 128


def frames_of_clip(clip: Any, folder: Path) -> list[Bytes]:
    """(h, w, 3) uint8 RGB as a player shows them, by what the clip says of its colours."""
    path = folder / "clip.mp4"
    path.write_bytes(bytes_of(clip["src"], "video/mp4"))
    film = probe(path)
    return [np.rint(show(film, frame).rgb * 255).astype(np.uint8) for frame in read_frames(film)]
