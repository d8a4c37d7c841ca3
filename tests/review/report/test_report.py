"""The report of a result: what it says, as a page too, whatever the sidecar and the names hold."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tcvc_cli.errors import InputError, OutputError, OutputExists, OutputIsInput
from tcvc_cli.names import sidecar_path
from tcvc_cli.review.report.figures import COLUMNS
from tcvc_cli.review.report.film import NO_SIDECAR, NOT_APPRAISED, PARTLY_APPRAISED, make_report
from tcvc_cli.review.report.page import page_of
from tcvc_cli.review.report.ranking import ranked
from tcvc_cli.review.report.request import ReportRequest
from tests.material.appraised_films import CALM, state, subject_with

DOUBTS = (6.0, 12.0, 3.0, 9.0)
HOSTILE = (
    "<script>alert(1)</script>.mkv",
    '"><img src=x onerror=alert(1)>.mkv',
    "{{ 7 * 7 }}{% raw %}.mkv",
    "فيلم \u202egpj.mkv",
    "🎬 a&b 'c'.mkv",
    "new\nline\udc80.mkv",
)


class Parsed(HTMLParser):
    """What a browser sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.heading = ""
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "h1" in self._open:
            self.heading += data
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data


@pytest.fixture
def appraised(colored: Path) -> Path:
    state(result_of(colored), [replace(CALM, doubt=one) for one in DOUBTS])
    return colored


def result_of(film: Path) -> Path:
    return film.with_name("film.color.mkv")


def test_the_worst_comes_first_or_all_in_order(appraised: Path) -> None:
    report = make_report(ReportRequest(appraised))
    assert [shot.number for shot in report.shots] == [2, 4, 1, 3]
    assert report.notices == ()
    in_order = make_report(ReportRequest(appraised, is_in_order=True))
    assert [shot.number for shot in in_order.shots] == [1, 2, 3, 4]
    assert [shot.place for shot in in_order.shots] == [3, 1, 4, 2]


def test_a_result_of_an_earlier_version_is_still_a_table(colored: Path) -> None:
    state(result_of(colored), [None] * 4)
    report = make_report(ReportRequest(colored))
    assert [shot.number for shot in report.shots] == [1, 2, 3, 4]
    assert report.notices == (NOT_APPRAISED,)
    state(result_of(colored), [CALM, None, None, None])
    assert make_report(ReportRequest(colored)).notices == (PARTLY_APPRAISED,)


@pytest.mark.parametrize(
    "appraisal", [{"frames": 1, "chroma": float("nan")}, {"frames": 1, "chroma": "9"}, {"chroma": 1}, "x", []]
)
def test_a_sidecar_that_is_none_is_no_fault(colored: Path, appraisal: object) -> None:
    path = sidecar_path(result_of(colored))
    content = json.loads(path.read_text("utf-8"))
    content["shots"][1]["appraisal"] = appraisal
    path.write_text(json.dumps(content), "utf-8")
    report = make_report(ReportRequest(colored, result_of(colored)))
    assert len(report.shots) == 4
    assert report.notices == (NO_SIDECAR,)


@pytest.mark.parametrize(
    "odd",
    [
        {"chroma": -1.0},
        {"flicker": 1e300},
        {"coverage": 2.0},
        {"frames": 0},
        {"apart": 9.0, "apart_from": -1},
        {"apart": 9.0, "apart_from": 10**400},
        {"apart": 9.0, "apart_from": 2**53},
        {"apart": 1e300, "apart_from": 0},
    ],
)
def test_figures_that_no_film_has_are_no_fault(colored: Path, tmp_path: Path, odd: dict[str, float]) -> None:
    stated = {"frames": 5, "chroma": 3.0, "doubt": 4.0, **odd}
    path = sidecar_path(result_of(colored))
    content = json.loads(path.read_text("utf-8"))
    content["shots"][1]["appraisal"] = stated
    path.write_text(json.dumps(content), "utf-8")
    page = tmp_path / "report.html"
    assert len(make_report(ReportRequest(colored, result_of(colored), page=page)).shots) == 4
    assert not re.search(r"\b(nan|inf)\b", page.read_text("utf-8"))


@pytest.mark.parametrize("start", [-5, 10**400, 88])
def test_a_sidecar_whose_shots_make_no_sense_is_not_believed(colored: Path, start: int) -> None:
    path = sidecar_path(result_of(colored))
    content = json.loads(path.read_text("utf-8"))
    content["shots"][0]["start"] = start
    path.write_text(json.dumps(content), "utf-8")
    report = make_report(ReportRequest(colored, result_of(colored)))
    assert report.notices == (NO_SIDECAR,)
    assert [shot.appraisal for shot in report.shots] == [None] * 4


def test_without_a_result_there_is_nothing_to_report(colored: Path) -> None:
    result_of(colored).unlink()
    with pytest.raises(InputError, match="no result"):
        make_report(ReportRequest(colored))


def test_the_page_holds_the_table_and_needs_nothing(appraised: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    make_report(ReportRequest(appraised, page=page))
    seen = Parsed(page.read_text("utf-8"))
    assert seen.heading == "film.mkv"
    assert seen.addresses == []
    assert not {"script", "link", "img", "iframe"} & set(seen.tags)
    assert seen.rows[0] == list(COLUMNS)
    assert [row[0] for row in seen.rows[1:]] == ["2", "4", "1", "3"]
    assert seen.tags.count("svg") == seen.tags.count("desc") == 3  # coverage has nothing to show
    assert {"caption", "main", "h1"} <= set(seen.tags)
    text = page.read_text("utf-8")
    assert text.count('role="img"') == 3
    assert 'scope="col"' in text
    assert 'scope="row"' in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_shown_as_text(example_film: Path, name: str) -> None:
    shots = ranked(subject_with(example_film, [CALM, None]))
    text = page_of(name, name, shots, (name,))
    seen = Parsed(text)
    assert seen.tags.count("script") == seen.tags.count("img") == 0
    assert seen.heading == name.replace("\n", "\\n").replace("\udc80", "\\udc80")
    assert text.encode("utf-8")
    assert "\u202e" not in text.split("</title>")[0]
    assert "\x1b" not in text


def test_a_gap_is_left_where_nothing_is_known(example_film: Path) -> None:
    shots = ranked(subject_with(example_film, [CALM, None, CALM, CALM]))
    text = page_of("film", "result", shots, ())
    outlines = [line for line in text.splitlines() if 'class="outline"' in line]
    assert [outline.count("M") for outline in outlines] == [2, 2, 2]
    assert "nan" not in text


def test_what_is_there_is_refused_overwritten_or_left(appraised: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("mine")
    with pytest.raises(OutputExists):
        make_report(ReportRequest(appraised, page=page))
    assert page.read_text() == "mine"
    assert ReportRequest(appraised, page=page, on_existing="skip").is_skipped
    make_report(ReportRequest(appraised, page=page, on_existing="overwrite"))
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert [one for one in tmp_path.iterdir() if one.name.endswith(".part")] == []


def test_no_input_is_written_over(appraised: Path) -> None:
    result = result_of(appraised)
    for path in (appraised, result, sidecar_path(result)):
        before = path.read_bytes()
        with pytest.raises(OutputIsInput):
            make_report(ReportRequest(appraised, page=path, on_existing="overwrite"))
        assert path.read_bytes() == before
    link = appraised.with_name("link.html")
    link.symlink_to(shutil.copy(appraised, appraised.with_name("other.mkv")))
    with pytest.raises(OutputError):
        make_report(ReportRequest(appraised, page=link, on_existing="overwrite"))
