"""JSON that would break who reads it is refused where it is read, whatever it claims to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import WeightsRefused
from tcvc_cli.media.carry.tags import declared_in_tags
from tcvc_cli.model.weights import manifest
from tcvc_cli.plain import from_json, read_json
from tcvc_cli.run.batch.report import is_report
from tcvc_cli.run.provenance.sidecar import Sidecar, is_result, read_sidecar, stated_sidecar

DEEP = 100_000
BAD = {
    "thousands of digits": f'{{"schema": {"9" * 5000}}}',
    "what no float holds": f'{{"schema": {10**309}}}',
    "less than that": f'{{"schema": -{10**309}}}',
    "a float that is infinite": '{"schema": 1e999}',
    "NaN": '{"schema": NaN}',
    "-Infinity": '{"schema": -Infinity}',
    "lists without end": "[" * DEEP,
    "objects without end": '{"a":' * DEEP,
    "lists that end, deep": "[" * 500 + "]" * 500,
    "objects that end, deep": '{"a":' * 500 + "1" + "}" * 500,
    "a key twice": '{"schema": 1, "schema": 2}',
    "nothing": "",
    "no JSON": "{'a': 1}",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_it_is_a_value_error_of_one_short_line(text: str) -> None:
    for read in (read_json, lambda text: from_json(Sidecar, text)):
        with pytest.raises(ValueError, match=r"\A[^\n]{1,200}\Z"):
            read(text)


def test_what_fits_is_read() -> None:
    assert read_json(f"[{1 << 70}, 1e300, {'[' * 90 + ']' * 90}]")[:2] == [1 << 70, 1e300]


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_the_list_of_weights(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.json").write_text(text)
    monkeypatch.setenv(manifest.ENVIRONMENT, str(tmp_path / "list.json"))
    assert main(["weights", "list"]) == WeightsRefused.exit_code
    assert capsys.readouterr().err.count("\n") == 1


def test_a_size_that_no_weights_have() -> None:
    document = json.loads(manifest.manifest_path().read_text())
    row = next(row for row in document["weights"] if row["size_bytes"])
    row["size_bytes"] = manifest.MOST_BYTES + 1
    with pytest.raises(WeightsRefused, match=r"bad 'size_bytes'"):
        manifest.parse(json.dumps(document), where="list")


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_files_beside_a_result(text: str, tmp_path: Path) -> None:
    result = tmp_path / "film.color.mkv"
    result.write_bytes(b"x")
    result.with_name("film.color.mkv.json").write_text(text)
    with pytest.raises(ValueError, match=r"\A.+\Z"):
        read_sidecar(result)
    result.with_name("film.color.mkv.json").write_text(
        f'{{"schema": 1, "tool": {{"name": "tcvc"}}, "size": {1 << 64}}}'
    )
    with pytest.raises(ValueError, match="20 digits"):
        read_sidecar(result)
    asked: list[Callable[[Path], Any]] = [stated_sidecar, is_result]
    assert not any(ask(result) for ask in asked)
    (tmp_path / "report.json").write_text(text)
    assert not is_report(tmp_path / "report.json")
    tags = {"DIGITAL_SOURCE_TYPE": "x", "TCVC_OPTIONS": text}
    assert declared_in_tags(tags) is None


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_command_that_meets_one_goes_on_or_says_so(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("film.mkv", "film.color.mkv"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "film.color.mkv.json").write_text(text)
    (tmp_path / "film.otio").write_text(text)
    work = tmp_path / ".film.color.mkv.work"
    work.mkdir()
    for name in ("lock", "about.json", "journal", "tcvc.json"):
        (work / name).write_text(text)
    film, result = str(tmp_path / "film.mkv"), str(tmp_path / "film.color.mkv")
    for words in (
        ["verify", film, result],
        ["clean", str(tmp_path)],
        ["shots", film],
        ["report", film, result],
        ["bag", film, result, "-o", str(tmp_path / "bag")],
        ["settings", film],
        ["measure", film, result],
    ):
        assert main(words) in (0, 2, 3, 4, 5, 6, 7)
        capsys.readouterr()
