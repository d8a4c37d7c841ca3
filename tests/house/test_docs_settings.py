"""The page about settings files, and their schema, say what the code does."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tcvc_cli.color.grade import HueMap
from tcvc_cli.errors import BadSettings
from tcvc_cli.run.options.declaration import options_of
from tcvc_cli.run.settings.options import SettingsChange
from tcvc_cli.settings.film import keys
from tcvc_cli.settings.film.decisions import DEFAULT_RADIUS
from tcvc_cli.settings.film.hue_names import named_hues
from tcvc_cli.settings.film.places import MOST_LETTERS
from tcvc_cli.settings.film.read import MOST_BYTES, settings_from_text
from tcvc_cli.settings.film.schema import schema, schema_text

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
OF_SHOTS_ALONE = keys.SHOT_KEYS[len(keys.FILM_KEYS) :]
TABLES = (
    ("`[film]`, `[[shot]]`", keys.FILM_KEYS),
    ("`[[shot]]`", (*keys.ADDRESS_KEYS, *OF_SHOTS_ALONE)),
    ("`[[shot.points]]`", keys.POINT.keys),
    ("`[[shot.strokes]]`", keys.STROKE.keys),
    ("a hue map", keys.HUE_MAP.keys),
)


def escaped(text: str) -> str:
    return text.replace("|", r"\|")


def rows() -> Iterator[str]:
    yield "| in | key | takes | meaning |"
    yield "| --- | --- | --- | --- |"
    for where, of_table in TABLES:
        for key in of_table:
            yield f"| {where} | `{key.name}` | {escaped(key.kind.words)} | {key.meaning} |"
    yield "| name | degrees |"
    yield "| --- | --- |"
    for name, degrees in named_hues():
        yield f"| {name} | {degrees:.0f} |"
    yield "| option | decides |"
    yield "| --- | --- |"
    for option in options_of(SettingsChange).values():
        for flag in option.declared.flags:
            metavar = escaped(option.declared.metavar or "")
            yield f"| `{flag} {metavar}` | {escaped(option.declared.help)} |"
        for switch in option.declared.switches:
            yield f"| `{switch.flag}` | {switch.help} |"


def test_the_tables_are_made_of_the_declarations() -> None:
    assert [line for line in PAGE.splitlines() if line.startswith("|")] == list(rows())


def test_the_limits_are_those_that_are_held() -> None:
    for number in (keys.MOST_SHOTS, keys.MOST_POINTS_OF_SHOT, keys.MOST_POINTS, MOST_LETTERS):
        assert f"{number:,}".replace(",", " ") in PAGE
    for number in (keys.MOST_FILES_OF_SHOT, keys.MOST_FILES):
        assert f"{number:,} files".replace(",", " ") in PAGE
    assert f"{keys.MOST_HUE_MAPS} hue maps" in PAGE
    assert f"{MOST_BYTES >> 20} MiB" in PAGE
    usual = HueMap(0, 0)
    assert f"{usual.width_degrees:g} degrees and {usual.strength:g}" in PAGE
    assert f"radius is {DEFAULT_RADIUS:g}" in PAGE


def test_the_example_is_read_as_it_stands() -> None:
    (shot,) = settings_from_text(EXAMPLE, Path("film.tcvc.toml")).shots
    assert shot.address.number == 12
    assert shot.decisions.points[0].color == (0x6B, 0x4A, 0x2B)
    said = {key.name for key in keys.SHOT_KEYS if re.search(rf"\b{key.name}\b", EXAMPLE)}
    assert said == {key.name for key in keys.SHOT_KEYS}


def test_the_schema_is_made_of_the_declarations() -> None:
    assert (ROOT / "docs" / "settings.schema.json").read_text("utf-8") == schema_text()


REFUSED = (
    "[film]\nsaturaton = 1",
    "[film]\nsaturation = true",
    "[film]\nsaturation = 5",
    "[film]\npoints = []",
    "[film]\nhue_maps = 'blue -> brown'",
    "[film]\nhue_maps = [{width = 10}]",
    "[film]\nreferences = ['/etc/passwd']",
    "[[shot]]\nkeep = true",
    "[[shot]]\nnumber = 0",
    "[[shot]]\nstarts = 'soon'",
    "[[shot]]\nnumber = 1\npoints = [{frame = 0, x = 0, y = 0}]",
    "[[shot]]\nnumber = 1\npoints = [{frame = 0, x = 0, y = 0, color = 'red'}]",
    "[[shot]]\nnumber = 1\npoints = [{frame = 0, x = 0, y = 0, color = 'none', colour = 'none'}]",
    "[[shot]]\nnumber = 1\npoints = [{frame = 0, x = 0, y = 0, color = 'none', radius = 0}]",
    "[[shot]]\nnumber = 1\nstrokes = [{frame = 0}]",
    "[shot]\nnumber = 1",
    "movie = 1",
)
ADMITTED = (
    EXAMPLE,
    "",
    "[[shot]]\nstarts = '12.5'\npoints = [{frame = 0, x = 0, y = 1.0, colour = 'None'}]",
    "[[shot]]\nnumber = 1\nsame_as = '0:01'\nhue_maps = []",
)


def test_the_schema_admits_what_is_read() -> None:
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    validator.check_schema(schema())
    for text in ADMITTED:
        settings_from_text(text, Path("film.tcvc.toml"))
        validator(schema()).validate(tomllib.loads(text))


@pytest.mark.parametrize("text", REFUSED)
def test_the_schema_refuses_what_reading_refuses(text: str) -> None:
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    with pytest.raises(BadSettings):
        settings_from_text(text, Path("film.tcvc.toml"))
    assert not validator(schema()).is_valid(tomllib.loads(text))
