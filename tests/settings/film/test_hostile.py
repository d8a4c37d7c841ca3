"""A settings file may come from anywhere: whatever it holds, the answer is one line, at once."""

from __future__ import annotations

import os
import time
import tracemalloc
from pathlib import Path

import pytest

from tcvc_cli.errors import BadSettings, InputError, UnreadableInput
from tcvc_cli.settings.film.read import MOST_BYTES, read_settings, settings_from_text

AT_MOST_S = 1.5  # of the processor; a tenth of it on a quiet machine
AT_MOST_MIB = 100
FILE = Path("film.tcvc.toml")
POINT = "[[shot.points]]\nframe = {}\nx = 0.4\ny = 0.3\ncolor = '#6b4a2b'\n"
IN_BRACES = "{frame=1,x=0,y=0,color='none'},"

TEXTS = {
    "dots": ("a" + ".a" * 2_000_000 + " = 1", 1, "a key of more than 12 parts"),
    "dots of a header": ("[" + "a." * 2_000_000 + "a]", 1, "a key of more than 12 parts"),
    "lists": ("a = " + "[" * 4_000_000, 1, "more than 12 levels"),
    "tables in braces": ("a = " + "{a = " * 800_000, 1, "more than 12 levels"),
    "an integer": ("[film]\nsaturation = " + "9" * 4_000_000, 2, "more than 10000 characters"),
    "a short long integer": ("[film]\nsaturation = " + "9" * 9_000, 2, "a number that does not fit"),
    "a hexadecimal": ("[film]\nsaturation = 0x" + "f" * 9_000, 2, "not so long a one"),
    "a list": ("[film]\nreferences = [" + "'a'," * 1_000_000 + "]", 2, "more than 10000 items"),
    "tables": ("".join(f"[a{number}]\n" for number in range(400_000)), 101, "more than 100 keys"),
    "keys": ("[film]\n" + "".join(f"k{number}=1\n" for number in range(300_000)), 102, "more than 100 keys"),
    "one key": ('"\\u0061" = 1\n' * 300_000, 2, "cannot overwrite a value"),
    "a long key": ("saturation" * 400_000 + " = 1", 1, "there is no key saturationsaturation"),
    "shots": ("[[shot]]\n" * 450_000, 10_001, "more than 10000 items"),
    "numbered": ("".join(f"[[shot]]\nnumber={n + 1}\n" for n in range(20_000)), 20_001, "10000 items"),
    "a text": ("a = '" + "a" * 4_000_000 + "'", 1, "more than 10000 characters"),
    "escapes": ('a = "' + '\\"' * 2_000_000 + '"', 1, "more than 10000 characters"),
    "lines of text": ('a = """' + '""a\n' * 1_000_000 + '"""', 1, "more than 10000 characters"),
    "no end": ('a = """' + "a" * 4_000_000, 1, "unterminated string"),
    "spaces": (" " * 4_000_000 + "x", 1, "is not TOML"),
    "empty lines": ("\n" * 4_000_000 + "x", 4_000_001, "is not TOML"),
    "spaces in a hue map": ("[film]\nhue_maps = ['" + " " * 9_000 + "->']", 2, "a hue map was expected"),
    "arrows": ("[film]\nhue_maps = ['" + "a->" * 3_000 + "']", 2, "a hue map was expected"),
    "points of a shot": (
        "[[shot]]\nnumber = 1\n" + "".join(POINT.format(number) for number in range(10_001)),
        3 + 5 * 10_000,
        "more than 10000 items",
    ),
    "a million points": ("[[shot]]\nnumber = 1\npoints = [" + "{}," * 1_000_000 + "]", 3, "10000 items"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_would_keep_a_parser_busy_is_refused_at_once(name: str) -> None:
    text, line, words = TEXTS[name]
    begun = time.process_time()
    with pytest.raises(BadSettings) as caught:
        settings_from_text(text, FILE)
    assert time.process_time() - begun < AT_MOST_S
    assert str(caught.value).startswith(f"film.tcvc.toml, line {line}: ")
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300


def test_as_many_points_as_there_may_be_are_read() -> None:
    points = "".join(POINT.format(number) for number in range(10_000))
    tracemalloc.start()
    found = settings_from_text(f"[[shot]]\nnumber = 1\n{points}", FILE).shots[0]
    assert tracemalloc.get_traced_memory()[1] < AT_MOST_MIB << 20
    tracemalloc.stop()
    assert [one.frame for one in found.decisions.points] == list(range(10_000))
    assert found.key_lines[-1].line == 3 + 5 * 9_999


@pytest.mark.slow
def test_more_points_in_all_are_refused() -> None:
    shots = "".join(f"[[shot]]\nnumber={n}\npoints=[{IN_BRACES * 10_000}]\n" for n in range(1, 11))
    assert len(shots) < MOST_BYTES
    assert sum(len(one.decisions.points) for one in settings_from_text(shots, FILE).shots) == 100_000
    more = f"{shots}[[shot]]\nnumber=11\npoints=[{IN_BRACES}]\n"
    with pytest.raises(BadSettings, match=r"line 33: more than 100000 points in all"):
        settings_from_text(more, FILE)


def test_more_files_in_all_are_refused() -> None:
    files = ",".join(f"'{number}.png'" for number in range(1_000))
    shots = "".join(f"[[shot]]\nnumber={n}\nreferences=[{files}]\n" for n in range(1, 12))
    with pytest.raises(BadSettings, match=r"line 31: more than 10000 files in all"):
        settings_from_text(shots, FILE)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b" " * (MOST_BYTES + 1), "film.tcvc.toml: is larger than 4 MiB, which no settings are"),
        ("[film]\nvivid = 0.5\n".encode("utf-16"), "line 1: is not text in UTF-8"),
        ("[film]\nvivid = 0.5\n".encode("utf-16-le"), "line 1: is not TOML"),
        ("[film]\n# \xe9t\xe9\n".encode("latin-1"), "line 2: is not text in UTF-8"),
        (b"[film]\n\n# \xed\xa0\x80\n", "line 3: is not text in UTF-8"),
        (b"[film]\nvivid = 0.5\0\n", "line 2: is not TOML"),
        (b"\x89PNG\r\n\x1a\n", "line 1: is not text in UTF-8"),
    ],
)
def test_other_encodings_and_no_text_are_told(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / FILE
    path.write_bytes(data)
    with pytest.raises(BadSettings) as caught:
        read_settings(path)
    assert words in str(caught.value)


def test_what_is_no_plain_file_is_not_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, words in ((tmp_path, "is a folder"), (pipe, "not a plain file"), (Path("/dev/zero"), "plain")):
        with pytest.raises(UnreadableInput, match=words):
            read_settings(path)
    with pytest.raises(UnreadableInput, match="No such file"):
        read_settings(tmp_path / "none.tcvc.toml")
    with pytest.raises(InputError):
        read_settings(Path("a\0b"))


def test_links_out_of_the_folder_are_refused_and_others_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    (folder / "refs").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(b"")
    (folder / "refs" / "a.png").write_bytes(b"")
    (folder / "out.png").symlink_to("../secret.png")
    (folder / "up").symlink_to("..")
    (folder / "in.png").symlink_to("refs/a.png")
    path = folder / FILE
    path.write_text("[film]\nreferences = ['in.png', 'refs/a.png', 'not there.png']\n")
    assert len(read_settings(path).film.references) == 3
    for name in ("out.png", "up/secret.png", "up/not there.png"):
        path.write_text(f"[film]\nreferences = [\n'in.png',\n'{name}']\n")
        with pytest.raises(BadSettings, match=r"line 4: .* is a link out of the settings file's folder"):
            read_settings(path)


def test_a_settings_file_may_be_a_link_itself(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / FILE).write_text("[film]\nvivid = 0.5\n")
    (tmp_path / FILE).symlink_to(Path("kept") / FILE)
    assert read_settings(tmp_path / FILE).film.vivid == 0.5
