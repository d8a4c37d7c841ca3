"""docs/schemas and man are what scripts/write-docs makes of the declarations."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Annotated

import pytest
import typer

from tcvc_cli.cli.command import App, Command
from tcvc_cli.cli.documents.manual import pages
from tcvc_cli.cli.documents.roff import escaped, line
from tcvc_cli.cli.documents.write import documents, write
from tcvc_cli.cli.main import app
from tests.material.house_rules import imported_modules

ROOT = Path(__file__).parents[3]
PAGES = {path: text for path, text in documents(ROOT) if path.suffix == ".1"}


def test_what_is_committed_is_what_is_made() -> None:
    made = dict(documents(ROOT))
    stale = [
        path.name for path, text in made.items() if not path.is_file() or path.read_text("utf-8") != text
    ]
    assert stale == [], "run scripts/write-docs"
    for folder in {path.parent for path in made}:
        assert set(folder.iterdir()) == {path for path in made if path.parent == folder}


def test_what_is_not_made_any_more_is_removed(tmp_path: Path) -> None:
    for name in ("README.md", "docs/sidecar.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "man").mkdir()
    (tmp_path / "man" / "tcvc-colorise.1").touch()
    write(tmp_path)
    assert {path.name for path in (tmp_path / "man").iterdir()} == {path.name for path in PAGES}


def test_every_command_has_a_page_that_tells_every_flag() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert {path.stem for path in PAGES} == {"tcvc", *(f"tcvc-{name}" for name in commands)}
    for name, command in commands.items():
        text = PAGES[ROOT / "man" / f"tcvc-{name}.1"]
        below = getattr(command, "commands", {"": command}).values()
        flags = {
            flag for one in below for parameter in one.params for flag in parameter.opts if flag[0] == "-"
        }
        assert {flag for flag in flags if escaped(flag) not in text} == set()


def test_every_command_is_one_of_ours() -> None:
    def commands(group: object) -> list[object]:
        return [two for one in getattr(group, "commands", {}).values() for two in (one, *commands(one))]

    every = commands(typer.main.get_command(app))
    leaves = [one for one in every if not getattr(one, "commands", None)]
    assert len(leaves) > 30
    assert all(isinstance(one, Command) for one in leaves)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.stem))
def test_groff_finds_nothing_wrong(path: Path) -> None:
    if shutil.which("groff") is None:
        pytest.skip("no groff")
    command = ["groff", "-man", "-ww", "-z", "-Tutf8"]
    done = subprocess.run(command, input=PAGES[path], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_page_reads_as_it_is_meant() -> None:
    if shutil.which("groff") is None:
        pytest.skip("no groff")
    command = ["groff", "-man", "-Tutf8", "-P-cbou"]
    text = PAGES[ROOT / "man" / "tcvc-colorize.1"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=True)
    shown = re.sub(r"\s+", " ", done.stdout)
    assert "tcvc-colorize - Colour black-and-white films; sound, subtitles" in shown
    assert "--encoder-opt KEY=VALUE Option of the encoder, by libav's name; repeatable." in shown
    assert "--hue-map HUE->HUE" in shown
    assert "--interval FRAMES" in shown
    assert "Default: 16." in shown
    assert "tcvc colorize film.mkv -o colour.mkv --preset master" in shown


def test_no_text_is_taken_for_a_request_or_an_escape() -> None:
    assert line(".so /etc/passwd") == r"\&.so /etc/passwd"
    assert line("'br") == r"\(aqbr"
    assert line("one\n.br\ntwo") == "one .br two"
    assert escaped(r"a\fBb -n") == r"a\efBb \-n"
    assert escaped("café…") == r"caf\[u00E9]\[u2026]"


def test_a_new_option_is_in_its_page() -> None:
    own = App()

    @own.command()
    def one(*, loud: Annotated[bool, typer.Option("--loud", help="As it says.")] = False) -> None:
        """Do it."""

    @own.command()
    def two() -> None: ...

    found = pages(own, "")
    assert set(found) == {"tcvc.1", "tcvc-one.1", "tcvc-two.1"}
    assert '.B "\\-\\-loud"\nAs it says.' in found["tcvc-one.1"]


def test_a_wheel_brings_the_pages_where_man_looks() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    shared = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == {"man": "share/man/man1"}


def test_the_program_does_not_load_what_writes_its_documents() -> None:
    program = [path for path in (ROOT / "tcvc_cli").rglob("*.py") if path.parent.name != "documents"]
    users = [path.name for path in program if any("documents" in one for one in imported_modules(path))]
    assert users == []
