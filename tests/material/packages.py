"""Packages with colorizers, installed into a folder: a module and the metadata that pip would write."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "colorizers.md"


def install(
    folder: Path, name: str, files: Mapping[str, str], entries: Mapping[str, str], version: str = "1.0"
) -> None:
    """`files` by their paths; `entries` are the group's entry points."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = ["[tcvc.colorizers]", *(f"{entry} = {where}" for entry, where in entries.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def install_documented(folder: Path) -> Path:
    """The first example of docs/colorizers.md as it stands there; the file of its weights."""
    return _install_example(folder, 0, "tint.json", documented("json")[0].encode())


def install_documented_onnx(folder: Path, model: bytes) -> Path:
    """The second example, which runs this model; its file."""
    return _install_example(folder, 1, "model.onnx", model)


def documented(language: str) -> list[str]:
    """The blocks of docs/colorizers.md in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.M | re.S)


def _install_example(folder: Path, place: int, name: str, content: bytes) -> Path:
    project = tomllib.loads(documented("toml")[place])["project"]
    entries = project["entry-points"]["tcvc.colorizers"]
    (module,) = {str(where).partition(":")[0] for where in entries.values()}
    files = {f"{module}/__init__.py": documented("python")[place]}
    install(folder, project["name"], files, entries, project["version"])
    path = folder / module / name
    path.write_bytes(content)
    return path
