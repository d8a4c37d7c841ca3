"""What contact sheets have in common: a dark ground, calm letters, their names, and how they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final
from unicodedata import combining, normalize

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw, ImageFont

from tcvc_cli.errors import MediaError, OutputExists
from tcvc_cli.files import MayReplace, draft_of, is_there, refuse_special
from tcvc_cli.media.structure.computed_mark import with_mark, with_sheet_mark
from tcvc_cli.names import SHEET_SUFFIX, Claims, refuse_long

Bytes = NDArray[np.uint8]
Tint = tuple[int, int, int]
GAP_PX, EDGE_PX = 14, 20
LINE_PX, TEXT_PX, SMALL_PX = 20, 16, 14
GROUND: Final[Tint] = (24, 24, 26)
TEXT: Final[Tint] = (232, 232, 232)
QUIET: Final[Tint] = (165, 165, 170)
_COMPRESSION = 6  # of 9, which takes much longer for 1 % less
_NO_LETTER = "\U0010ffff"
_INSTEAD, _LEFT_OUT = "?", "..."


def write(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], words: str, tint: Tint, size_px: int = TEXT_PX
) -> None:
    """`words` from their left upper corner on, as far as there are letters for them."""
    draw.text(at, drawable(words), fill=tint, font=font(size_px))


def write_lines(draw: ImageDraw.ImageDraw, at: tuple[int, int], lines: Iterable[tuple[str, Tint]]) -> None:
    for number, (words, tint) in enumerate(lines):
        write(draw, (at[0], at[1] + number * LINE_PX), words, tint)


@lru_cache(maxsize=8)
def font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own, so that a sheet looks the same everywhere."""
    return ImageFont.load_default(size_px)


def drawable(words: str) -> str:
    """One line; a name may hold anything. What there is no letter for stands without its accent, or else as a
    question mark."""
    return "".join(map(_drawable, words))


@lru_cache(maxsize=4096)
def _drawable(one: str) -> str:
    plain = "".join(part for part in normalize("NFKD", one) if not combining(part))
    spellings = ("",) if combining(one) else (one, plain, one.casefold())
    return next((some for some in spellings if all(map(_has_letter, some))), _INSTEAD)


def shortened(words: str, most_px: int, size_px: int = TEXT_PX) -> str:
    """`drawable` words no wider than `most_px`, with dots for a middle that does not fit."""
    words = drawable(words[:4096])
    if width_px(words, size_px) <= most_px:
        return words
    for kept in range(min(len(words) - 1, most_px), 1, -1):
        short = words[: -(-kept // 2)] + _LEFT_OUT + words[len(words) - kept // 2 :]
        if width_px(short, size_px) <= most_px:
            return short
    return _LEFT_OUT


def width_px(words: str, size_px: int) -> int:
    """Of `drawable` words."""
    return round(font(size_px).getlength(words))


@lru_cache(maxsize=4096)
def _has_letter(one: str) -> bool:
    if not one.isprintable():
        return False
    if isinstance(font(TEXT_PX), ImageFont.ImageFont):  # where Pillow comes without FreeType
        return one.isascii()
    return one == " " or bytes(font(TEXT_PX).getmask(one)) != _no_letter()


@lru_cache(maxsize=1)
def _no_letter() -> bytes:
    return bytes(font(TEXT_PX).getmask(_NO_LETTER))


def numbered(first: Path, index: int) -> Path:
    """`film.sheet.png`, then `film.sheet-2.png` and so on."""
    return first if index == 0 else first.with_name(f"{first.stem}-{index + 1}{first.suffix}")


def refuse_sheets(sheets: Iterable[Path], inputs: Sequence[Path], *, may_overwrite: bool) -> None:
    """Before the work: nothing that is there is lost, and no input. Raises OutputError, OutputIsInput or
    OutputExists."""
    claims = Claims(inputs)
    for sheet in sheets:
        refuse_long(sheet)
        claims.refuse_input(sheet)
        refuse_special(sheet)
        if is_there(sheet) and not may_overwrite:
            advice = "Use {overwrite} to overwrite it, or give another name with {output}."
            raise OutputExists(f"{sheet} is there already", advice)


def write_sheet(path: Path, pixels: Bytes, may_replace: MayReplace, *, is_computed: bool = True) -> None:
    """(H, W, 3) uint8 RGB as a photograph is written, but smaller; `is_computed` colours are said to be so.
    Raises MediaError and what `draft_of` does."""
    written, data = cv2.imencode(SHEET_SUFFIX, pixels[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, _COMPRESSION])
    if not written:
        raise MediaError(f"could not code {path.name}")
    coded = with_sheet_mark(data.tobytes())
    with draft_of(path, may_replace=may_replace) as draft:
        draft.write_bytes(with_mark(coded, SHEET_SUFFIX) if is_computed else coded)
