"""A film that is coloured, from the page: chosen, coloured again, and made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcvc_cli.review.serve.server import Page, ReviewServer
from tcvc_cli.review.subject import subject_of
from tcvc_cli.run.provenance.sidecar import read_sidecar
from tcvc_cli.settings.film.clock import clock_time
from tests.material.page_client import Client, until
from tests.material.present import present


@pytest.mark.slow
def test_a_choice_is_saved_and_coloured(colored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    subject = subject_of(colored)
    result = present(subject.result).path
    rebuilt: list[bytes] = []
    page = Page(
        folder=colored.with_name("film.review"),
        film=colored,
        shots=subject.shots,
        frame_rate=subject.film.frame_rate,
        settings_file=colored.with_name("film.tcvc.toml"),
        command=lambda: ("tcvc", "colorize", colored.name, "-y", "--model", "tcvc-mini", "--json"),
        command_folder=colored.parent,
        rebuild=lambda: rebuilt.append(result.read_bytes()),
    )
    starts = clock_time(subject.shots[1].start / subject.film.frame_rate)
    text = f'[[shot]]\nnumber = 2\nstarts = "{starts}"\nsaturation = 0.5\n'
    before = result.read_bytes()
    with ReviewServer(page) as server:
        client = Client(server.url)
        assert client.post("api/settings", {"text": text, "before": None}).status == 200
        assert client.post("api/colorize", {}).status == 202
        until(lambda: not client.get("api/colorize").json["running"])
        progress = client.get("api/colorize").json
    assert (progress["exit_code"], progress["message"]) == (0, None)
    assert {"ShotsFound", "ShotStarted", "Finished"} <= {one["event"] for one in progress["events"]}
    looks = [present(shot.look) for shot in present(read_sidecar(result)).shots]
    assert [look.grade.saturation for look in looks] == [1.0, 0.5, 1.0, 1.0]
    assert rebuilt == [result.read_bytes()]
    assert rebuilt != [before]
