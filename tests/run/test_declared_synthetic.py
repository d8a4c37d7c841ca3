"""Every result, and every sidecar, says that its colours are synthetic: by what, when, by whom, of what."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tcvc_cli import __version__
from tcvc_cli.cli.main import main
from tcvc_cli.media.inspect.declared import declared_colors
from tcvc_cli.media.read.probe import open_film
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.media.xmp.facts import keeps
from tcvc_cli.media.xmp.places import xmp_of_photograph
from tcvc_cli.media.xmp.quicktime import put_xmp
from tcvc_cli.plain import from_plain
from tcvc_cli.records import SyntheticColors
from tests.material.declared_material import TITLE, packet_of
from tests.material.media_sources import Source, make
from tests.material.present import present

GREY = Source(codec="ffv1", pixel_format="gray", frames=3, time_base=Fraction(1, 24))
QUICK = ["--model-size", "64", "--device", "cpu"]
TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make(tmp_path / "film.mkv", GREY)


def photograph(path: Path) -> Path:
    cv2.imwrite(str(path), np.random.default_rng(2).integers(0, 256, (48, 64), np.uint8))
    return path


def run(*words: object) -> int:
    return main([*map(str, words), *QUICK])


def sidecar(result: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(result.with_name(f"{result.name}.json").read_text())
    return content


def stated(result: Path) -> SyntheticColors:
    return from_plain(SyntheticColors, sidecar(result)["declared"])


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov", "m4v", "png", "jpg", "tif"])
def test_result_and_sidecar_say_the_same(tmp_path: Path, suffix: str) -> None:
    is_film = suffix in ("mkv", "mp4", "mov", "m4v")
    source = make(tmp_path / "in.mkv", GREY) if is_film else photograph(tmp_path / "in.png")
    result, begun = tmp_path / f"out.{suffix}", datetime.now(UTC) - timedelta(seconds=1)
    operator = ["--operator", "  Ada Lovelace "]
    assert run("colorize", source, "-o", result, "--saturation", "1.5", "--proof", *operator) == 0
    declared = present(declared_colors(result))
    assert declared == stated(result)
    assert declared.digital_source_type == TYPE
    assert (declared.software, declared.version) == ("tcvc", __version__)
    assert (declared.model, declared.weights_sha256) == (
        "tcvc-dino",
        sidecar(result)["model"]["weights_sha256"],
    )
    assert re.fullmatch("[0-9a-f]{64}", declared.weights_sha256)
    assert begun <= datetime.fromisoformat(declared.when) <= datetime.now(UTC)
    assert (declared.operator, declared.operator_kind) == ("Ada Lovelace", "person")
    assert dict(declared.options) == {"saturation": "1.5", "model_size_px": "64"}
    assert (declared.source_file, declared.source_sha256) == (source.name, sha256(source))
    assert sidecar(result)["result"]["sha256"] == sha256(result)
    for word in ("synthetic", "tcvc-dino", declared.weights_sha256, declared.source_sha256, "Ada Lovelace"):
        assert word in declared.statement
    assert main(["verify", str(source), str(result), "--strict"]) == 0


def test_nobody_is_named_that_was_not_given(film: Path) -> None:
    assert run("colorize", film) == 0
    declared = stated(film.with_name("film.color.mkv"))
    assert (declared.operator, declared.operator_kind) == (None, None)


@pytest.mark.parametrize(
    "name", ["", "  ", "two\nlines", "a\0b", "a\x1bb", "a\u202eb", "x" * 201, "org:", "org:  ", "\ud800"]
)
def test_an_operator_is_one_printable_line(film: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("colorize", film, "--operator", name) == 2
    said = capsys.readouterr().err
    assert said.count("error:") == 1
    assert "--operator" in said
    assert "\x1b]" not in said
    assert not film.with_name("film.color.mkv").exists()


def test_an_institution_and_the_other_places_of_the_option(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TCVC_OPERATOR", "org:Stadtarchiv Köln <&>")
    assert run("colorize", film) == 0
    declared = present(declared_colors(film.with_name("film.color.mkv")))
    assert (declared.operator, declared.operator_kind) == ("Stadtarchiv Köln <&>", "organization")
    monkeypatch.delenv("TCVC_OPERATOR")
    monkeypatch.chdir(film.parent)
    Path("archive.toml").write_text('operator = "Grace Hopper"\n')
    monkeypatch.setenv("TCVC_CONFIG", "archive.toml")
    assert run("batch", film, "-o", "out") == 0
    assert stated(Path("out/film.color.mkv")).operator == "Grace Hopper"


def test_with_a_given_clock_two_runs_give_one_file(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    results = [film.with_name(name) for name in ("one.mp4", "two.mp4")]
    for result in results:
        assert run("colorize", film, "-o", result) == 0
        assert present(declared_colors(result)).when == "2001-09-09T01:46:40Z"
    assert results[0].read_bytes() == results[1].read_bytes()


@pytest.mark.parametrize("clock", ["", "noon", "9" * 30])
def test_a_clock_that_cannot_be_read_is_found_before_the_work(
    film: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", clock)
    assert run("colorize", film) == 2
    assert "SOURCE_DATE_EPOCH" in capsys.readouterr().err
    assert [one.name for one in film.parent.iterdir()] == ["film.mkv"]


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_a_result_that_is_coloured_again_keeps_what_it_said(tmp_path: Path, suffix: str) -> None:
    film = make(tmp_path / "film.mkv", GREY)
    first, second = tmp_path / f"first.{suffix}", tmp_path / f"second.{suffix}"
    assert run("colorize", film, "-o", first, "--operator", "First") == 0
    again = ["--operator", "Second", "--colour-parts", "recolour", "--proof"]
    assert run("colorize", first, "-o", second, *again) == 0
    declared = present(declared_colors(second))
    assert (declared.operator, declared.source_sha256) == ("Second", sha256(first))
    assert b"First" in second.read_bytes()
    assert main(["verify", str(first), str(second), "--strict"]) == 0


def test_the_sources_own_packet_is_in_the_result(tmp_path: Path) -> None:
    film, result = (
        make(tmp_path / "film.mp4", replace(GREY, codec="mpeg4", pixel_format="yuv420p")),
        tmp_path / "r.mov",
    )
    put_xmp(film, packet_of(TITLE), is_quicktime=False)
    recolor = ["--colour-parts", "recolour"]
    assert run("colorize", film, "-o", result, "--proof", *recolor) == 0
    assert b"A &amp; B" in result.read_bytes()
    assert main(["verify", str(film), str(result)]) == 0
    result.write_bytes(result.read_bytes().replace(b"A &amp; B", b"A &amp; C"))
    result.with_name("r.mov.json").unlink()
    assert main(["verify", str(film), str(result)]) == 7


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_a_photographs_own_packet_is_in_the_result_and_in_the_graded_one(tmp_path: Path, suffix: str) -> None:
    source, colored, graded = (tmp_path / f"{name}.{suffix}" for name in ("in", "out", "graded"))
    packet = packet_of(TITLE)
    grey = np.random.default_rng(2).integers(0, 256, (48, 64, 1), np.uint8)
    write_photograph(np.repeat(grey, 3, axis=2), source, is_computed=False, xmp=packet)
    assert run("colorize", source, "-o", colored, "--strict", "--proof", "--operator", "Ada") == 0
    assert sidecar(colored)["carried"][0]["lost"] == []
    assert keeps([packet], xmp_of_photograph(colored))
    words = ["grade", colored, "-o", graded, "--saturation", "0.5", "--strict"]
    assert main(list(map(str, words))) == 0
    assert keeps([packet], xmp_of_photograph(graded))
    declared = present(declared_colors(graded))
    assert (declared.operator, declared.source_sha256) == ("Ada", sha256(source))


def test_a_graded_result_keeps_the_declaration(film: Path) -> None:
    colored, graded = film.with_name("film.color.mkv"), film.with_name("film.graded.mp4")
    assert run("colorize", film, "--operator", "Ada") == 0
    words = ["grade", colored, "-o", graded, "--saturation", "0.5", "--operator", "org:Archive"]
    assert main(list(map(str, words))) == 0
    before, after = stated(colored), present(declared_colors(graded))
    assert after == stated(graded)
    assert (after.source_sha256, after.model) == (before.source_sha256, before.model)
    assert (after.operator, after.operator_kind) == ("Archive", "organization")
    assert ("saturation", "0.5") in after.options
    assert after.statement.startswith(before.statement)
    assert (sidecar(graded)["operator"], sidecar(graded)["created"]) == ("org:Archive", after.when)


def test_colours_of_the_film_itself_are_not_called_synthetic(tmp_path: Path) -> None:
    colorful = make(tmp_path / "film.mkv", replace(GREY, pixel_format="yuv420p"))
    graded = tmp_path / "graded.mp4"
    assert main(["grade", str(colorful), "-o", str(graded), "--saturation", "0.5"]) == 0
    assert declared_colors(graded) is None
    assert sidecar(graded)["declared"] is None
    kept = tmp_path / "kept.mkv"
    assert run("colorize", colorful, "-o", kept) == 0
    assert sidecar(kept)["shots"][0]["in_colour"]
    assert declared_colors(kept) is None
    assert sidecar(kept)["declared"] is None


def test_steadied_colours_are_declared(film: Path) -> None:
    colored, steady = film.with_name("film.color.mkv"), film.with_name("steady.mp4")
    assert run("colorize", film) == 0
    words = ["stabilize", colored, "--film", film, "-o", steady, "--operator", "Ada"]
    assert main(list(map(str, words))) == 0
    declared = present(declared_colors(steady))
    assert declared == stated(steady)
    assert (declared.model, declared.source_sha256) == ("steadied", sha256(film))


def test_matroska_names_its_tags(film: Path) -> None:
    assert run("colorize", film, "--operator", "Ada") == 0
    with open_film(film.with_name("film.color.mkv")) as container:
        tags = dict(container.metadata)
    assert tags["DIGITAL_SOURCE_TYPE"] == TYPE
    assert tags["COLORIZED_BY"] == "Ada"
    assert tags["COLORIZED_WITH"] == "tcvc: the colours of this film were computed"


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_a_film_that_does_not_say_so_fails(
    film: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = film.with_name(f"film.color.{suffix}")
    assert run("colorize", film, "-o", result, "--saturation", "3", "--proof") == 0
    result.with_name(f"{result.name}.json").unlink()
    result.write_bytes(result.read_bytes().replace(b"COLORIZED_WITH", b"COLORIZED_LIKE"))
    capsys.readouterr()
    assert main(["verify", str(film), str(result), "--json"]) == 7
    checks = json.loads(capsys.readouterr().out.splitlines()[0])["checks"]
    failing = [one["subject"] for one in checks if one["verdict"] == "fails"]
    assert failing == (["mark"] if suffix == "mkv" else ["mark", "tags"])  # in MP4 it is part of the comment


@pytest.mark.parametrize("kind", ["nut", "matroska"])
def test_what_goes_out_as_it_comes_says_so(film: Path, kind: str) -> None:
    sent = film.with_name("sent.nut" if kind == "nut" else "sent.mkv")
    words = ["colorize", str(film), "-o", "-", "--causal", "--format", kind, "--operator", "Ada", *QUICK]
    with sent.open("wb") as file:
        subprocess.run([sys.executable, "-m", "tcvc_cli", *words], stdout=file, check=True, timeout=120)
    declared = present(declared_colors(sent))
    assert (declared.operator, declared.source_file, declared.source_sha256) == ("Ada", "film.mkv", "")
    assert declared.digital_source_type == TYPE


def test_the_lines_of_the_page_work(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "film.mkv", GREY)
    photograph(tmp_path / "photograph.png")
    assert run("colorize", "film.mkv") == 0
    assert run("colorize", "film.mkv", "-o", "film.color.mp4") == 0
    assert run("colorize", "photograph.png", "-o", "photograph.color.jpg") == 0
    page = (root / "docs" / "provenance.md").read_text().partition("## Reading it")[2]
    lines = present(re.search(r"```\n(.*?)```", page, re.S))[1].splitlines()
    assert len(lines) == 4
    for line in lines:
        words = shlex.split(line)
        if shutil.which(words[0]) is None:
            pytest.skip(f"no {words[0]} on this machine")
        told = subprocess.run(words, check=True, capture_output=True, timeout=60).stdout.decode()
        assert TYPE in told
        assert "tcvc-dino" in told
