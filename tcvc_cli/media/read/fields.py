"""The two fields of interlaced frames: which is first, and how to mark it. PyAV says neither itself."""

from __future__ import annotations

from fractions import Fraction

import av
from av.error import BlockingIOError
from av.filter import Graph
from av.video.format import VideoFormat

from tcvc_cli.records import Fields, FilmInfo

_ANY_TIME_BASE = Fraction(1, 25)
_IS_TOP_FIRST = "eq(interlace_type,TOPFIRST)"


class FieldMarker:
    """Passes frames through FFmpeg's `setfield`; the samples stay as they are."""

    def __init__(self, film: FilmInfo, layout: str) -> None:
        order = "tff" if film.fields == "top" else "bff"
        self._graph = _graph(film.size_px, layout, film.time_base, ("setfield", order))

    def marked(self, picture: av.VideoFrame) -> av.VideoFrame:
        """The same picture, its first field named."""
        self._graph.push(picture)
        marked = self._graph.pull()
        assert isinstance(marked, av.VideoFrame)
        return marked


class FieldOrder:
    """Asks FFmpeg's `select`, which lets pass what is marked as top field first."""

    def __init__(self) -> None:
        self._layout: tuple[int, int, str] | None = None
        self._graph: Graph | None = None

    def of(self, picture: av.VideoFrame) -> Fields:
        """As the frame says; a frame that is not called interlaced, or has no two fields, has none."""
        if not picture.interlaced_frame or picture.height % 2:
            return "none"
        graph = self._graph_for(picture)
        graph.push(picture)
        try:
            graph.pull()
        except BlockingIOError:
            return "bottom"
        return "top"

    def _graph_for(self, picture: av.VideoFrame) -> Graph:
        layout = picture.width, picture.height, picture.format.name
        if self._graph is None or layout != self._layout:
            self._layout = layout
            self._graph = _graph(layout[:2], layout[2], _ANY_TIME_BASE, ("select", _IS_TOP_FIRST))
        return self._graph


def _graph(size_px: tuple[int, int], layout: str, time_base: Fraction, step: tuple[str, str]) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=size_px[0], height=size_px[1], format=VideoFormat(layout), time_base=time_base
    )
    middle, sink = graph.add(*step), graph.add("buffersink")
    source.link_to(middle)
    middle.link_to(sink)
    graph.configure()
    return graph
