"""The folder: never half-written, never in the place of what is not ours, made anew only where it must be."""

from __future__ import annotations

import json
import os
import shutil
from collections import deque
from pathlib import Path

import pytest
import torch

from tcvc_cli.errors import MediaError, OutputError, OutputExists
from tcvc_cli.media.write.clip import encode_clip
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.model.runtime import Loaded, load_colorizer
from tcvc_cli.review.page.assets import write_assets
from tcvc_cli.review.page.build import build
from tcvc_cli.run.events import FramesDone
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume.drafts.page import PAGE
from tests.material.review_page import built, film_in, request_of


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def names_beside(film: Path) -> set[str]:
    return {one.name for one in film.parent.iterdir()}


def load_smaller(name: str, device: torch.device) -> Loaded:
    return load_colorizer("tcvc-mini" if name == DEFAULT else name, device)


def test_all_of_a_page_lies_in_its_folder(colored: Path) -> None:
    folder = built(request_of(colored, output=colored.with_name("look"))).folder
    assert folder == colored.with_name("look")
    names = set(files_in(folder))
    assert {"index.html", "review.json", "data/film.js", "data/served.js"} <= names
    shots = {f"data/shots/{number:04}.js" for number in range(1, 5)}
    thumbs = {f"thumbs/{number:04}.{side}.jpg" for number in range(1, 5) for side in ("before", "after")}
    assert {name for name in names if name.startswith(("data/shots/", "thumbs/"))} == shots | thumbs
    assert (folder / "data" / "served.js").read_text() == "tcvcReview.served = null;\n"
    mark = json.loads((folder / "review.json").read_bytes())
    assert (mark["schema"], mark["kind"], mark["film"]["file"]) == (1, "tcvc-review", "film.mkv")
    assert mark["film"]["bytes"] == colored.stat().st_size
    assert os.stat(folder).st_mode & 0o777 == 0o777 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_what_has_not_changed_is_taken_over(colored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = built(request_of(colored))
    assert first.made == (1, 2, 3, 4)
    before = files_in(first.folder)
    monkeypatch.setattr("tcvc_cli.review.page.pictures.clips.encode_clip", None)  # nothing is made
    again = built(request_of(colored))
    assert again.made == ()
    assert files_in(again.folder) == before


@pytest.mark.slow
def test_after_colouring_again_only_that_shot_is_new(colored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcvc_cli.run.computing.load_colorizer", load_smaller)
    folder = built(request_of(colored)).folder
    before = files_in(folder)
    colored.with_name("film.tcvc.toml").write_text("[[shot]]\nnumber = 2\nsaturation = 0\n")
    deque(colorize(Options(colored, on_existing="overwrite")), maxlen=0)
    again = built(request_of(colored))
    assert again.made == (2,)
    after = files_in(folder)
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {
        *("data/shots/0002.js", "thumbs/0002.after.jpg"),
        *("data/film.js", "review.json"),
    }
    assert film_in(folder)["shots"][1]["look"]["saturation"] == 0


def test_another_film_of_the_same_name_is_made_anew(colored: Path) -> None:
    built(request_of(colored))
    later = colored.stat().st_mtime_ns + 10**9
    os.utime(colored.with_name("film.color.mkv"), ns=(later, later))  # it may be another: no segment counts
    assert built(request_of(colored)).made == (1, 2, 3, 4)
    assert built(request_of(colored)).made == ()


def test_a_script_that_is_not_plainly_ours_is_not_taken_over(colored: Path) -> None:
    folder = built(request_of(colored)).folder
    scripts = [folder / "data" / "shots" / f"{number:04}.js" for number in range(1, 5)]
    good = [one.read_text() for one in scripts]
    scripts[0].write_text(good[0] + "alert(1);\n")
    scripts[1].write_text(good[1].replace("data:image/jpeg;base64,", "https://example.org/", 1))
    scripts[2].unlink()
    (folder / "thumbs" / "0004.before.jpg").unlink()
    assert built(request_of(colored)).made == (1, 2, 3, 4)
    assert [one.read_text() for one in scripts] == good


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("holiday.jpg", b"", "no page of tcvc review"),
        ("review.json", b"{", "no page of tcvc review"),
        ("review.json", b'{"schema": 1, "kind": "diary", "film": {}, "shots": []}', "no page of tcvc review"),
    ],
)
def test_a_folder_that_is_not_ours_stays(colored: Path, name: str, content: bytes, words: str) -> None:
    folder = colored.with_name("film.review")
    folder.mkdir()
    (folder / name).write_bytes(content)
    with pytest.raises(OutputExists, match=words):
        built(request_of(colored))
    assert files_in(folder) == {name: content}


@pytest.mark.parametrize("name", ["notes.txt", "thumbs/mine.jpg", "data/shots/old/0001.js", "data/film.json"])
def test_what_a_person_put_into_the_folder_is_not_lost(colored: Path, name: str) -> None:
    folder = built(request_of(colored)).folder
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("mine")
    with pytest.raises(OutputExists, match="which is not of the page and would be lost"):
        built(request_of(colored))
    assert (folder / name).read_text() == "mine"


def test_a_link_or_a_file_of_that_name_stays(colored: Path) -> None:
    folder = built(request_of(colored)).folder
    folder.rename(colored.with_name("elsewhere"))
    folder.symlink_to(colored.with_name("elsewhere"))
    with pytest.raises(OutputExists):
        built(request_of(colored))
    assert folder.is_symlink()
    with pytest.raises(OutputError):
        built(request_of(colored, output=colored))
    assert colored.is_file()


def test_nothing_that_is_read_lies_in_the_folder(colored: Path) -> None:
    folder = built(request_of(colored)).folder
    film = Path(shutil.copy(colored, folder / "assets" / "film.mkv"))
    with pytest.raises(OutputError, match="lies in"):
        built(request_of(film, output=folder))
    assert film.is_file()


@pytest.mark.parametrize("had_one", [False, True])
def test_what_is_stopped_leaves_nothing(
    colored: Path, monkeypatch: pytest.MonkeyPatch, *, had_one: bool
) -> None:
    if had_one:
        built(request_of(colored))
        os.utime(colored.with_name("film.color.mkv"), ns=(1, 1))
    names = names_beside(colored)
    before = files_in(colored.with_name("film.review")) if had_one else {}
    events = build(request_of(colored))
    assert any(one == FramesDone("review", 2) for one in events)
    events.close()
    assert names_beside(colored) == names
    calls = iter(range(3))

    def fails(*given: object, **more: object) -> bytes:
        if next(calls) == 2:
            raise MediaError("no more")
        return encode_clip(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("tcvc_cli.review.page.pictures.clips.encode_clip", fails)
    with pytest.raises(MediaError, match="no more"):
        built(request_of(colored))
    assert names_beside(colored) == names
    if had_one:
        assert files_in(colored.with_name("film.review")) == before


HOSTILE = [
    "<script>alert(1)<",
    "a'\"&amp;<!--",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.vkm",
    "\N{CLAPPER BOARD}\N{ZERO WIDTH JOINER}\N{FAMILY}",
    "-y",
    "line\nbreak\N{LINE SEPARATOR}",
    "\N{CJK UNIFIED IDEOGRAPH-5F71}" * 80,
    "{{ 7 * 7 }}{% raw %}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(colored: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(colored.parent)
    film = Path(f"{name}.mkv")
    colored.rename(film)
    folder = built(request_of(film, Path("film.color.mkv"))).folder
    assert folder.name == f"{name}.review"
    data = film_in(folder)
    assert data["film"]["file"] == film.name
    assert data["command"][2] == (film.name if name[0] != "-" else f"./{film.name}")
    script = (folder / "data" / "film.js").read_text("ascii")
    assert not set("<>&") & set(script)
    page = (folder / "index.html").read_text("utf-8")
    assert "alert(1)<" not in page
    assert f'{name}"' not in page or name == "-y"
    assert "49" not in page.split("</title>")[0].split("<title>")[1]


def test_a_hostile_title_is_text(colored: Path) -> None:
    import av

    title = "</script><img src=x onerror=alert(1)>\N{LINE SEPARATOR}"
    film = colored.with_name("titled.mkv")
    with av.open(str(colored)) as source, av.open(str(film), "w") as target:
        target.metadata["title"] = title
        video = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = video
                target.mux(packet)
    folder = built(request_of(film)).folder
    assert film_in(folder)["film"]["title"] == title.strip()
    assert "<" not in (folder / "data" / "film.js").read_text("ascii")


def test_the_title_of_a_page_turns_nothing_around(tmp_path: Path) -> None:
    write_assets(tmp_path, "a\x1b[31m\u202egpj.\u2066mkv</title><script>x\udcff")
    page = (tmp_path / PAGE).read_text("utf-8")
    assert not any(sign in page for sign in ("\x1b", "<script>x"))
    title = page.split("<title>")[1].split("</title>")[0]
    assert title == "a\\x1b[31m\\u202egpj.\\u2066mkv&lt;/title&gt;&lt;script&gt;x\\udcff"
    assert "\u202e" not in page.split("<bdi")[0]
