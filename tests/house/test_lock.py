"""What is installed by hash: every file of every version of constraints.txt, and nothing else."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.material.licences import always_installed

PROGRAM, ALL = "requirements.lock", "requirements-dev.lock"
_SHA256 = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def locked(path: Path) -> Mapping[Requirement, set[str]]:
    """The hashes of each line."""
    lines = re.sub(r"\\\n", " ", path.read_text(encoding="utf-8")).splitlines()
    rows = (line.partition("--hash") for line in lines if line and not line.startswith("#"))
    return {Requirement(name): set(_SHA256.findall(mark + rest)) for name, mark, rest in rows}


def pins(lines: list[str]) -> dict[str, str]:
    found = map(Requirement, (line for line in lines if "==" in line))
    return {canonicalize_name(one.name): str(one.specifier) for one in found}


@pytest.fixture(scope="module")
def constraints(root: Path) -> dict[str, str]:
    return pins((root / "constraints.txt").read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("name", [PROGRAM, ALL])
def test_a_lock_pins_as_constraints_do(root: Path, constraints: dict[str, str], name: str) -> None:
    """Where it does not: scripts/lock."""
    found = locked(root / name)
    assert all(found.values()), [str(one) for one, hashes in found.items() if not hashes]
    versions = {canonicalize_name(one.name): str(one.specifier).removesuffix("+cpu") for one in found}
    assert len(versions) == len(found) - 1  # torch, of which Linux has another file
    assert versions.items() <= constraints.items()
    assert name == PROGRAM or versions == constraints


def test_both_locks_have_the_same_hashes(root: Path) -> None:
    program, everything = (
        {(one.name, str(one.specifier)): hashes for one, hashes in locked(root / name).items()}
        for name in (PROGRAM, ALL)
    )
    assert program.items() <= everything.items()


@pytest.mark.parametrize("name", [PROGRAM, ALL])
def test_torch_on_linux_is_that_for_the_cpu(root: Path, name: str) -> None:
    """By its own version: pip would rather take that with CUDA, whose libraries are not in the lock."""
    (torch,) = (
        one
        for one in locked(root / name)
        if one.name == "torch" and one.marker is not None and one.marker.evaluate({"sys_platform": "linux"})
    )
    assert str(torch.specifier).endswith("+cpu")


def test_the_lock_of_the_program_is_all_that_it_needs(root: Path) -> None:
    """With --no-deps nothing else comes, so nothing may be missing."""
    names = {canonicalize_name(one.name) for one in locked(root / PROGRAM)}
    assert always_installed() <= names
    assert {"hatchling", "trove-classifiers", "pathspec", "pluggy", "packaging"} <= names  # they build it
    assert not {one for one in names if one.startswith(("nvidia-", "cuda-", "triton"))}


def test_what_builds_it_is_pinned(root: Path, constraints: dict[str, str]) -> None:
    (backend,) = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["build-system"][
        "requires"
    ]
    assert backend == f"hatchling{constraints['hatchling']}"
    assert constraints["hatchling"].startswith("==")


def test_what_is_installed_by_hash_comes_from_where_readme_says(root: Path) -> None:
    """The index of torch for the CPU is the only one that is named, and the script asks the same one."""
    named = re.compile(r"--extra-index-url\s+(\S+)")
    readme = set(named.findall((root / "README.md").read_text(encoding="utf-8")))
    assert len(readme) == 1
    for name in ("scripts/lock", "scripts/test-lowest"):
        assert set(named.findall((root / name).read_text(encoding="utf-8"))) == readme
    for name in (PROGRAM, ALL):
        assert "://" not in (root / name).read_text(encoding="utf-8")
