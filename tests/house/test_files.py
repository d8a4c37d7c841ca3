"""How a file gets its name, whatever stands there and whatever appears meanwhile."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli import files
from tcvc_cli.errors import MediaError, OutputError, OutputExists, OutputFolderMissing, OutputIsInput
from tcvc_cli.files import always, draft_of, rename_new
from tcvc_cli.names import Claims, Names, names_of, refuse_long


def write(target: Path, text: str = "ours", **settings: Any) -> None:
    with draft_of(target, **settings) as draft:
        draft.write_text(text)


@pytest.fixture(params=["hard links", "exclusive rename", "neither"])
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file system knows of refusing."""

    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if request.param != "hard links":
        monkeypatch.setattr(os, "link", no_links)
    if request.param == "neither":
        monkeypatch.setattr(files, "_rename_exclusively", lambda old, new: errno.EINVAL)


@pytest.mark.usefixtures("file_system")
def test_a_name_is_taken_once(tmp_path: Path) -> None:
    target = tmp_path / "film.mkv"
    write(target)
    with pytest.raises(OutputExists, match=r"film\.mkv is there already"):
        write(target, "another")
    assert target.read_text() == "ours"
    write(target, "another", may_replace=always)
    assert target.read_text() == "another"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.usefixtures("file_system")
def test_what_appears_meanwhile_stays(tmp_path: Path) -> None:
    target = tmp_path / "film.mkv"

    def theirs(_: Path) -> None:
        target.write_text("theirs")

    with pytest.raises(OutputExists):
        write(target, on_complete=theirs)
    assert target.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.usefixtures("file_system")
def test_a_folder_is_renamed_to_a_new_name_alone(tmp_path: Path) -> None:
    for name in ("bag", "there"):
        (tmp_path / name).mkdir()
    with pytest.raises(OutputExists):
        rename_new(tmp_path / "bag", tmp_path / "there")
    rename_new(tmp_path / "bag", tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "there"]


@pytest.mark.parametrize("is_dangling", [True, False])
def test_nothing_is_written_through_a_link(tmp_path: Path, *, is_dangling: bool) -> None:
    elsewhere, target = tmp_path / "elsewhere", tmp_path / "film.mkv"
    if not is_dangling:
        elsewhere.write_text("theirs")
    target.symlink_to(elsewhere)
    (tmp_path / ".film.mkv.part").symlink_to(elsewhere)
    with pytest.raises(OutputExists):
        write(target)
    with pytest.raises(OutputError, match="is a link") as error:
        write(target, may_replace=always)
    assert str(elsewhere) in error.value.advice
    assert target.is_symlink()
    assert elsewhere.exists() != is_dangling
    assert is_dangling or elsewhere.read_text() == "theirs"


def test_only_files_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "folder", Path(os.devnull)):
        with pytest.raises(OutputError):
            files.publish(tmp_path / "draft", target, may_replace=always)
    with pytest.raises(OutputFolderMissing):
        write(tmp_path / "nowhere" / "film.mkv")


def test_nothing_is_left_of_what_went_wrong(tmp_path: Path) -> None:

    def fails(_: Path) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(tmp_path / "film.mkv", on_complete=fails)
    with pytest.raises(MediaError, match="nothing was written"), draft_of(tmp_path / "film.mkv"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_draft_is_hidden_new_and_short_enough(tmp_path: Path) -> None:
    target = tmp_path / ("あ" * 84)  # 252 bytes
    with draft_of(target) as draft:
        assert draft.parent == tmp_path
        assert draft.name.startswith(".あ")
        assert draft.stat().st_size == 0
        draft.write_text("ours")
    assert target.read_text() == "ours"


def test_names_that_are_too_long(tmp_path: Path) -> None:
    refuse_long(tmp_path / ("x" * 255))
    with pytest.raises(OutputError, match="too long: 256 bytes, 255 fit"):
        refuse_long(tmp_path / ("x" * 256))


def test_the_names_of_a_run(tmp_path: Path) -> None:
    result, elsewhere = tmp_path / "x.mkv", tmp_path / "work"
    assert [path.name for path in names_of(result).files] == ["x.mkv", "x.mkv.json"]
    every = names_of(result, is_proved=True, has_premis=True, work_dir=elsewhere)
    beside = ["", ".json", ".proof.json", ".premis.xml"]
    assert [path.name for path in every.files] == [f"x.mkv{end}" for end in beside]
    assert [folder.parent for folder in every.folders] == [tmp_path, elsewhere]


@pytest.mark.parametrize("way", ["path", "other spelling", "hard link", "link", "link to it"])
def test_no_name_is_an_input(tmp_path: Path, way: str) -> None:
    film, name = tmp_path / "film.mkv", tmp_path / "name.mkv"
    film.touch()
    given = film
    if way == "path":
        name = film
    elif way == "other spelling":
        name = tmp_path / "folder" / ".." / "film.mkv"
        (tmp_path / "folder").mkdir()
    elif way == "hard link":
        os.link(film, name)
    elif way == "link":
        name.symlink_to(film)
    else:
        given = tmp_path / "given.mkv"
        given.symlink_to(film)
        name = film
    with pytest.raises(OutputIsInput):
        Claims([given]).claim(Names((tmp_path / "result", name), ()), given)


def test_no_work_where_an_input_lies(tmp_path: Path) -> None:
    names = names_of(tmp_path / "x.mkv")
    names.folders[0].mkdir()
    with pytest.raises(OutputIsInput, match="where tcvc would work"):
        Claims([names.folders[0] / "segment-000001.mkv"]).claim(names, tmp_path / "film")


def test_two_films_for_one_name(tmp_path: Path) -> None:
    claims = Claims()
    claims.claim(names_of(tmp_path / "x.mkv"), tmp_path / "a")
    claims.claim(names_of(tmp_path / "x.mkv"), tmp_path / "a")
    with pytest.raises(OutputError, match=r"x\.mkv would be the result of a too"):
        claims.claim(names_of(tmp_path / "x.mkv"), tmp_path / "b")
    with pytest.raises(OutputError, match="too"):
        claims.take(tmp_path / "x.mkv.json", tmp_path / "report")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_file_that_a_library_put_in_place_can_be_read_by_whoever_may(tmp_path: Path) -> None:
    target, mask = tmp_path / "weights.safetensors", os.umask(0o022)
    try:
        with draft_of(target) as draft:
            own = tmp_path / "own"
            own.write_bytes(b"weights")
            own.chmod(0o600)
            own.replace(draft)
    finally:
        os.umask(mask)
    assert target.stat().st_mode & 0o777 == 0o644


def test_a_list_that_grows_has_every_line_at_once(tmp_path: Path) -> None:
    log = tmp_path / "anchors.log"
    for line in ("one", "two"):
        with files.appending(log) as lines:
            lines.write(line + "\n")
            assert log.read_text().endswith(line + "\n")
    assert log.read_text() == "one\ntwo\n"


@pytest.mark.skipif(os.name == "nt", reason="there are neither links for everybody nor pipes with names")
def test_a_list_grows_in_a_plain_file_alone(tmp_path: Path) -> None:
    elsewhere, link, pipe = (tmp_path / name for name in ("theirs", "anchors.log", "pipe.log"))
    link.symlink_to(elsewhere)
    os.mkfifo(pipe)
    for path in (link, pipe, tmp_path):
        with pytest.raises(OutputError, match=f"{path} is (a|not)"), files.appending(path):
            pass
    assert not elsewhere.exists()
    with pytest.raises(OutputFolderMissing), files.appending(tmp_path / "nowhere" / "anchors.log"):
        pass
