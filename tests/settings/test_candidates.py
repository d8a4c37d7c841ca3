"""Which of the files that a user gave are references."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcvc_cli.errors import BadReference, UnreadableInput, UsageError
from tcvc_cli.files import sha256_of
from tcvc_cli.settings.candidates import MOST_PICTURES, find_candidates

PNG = b"\x89PNG\r\n\x1a\n"


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_folder_gives_its_pictures_and_counts_the_rest(tmp_path: Path) -> None:
    second, first = written(tmp_path / "b.JPG", b"b"), written(tmp_path / "a.png", b"a")
    for name in ("notes.txt", ".hidden.png", "film.mkv", "._a.png"):
        written(tmp_path / name, name.encode())
    written(tmp_path / "deeper" / "c.png", b"c")
    found = find_candidates([tmp_path])
    assert [(one.path, one.sha256, one.kind) for one in found.files] == [
        (first, sha256_of(first), "picture"),
        (second, sha256_of(second), "picture"),
    ]
    assert (found.skipped, found.notes) == (4, ())


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("old.mp4", b"", "film"),
        ("old.PNG", b"no picture, as reading it will tell", "picture"),
        ("still", PNG, "picture"),
        ("still", b"\xff\xd8\xff\xe0", "picture"),
        ("still", b"RIFF\0\0\0\0WEBPVP8 ", "picture"),
        ("still", b"\0\0\0\x20ftypavif", "picture"),
        ("copy", b"\0\0\0\x20ftypisom", "film"),
        ("copy", b"\x1a\x45\xdf\xa3", "film"),
        ("copy", b"RIFF\0\0\0\0AVI LIST", "film"),
    ],
)
def test_a_file_is_a_picture_or_a_film(tmp_path: Path, name: str, head: bytes, kind: str) -> None:
    (found,) = find_candidates([written(tmp_path / name, head)]).files
    assert found.kind == kind


def test_what_is_neither_is_refused_when_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(BadReference, match=r"notes\.txt is neither a picture nor a film"):
        find_candidates([written(tmp_path / "notes.txt", b"the coat was green")])


def test_missing_and_empty_places(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="nowhere does not exist"):
        find_candidates([tmp_path / "nowhere"])
    with pytest.raises(UnreadableInput, match="no picture in the folder"):
        find_candidates([tmp_path])


def test_the_same_content_counts_once_and_is_told(tmp_path: Path) -> None:
    one = written(tmp_path / "a.png", b"same")
    written(tmp_path / "b.png", b"same")
    found = find_candidates([tmp_path])
    assert [file.path for file in found.files] == [one]
    assert found.notes == ("b.png is the same picture as a.png, and counts once",)
    assert find_candidates([one, tmp_path / "." / "a.png"]).notes == ()


def test_too_many_are_counted(tmp_path: Path) -> None:
    for number in range(MOST_PICTURES):
        written(tmp_path / f"{number}.png", str(number).encode())
    assert len(find_candidates([tmp_path]).files) == MOST_PICTURES
    written(tmp_path / "one more.png", b"-")
    with pytest.raises(UsageError, match="1001 reference pictures are too many; 1000 is the most"):
        find_candidates([tmp_path])
