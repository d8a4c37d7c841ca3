"""Decisions as TOML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.items import Array, InlineTable

from tcvc_cli.color.grade import HueMap
from tcvc_cli.settings.film.clock import clock_time
from tcvc_cli.settings.film.decisions import DEFAULT_RADIUS, Decisions, Point, ShotAddress, Stroke, decided
from tcvc_cli.settings.film.hue_names import text_of_hues
from tcvc_cli.settings.film.point_text import text_of_color

Plain = dict[str, Any]


def plain_decisions(decisions: Decisions) -> Plain:
    """By their keys, in their order: what is decided, as TOML has it."""
    return {key: _plain(key, getattr(decisions, key)) for key in decided(decisions)}


def plain_address(address: ShotAddress) -> Plain:
    number = {} if address.number is None else {"number": address.number}
    return number | ({} if address.starts_s is None else {"starts": clock_time(address.starts_s)})


def plain_point(point: Point) -> Plain:
    place = {"frame": point.frame, "x": point.x, "y": point.y, "color": text_of_color(point.color)}
    return place | ({} if point.radius == DEFAULT_RADIUS else {"radius": point.radius})


def plain_stroke(stroke: Stroke) -> Plain:
    return {"frame": stroke.frame, "file": stroke.file.as_posix()}


def plain_file(file: Path) -> str:
    return file.as_posix()


def plain_hue_map(one: HueMap) -> str | InlineTable:
    usual = HueMap(one.from_degrees, one.to_degrees)
    if one == usual:
        return text_of_hues(one)
    table = {"map": text_of_hues(one)}
    numbers = {"width": one.width_degrees, "strength": one.strength}
    usual_numbers = {"width": usual.width_degrees, "strength": usual.strength}
    return inline(table | {key: value for key, value in numbers.items() if value != usual_numbers[key]})


def _same_as(address: ShotAddress) -> str | int:
    if address.starts_s is not None:
        return clock_time(address.starts_s)
    assert address.number is not None
    return address.number


def inline(plain: Mapping[str, Any]) -> InlineTable:
    """`{ frame = 1, x = 0.5 }`"""
    table = tomlkit.inline_table()
    table.update(plain)
    return table


def array(items: Sequence[Any]) -> Array:
    """In brackets, even where all are tables."""
    found = tomlkit.array()
    found.extend(items)
    return found


_OF_LISTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "hue_maps": plain_hue_map,
    "references": plain_file,
    "points": plain_point,
    "strokes": plain_stroke,
}


def _plain(key: str, value: Any) -> Any:
    if key in _OF_LISTS:
        return array([_OF_LISTS[key](one) for one in value])
    return _same_as(value) if isinstance(value, ShotAddress) else value
