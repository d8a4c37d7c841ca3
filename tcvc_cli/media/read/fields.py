"""The two fields of interlaced frames: which is first, and how to mark it. PyAV says neither itself."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

import av
from av.error import BlockingIOError
from av.filter import Graph
from av.video.format import VideoFormat

from tcvc_cli.records import Fields, FilmInfo, FrameFacts

_ANY_TIME_BASE = Fraction(1, 25)
_SET: Mapping[Fields, str] = MappingProxyType({"none": "prog", "top": "tff", "bottom": "bff"})
_IS_TOP_FIRST = "eq(interlace_type,TOPFIRST)"


class FieldMarker:
    """Passes frames through FFmpeg's `setfield` and `setsar`, which say what PyAV cannot; the samples stay as
    they are. FFV1 keeps both in every frame."""

    def __init__(self, film: FilmInfo, layout: str) -> None:
        self._film, self._layout = film, layout
        self._graphs: dict[Fields, Graph] = {}

    def marked(self, picture: av.VideoFrame, facts: FrameFacts | None = None) -> av.VideoFrame:
        """The same picture, its first field named, or said to have none; `facts` are the film's frame's."""
        film, order = self._film, self._film.order_in(facts)
        if order == "none" and not film.has_mixed_fields and film.sample_aspect == 1:
            return picture
        graph = self._graph_for(order)
        graph.push(picture)
        marked = graph.pull()
        assert isinstance(marked, av.VideoFrame)
        return marked

    def _graph_for(self, order: Fields) -> Graph:
        if order not in self._graphs:
            film = self._film
            aspect = f"{film.sample_aspect.numerator}/{film.sample_aspect.denominator}"
            steps = ("setfield", _SET[order]), ("setsar", aspect)
            self._graphs[order] = _graph(film.size_px, self._layout, film.time_base, *steps)
        return self._graphs[order]


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


def _graph(size_px: tuple[int, int], layout: str, time_base: Fraction, *steps: tuple[str, str]) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=size_px[0], height=size_px[1], format=VideoFormat(layout), time_base=time_base
    )
    graph.link_nodes(source, *(graph.add(*step) for step in steps), graph.add("buffersink"))
    graph.configure()
    return graph
