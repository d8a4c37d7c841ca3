"""What is not sent to other machines is refused in one line, before anything is done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import UsageError
from tcvc_cli.run.computed.shipped import refuse_unshippable
from tcvc_cli.run.options.film import Options

SHOT = '[[shot]]\nnumber = 1\nstarts = "0:00:00.000"\n'


@pytest.fixture
def film(six_shots: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(six_shots, tmp_path / "film.mkv"))


def test_it_is_about_a_cluster(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["colorize", str(film), "--ship"]) == 2
    assert capsys.readouterr().err.startswith("tcvc: error: --ship is about a Ray cluster. Add --ray auto.")


def test_a_batch_does_not_have_it(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", str(film.parent), "--ray", "auto", "--ship"]) == 2
    assert "No such option: --ship" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ('[film]\nreferences = ["picture.png"]\n', "names pictures, which are not sent"),
        (f'{SHOT}references = ["picture.png"]\n', "names pictures, which are not sent"),
        (f"{SHOT}locked = true\n", "locks shots"),
    ],
)
def test_settings_that_name_what_is_not_sent(film: Path, said: str, refused: str) -> None:
    film.with_name("film.tcvc.toml").write_text(said)
    with pytest.raises(UsageError, match=refused) as found:
        refuse_unshippable(Options(film))
    assert found.value.option == "is_shipped"


def test_other_settings_are_sent(film: Path) -> None:
    film.with_name("film.tcvc.toml").write_text(f"{SHOT}saturation = 0.5\n")
    refuse_unshippable(Options(film))
