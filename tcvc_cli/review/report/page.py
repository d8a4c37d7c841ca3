"""The report as one page that needs nothing but itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from tcvc_cli.review.report.figures import COLUMNS, cells_of
from tcvc_cli.review.report.plots import HIGH, WIDE, plots_of
from tcvc_cli.review.report.ranking import RankedShot
from tcvc_cli.settings.film.clock import clock_time

_UNSEEN = ("Cc", "Cs")  # control signs, and bytes of a name that are no text


def page_of(film: str, result: str, shots: Sequence[RankedShot], notices: Sequence[str]) -> str:
    """HTML, with the rows of the table in the order of `shots`. Names are text, whatever they hold."""
    in_time = sorted(shots, key=lambda shot: shot.number)
    rows = [(shot, dict(zip(COLUMNS, cells_of(shot), strict=True))) for shot in shots]
    return _template().render(
        film=legible(film),
        result=legible(result),
        notices=[legible(notice) for notice in notices],
        columns=COLUMNS,
        rows=rows,
        is_in_order=list(shots) == in_time,
        plots=plots_of(in_time),
        wide=WIDE,
        high=HIGH,
        ends=clock_time(in_time[-1].starts_s + in_time[-1].length_s),
        begins=clock_time(in_time[0].starts_s),
    )


def legible(name: str) -> str:
    """With what cannot be shown, or written as UTF-8, spelled out."""
    return "".join(
        sign.encode("unicode_escape").decode("ascii") if unicodedata.category(sign) in _UNSEEN else sign
        for sign in name
    )


@cache
def _template() -> Template:
    text = files(__package__).joinpath("report.html").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(text)
