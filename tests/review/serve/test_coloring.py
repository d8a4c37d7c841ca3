"""The film is coloured again from the page."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.errors import DiskFull
from tcvc_cli.review.serve.coloring import Coloring
from tcvc_cli.review.serve.event_log import EventLog
from tcvc_cli.review.serve.server import Page, ReviewServer
from tests.material.page_client import Client, until


@contextmanager
def serving(page: Page, word: str, rebuild: Callable[[], None] = lambda: None) -> Iterator[Client]:
    """Whose command does what `word` says."""
    with ReviewServer(replace(page, command=lambda: ("tcvc", word), rebuild=rebuild)) as server:
        yield Client(server.url)


def ended(client: Client) -> Any:
    """What is said of the run when it has ended."""
    until(lambda: not client.get("api/colorize").json["running"])
    return client.get("api/colorize?since=0").json


def names(progress: Any) -> list[str]:
    return [one["event"] for one in progress["events"]]


def begin(client: Client) -> None:
    assert client.post("api/colorize", {}).status == 202


def test_before_the_first_run(client: Client) -> None:
    progress = client.get("api/colorize").json
    assert progress == {
        "run": 0,
        "running": False,
        "rebuilding": False,
        "events": [],
        "next": 0,
        "exit_code": None,
        "message": None,
    }
    assert client.post("api/stop", {}).status == 202  # there is nothing to stop


def test_a_run_tells_its_events_and_ends(client: Client) -> None:
    reply = client.post("api/colorize", {})
    assert (reply.status, reply.json) == (202, {"run": 1})
    progress = ended(client)
    assert (progress["exit_code"], progress["message"], progress["run"]) == (0, None, 1)
    assert names(progress) == ["ShotsFound", "FramesDone", "Finished"]
    assert progress["events"][1]["frames"] == 200
    assert progress["events"][2]["words"] == ["works"]
    assert progress["next"] == 203  # of 201 that count only the last is kept


def test_events_from_a_number_on(client: Client) -> None:
    begin(client)
    ended(client)
    assert names(client.get("api/colorize?since=201").json) == ["FramesDone", "Finished"]
    assert names(client.get("api/colorize?since=202").json) == ["Finished"]
    assert names(client.get("api/colorize?since=203").json) == []
    assert names(client.get("api/colorize?since=99999").json) == []


def test_one_run_after_another(client: Client) -> None:
    for number in (1, 2):
        assert client.post("api/colorize", {}).json == {"run": number}
        assert ended(client)["next"] == 203


def test_the_page_is_made_anew_before_the_run_has_ended(page: Page) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def rebuild() -> None:
        begun.set()
        assert may_end.wait(60)

    with serving(page, "works", rebuild) as client:
        begin(client)
        assert begun.wait(60)
        progress = client.get("api/colorize").json
        assert (progress["running"], progress["rebuilding"], progress["exit_code"]) == (True, True, None)
        assert client.post("api/colorize", {}).status == 409
        may_end.set()
        progress = ended(client)
        assert (progress["rebuilding"], progress["exit_code"], progress["message"]) == (False, 0, None)


@pytest.mark.parametrize("error", [DiskFull("no room left"), RuntimeError("no room left")])
def test_a_page_that_cannot_be_made_anew(page: Page, error: Exception) -> None:
    def rebuild() -> None:
        raise error

    with serving(page, "works", rebuild) as client:
        begin(client)
        progress = ended(client)
    assert progress["exit_code"] == 0
    assert "no room left" in progress["message"]


@pytest.mark.parametrize(
    ("word", "code", "message"),
    [
        ("fails", 4, "tcvc: error: no room left."),
        ("dies", 9, "The command ended with exit code 9."),
    ],
)
def test_a_run_that_fails(page: Page, word: str, code: int, message: str) -> None:
    rebuilt: list[bool] = []
    with serving(page, word, lambda: rebuilt.append(True)) as client:
        begin(client)
        progress = ended(client)
    assert (progress["exit_code"], progress["message"], rebuilt) == (code, message, [])


def test_a_program_that_is_not_there(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcvc_cli.review.serve.coloring.PROGRAM", ("/nowhere/tcvc",))
    with serving(page, "works") as client:
        reply = client.post("api/colorize", {})
        assert reply.status == 422
        assert "cannot be run" in reply.json["message"]
        assert not client.get("api/colorize").json["running"]


def test_a_run_is_stopped_as_ctrl_c_does(page: Page) -> None:
    rebuilt: list[bool] = []
    with serving(page, "waits", lambda: rebuilt.append(True)) as client:
        begin(client)
        until(lambda: names(client.get("api/colorize").json) == ["ShotsFound"])
        assert client.post("api/colorize", {}).status == 409
        assert client.post("api/stop", {}).status == 202
        progress = ended(client)
    assert names(progress) == ["ShotsFound", "Tidied"]
    assert (progress["exit_code"], progress["message"]) == (130, None)
    assert rebuilt == []


def test_a_second_signal_would_end_it_before_it_has_tidied_up(page: Page) -> None:
    with serving(page, "counts") as client:
        begin(client)
        until(lambda: names(client.get("api/colorize").json) == ["ShotsFound"])
        client.post("api/stop", {})
        until(lambda: names(client.get("api/colorize").json) == ["ShotsFound", "Heard"])
        client.post("api/stop", {})
        client.post("api/stop", {})
        (page.command_folder / "end").touch()
        assert names(ended(client)) == ["ShotsFound", "Heard", "Tidied"]


def test_the_end_of_the_server_stops_the_run(page: Page) -> None:
    coloring = Coloring(lambda: ("tcvc", "waits"), page.folder, page.rebuild)
    assert coloring.start() == 1
    until(lambda: bool(coloring.progress(0).events))
    coloring.close()
    progress = coloring.progress(0)
    assert (progress.running, progress.exit_code) == (False, 130)
    assert [one["event"] for one in progress.events] == ["ShotsFound", "Tidied"]
    assert coloring.start() is None


def test_a_run_that_hears_nothing_is_killed(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcvc_cli.review.serve.coloring._END_S", 0.1)
    coloring = Coloring(lambda: ("tcvc", "ignores"), page.folder, page.rebuild)
    coloring.start()
    until(lambda: bool(coloring.progress(0).events))
    coloring.close()
    progress = coloring.progress(0)
    assert (progress.running, progress.exit_code, progress.message) == (False, -signal.SIGKILL, None)


@pytest.mark.slow
def test_no_shell_and_no_module_from_the_folder(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of a film is no place to take programs from."""
    monkeypatch.undo()
    folder = page.folder.parent
    for name in ("tcvc_cli.py", "typer.py", "json.py"):
        (folder / name).write_text("open('was_run', 'w').close()")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", *filter(None, sys.path)]))
    words = ("tcvc", "colorize", "; touch was_run", "$(touch was_run)", "--json")
    coloring = Coloring(lambda: words, folder, page.rebuild)
    coloring.start()
    until(lambda: not coloring.progress(0).running)
    progress = coloring.progress(0)
    assert progress.exit_code == 8  # of several inputs, all failed
    assert progress.message is not None
    assert progress.message.startswith("tcvc: error: ")
    assert not (folder / "was_run").exists()
    coloring.close()


def test_its_words_are_asked_for_before_each_run(page: Page) -> None:
    """A first result is made, the second time it is replaced."""
    words = iter((("tcvc", "works", "first"), ("tcvc", "works", "second")))

    def command() -> tuple[str, ...]:
        for one in words:
            return one
        raise DiskFull("no words left")

    with ReviewServer(replace(page, command=command)) as server:
        client = Client(server.url)
        for word in ("first", "second"):
            begin(client)
            assert ended(client)["events"][-1]["words"] == ["works", word]
        reply = client.post("api/colorize", {})
        assert (reply.status, reply.json) == (422, {"message": "no words left"})


def test_it_is_run_where_the_command_belongs(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import json, os; print(json.dumps({'event': 'Here', 'folder': os.getcwd()}))"
    monkeypatch.setattr("tcvc_cli.review.serve.coloring.PROGRAM", (sys.executable, "-c", script))
    with serving(page, "x") as client:
        begin(client)
        (event,) = ended(client)["events"]
    assert Path(event["folder"]).samefile(page.command_folder)


def test_lines_without_end_are_passed_over(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """
import json, sys
line = json.dumps({"event": "Long", "x": "x" * (9 << 20)})
print(line)
print(json.dumps({"event": "Short"}))
sys.stdout.write(line)
print("e" * 9_000, file=sys.stderr)
print("the last", file=sys.stderr)
sys.exit(1)
"""
    monkeypatch.setattr("tcvc_cli.review.serve.coloring.PROGRAM", (sys.executable, "-c", script))
    with serving(page, "x") as client:
        begin(client)
        progress = ended(client)
    assert names(progress) == ["Short"]
    assert progress["message"] == "the last"


def test_a_log_keeps_the_last_events_only() -> None:
    log = EventLog(most=3)
    for number in range(10):
        log.add(b'{"event": "E", "number": %d}\n' % number)
    events, after = log.since(0)
    assert ([one["number"] for one in events], after) == ([7, 8, 9], 10)
    for line in (b"", b"x", b"1", b"{}", b'{"event": 1}', b'{"event": NaN}', b"[" * 100_000, b"\xff"):
        log.add(line)
    assert log.since(0) == (events, 10)


def test_counts_are_replaced_only_where_nothing_came_between() -> None:
    log = EventLog()
    for name in ("FramesDone", "FramesDone", "ShotStarted", "FramesDone"):
        log.add(b'{"event": "%s"}' % name.encode())
    assert [one["event"] for one in log.since(0)[0]] == ["FramesDone", "ShotStarted", "FramesDone"]
