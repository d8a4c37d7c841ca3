"""A settings file is read as it is meant, and every fault has its line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_cli.color.grade import HueMap
from tcvc_cli.errors import BadSettings
from tcvc_cli.settings.film.decisions import Decisions, FilmSettings, Point, ShotAddress, Stroke
from tcvc_cli.settings.film.hue_names import hue_from_text
from tcvc_cli.settings.film.read import read_settings, settings_path

EXAMPLE = """\
# what we know about this film
[film]
saturation = 0.9
vivid = 0.3
hue_maps = ["blue -> brown"]

[[shot]]
number = 12
starts = "0:03:12.480"      # time of first frame
palette = 2
warmth = 0.2
hue_maps = [
    "green -> olive",
    { map = "220 -> 30", width = 40, strength = 0.8 },
]
references = ["refs/kitchen.png"]
same_as = 3
keep = true
locked = true
[[shot.points]]
frame = 1234
x = 0.41
y = 0.30
color = "#6b4a2b"
radius = 0.03
[[shot.points]]
frame = 1235
x = 0
y = 1
colour = "none"
[[shot.strokes]]
frame = 1240
file = "strokes/1240.png"

[[shot]]
number = 14
same_as = "0:00:10.000"
"""


def read(folder: Path, text: str | bytes) -> FilmSettings:
    path = folder / "film.tcvc.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_settings(path)


def test_the_settings_of_a_film_lie_beside_it() -> None:
    assert settings_path(Path("films/a.b.mkv")) == Path("films/a.b.tcvc.toml")


def test_everything_that_a_file_may_say_is_read(tmp_path: Path) -> None:
    settings = read(tmp_path, EXAMPLE)
    blue_to_brown = HueMap(hue_from_text("blue"), hue_from_text("brown"))
    assert settings.film == Decisions(saturation=0.9, vivid=0.3, hue_maps=(blue_to_brown,))
    first, second = settings.shots
    assert first.address == ShotAddress(12, Fraction("192.48"))
    assert first.decisions == Decisions(
        palette=2,
        warmth=0.2,
        hue_maps=(
            HueMap(hue_from_text("green"), hue_from_text("olive")),
            HueMap(220.0, 30.0, 40.0, 0.8),
        ),
        references=(Path("refs/kitchen.png"),),
        points=(Point(1234, 0.41, 0.3, (0x6B, 0x4A, 0x2B), 0.03), Point(1235, 0.0, 1.0, None)),
        strokes=(Stroke(1240, Path("strokes/1240.png")),),
        same_as=ShotAddress(3),
        keep=True,
        locked=True,
    )
    assert (first.line, second.line) == (7, 35)
    assert second.address == ShotAddress(14)
    assert second.decisions == Decisions(same_as=ShotAddress(starts_s=Fraction(10)))
    lines = {(one.key, one.index): one.line for one in first.key_lines}
    assert lines[("palette", None)] == 10
    assert lines[("hue_maps", None)] == 12
    assert lines[("points", 1)] == 26
    assert lines[("strokes", 0)] == 31


@pytest.mark.parametrize("text", ["", "\n# nothing yet\n", "[film]\n", "﻿"])
def test_a_file_may_decide_nothing(tmp_path: Path, text: str) -> None:
    settings = read(tmp_path, text)
    assert settings == FilmSettings(file=tmp_path / "film.tcvc.toml")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_byte_order_mark_and_line_ends_change_nothing(tmp_path: Path, ends: str) -> None:
    plain = read(tmp_path, EXAMPLE)
    marked = read(tmp_path, b"\xef\xbb\xbf" + EXAMPLE.replace("\n", ends).encode())
    assert marked == plain
    assert marked.shots[0].key_lines == plain.shots[0].key_lines


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[film]\nsaturaton = 1\n", 2, "there is no key saturaton; did you mean saturation?"),
        ("[film]\npoints = []\n", 2, "there is no key points"),
        ("\n[movie]\n", 2, "there is no key movie"),
        ("shots = 1\n", 1, "there is no key shots; did you mean shot?"),
        ("[film]\nsaturation = true\n", 2, "saturation: a number was expected, not true"),
        ("[film]\nsaturation = 'x'\n", 2, "saturation: a number was expected, not a text"),
        ("[film]\nsaturation = nan\n", 2, "saturation: a number from 0 to 4 was expected, not no number"),
        ("[film]\nsaturation = inf\n", 2, "not an infinite one"),
        ("[film]\nsaturation = 1e400\n", 2, "not an infinite one"),
        ("[film]\nsaturation = -0.1\n", 2, "from 0 to 4 was expected, not -0.1"),
        (f"[film]\nsaturation = 0x{'f' * 5000}\n", 2, "not so long a one"),
        (f"[film]\nsaturation = 1\nvivid = {'9' * 5000}\n", 3, "a number that does not fit"),
        ("[film]\npalette = 1.0\n", 2, "palette: a whole number was expected, not 1"),
        ("[film]\npalette = 5\n", 2, "palette: a whole number from 0 to 4 was expected, not 5"),
        ("[film]\nkeep = 1\n", 2, "keep: true or false was expected, not 1"),
        ("[film]\nhue_maps = 'blue -> brown'\n", 2, "hue_maps: a list in [ ] was expected, not a text"),
        ("[film]\nhue_maps = [\n'blue -> red',\n\n'blue -> bluu']\n", 5, "hue_maps: 'bluu' is no hue"),
        ("[film]\nhue_maps = [{map='1->2',\nwidth=0}]", 2, "is not TOML"),
        ("[film]\nhue_maps = [\n{map='1->2', width=0}]", 3, "width: a number from above 0 to 180"),
        ("[film]\nhue_maps = [{width=1}]", 2, "hue_maps: map is missing"),
        ("[film]\nreferences = ['a\\u0007b']", 2, "references: folders are parted by /"),
        ('[film]\nreferences = ["a\\u0007b"]', 2, "references: control characters have no place"),
        ("[[shot]]\nkeep = true\n", 1, "a shot needs its number, or starts"),
        ("\n[[shot]]\nnumber = 0\n", 3, "number: a whole number from 1"),
        ("[[shot]]\nstarts = 00:00:01\n", 2, "starts: a text in quotes was expected, not a date or time"),
        ("[[shot]]\nstarts = 'soon'\n", 2, "starts: a time was expected"),
        ("[[shot]]\nnumber = 1\nsame_as = 1.5\n", 3, "same_as: a whole number was expected"),
        ("[shot]\nnumber = 1\n", 1, "shot: a list in [ ] was expected, not a table"),
        ("[[film]]\n", 1, "film: a table was expected, not a list"),
        ("film.saturation = 9\n", 1, "saturation: a number from 0 to 4"),
        ("\"film\" . 'saturation' = 9\n", 1, "saturation: a number from 0 to 4"),
        ('[film]\n\n"sat\\u0075ration" = 9\n', 3, "saturation: a number from 0 to 4"),
        ("[film]\nvivid = 1\nvivid = 2\n", 3, "cannot overwrite a value"),
        ("[film]\n[film]\n", 2, "is not TOML"),
        ("[film\n", 1, "is not TOML"),
        ("[film]\nvivid = \n", 2, "is not TOML"),
        ("a = [1,\n2\nb = 3\n", 3, "is not TOML"),
        ("a = '''\n\n\n", 1, "is not TOML"),
        ("[film]\nvivid = 1 # \x07\n", 2, "is not TOML"),
        ("[[shot]]\nnumber=1\n\n[[shot.points]]\nframe=0\nx=2\n", 6, "x: a number from 0 to 1"),
        ("[[shot]]\nnumber=1\n\n[[shot.points]]\nframe=0\nx=1\ny=1\n", 4, "points: color is missing"),
        (
            "[[shot]]\nnumber=1\npoints=[\n{frame=0,x=0,y=0,color='none'},\n{frame=-1,x=0,y=0,color='none'}]\n",
            5,
            "frame: a whole number from 0",
        ),
        ("[[shot]]\nnumber=1\n[[shot.points]]\nframe=0\nx=1\ny=1\ncolor='red'\n", 7, "color: a colour was"),
        (
            "[[shot]]\nnumber=1\n[[shot.points]]\nframe=0\nx=1\ny=1\ncolor='none'\ncolour='none'",
            8,
            "color and colour are one key",
        ),
        ("[[shot]]\nnumber = 2\n[[shot]]\nnumber = 2\n", 3, "the shot of line 1 stands here again"),
        ("[[shot]]\nstarts='1'\n[[shot]]\nstarts='0:01.0'\n", 3, "the shot of line 1 stands here again"),
        ("[[shot]]\nnumber=1\nstarts='1'\n[[shot]]\nnumber=1\n", 4, "the shot of line 1 stands here again"),
        ("[film]\nreferences = ['../a.png']\n", 2, "not one outside of it"),
        ("[film]\nreferences = ['a/../../b.png']\n", 2, "not one outside of it"),
        ("[film]\nreferences = ['..\\b.png']\n", 2, "not one outside of it"),
        ("[film]\nreferences = ['/etc/passwd']\n", 2, "not an absolute path"),
        ("[film]\nreferences = ['C:\\a.png']\n", 2, "not an absolute path"),
        ("[film]\nreferences = ['\\\\host\\a.png']\n", 2, "not an absolute path"),
        ("[film]\nreferences = ['ok.png',\n'']\n", 3, "references: a file was expected"),
        ("[[shot]]\nnumber=1\n[[shot.strokes]]\nframe=1\nfile='../x.png'", 5, "file: a file in the settings"),
    ],
)
def test_a_fault_is_one_line_with_its_place(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(BadSettings) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"film.tcvc.toml, line {line}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert caught.value.exit_code == 3


def test_two_numbers_that_are_the_same_are_two_shots_where_their_times_differ(tmp_path: Path) -> None:
    """After another shot list numbers may be old."""
    text = "[[shot]]\nnumber = 1\nstarts = '0'\n[[shot]]\nnumber = 1\nstarts = '5'\n"
    assert [one.address.starts_s for one in read(tmp_path, text).shots] == [0, 5]
