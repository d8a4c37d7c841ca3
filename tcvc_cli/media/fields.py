"""Marks frames as interlaced, which encoders go by and PyAV cannot say itself."""

from __future__ import annotations

import av
from av.filter import Graph
from av.video.format import VideoFormat

from tcvc_cli.records import FilmInfo


class FieldMarker:
    """Passes frames through FFmpeg's `setfield`; the samples stay as they are."""

    def __init__(self, film: FilmInfo, layout: str) -> None:
        self._graph = Graph()
        source = self._graph.add_buffer(
            width=film.width_px, height=film.height_px, format=VideoFormat(layout), time_base=film.time_base
        )
        mark = self._graph.add("setfield", "tff" if film.fields == "top" else "bff")
        sink = self._graph.add("buffersink")
        source.link_to(mark)
        mark.link_to(sink)
        self._graph.configure()

    def marked(self, picture: av.VideoFrame) -> av.VideoFrame:
        """The same picture, its first field named."""
        self._graph.push(picture)
        marked = self._graph.pull()
        assert isinstance(marked, av.VideoFrame)
        return marked
