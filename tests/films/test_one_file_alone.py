"""A film is one file: lists, scripts and the like are refused before anything that they name is opened."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tcvc_cli.errors import InputError, UnreadableInput
from tcvc_cli.media.read.probe import probe
from tests.material.media_sources import Source, make

TARGET = "target.mkv"
_M3U8 = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n"
_MPD = (
    "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011' type='static'"
    " mediaPresentationDuration='PT1S'><Period><AdaptationSet contentType='video'><Representation id='1'"
    f" bandwidth='1'><BaseURL>{TARGET}</BaseURL><SegmentList duration='1'><Initialization"
    f" sourceURL='{TARGET}'/><SegmentURL media='{TARGET}'/></SegmentList></Representation></AdaptationSet>"
    "</Period></MPD>"
)
LISTS = {
    "concat.ffconcat": f"ffconcat version 1.0\nfile {TARGET}\n",
    "concat called.mkv": f"ffconcat version 1.0\nfile {TARGET}\n",
    "hls.m3u8": _M3U8.format(TARGET),
    "hls called.mp4": _M3U8.format(TARGET),
    "hls called.ts": _M3U8.format(TARGET),
    "hls by full name.m3u8": _M3U8.format("file:{full}"),
    "hls of hls.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\ntarget.m3u8\n",
    "hls with key.m3u8": _M3U8.format(f'#EXT-X-KEY:METHOD=AES-128,URI="{TARGET}"\nx.ts'),
    "dash.mpd": _MPD,
    "dash called.mkv": _MPD,
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "subtitles.idx": "# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n"
    "timestamp: 00:00:01:000, filepos: 000000000\n",
    "script.avs": f'ffms2("{TARGET}")\n',
    "plain.m3u": f"#EXTM3U\n{TARGET}\n",
    "drawing.svg": "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'"
    f" width='64' height='64'><image width='64' height='64' xlink:href='{TARGET}'/></svg>",
}
NAMES = ("concat:film.mkv|target.mkv", "subfile,,start,0,end,9,,:target.mkv", "crypto:target.mkv", "pipe:0")
OTHERS = ("data:video/mp4;base64,AAAA", "http://127.0.0.1:9/film.mkv", "film%d.mkv", "lavfi:testsrc")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With pipes by the names that are opened by those who follow a list."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes in folders here")
    monkeypatch.chdir(tmp_path)
    for name in (TARGET, "target.m3u8", "subtitles.sub", "raw.M00", "ASSETMAP.xml", "0.mkv", "film0.mkv"):
        os.mkfifo(tmp_path / name)
    return tmp_path


@contextmanager
def opened(folder: Path) -> Iterator[set[str]]:
    """The pipes in the folder that somebody begins to read meanwhile; who does, reads to the end at once."""
    pipes, found, is_over = [path for path in folder.iterdir() if path.is_fifo()], set[str](), Event()

    def watch() -> None:
        while not is_over.wait(0.002):
            for pipe in pipes:
                with suppress(OSError):  # there is no reader
                    os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
                    found.add(pipe.name)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield found
        time.sleep(0.005)
    finally:
        is_over.set()
        watcher.join()


@pytest.mark.parametrize("name", LISTS)
def test_nothing_that_a_list_names_is_opened(folder: Path, name: str) -> None:
    (folder / name).write_text(LISTS[name].replace("{full}", str(folder / TARGET)))
    with opened(folder) as found, pytest.raises(InputError) as caught:
        probe(Path(name))
    assert found == set()
    assert "\n" not in str(caught.value)


def test_no_part_beside_a_film_is_opened(folder: Path) -> None:
    raw = (
        b"MLVI"
        + struct.pack("<I", 52)
        + b"v2.0"
        + bytes(4)
        + struct.pack("<QHHIHHIIII", 1, 0, 2, 0, *[1] * 6)
    )
    (folder / "raw.MLV").write_bytes(raw + b"RAWI" + struct.pack("<IQHH", 180, 0, 64, 48) + bytes(160))
    with opened(folder) as found, pytest.raises(InputError):
        probe(Path("raw.MLV"))
    assert found == set()


@pytest.mark.parametrize("name", NAMES + OTHERS)
def test_a_name_is_a_name_of_a_file(folder: Path, name: str) -> None:
    make(folder / "film.mkv", Source(frames=1))
    with opened(folder) as found, pytest.raises(UnreadableInput, match="does not exist"):
        probe(Path(name))
    assert found == set()


def test_the_watch_sees_who_opens(folder: Path) -> None:
    with opened(folder) as found, open(TARGET, "rb") as file:
        file.read()
    assert found == {TARGET}
