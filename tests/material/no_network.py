"""python -m tests.material.no_network FILM FOLDER: the main commands, one after another in one process.
Prints JSON lines: the arguments, the exit code, and whatever they asked of sockets.

Every audit event of Python's sockets is seen, whoever opens one; what C libraries open by themselves is not.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tcvc_cli.cli.main import main as tcvc

ASKING = {
    *("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"),
    *("socket.getnameinfo", "socket.sendmsg", "socket.sendto", "urllib.Request", "http.client.connect"),
}
SMALL = ("--model", "tcvc-mini", "--model-size", "64", "--device", "cpu")
SERVED_S = 0.3

asked: list[list[Any]] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ASKING:
        asked.append([event, *(repr(one) for one in arguments if not hasattr(one, "fileno"))])
    if event == "socket.bind" and threading.current_thread() is threading.main_thread():
        threading.Timer(
            SERVED_S, os.kill, (os.getpid(), signal.SIGINT)
        ).start()  # a page is served until Ctrl-C


def commands(film: str, folder: Path) -> list[Sequence[str]]:
    result, batch = str(folder / "film.color.mkv"), str(folder / "batch")
    return [
        ("colorize", film, "-o", result, *SMALL, "--proof", "-q"),
        ("shots", film),
        ("settings", film),
        ("settings", film, "--shot", "1", "--warmth", "0.1"),
        ("verify", film, result),
        ("grade", result, "--warmth", "0.2", "-q"),
        ("report", film, result),
        ("sheet", film),
        ("preview", film, "--device", "cpu", "-q"),
        ("batch", film, "-o", batch, *SMALL, "-q"),
        ("review", film, result, "--no-palettes", "--serve", "--no-open", "-q"),
        ("weights", "list"),
        ("weights", "verify"),
        ("weights", "show", "tcvc-dino"),
        ("weights", "path", "tcvc-mini"),
        ("config", "show"),
        ("clean", str(folder)),
        ("doctor",),
        ("--version",),
    ]


def main() -> None:
    film, folder = sys.argv[1:]
    sys.addaudithook(watch)
    rows = []
    for arguments in commands(film, Path(folder)):
        asked.clear()
        rows.append([arguments, tcvc(arguments), list(asked)])
    print(f"\n{json.dumps(rows)}")


if __name__ == "__main__":
    main()
