"""What an option does not take is refused in words that name the option as it is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from fractions import Fraction
from math import isinf, nan
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import UsageError
from tcvc_cli.run.batch.options import Batch, Search
from tcvc_cli.run.options.declaration import Option, fields_in_scope, options_of
from tcvc_cli.run.options.film import Options

FLAGS = {  # as docs and habits have them; typed here once more, so that none changes unseen
    "output": "-o",
    "pipe_format": "--format",
    "preset": "--preset",
    "encoder": "--encoder",
    "crf": "--crf",
    "encoder_options": "--encoder-opt",
    "chroma": "--chroma",
    "is_strict": "--strict",
    "is_dry_run": "--dry-run",
    "is_proved": "--proof",
    "has_premis": "--premis",
    "operator": "--operator",
    "sign": "--sign",
    "trace_file": "--trace",
    "memory_mib": "--memory",
    "work_folder": "--work-dir",
    "is_work_kept": "--keep-work",
    "is_fresh": "--fresh",
    "model": "--model",
    "device": "--device",
    "settings_file": "--settings",
    "saturation": "--saturation",
    "warmth": "--warmth",
    "hue_maps": "--hue-map",
    "points": "--point",
    "color_parts": "--colour-parts",
    "references": "--refs",
    "references_weight": "--refs-weight",
    "references_between": "--refs-only-between",
    "is_shot_alone": "--each-shot-alone",
    "palette": "--palette",
    "vivid": "--vivid",
    "is_ensemble": "--ensemble",
    "is_compat": "--compat",
    "is_causal": "--causal",
    "interval_frames": "--interval",
    "overlap_frames": "--overlap",
    "model_size_px": "--model-size",
    "start_s": "--start",
    "end_s": "--end",
    "shots_file": "--shots",
}
ALL = options_of(Options)
IN_SHOTS = """
    model preset encoder crf encoder_options chroma is_ensemble is_compat is_causal
    interval_frames overlap_frames model_size_px
"""


def test_every_field_is_declared_and_has_its_flag() -> None:
    assert set(ALL) == {field.name for field in fields(Options)}
    assert {name: option.flag for name, option in ALL.items() if option.declared.flags} == FLAGS


def test_what_changes_pictures() -> None:
    """What a run goes on with hangs on it: a name that moves is a film that is coloured anew, or is not."""
    assert set(fields_in_scope(Options, "shot")) == set(IN_SHOTS.split())
    assert set(fields_in_scope(Options, "film")) == {"color_parts", "start_s", "end_s"}
    looks = set(fields_in_scope(Options, "look"))
    assert looks == {"saturation", "warmth", "hue_maps", "vivid", "palette"}
    others = set(fields_in_scope(Options, "run", "shot", "film"))
    assert looks | others == set(ALL)


def outside(option: Option) -> Iterator[Any]:
    """Values that an option does not take."""
    least, most = option.declared.least, option.declared.most
    if option.choices:
        yield "nothing"
    if not isinf(least):
        yield option.kind(least - 1)
    if not isinf(most):
        yield option.kind(most + 1)
    if option.kind is float:
        yield nan


WRONG = [(option, value) for option in ALL.values() for value in outside(option)]


@pytest.mark.parametrize(("option", "value"), WRONG, ids=lambda one: getattr(one, "name", str(one)))
def test_a_value_out_of_range_is_refused_by_its_flag(option: Option, value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Options(Path("film.mkv"), **{option.name: value})
    name = FLAGS.get(option.name, option.name)
    assert str(caught.value).startswith(f"{name} is {value}; it takes ")
    assert caught.value.option == option.name


@pytest.mark.parametrize("option", ALL.values(), ids=lambda option: option.name)
def test_the_ends_of_a_range_are_in_it(option: Option) -> None:
    ends = [end for end in (option.declared.least, option.declared.most) if not isinf(end)]
    for value in (*option.choices, *map(option.kind, ends)):
        made = Options(Path("film.mkv"), **{option.name: value})
        assert getattr(made, option.name) == value


UNREAD = {  # what cannot even be read as a value of the kind
    int: "many",
    float: "much",
    Fraction: "soon",
}
TYPED = {
    option.name: UNREAD[option.kind]
    for option in ALL.values()
    if option.kind in UNREAD and option.declared.flags
}
TYPED |= {option.name: "nothing" for option in ALL.values() if option.choices and option.declared.flags}
TYPED |= {"device": "tube", "encoder_options": "slow", "references_between": "480-120"}


@pytest.mark.parametrize(("name", "text"), TYPED.items())
def test_a_text_that_is_no_value_is_refused_by_its_flag(
    name: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["colorize", "film.mkv", FLAGS[name], text]) == 2
    printed = capsys.readouterr().err
    assert FLAGS[name] in printed
    assert printed.count("\n") == 1


def test_options_that_do_not_go_together() -> None:
    with pytest.raises(UsageError, match=r"^--end is not after --start$") as caught:
        Options(Path("film.mkv"), start_s=Fraction(2), end_s=Fraction(1))
    assert caught.value.option == "end_s"
    with pytest.raises(UsageError, match=r"^--compat is the published path of tcvc-idc$") as caught:
        Options(Path("film.mkv"), is_compat=True)
    assert caught.value.option == "is_compat"
    with pytest.raises(UsageError, match=r"^--compat is the published path, which knows no references$"):
        Options(Path("film.mkv"), model="tcvc-idc", is_compat=True, references=(Path("refs"),))


@pytest.mark.parametrize(
    ("flag", "given"),
    [
        ("--compat", {"is_compat": True, "model": "tcvc-idc"}),
        ("--ensemble", {"is_ensemble": True}),
        ("--refs", {"references": (Path("refs"),)}),
    ],
)
def test_what_asks_for_more_than_the_past(flag: str, given: dict[str, Any]) -> None:
    said = f"^--causal knows only the frames that came before; {flag} asks for more$"
    with pytest.raises(UsageError, match=said) as caught:
        Options(Path("film.mkv"), is_causal=True, **given)
    assert caught.value.exit_code == 2
    assert Options(Path("film.mkv"), is_causal=True).is_causal


@pytest.mark.parametrize("workers", [0, 65])
def test_workers_of_a_batch(workers: int) -> None:
    with pytest.raises(UsageError, match=f"^-j is {workers}; it takes 1 to 64$"):
        Batch(Search((), Path()), Options(Path()), workers=workers)
