"""Pictures are dropped on the page."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from tcvc_cli.review.serve.references import fit_name
from tcvc_cli.review.serve.server import Page
from tcvc_cli.settings.picture_kinds import PICTURE_SUFFIXES
from tests.material.page_client import Client, Reply


def picture(hue: int = 0, kind: str = "PNG", size_px: tuple[int, int] = (64, 48)) -> bytes:
    """With a coloured half."""
    pixels = np.full((size_px[1], size_px[0], 3), 128, np.uint8)
    pixels[:, : size_px[0] // 2] = np.roll((200, 40, 60), hue)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def grey() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((48, 64, 3), 128, np.uint8)).save(out, "PNG")
    return out.getvalue()


def drop(client: Client, name: str, data: bytes) -> Reply:
    return client.send(f"api/reference?name={quote(name, safe='')}", data, "application/octet-stream")


def all_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_picture_is_copied_and_the_settings_can_name_it(client: Client, page: Page) -> None:
    before = all_below(page.folder.parent)
    reply = drop(client, "kitchen.png", picture())
    assert (reply.status, reply.json) == (200, {"file": "film.references/kitchen.png"})
    assert (page.folder.parent / "film.references" / "kitchen.png").read_bytes() == picture()
    new = {"film.references", "film.references/kitchen.png"}
    assert all_below(page.folder.parent) == before | new
    text = f'[film]\nreferences = ["{reply.json["file"]}"]\n'
    assert client.post("api/settings", {"text": text, "before": None}).status == 200


def test_what_is_there_stays(client: Client, page: Page) -> None:
    for hue, name in enumerate(("kitchen.png", "kitchen-2.png", "kitchen-3.png")):
        assert drop(client, "kitchen.png", picture(hue)).json == {"file": f"film.references/{name}"}
    folder = page.folder.parent / "film.references"
    assert (folder / "kitchen.png").read_bytes() == picture(0)
    assert (folder / "kitchen-3.png").read_bytes() == picture(2)


def test_the_same_picture_again_is_the_same_file(client: Client, page: Page) -> None:
    for _ in range(2):
        drop(client, "a.png", picture(0))
        assert drop(client, "a.png", picture(1)).json == {"file": "film.references/a-2.png"}
    assert all_below(page.folder.parent / "film.references") == {"a.png", "a-2.png"}


def test_a_link_of_that_name_is_not_followed(client: Client, page: Page) -> None:
    folder = page.folder.parent / "film.references"
    folder.mkdir()
    (folder / "a.png").symlink_to("../../nowhere.png")
    assert drop(client, "a.png", picture()).json == {"file": "film.references/a-2.png"}


@pytest.mark.parametrize("is_link", [True, False])
def test_a_folder_that_is_none(client: Client, page: Page, *, is_link: bool) -> None:
    folder, elsewhere = page.folder.parent / "film.references", page.folder.parent / "elsewhere"
    elsewhere.mkdir()
    if is_link:
        folder.symlink_to(elsewhere)
    else:
        folder.write_text("a file")
    before = all_below(page.folder.parent)
    assert drop(client, "a.png", picture()).status == 422
    assert all_below(page.folder.parent) == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "kitchen.png is empty"),
        (b"no picture", "kitchen.png is not a picture that can be read"),
        (grey(), "kitchen.png has no colour in it"),
        (picture()[:90], "kitchen.png is damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kitchen.png is not a picture that can be read"),
        (picture(kind="GIF"), "kitchen.png is not a picture that can be read"),
    ],
)
def test_what_is_no_picture_in_colour(client: Client, page: Page, data: bytes, said: str) -> None:
    before = all_below(page.folder.parent)
    reply = drop(client, "kitchen.png", data)
    assert (reply.status, reply.json) == (422, {"message": said})
    assert all_below(page.folder.parent) == before


def test_a_picture_too_large_is_not_decoded(client: Client) -> None:
    data = bytearray(picture())
    data[16:24] = (60_000).to_bytes(4) * 2  # the size in the header
    reply = drop(client, "huge.png", bytes(data))
    assert reply.status == 422
    assert reply.json["message"].startswith("huge.png")


@pytest.mark.parametrize(
    "name", ["a.exe", "a.html", "a.svg", "png", "a.", "", ".", "..", "a.png/", "a.png\0"]
)
def test_other_names(client: Client, page: Page, name: str) -> None:
    before = all_below(page.folder.parent)
    reply = drop(client, name, picture())
    assert reply.status == 422
    assert all_below(page.folder.parent) == before


@pytest.mark.parametrize("suffix", PICTURE_SUFFIXES)
def test_suffixes_in_any_letters(client: Client, suffix: str) -> None:
    """What the file is is seen by its content, as when the film is coloured."""
    reply = drop(client, f"a{suffix.upper()}", picture(kind="JPEG"))
    assert reply.json == {"file": f"film.references/a{suffix}"}


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("../../etc/cron.d/a.png", "a.png"),
        ("C:\\windows\\a.png", "a.png"),
        ("..\\..\\a.png", "a.png"),
        ("/a.png", "a.png"),
        (".png", "picture.png"),
        ("...png", "picture.png"),
        (".hidden.png", "hidden.png"),
        ("con.png", "_con.png"),
        ("NUL.x.png", "_NUL.x.png"),
        ("a\nb.png", "a_b.png"),
        ("gnp.\u202ea.png", "gnp._a.png"),
        ("<img src=x onerror='alert(1)'>.png", "_img src=x onerror='alert(1)'_.png"),
        ('"quoted".png', "_quoted_.png"),
        ("k\u00fcche \u6620.png", "k\u00fcche \u6620.png"),
        ("e\U0001f3ac.png", "e\U0001f3ac.png"),
        ("x" * 300 + ".png", "x" * 100 + ".png"),
        ("\u6620" * 300 + ".png", "\u6620" * 33 + ".png"),
        ("a .png", "a.png"),
    ],
    ids=lambda name: ascii(name[:30]),
)
def test_only_a_fit_last_part_of_the_name_is_kept(client: Client, page: Page, name: str, fit: str) -> None:
    reply = drop(client, name, picture())
    assert reply.json == {"file": f"film.references/{fit}"}
    assert all_below(page.folder.parent / "film.references") == {fit}


def test_the_folder_of_a_film_with_an_odd_name() -> None:
    assert fit_name("film\\\n\udcff", "film") == "film___"
    assert fit_name("..", "film") == "film"


@pytest.mark.parametrize(
    "query", ["", "?", "?name", "?name=a.png&name=b.png", "?name=%ff.png", "?other=a.png"]
)
def test_one_name_is_given(client: Client, query: str) -> None:
    reply = client.send(f"api/reference{query}", picture(), "application/octet-stream")
    assert reply.status == (422 if query == "?name" else 400)
