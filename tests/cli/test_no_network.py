"""Nothing asks the network for anything but `tcvc weights pull`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tests.material.media_sources import Source, make
from tests.material.shelf import Shelf
from tests.material.weights_material import entry

ROOT = Path(__file__).parents[2]


def child(*words: str | Path, before: Sequence[str] = ()) -> str:
    command = [*before, sys.executable, *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TCVC_CALIBRATION": ""}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, env=environment, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def alone() -> list[str]:
    """What runs a command where there is no network at all; nothing where that is not permitted."""
    words = ["unshare", "--map-root-user", "--net"]
    if shutil.which(words[0]) is None or subprocess.run([*words, "true"], check=False).returncode:
        return []
    return words


@pytest.mark.slow
def test_the_commands_open_no_connection(tmp_path: Path) -> None:
    """A page is served to this machine alone; there, too, nothing goes out."""
    film = make(tmp_path / "film.mkv", Source("ffv1", "gray", frames=4))
    told = child("-m", "tests.material.no_network", film, tmp_path, before=alone())
    rows = {" ".join(row[0][:1] + row[0][-1:]): row for row in json.loads(told.splitlines()[-1])}
    assert len(rows) >= 15
    assert {row[1] for row in rows.values() if row[0][0] != "doctor"} == {0}
    asked = {name: row[2] for name, row in rows.items() if row[2]}
    assert asked == {"review -q": [["socket.bind", "('127.0.0.1', 0)"]]}


SEEN = """
import json, socket
from tests.material import no_network
no_network.sys.addaudithook(no_network.watch)
try: socket.create_connection(("127.0.0.1", 9), timeout=1)
except OSError: pass
print(json.dumps(no_network.asked))
"""


def test_a_connection_would_be_seen() -> None:
    events = [row[0] for row in json.loads(child("-c", SEEN))]
    assert events == ["socket.getaddrinfo", "socket.connect"]


def test_the_hub_is_told_nothing_of_this_machine() -> None:
    """huggingface-hub reads that when it is loaded."""
    code = "import tcvc_cli.model.weights.hub\nfrom huggingface_hub import constants\n"
    assert child("-c", f"{code}print(constants.HF_HUB_DISABLE_TELEMETRY)").strip() == "True"


class Listener:
    """On a port of this machine; counts who comes."""

    def __init__(self) -> None:
        self.count = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                self._socket.accept()[0].close()
                self.count += 1

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


def test_only_pull_asks_where_weights_lie(listener: Listener, shelf: Shelf) -> None:
    url = f"http://127.0.0.1:{listener.port}/mine.safetensors"
    shelf.list(entry("mine", b"weights", source={"kind": "https", "url": url}))
    for words in (["list"], ["show", "mine"], ["verify"], ["path", "mine"]):
        main(["weights", *words])
    assert listener.count == 0
    assert main(["weights", "pull", "mine"]) == 5
    assert listener.count > 0


PROTOCOLS = (
    *(
        "http",
        "https",
        "ftp",
        "rtsp",
        "rtmp",
        "tcp",
        "tls",
        "hls+http",
        "mmsh",
        "gopher",
        "sftp",
        "srt",
        "icecast",
    ),
    *(
        "async:http",
        "cache:http",
        "crypto+http",
        "concat:http",
        "concatf:http",
        "subfile,,start,0,end,0,,:http",
    ),
)
LISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
    "list.m3u": "{url}\n",
    "list.ffconcat": "ffconcat version 1.0\nfile {url}\n",
    "list.pls": "[playlist]\nFile1={url}\n",
    "list.asx": '<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
    "list.mpd": '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{url}</BaseURL></MPD>',
    "list.sdp": "v=0\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "list.strm": "{url}\n",
    "list.mkv": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
    "list.imf": '<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"/>',
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_address_is_no_film(
    listener: Listener, protocol: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    address = f"{protocol}://127.0.0.1:{listener.port}/film.mkv"
    assert main(["colorize", address, "-o", "out.mkv"]) in (2, 3)
    assert main(["shots", address]) in (2, 3)
    assert listener.count == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_addresses_is_no_film(listener: Listener, name: str, tmp_path: Path) -> None:
    given = tmp_path / name
    url = f"http://127.0.0.1:{listener.port}/film.mkv"
    given.write_text(LISTS[name].format(url=url, port=listener.port))
    assert main(["shots", str(given)]) == 3
    assert listener.count == 0
