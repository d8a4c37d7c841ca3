"""A place for weights that a test fills: a manifest and a cache."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Shelf:
    """A manifest and an empty cache that the code under test reads through its two variables."""

    folder: Path
    cache: Path
    manifest: Path

    def list(self, *rows: dict[str, Any]) -> None:
        self.manifest.write_text(json.dumps({"schema": 1, "weights": rows}), encoding="utf-8")

    def names(self) -> set[str]:
        """Everything in the cache, also what is hidden."""
        return {path.name for path in self.cache.iterdir()} if self.cache.exists() else set()


def new_shelf(folder: Path, environment: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf(folder, folder / "cache", folder / "manifest.json")
    environment.setenv("TCVC_WEIGHTS_DIR", str(shelf.cache))
    environment.setenv("TCVC_WEIGHTS_MANIFEST", str(shelf.manifest))
    return shelf
