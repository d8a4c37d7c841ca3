"""What training kept and goes on from may be damaged: that is one line, and the file stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tcvc_cli.cli.main import main
from tcvc_cli.errors import OutputExists, UnreadableInput
from tcvc_cli.train.checkpoint import Average, load_averaged, load_checkpoint, save_checkpoint
from tcvc_cli.train.material.growing import GrowingArrays, write_note

LAYOUT = {"values": ((2,), np.dtype(np.uint8))}
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda held: b"",
    "half": lambda held: held[: len(held) // 2],
    "zeros": lambda held: bytes(len(held)),
    "text": lambda held: b"not a checkpoint\n",
}


def saved(path: Path) -> torch.nn.Module:
    network = torch.nn.Linear(2, 2)
    save_checkpoint(path, 7, network, torch.optim.Adam(network.parameters()), Average(network, 0.9), {})
    return network


def reload(path: Path, network: torch.nn.Module) -> int:
    return load_checkpoint(path, network, torch.optim.Adam(network.parameters()), Average(network, 0.9))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_checkpoint(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "anchors.pt"
    network = saved(path)
    assert reload(path, network) == 7
    path.write_bytes(held := damage(path.read_bytes()))
    with pytest.raises(UnreadableInput, match="is damaged"):
        reload(path, network)
    with pytest.raises(UnreadableInput, match="is damaged"):
        load_averaged(path, network)
    assert path.read_bytes() == held


def test_a_checkpoint_of_another_network(tmp_path: Path) -> None:
    saved(tmp_path / "anchors.pt")
    with pytest.raises(UnreadableInput, match="of another network"):
        load_averaged(tmp_path / "anchors.pt", torch.nn.Linear(3, 2))


def test_a_damaged_checkpoint_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "anchors.pt").write_bytes(b"not a checkpoint")
    folders = [f"--{name}={tmp_path}" for name in ("work", "photographs", "films")]
    assert main(["train", "propagation", *folders]) == 3
    assert "anchors.pt is damaged" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["anchors.pt"]


@pytest.mark.parametrize("command", ["anchors", "propagation"])
def test_a_file_where_the_work_was_to_be(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "work").write_text("mine")
    (tmp_path / "photographs").mkdir()
    folders = [f"--work={tmp_path / 'work'}", f"--photographs={tmp_path / 'photographs'}"]
    films = [f"--films={tmp_path}"] if command == "propagation" else []
    assert main(["train", command, *folders, *films]) in (2, 4)
    assert "work" in capsys.readouterr().err
    assert (tmp_path / "work").read_text() == "mine"


def test_damaged_arrays(tmp_path: Path) -> None:
    arrays = GrowingArrays(tmp_path, LAYOUT)
    arrays.append(['"a.jpg"', '"b.jpg"'], [np.arange(4).reshape(2, 2)])
    assert (len(arrays), arrays.lines(str)) == (2, ["a.jpg", "b.jpg"])
    assert arrays.mapped(2)["values"].tolist() == [[0, 1], [2, 3]]
    (tmp_path / "values").write_bytes(b"123")
    with pytest.raises(UnreadableInput, match="is damaged"):
        arrays.mapped(2)
    for index in (b"\xff\n", b"{\n", b"1\n", b'{"a": 1}\n'):
        (tmp_path / "index.jsonl").write_bytes(index)
        with pytest.raises(UnreadableInput, match="is damaged"):
            arrays.lines(str)


def test_a_note_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "side").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputExists):
        write_note(tmp_path / "side", "224\n")
    assert not (tmp_path / "elsewhere").exists()
