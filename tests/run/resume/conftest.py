"""Folders with leases that beat faster than in life, and disks without locks."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tcvc_cli.run.resume import lease as leases
from tcvc_cli.run.resume import work_folder as work


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "work"
    place.mkdir()
    return place


@pytest.fixture(autouse=True)
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_S", 0.05)
    monkeypatch.setattr(leases, "WATCH_S", 0.5)
    monkeypatch.setattr(leases, "LOOK_S", 0.02)


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a network disk that knows none."""

    def refuse(handle: int, *, blocking: bool) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(work, "lock_descriptor", refuse)
