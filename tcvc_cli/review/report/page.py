"""The report as one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from tcvc_cli.review.legible import legible, spelled_out
from tcvc_cli.review.report.figures import COLUMNS, cells_of
from tcvc_cli.review.report.plots import HIGH, WIDE, plots_of
from tcvc_cli.review.report.ranking import RankedShot
from tcvc_cli.settings.film.clock import clock_time


def page_of(film: str, result: str, shots: Sequence[RankedShot], notices: Sequence[str]) -> str:
    """HTML, with the rows of the table in the order of `shots`. Names are text, whatever they hold."""
    in_time = sorted(shots, key=lambda shot: shot.number)
    rows = [(shot, dict(zip(COLUMNS, cells_of(shot), strict=True))) for shot in shots]
    return _template().render(
        title=spelled_out(film),
        film=legible(film),
        result=legible(result),
        notices=[spelled_out(notice) for notice in notices],
        columns=COLUMNS,
        rows=rows,
        is_in_order=list(shots) == in_time,
        plots=plots_of(in_time),
        wide=WIDE,
        high=HIGH,
        ends=clock_time(in_time[-1].starts_s + in_time[-1].length_s),
        begins=clock_time(in_time[0].starts_s),
    )


@cache
def _template() -> Template:
    text = files(__package__).joinpath("report.html").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(text)
