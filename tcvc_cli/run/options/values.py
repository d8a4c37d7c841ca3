"""Values that a person types, read into what the program speaks. ValueError says what would be right."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

from tcvc_cli.plan.timecode import Timecode, is_timecode, read_timecode
from tcvc_cli.records import FrameRange

FilmMoment: TypeAlias = Fraction | Timecode  # seconds from the first frame, or what the film's clock shows
_CLOCK = re.compile(r"(?:(?:(?P<h>\d+):)?(?P<m>\d+):)?(?P<s>\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_MEMORY = re.compile(r"(?P<size>\d+(?:\.\d+)?)\s*(?P<unit>[MG]?)(?:i?B)?", re.ASCII | re.IGNORECASE)
_FRAMES = re.compile(r"(\d{1,9})-(\d{1,9})", re.ASCII)
_LONGEST_NAME = 200  # characters of an operator
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d{1,4})?", re.ASCII)

_SEPARATORS = tuple(filter(None, ("/", os.sep, os.altsep)))


@dataclass(frozen=True, slots=True)
class Folder:
    """Where results go under their usual names."""

    path: Path


def result_place(text: str) -> Path | Folder:
    """The name of a result; or the folder for it, which is there, or is called so by a slash at its end."""
    path = Path(text)
    if text == "-":  # a pipe, whatever lies here
        return path
    return Folder(path) if text.endswith(_SEPARATORS) or path.is_dir() else path


def film_time(text: str) -> Fraction:
    """Seconds of film time, exactly, from `SS`, `MM:SS` or `HH:MM:SS`, each with a decimal part or not."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no time; write seconds (12.5), HH:MM:SS (00:01:02.500) or HH:MM:SS:FF")
    hours, minutes, seconds = int(found["h"] or 0), int(found["m"] or 0), Fraction(found["s"])
    if (found["m"] and seconds >= 60) or (found["h"] and minutes >= 60):
        raise ValueError(f"{text!r} has minutes or seconds of 60 and more")
    return 3600 * hours + 60 * minutes + seconds


def film_moment(text: str) -> FilmMoment:
    """As `film_time`; or a timecode, `HH:MM:SS:FF` or `HH:MM:SS;FF`, counted as the film's own is."""
    return read_timecode(text) if is_timecode(text) else film_time(text)


def key_and_value(text: str) -> tuple[str, str]:
    """`KEY=VALUE` in two; the value may hold more of them."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise ValueError(f"{text!r}, not KEY=VALUE")
    return key, value


def device_name(text: str) -> str:
    """`text` as it is, when it names a device; whether this machine has it is asked later."""
    if _DEVICE.fullmatch(text) is None:
        raise ValueError(f"{text!r} is none of auto, cpu, cuda, cuda:N, mps")
    return text


def frame_range(text: str) -> FrameRange:
    """`120-480`: the first frame and the last, both included."""
    found = _FRAMES.fullmatch(text.strip())
    if found is None or int(found[2]) < int(found[1]):
        raise ValueError(f"{text!r} are no frames; write the first and the last as 120-480")
    return FrameRange(int(found[1]), int(found[2]))


def size_mib(text: str | int) -> int:
    """MiB, from `800`, `800M` or `1.5G`."""
    found = _MEMORY.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(f"{text!r} is no size; write 800M or 4G")
    return int(Fraction(found["size"]) * (1024 if found["unit"].upper() == "G" else 1))


def split_operator(text: str) -> tuple[str, Literal["person", "organization"]]:
    """The name, and what it is the name of: `org:` stands before that of an institution."""
    kind, colon, name = text.partition(":")
    is_institution = bool(colon) and kind.strip().lower() == "org"
    return (name.strip(), "organization") if is_institution else (text, "person")


def operator_name(text: str) -> str:
    """A person or an institution in one line of printable text, without the space around it."""
    name = unicodedata.normalize("NFC", text.strip())
    is_printable = all(unicodedata.category(sign)[0] != "C" for sign in name)
    if not split_operator(name)[0] or not is_printable or len(name) > _LONGEST_NAME:
        raise ValueError(f"{text[:40]!r} is no name; write one line of 1 to {_LONGEST_NAME} characters")
    return name
