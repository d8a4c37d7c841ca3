"""A black-and-white film with sound, and the colours that a flickering tool gave it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tests.material.colored_films import FPS, LENGTHS, frames_of, save, write_film

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Material:
    """`film` is grey and has sound; `colors` is a film of the same frames whose colours flicker, at half its
    size; `pictures` are those frames; `true` are the frames as they are."""

    film: Path
    colors: Path
    pictures: tuple[Bytes, ...]
    true: tuple[Bytes, ...]

    def folder(self, place: Path, *, first: int = 0, without: tuple[int, ...] = ()) -> Path:
        """The frames as files, `first` being the first number; some may be missing."""
        place.mkdir()
        for number, picture in enumerate(self.pictures, first):
            if number not in without:
                save(place / f"frame_{number:06d}.png", picture)
        return place


def flickering(rgb: Bytes, number: int) -> Bytes:
    """Another tint in each frame; none on average."""
    tint = np.array([(25, 0, -25), (-25, 25, 0), (0, -25, 25)][number % 3])
    return np.asarray(np.clip(rgb.astype(int) + tint, 0, 255), np.uint8)


def add_sound(silent: Path, path: Path) -> Path:
    """The film with a tone, as FLAC."""
    seconds = sum(LENGTHS) / FPS
    with av.open(str(silent)) as source, av.open(str(path), "w") as result:
        picture = result.add_stream_from_template(source.streams.video[0])
        sound = result.add_stream("flac", rate=8000)
        tone = (8000 * np.sin(np.arange(int(8000 * seconds)) * 0.3)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
        coded = [*sound.encode(frame), *sound.encode(None)]
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = picture
                result.mux(packet)
        result.mux(coded)
    return path


def flickering_material(folder: Path) -> Material:
    """Written into `folder`."""
    true = tuple(frames_of())
    pictures = tuple(flickering(one, number) for number, one in enumerate(true))
    film = add_sound(write_film(folder / "silent.mkv", true, is_gray=True), folder / "grey.mkv")
    half = [np.asarray(cv2.resize(one, (80, 60), interpolation=cv2.INTER_AREA), np.uint8) for one in pictures]
    return Material(film, write_film(folder / "coloured.mkv", half), pictures, true)
