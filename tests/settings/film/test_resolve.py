"""Which look each shot gets, of all that was decided somewhere."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_cli.color.grade import Grade, HueMap
from tcvc_cli.errors import BadSettings, UsageError
from tcvc_cli.records import Shot
from tcvc_cli.settings.film.decisions import UNDECIDED, Decisions, Look, Point, Stroke
from tcvc_cli.settings.film.read import settings_from_text
from tcvc_cli.settings.film.resolve import origins, resolve

RATE = Fraction(24000, 1001)
SHOTS = (Shot(0, 48), Shot(48, 130), Shot(130, 192))
FILE = Path("films/film.tcvc.toml")


def looks(text: str, base: Decisions = UNDECIDED, *, is_part: bool = False) -> tuple[Look, ...]:
    return resolve(settings_from_text(text, FILE), SHOTS, RATE, base, is_part=is_part)


def places(text: str, base: Decisions = UNDECIDED) -> list[dict[str, tuple[str, int | None]]]:
    found = origins(settings_from_text(text, FILE), SHOTS, RATE, base)
    return [{one.key: (one.place, one.shot) for one in of_shot} for of_shot in found]


def test_without_decisions_every_shot_looks_as_the_model_makes_it() -> None:
    assert looks("") == (Look(), Look(), Look())
    assert places("") == [{}, {}, {}]


def test_a_shots_own_goes_before_the_command_line_before_the_film() -> None:
    text = """\
[film]
palette = 1
saturation = 0.9
hue_maps = ["10 -> 20"]
[[shot]]
number = 2
saturation = 0.5
hue_maps = []
[[shot]]
number = 3
palette = 0
hue_maps = ["30 -> 40"]
keep = true
"""
    base = Decisions(palette=3, warmth=0.25, vivid=0.5)
    film = (HueMap(10.0, 20.0),)
    assert looks(text, base) == (
        Look(palette=3, vivid=0.5, grade=Grade(0.9, 0.25, film)),
        Look(palette=3, vivid=0.5, grade=Grade(0.5, 0.25, ())),
        Look(palette=0, vivid=0.5, grade=Grade(0.9, 0.25, (HueMap(30.0, 40.0),)), is_kept=True),
    )
    first, second, third = places(text, base)
    assert first == {
        "palette": ("command line", None),
        "saturation": ("[film], line 3", None),
        "warmth": ("command line", None),
        "vivid": ("command line", None),
        "hue_maps": ("[film], line 4", None),
    }
    assert second["saturation"] == ("line 7", None)
    assert second["hue_maps"] == ("line 8", None)
    assert third["palette"] == ("line 11", None)
    assert third["keep"] == ("line 13", None)


@pytest.mark.parametrize(
    ("starts", "number"),
    [("0", 1), ("2.001", 1), ("2.002", 2), ("0:00:02.0020", 2), ("5.42", 2), ("5.422", 3), ("8.007", 3)],
)
def test_a_time_means_the_shot_that_is_on(starts: str, number: int) -> None:
    """Frame 48 is shown at 2.002 s, frame 130 at 5.42208 s, and the last ends at 8.008 s."""
    found = looks(f"[[shot]]\nnumber = 77\nstarts = '{starts}'\npalette = 4\n")
    assert [one.palette for one in found] == [4 if at == number else 0 for at in (1, 2, 3)]


def test_every_written_time_finds_its_shot_again() -> None:
    """To the ms, and in float, at up to 333 frames a second."""
    shots = tuple(Shot(at, at + 1) for at in range(400))
    for rate in (Fraction(24000, 1001), Fraction(120000, 1001), Fraction(1000, 3)):
        for at in (0, 1, 7, 399):
            seconds = round(at / rate * 1000) / 1000
            settings = settings_from_text(f"[[shot]]\nstarts = '{seconds:.3f}'\nkeep = true\n", FILE)
            found = resolve(settings, shots, rate)
            assert [number for number, look in enumerate(found) if look.is_kept] == [at]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\n[[shot]]\nnumber = 4\n", 2, "there is no shot 4; the film has 3, until 0:00:08.008"),
        ("\n[[shot]]\nnumber = 1\nstarts = '8.008'", 2, "there is no shot at 0:00:08.008"),
        ("[[shot]]\nnumber = 1\n\n[[shot]]\nstarts = '1'\n", 4, "this and line 1 are about one shot, 1"),
        ("[[shot]]\nnumber = 1\nsame_as = 1\n", 3, "same_as: a shot is not like itself"),
        ("[[shot]]\nnumber = 1\nsame_as = '1.0'\n", 3, "same_as: a shot is not like itself"),
        ("[[shot]]\nnumber = 1\nsame_as = 9\n", 3, "same_as: there is no shot 9"),
        (
            "[[shot]]\nnumber = 1\nsame_as = 2\n[[shot]]\nnumber = 2\nsame_as = 3\n",
            3,
            "same_as: shot 2 is itself like shot 3; name another",
        ),
        (
            "[[shot]]\nnumber = 1\nsame_as = 2\n[[shot]]\nnumber = 2\nsame_as = 1\n",
            3,
            "same_as: shot 2 is itself like shot 1",
        ),
        (
            "[[shot]]\nnumber = 2\n[[shot.points]]\nframe = 48\nx=0\ny=0\ncolor='none'\n"
            "[[shot.points]]\nframe = 130\nx=0\ny=0\ncolor='none'\n",
            8,
            "shot 2 has frames 48 to 129, and 130 is none of them",
        ),
        (
            "[[shot]]\nnumber = 2\nstrokes = [\n{frame=129,file='a.png'},\n{frame=47,file='b.png'}]\n",
            5,
            "shot 2 has frames 48 to 129, and 47 is none of them",
        ),
    ],
)
def test_what_does_not_fit_the_film_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(BadSettings) as caught:
        looks(text)
    assert str(caught.value).startswith(f"film.tcvc.toml, line {line}: {words}")


def test_a_shot_takes_the_look_of_another_but_what_it_decides_itself() -> None:
    text = """\
[[shot]]
number = 1
same_as = "0:00:06"
warmth = -1
references = ["mine.png"]
[[shot]]
number = 3
palette = 2
saturation = 2
vivid = 1
references = ["theirs.png"]
keep = true
"""
    first, second, third = looks(text, Decisions(vivid=0.1, warmth=0.5))
    assert first == Look(
        palette=2, vivid=1.0, grade=Grade(2.0, -1.0), references=(Path("films/mine.png"),), same_as=3
    )
    assert second == Look(vivid=0.1, grade=Grade(1.0, 0.5))
    assert third.same_as is None
    found = places(text, Decisions(vivid=0.1, warmth=0.5))[0]
    assert found["palette"] == ("line 8", 3)
    assert found["warmth"] == ("line 4", None)
    assert found["same_as"] == ("line 3", None)


def test_files_of_the_settings_lie_beside_them_and_others_where_they_are() -> None:
    text = (
        "[film]\nreferences = ['a.png']\n[[shot]]\nnumber = 2\nstrokes = [{frame = 50, file = 's/b.png'}]\n"
    )
    first, second, _ = looks(text)
    assert first.references == second.references == (Path("films/a.png"),)
    assert second.strokes == (Stroke(50, Path("films/s/b.png")),)
    given = Decisions(references=(Path("/x/c.png"),))
    assert looks(text, given)[0].references == (Path("/x/c.png"),)


def test_points_of_the_command_line_go_to_the_shot_of_their_frame() -> None:
    point, other = Point(60, 0.1, 0.2, (1, 2, 3)), Point(0, 0.5, 0.5, None)
    text = "[[shot]]\nnumber = 2\npoints = [{frame = 50, x = 0, y = 0, color = '#000000'}]\n"
    first, second, third = looks(text, Decisions(points=(point, other)))
    assert (first.points, third.points) == ((other,), ())
    assert second.points == (point, Point(50, 0.0, 0.0, (0, 0, 0)))
    with pytest.raises(UsageError, match="no shot holds frame 192"):
        looks("", Decisions(points=(Point(192, 0, 0, None),)))


def test_in_a_part_of_the_film_shots_outside_of_it_are_passed_over() -> None:
    outside = "[[shot]]\nnumber = 90\nstarts = '9:00'\nkeep = true\n"
    text = f"{outside}[[shot]]\nnumber = 40\nstarts = '3'\npalette = 1\n"
    assert [one.palette for one in looks(text, is_part=True)] == [0, 1, 0]
    with pytest.raises(BadSettings, match=r"line 1: there is no shot at 0:09:00\.000"):
        looks(text)
    with pytest.raises(BadSettings, match="line 1: shot 2 has no time, and only a part of the film"):
        looks("[[shot]]\nnumber = 2\n", is_part=True)
