"""What a run writes down of itself goes to JSON and comes back equal; whatever else is read is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcvc_cli.plain import from_json, from_plain, to_json, to_plain
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import (
    CarriedStream,
    ColorTags,
    Dissolve,
    DroppedStream,
    FilmInfo,
    Findings,
    PixelFormat,
    Shot,
    StreamInfo,
)
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.plan import FilmPlan, InputSize
from tcvc_cli.run.provenance.sidecar import (
    ColoredShot,
    Model,
    NamedFile,
    Sidecar,
    Tool,
    Verdict,
    sidecar_json,
)
from tcvc_cli.run.resume.source_file import Source
from tcvc_cli.run.resume.work_folder import About

# Names of files may hold bytes that are no UTF-8: Python has them as lone surrogates.
PATHS = st.text(st.characters(exclude_characters="\0"), min_size=1).map(Path)
COUNTS = st.integers(0, 2**40)
FRACTIONS = st.fractions()
SECONDS = st.fractions(0, 10**6)
DISSOLVES = st.builds(Dissolve, COUNTS, COUNTS)
SHOTS = st.builds(Shot, COUNTS, COUNTS, st.booleans(), st.none() | DISSOLVES)
STREAMS = st.builds(StreamInfo, COUNTS)
FILMS = st.builds(
    FilmInfo,
    path=PATHS,
    sample_aspect=FRACTIONS,
    frame_rate=FRACTIONS,
    time_base=FRACTIONS,
    pixel_format=st.builds(PixelFormat),
    color=st.builds(ColorTags),
    streams=st.lists(STREAMS, max_size=3).map(tuple),
    start_s=FRACTIONS,
)
OPTIONS = st.builds(
    Options,
    input=PATHS,
    output=st.none() | PATHS,
    model=st.text(),
    interval_frames=st.integers(1, 250),
    overlap_frames=st.integers(0, 250),
    model_size_px=st.none() | st.integers(64, 1024),
    encoder_options=st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
    saturation=st.floats(0, 4),
    palette=st.integers(0, 4),
    is_compat=st.just(value=False),
    is_causal=st.just(value=False),
    start_s=st.none() | SECONDS,
    end_s=st.none(),
    shots_file=st.none() | PATHS,
    memory_mib=st.none() | st.integers(1, 10**6),
    work_folder=st.none() | PATHS,
)
FINDINGS = st.builds(
    Findings, losses=st.lists(st.text(), max_size=2).map(tuple), side_data=st.lists(st.text()).map(tuple)
)
PLANS = st.builds(
    FilmPlan,
    options=OPTIONS,
    film=FILMS,
    output=PATHS,
    input_size=st.builds(InputSize),
    size_px=st.tuples(COUNTS, COUNTS),
)
FILES = st.builds(NamedFile, bytes=st.none() | COUNTS, modified_ns=st.none() | COUNTS)
TEXTS = st.dictionaries(st.text(), st.text(), max_size=3)
SIDECARS = st.builds(
    Sidecar,
    tool=st.builds(Tool, libraries=TEXTS),
    source=FILES,
    result=FILES,
    model=st.builds(Model),
    options=OPTIONS.map(to_plain),
    shots=st.lists(
        st.builds(ColoredShot, dissolve=st.none() | DISSOLVES, anchors=st.lists(COUNTS).map(tuple)),
        max_size=3,
    ).map(tuple),
    carried=st.lists(st.builds(CarriedStream, STREAMS), max_size=2).map(tuple),
    dropped=st.lists(st.builds(DroppedStream, STREAMS), max_size=2).map(tuple),
    proof=st.none() | st.builds(Verdict),
    timings=st.dictionaries(st.text(), st.floats(0, 1e9), max_size=3),
    seconds=st.floats(0, 1e9),
)
RECORDS = st.one_of(
    PLANS,
    st.builds(Take, SHOTS, st.none() | DISSOLVES),
    st.builds(Scan, shots=st.lists(SHOTS, max_size=3).map(tuple), film=FILMS, findings=FINDINGS),
    st.builds(Source),
    st.builds(About, PATHS, PATHS),
    SIDECARS,
)


@given(RECORDS)
def test_every_record_of_a_run_comes_back_equal(record: Any) -> None:
    text = to_json(record)
    assert text.isascii()
    assert from_json(type(record), text) == record
    assert to_json(from_json(type(record), text)) == text


@given(SIDECARS)
def test_a_sidecar_is_read_from_the_file_as_it_is_written(sidecar: Sidecar) -> None:
    assert from_json(Sidecar, sidecar_json(sidecar)) == sidecar


@dataclass(frozen=True, slots=True)
class Inner:
    kind: Literal["a", 1]
    ratio: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Outer:
    count: int
    inners: tuple[Inner, ...] = ()
    pair: tuple[int, str] | None = None
    names: frozenset[str] = frozenset()
    place: Path = Path()
    weight: float = 0.0
    is_set: bool = field(default=False, metadata={"key": "set"})
    more: Mapping[str, int | None] = field(default_factory=dict)


def test_each_type_has_one_form() -> None:
    record = Outer(
        1,
        (Inner("a", Fraction(3, 2)), Inner(1)),
        (2, "b"),
        frozenset("yx"),
        Path("p"),
        0.5,
        is_set=True,
        more={"k": None},
    )
    assert json.loads(to_json(record)) == {
        "count": 1,
        "inners": [{"kind": "a", "ratio": "3/2"}, {"kind": 1, "ratio": "1"}],
        "pair": [2, "b"],
        "names": ["x", "y"],
        "place": "p",
        "weight": 0.5,
        "set": True,
        "more": {"k": None},
    }
    assert from_json(Outer, to_json(record)) == record


def test_what_a_later_version_adds_is_passed_over_and_what_has_a_default_may_be_missing() -> None:
    assert from_json(Outer, '{"count": 3, "later": {"x": 1}}') == Outer(3)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ([], "it is not an object"),
        ({}, "count is missing"),
        ({"count": True}, "count is not a whole number"),
        ({"count": 1.0}, "count is not a whole number"),
        ({"count": 1, "inners": {}}, "inners is not a list"),
        ({"count": 1, "inners": [{"kind": "a"}, {"kind": "b"}]}, "inners[1].kind is not a or 1"),
        ({"count": 1, "inners": [{"kind": True}]}, "inners[0].kind is not a or 1"),
        ({"count": 1, "inners": [{"kind": "a", "ratio": "1/0"}]}, "inners[0].ratio is not a fraction"),
        (
            {"count": 1, "inners": [{"kind": "a", "ratio": "1e999999999"}]},
            "inners[0].ratio is not a fraction",
        ),
        ({"count": 1, "pair": [1]}, "pair is not a list of 2"),
        ({"count": 1, "names": "xy"}, "names is not a list"),
        ({"count": 1, "place": "a\0b"}, "place is not a path"),
        ({"count": 1, "weight": "1"}, "weight is not a number"),
        ({"count": 1, "weight": 10**400}, "weight is not a number that fits"),
        ({"count": 1, "set": 1}, "set is not true or false"),
        ({"count": 1, "more": {"k": "v"}}, "more.k is not a whole number"),
    ],
)
def test_what_a_type_does_not_allow_is_refused_with_its_place(content: object, place: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(place)}$"):
        from_plain(Outer, content)


@pytest.mark.parametrize("text", ["", "{", '{"count": NaN}', "[" * 100_000, '{"count": ' + "1" * 5000 + "}"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|NaN is no number|nested too deep|digits"):
        from_json(Outer, text)


def test_options_that_make_no_sense_are_a_value_error() -> None:
    content = to_plain(Options(Path("film.mkv"))) | {"interval_frames": 0}
    with pytest.raises(ValueError, match="--interval"):
        from_plain(Options, content, "options")
