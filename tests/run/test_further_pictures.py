"""A film with two pictures: one is coloured, and it is said that the other is not."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from tcvc_cli.run.events import StreamsCarried, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options


def film_of(path: Path, pictures: int) -> Path:
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("ffv1", rate=25) for _ in range(pictures)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "gray"
        for number in range(6):
            luma = np.add.outer(np.arange(48), np.arange(64) + number).astype(np.uint8)
            for stream in streams:
                frame = av.VideoFrame.from_ndarray(luma, "gray")
                frame.pts = number
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    return path


def said_of(film: Path) -> list[str]:
    output = film.with_suffix(".out.mkv")
    events = list(colorize(Options(film, output, preset="master", model="tcvc-mini", model_size_px=64)))
    (told,) = (one for one in events if isinstance(one, StreamsCarried))
    assert len(told.carried) == len(av.open(str(film)).streams)
    return [one.message for one in events if isinstance(one, Warned)]


def test_another_picture_is_named(tmp_path: Path) -> None:
    assert said_of(film_of(tmp_path / "one.mkv", 1)) == []
    assert said_of(film_of(tmp_path / "two.mkv", 2)) == ["#1 is another picture and is not coloured"]
    assert said_of(film_of(tmp_path / "three.mkv", 3)) == ["#1, #2 are other pictures and are not coloured"]
