"""Whatever the times of the frames and wherever the segments meet, every frame keeps its time."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import av
from hypothesis import given, settings
from hypothesis import strategies as st

from tcvc_cli.media.read.probe import probe
from tests.material.film_facts import frame_times
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored
from tests.material.present import present

STEPS = st.lists(st.integers(1, 700), min_size=3, max_size=16)
SMALL: dict[str, Any] = {"width": 16, "height": 16, "codec": "mjpeg", "is_full_range": True}


@given(
    start=st.integers(0, 3000),
    steps=STEPS,
    cut_at=st.sets(st.integers(1, 14), max_size=3),
    tick=st.sampled_from([Fraction(1, 1000), Fraction(1, 90000), Fraction(1, 600), Fraction(1, 25)]),
    suffix=st.sampled_from(["mp4", "mov"]),
)
@settings(max_examples=25, deadline=None)
def test_times_of_any_film_are_kept(
    start: int, steps: list[int], cut_at: set[int], tick: Fraction, suffix: str
) -> None:
    pts = list(accumulate(steps, initial=start))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        exact = {"movie_timescale": str(tick.denominator * 1000)}
        source = Source(frames=len(pts), time_base=tick, pts=pts, muxer_options=exact, **SMALL)
        make(path, source)
        output = Path(folder) / f"result.{suffix}"
        colored(probe(path), output, cuts=sorted(cut for cut in cut_at if cut < len(pts)))
        assert frame_times(path) == [one * tick for one in pts]
        assert frame_times(output) == frame_times(path)
        with av.open(str(output)) as container:
            packets = [packet for packet in container.demux(0) if packet.size]
        assert all(present(one.dts) < present(other.dts) for one, other in pairwise(packets))
        assert all(present(packet.dts) <= present(packet.pts) for packet in packets)
