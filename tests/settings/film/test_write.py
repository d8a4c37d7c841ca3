"""A settings file is changed where it is asked for, and nowhere else."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tcvc_cli.color.grade import HueMap
from tcvc_cli.errors import BadSettings, OutputError, UnreadableInput
from tcvc_cli.settings.film.decisions import Decisions, Point, ShotAddress, Stroke
from tcvc_cli.settings.film.hue_names import hue_map_from_text, named_hues
from tcvc_cli.settings.film.read import read_settings
from tcvc_cli.settings.film.write.edits import Edit, changed, with_edits

FILE = Path("film.tcvc.toml")
WHOLE = None
TEXT = """\
# the film of 1926
[film]
saturation = 0.9   # pale prints

# the kitchen
# and its door
[[shot]]
number = 12
starts = "0:03:12.480"      # time

  # the coat
[[shot.points]]
frame = 1234
x = 0.41
y = 0.30
color = "#6b4a2b"

# the garden
[[shot]]
number = 14 # c
starts = "0:05:00.000"

# end
"""


def after(text: str, *edits: Edit) -> str:
    return with_edits(text, FILE, edits)[0]


def at(number: int, starts: str) -> ShotAddress:
    return ShotAddress(number, Fraction(starts))


KITCHEN, GARDEN = at(12, "192.48"), at(14, "300")


def test_a_new_file_says_what_was_decided_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "film.tcvc.toml"
    blue = hue_map_from_text("blue -> brown, 40")
    returned = changed(
        path,
        [
            Edit(GARDEN, Decisions(palette=2, keep=False, same_as=ShotAddress(starts_s=Fraction(1, 3)))),
            Edit(WHOLE, Decisions(saturation=0.8, hue_maps=(blue, hue_map_from_text("220 -> teal")))),
            Edit(KITCHEN, Decisions(points=(Point(7, 0.5, 0.25, None, 0.1),))),
            Edit(KITCHEN, Decisions(strokes=(Stroke(8, Path("s/8.png")),), references=(Path("a b.png"),))),
        ],
    )
    assert (
        path.read_text()
        == """\
[film]
saturation = 0.8
hue_maps = [{map = "blue -> brown", width = 40.0}, "220 -> teal"]

[[shot]]
number = 12
starts = "0:03:12.480"
references = ["a b.png"]
[[shot.points]]
frame = 7
x = 0.5
y = 0.25
color = "none"
radius = 0.1
[[shot.strokes]]
frame = 8
file = "s/8.png"

[[shot]]
number = 14
starts = "0:05:00.000"
palette = 2
same_as = "0:00:00.333"
keep = false
"""
    )
    assert returned == read_settings(path)


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (Edit(WHOLE, Decisions(saturation=1.5)), "saturation = 0.9 ", "saturation = 1.5 "),
        (Edit(WHOLE, Decisions(vivid=0.5)), "# pale prints\n", "# pale prints\nvivid = 0.5\n"),
        (Edit(KITCHEN, Decisions(warmth=0.5)), "# time\n", "# time\nwarmth = 0.5\n"),
        (Edit(GARDEN, Decisions(locked=True)), '"0:05:00.000"\n', '"0:05:00.000"\nlocked = true\n'),
        (Edit(ShotAddress(14), Decisions(keep=True)), '"0:05:00.000"\n', '"0:05:00.000"\nkeep = true\n'),
        (Edit(WHOLE, unset=("saturation",)), "saturation = 0.9   # pale prints\n", ""),
        (
            Edit(KITCHEN, Decisions(points=(Point(1235, 0.0, 1.0, (0, 0, 255)),))),
            'color = "#6b4a2b"\n',
            'color = "#6b4a2b"\n[[shot.points]]\nframe = 1235\nx = 0.0\ny = 1.0\ncolor = "#0000ff"\n',
        ),
        (
            Edit(KITCHEN, Decisions(points=(Point(1234, 0.41, 0.3, None),))),
            'color = "#6b4a2b"',
            'color = "none"',
        ),
        (
            Edit(KITCHEN, unset=("points",)),
            '[[shot.points]]\nframe = 1234\nx = 0.41\ny = 0.30\ncolor = "#6b4a2b"\n',
            "",
        ),
        (
            Edit(at(13, "200"), Decisions(palette=1)),
            "# the garden\n",
            '[[shot]]\nnumber = 13\nstarts = "0:03:20.000"\npalette = 1\n\n# the garden\n',
        ),
        (
            Edit(at(1, "0"), Decisions(palette=1)),
            "# the kitchen\n",
            '[[shot]]\nnumber = 1\nstarts = "0:00:00.000"\npalette = 1\n\n# the kitchen\n',
        ),
        (
            Edit(at(20, "400"), Decisions(palette=1)),
            "# end\n",
            '# end\n\n[[shot]]\nnumber = 20\nstarts = "0:06:40.000"\npalette = 1\n',
        ),
        (Edit(at(99, "192.4804"), Decisions(palette=1)), "# time\n", "# time\npalette = 1\n"),
        (Edit(WHOLE, unset=("vivid",)), "", ""),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_rest_stays_byte_for_byte(edit: Edit, old: str, new: str, mark: str, ends: str) -> None:
    assert TEXT.count(old) == 1 or old == new
    wanted = TEXT.replace(old, new, 1)
    if "none" in new:  # a point that takes the place of another is written anew
        wanted = wanted.replace("y = 0.30", "y = 0.3")
    assert after(mark + TEXT.replace("\n", ends), edit) == mark + wanted.replace("\n", ends)


def test_lists_that_stand_in_one_line_get_more() -> None:
    text = (
        "film = { vivid = 0.1 } # f\n"
        "shot = [ # s\n"
        "  { number = 2, points = [{frame=1,x=0,y=0,color='none'}], references = ['a.png'] }, # two\n"
        "]\n"
    )
    edits = (
        Edit(WHOLE, Decisions(saturation=0.5)),
        Edit(
            ShotAddress(2),
            Decisions(
                references=(Path("b.png"), Path("a.png")),
                points=(Point(1, 0.0, 0.0, (1, 2, 3)), Point(2, 0.0, 0.0, None)),
                strokes=(Stroke(1, Path("s.png")),),
            ),
        ),
        Edit(ShotAddress(3), Decisions(keep=True)),
    )
    new, said = with_edits(text, FILE, edits)
    assert said.film == Decisions(vivid=0.1, saturation=0.5)
    assert said.shots[0].decisions == Decisions(
        references=(Path("a.png"), Path("b.png")),
        points=(Point(1, 0.0, 0.0, (1, 2, 3)), Point(2, 0.0, 0.0, None)),
        strokes=(Stroke(1, Path("s.png")),),
    )
    assert said.shots[1].decisions == Decisions(keep=True)
    assert all(comment in new for comment in ("# f", "# s", "# two"))


def test_dotted_keys_and_a_missing_last_line_end_are_no_hindrance() -> None:
    assert with_edits("film.vivid = 0.5", FILE, [Edit(WHOLE, Decisions(palette=1))])[1].film == Decisions(
        palette=1, vivid=0.5
    )
    assert after("[[shot]]\nnumber = 1", Edit(ShotAddress(1), Decisions(keep=True))) == (
        "[[shot]]\nnumber = 1\nkeep = true\n"
    )
    assert after("# c", Edit(WHOLE, Decisions(vivid=1.0))) == "# c\n\n[film]\nvivid = 1.0\n"


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "film.tcvc.toml"
    path.write_text("[film]\nvivd = 1\n")
    with pytest.raises(BadSettings, match="line 2: there is no key vivd"):
        changed(path, [Edit(WHOLE, Decisions(vivid=1.0))])
    assert path.read_text() == "[film]\nvivd = 1\n"
    with pytest.raises(UnreadableInput, match="is a folder"):
        changed(tmp_path, [Edit(WHOLE, Decisions(vivid=1.0))])


def test_what_would_make_a_file_unreadable_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "film.tcvc.toml"
    with pytest.raises(BadSettings, match="not one outside of it"):
        changed(path, [Edit(WHOLE, Decisions(references=(Path("../a.png"),)))])
    with pytest.raises(BadSettings, match="saturation: a number from 0 to 4"):
        changed(path, [Edit(WHOLE, Decisions(saturation=9.0))])
    assert list(tmp_path.iterdir()) == []


def test_a_file_keeps_its_permissions_and_a_link_is_not_followed(tmp_path: Path) -> None:
    path, link = tmp_path / "film.tcvc.toml", tmp_path / "link.tcvc.toml"
    path.write_text(TEXT)
    path.chmod(0o640)
    changed(path, [Edit(WHOLE, Decisions(vivid=1.0))])
    assert path.stat().st_mode & 0o777 == 0o640
    os.symlink(path, link)
    with pytest.raises(OutputError, match="is a link"):
        changed(link, [Edit(WHOLE, Decisions(vivid=0.5))])
    assert read_settings(path).film.vivid == 1.0


def test_what_somebody_else_writes_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "film.tcvc.toml"
    for old in (None, TEXT):
        if old is not None:
            path.write_text(old)
        with pytest.raises(OutputError):
            changed(path, [Edit(WHOLE, Decisions(vivid=1.0))], lambda _: path.write_text("# theirs\n"))
        assert path.read_text() == "# theirs\n"
        path.unlink()
    assert list(tmp_path.iterdir()) == []


def test_without_a_change_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "film.tcvc.toml"
    path.write_text(TEXT)
    before = path.stat().st_ino
    changed(path, [Edit(WHOLE, unset=("vivid",))])
    assert path.stat().st_ino == before


def unit(least: float = 0.0, most: float = 1.0, *, is_open: bool = False) -> st.SearchStrategy[float]:
    return st.floats(least, most, exclude_min=is_open, allow_subnormal=False).map(lambda one: one + 0.0)


HUES = st.one_of(
    st.sampled_from([degrees for _, degrees in named_hues()]),
    st.integers(0, 359_999).map(lambda thousandths: thousandths / 1000),
)
HUE_MAPS = st.builds(HueMap, HUES, HUES, unit(0, 180, is_open=True), unit())
FRAMES = st.integers(0, 10**9)
COLORS = st.none() | st.tuples(*[st.integers(0, 255)] * 3)
POINTS = st.builds(Point, FRAMES, unit(), unit(), COLORS, unit(0, 0.5, is_open=True))
NAMES = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="/\\:"), min_size=1)
FILES = NAMES.filter(lambda name: name.strip(". ") != "" and name.isprintable()).map(
    lambda n: Path("refs", n)
)
ADDRESSES = st.builds(
    ShotAddress,
    st.none() | st.integers(1, 50),
    st.integers(0, 10**7).map(lambda milliseconds: Fraction(milliseconds, 1000)),
)


def unique_by_place(points: list[Point]) -> tuple[Point, ...]:
    return tuple({(one.frame, one.x, one.y): one for one in points}.values())


FILM = {
    "palette": st.none() | st.integers(0, 4),
    "saturation": st.none() | unit(0, 4),
    "warmth": st.none() | unit(-1, 1),
    "vivid": st.none() | unit(),
    "hue_maps": st.none() | st.lists(HUE_MAPS, max_size=3).map(tuple),
    "references": st.lists(FILES, max_size=3, unique=True).map(tuple),
    "keep": st.none() | st.booleans(),
    "locked": st.none() | st.booleans(),
}
OF_FILM = st.builds(Decisions, **FILM)
OF_SHOT = st.builds(
    Decisions,
    **FILM,
    same_as=st.none() | ADDRESSES.map(lambda one: ShotAddress(starts_s=one.starts_s)),
    points=st.lists(POINTS, max_size=3).map(unique_by_place),
    strokes=st.lists(st.builds(Stroke, FRAMES, FILES), max_size=2, unique_by=lambda s: s.frame).map(tuple),
)
COMMENTED = st.sampled_from(["", TEXT, TEXT.replace("\n", "\r\n"), "# c\n[film] # d\n", "film.keep = true\n"])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(film=OF_FILM, shots=st.dictionaries(st.integers(100, 140), OF_SHOT, max_size=3), text=COMMENTED)
def test_what_is_written_is_read_again(film: Decisions, shots: dict[int, Decisions], text: str) -> None:
    """And the comments are there still."""
    clear = Edit(WHOLE, unset=("saturation", "keep"))
    edits = [Edit(ShotAddress(number, Fraction(number, 8)), one) for number, one in shots.items()]
    new, said = with_edits(text, FILE, [clear, Edit(WHOLE, film), *edits])
    assert said.film == film
    found = {one.address.number: one.decisions for one in said.shots}
    assert {number: found[number] for number in shots} == shots
    comments = {line.strip() for line in text.splitlines() if line.strip().startswith("#")}
    assert comments <= {line.strip() for line in new.splitlines()}
    untouched = text[text.find("[[shot]]") :] if "[[shot]]" in text and not shots else ""
    assert new.endswith(untouched)
