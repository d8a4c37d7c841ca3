"""The settings are read and saved through the page."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tcvc_cli.errors import BadSettings
from tcvc_cli.review.serve.server import Page
from tcvc_cli.review.serve.settings_file import ChangedMeanwhile, SettingsFile, WantedText
from tests.material.page_client import Client

TEXT = '# mine\n[film]\nsaturation = 0.9\n\n[[shot]]\nnumber = 2\nstarts = "0:00:01.000"\nwarmth = 0.1\n'


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def drafts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.endswith(".part")]


def test_without_a_file(client: Client) -> None:
    assert client.get("api/settings").json == {"text": "", "sha256": None}


@pytest.mark.parametrize(
    "text", [TEXT, "", "# nothing\r\n[film]\r\nwarmth = 0.1", "# \u00e9\u6620 \U0001f3ac \u2028 x\n"]
)
def test_byte_for_byte(client: Client, page: Page, text: str) -> None:
    reply = client.post("api/settings", {"text": text, "before": None})
    data = text.encode()
    assert (reply.status, reply.json) == (200, {"sha256": sha256(data)})
    assert page.settings_file.read_bytes() == data
    assert client.get("api/settings").json == {"text": text, "sha256": sha256(data)}
    assert drafts(page.folder.parent) == []


def test_the_next_save_names_what_it_saw(client: Client, page: Page) -> None:
    first = client.post("api/settings", {"text": TEXT, "before": None}).json["sha256"]
    reply = client.post("api/settings", {"text": "[film]\n", "before": first})
    assert reply.status == 200
    assert page.settings_file.read_text() == "[film]\n"


@pytest.mark.parametrize("before", [None, sha256(b"other"), "", "x"])
def test_what_changed_meanwhile_stays(client: Client, page: Page, before: str | None) -> None:
    page.settings_file.write_text("[film]\nwarmth = 0.5\n")
    reply = client.post("api/settings", {"text": TEXT, "before": before})
    assert reply.status == 409
    assert reply.json["text"] == "[film]\nwarmth = 0.5\n"
    assert reply.json["sha256"] == sha256(b"[film]\nwarmth = 0.5\n")
    assert reply.json["message"]
    assert page.settings_file.read_text() == "[film]\nwarmth = 0.5\n"


def test_what_went_away_meanwhile(client: Client, page: Page) -> None:
    reply = client.post("api/settings", {"text": TEXT, "before": sha256(b"other")})
    assert (reply.status, reply.json["text"], reply.json["sha256"]) == (409, "", None)
    assert not page.settings_file.exists()


@pytest.mark.parametrize("was_there", [False, True])
def test_what_changes_while_it_is_written(
    page: Page, monkeypatch: pytest.MonkeyPatch, *, was_there: bool
) -> None:
    """Between the look at the file and its new name."""
    file, other = page.settings_file, "[film]\nwarmth = 0.7\n"
    if was_there:
        file.write_text("[film]\n")
    monkeypatch.setattr(
        "tcvc_cli.review.serve.settings_file.synchronize", lambda draft: file.write_text(other)
    )
    before = sha256(b"[film]\n") if was_there else None
    with pytest.raises(ChangedMeanwhile) as caught:
        SettingsFile(file, page.shots, page.frame_rate).save(WantedText(TEXT, before))
    assert caught.value.now.text == file.read_text() == other
    assert drafts(page.folder.parent) == []


def test_of_many_at_once_one_is_first(page: Page) -> None:
    settings = SettingsFile(page.settings_file, page.shots, page.frame_rate)
    saved: list[str] = []

    def save(number: int) -> None:
        with suppress(ChangedMeanwhile):
            saved.append(settings.save(WantedText(f"# {number}\n", None)))

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert saved == [sha256(page.settings_file.read_bytes())]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[film]\nwarmth = 3\n", "film.tcvc.toml, line 2: warmth: a number from -1 to 1"),
        ("[film\n", "film.tcvc.toml, line 1: is not TOML"),
        ("[film]\ncolour = 1\n", "film.tcvc.toml, line 2: there is no key colour"),
        ("\n\n[[shot]]\nnumber = 3\n", "film.tcvc.toml, line 3: there is no shot 3; the film has 2"),
        ('[[shot]]\nstarts = "0:00:02.000"\n', "there is no shot at 0:00:02.000"),
        ("[[shot]]\nnumber = 1\nsame_as = 1\n", "film.tcvc.toml, line 3: same_as"),
        ('[film]\nreferences = ["../a.png"]\n', "not one outside of it"),
        ('[film]\nreferences = ["/a.png"]\n', "not an absolute path"),
        ('[film]\nreferences = ["out.png"]\n', "film.tcvc.toml, line 2: out.png is a link out of"),
        ("[film]\n# \ud800\n", "film.tcvc.toml: is not text in UTF-8"),
    ],
)
def test_only_what_can_be_said_of_this_film(client: Client, page: Page, text: str, said: str) -> None:
    (page.folder.parent / "out.png").symlink_to("/etc/hostname")
    page.settings_file.write_text(TEXT)
    before = client.get("api/settings").json["sha256"]
    reply = client.post("api/settings", {"text": text, "before": before})
    assert reply.status == 422
    assert said in reply.json["message"]
    assert page.settings_file.read_text() == TEXT
    assert drafts(page.folder.parent) == []


def test_shots_outside_a_part_of_the_film(page: Page) -> None:
    """There are more than these, which have decisions of their own."""
    wanted = WantedText('[[shot]]\nstarts = "0:00:09.000"\nwarmth = 0.1\n', None)
    with pytest.raises(BadSettings, match="there is no shot"):
        SettingsFile(page.settings_file, page.shots, page.frame_rate).save(wanted)
    SettingsFile(page.settings_file, page.shots, page.frame_rate, is_part=True).save(wanted)
    assert page.settings_file.read_text() == wanted.text


def test_no_settings_are_that_large(page: Page) -> None:
    settings = SettingsFile(page.settings_file, page.shots, page.frame_rate)
    with pytest.raises(Exception, match="larger than 4 MiB"):
        settings.save(WantedText("#" * ((4 << 20) + 1), None))


def test_nothing_is_written_through_a_link(client: Client, page: Page) -> None:
    target = page.folder.parent / "elsewhere.toml"
    target.write_text("[film]\n")
    page.settings_file.symlink_to(target)
    seen = client.get("api/settings").json
    assert seen["text"] == "[film]\n"
    reply = client.post("api/settings", {"text": TEXT, "before": seen["sha256"]})
    assert reply.status == 422
    assert "is a link" in reply.json["message"]
    assert target.read_text() == "[film]\n"
    assert page.settings_file.is_symlink()


def test_nor_through_a_link_to_nowhere(client: Client, page: Page) -> None:
    page.settings_file.symlink_to(page.folder.parent / "nowhere.toml")
    assert client.post("api/settings", {"text": TEXT, "before": None}).status == 422
    assert not (page.folder.parent / "nowhere.toml").exists()


def test_a_folder_of_that_name(client: Client, page: Page) -> None:
    page.settings_file.mkdir()
    assert client.get("api/settings").status == 422
    assert client.post("api/settings", {"text": TEXT, "before": None}).status == 422


def test_a_file_that_is_no_text(client: Client, page: Page) -> None:
    page.settings_file.write_bytes(b"\xff\xfe")
    reply = client.get("api/settings")
    assert (reply.status, reply.json["message"]) == (422, "film.tcvc.toml, line 1: is not text in UTF-8")


def test_a_byte_order_mark_is_not_shown(client: Client, page: Page) -> None:
    page.settings_file.write_bytes(b"\xef\xbb\xbf[film]\n")
    seen = client.get("api/settings").json
    assert seen == {"text": "[film]\n", "sha256": sha256(b"\xef\xbb\xbf[film]\n")}
    assert client.post("api/settings", {"text": TEXT, "before": seen["sha256"]}).status == 200


def test_who_may_read_it_stays(client: Client, page: Page) -> None:
    page.settings_file.write_text("[film]\n")
    page.settings_file.chmod(0o600)
    before = client.get("api/settings").json["sha256"]
    assert client.post("api/settings", {"text": TEXT, "before": before}).status == 200
    assert page.settings_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_where_nobody_may_write(client: Client, page: Page) -> None:
    folder = page.folder.parent
    folder.chmod(0o500)
    try:
        reply = client.post("api/settings", {"text": TEXT, "before": None})
    finally:
        folder.chmod(0o700)
    assert reply.status == 422
    assert "no permission" in reply.json["message"]
