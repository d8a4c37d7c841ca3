"""What was decided, in a few words for a person."""

from __future__ import annotations

from typing import Any

from tcvc_cli.color.grade import HueMap
from tcvc_cli.settings.film.clock import clock_time
from tcvc_cli.settings.film.decisions import Decisions, ShotAddress
from tcvc_cli.settings.film.hue_names import text_of_hues


def value_text(decisions: Decisions, key: str) -> str:
    """For example `0.9`, `blue -> brown` or `3 points`; empty for what is not decided."""
    value = getattr(decisions, key)
    if key in ("points", "strokes"):
        return amount(len(value), key)
    if value is None or (key == "references" and not value):
        return ""
    return ", ".join(map(_text, value)) or "none" if isinstance(value, tuple) else _text(value)


def amount(number: int, things: str) -> str:
    """`1 point`, `3 points`; empty for none."""
    if number == 0:
        return ""
    return f"{number} {things if number != 1 else things[:-1]}"


def _text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case HueMap():
            return hue_map_text(value)
        case ShotAddress():
            return address_text(value)
    return str(value)


def hue_map_text(one: HueMap) -> str:
    """`blue -> brown`, and width and strength where they are not the usual ones."""
    hues = text_of_hues(one)
    usual = HueMap(one.from_degrees, one.to_degrees)
    if one == usual:
        return hues
    width = f"{hues}, {one.width_degrees:g}"
    return width if one.strength == usual.strength else f"{width}, {one.strength:g}"


def address_text(address: ShotAddress) -> str:
    """`shot 12`, `the shot at 0:03:12.480`."""
    if address.starts_s is None:
        return f"shot {address.number}"
    return f"the shot at {clock_time(address.starts_s)}"
