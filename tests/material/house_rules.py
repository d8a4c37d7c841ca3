"""The rules of the house that can be read off the sources: each function returns what breaks one, and
an empty set where nothing does."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

FOLDER_FILES = 14
MODULE_LINES = 400
FUNCTION_LINES = 60
NETWORKS = {"flownet2.py", "siggraph17.py", "idc.py", "mini.py"}  # a network in one file may be longer
ODDS_AND_ENDS = {"utils", "util", "helpers", "common", "misc"}
MODULES = ("nn.Module", "torch.nn.Module", "Module")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path: Path, package: Path) -> str:
    """The first folder of the package on the way to `path`, or the file itself where it lies in none."""
    return path.relative_to(package).parts[0]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def imported_modules(path: Path) -> set[str]:
    """Dotted names of all that a file imports, inside functions too; `from a import b` gives a and a.b."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return names


def imported_packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported_modules(path)}


def imported_from(path: Path, package: str) -> set[str]:
    """Modules of the package that a file imports."""
    return {
        node.module or ""
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package
    }


def users_outside(package: Path, rooms_by_import: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """(room, package imported) wherever one is imported in a room that is not among its own."""
    return {
        (room(path, package), name)
        for path in package.rglob("*.py")
        for name in imported_packages(path) & rooms_by_import.keys()
        if room(path, package) not in rooms_by_import[name]
    }


def rooms_with_networks(package: Path) -> set[str]:
    """Rooms that derive a class from `nn.Module`."""
    return {
        room(path, package)
        for path in package.rglob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) in MODULES for base in node.bases)
    }


def crowded_folders(package: Path) -> set[str]:
    counts = Counter(path.parent for path in package.rglob("*.py"))
    return {str(folder.relative_to(package)) for folder, count in counts.items() if count > FOLDER_FILES}


def long_modules(paths: Iterable[Path]) -> set[str]:
    return {
        path.name
        for path in paths
        if path.name not in NETWORKS and len(path.read_text(encoding="utf-8").splitlines()) > MODULE_LINES
    }


def long_functions(paths: Iterable[Path]) -> set[str]:
    return {
        f"{path.name}:{f.name}"
        for path in paths
        for f in functions(path)
        if (f.end_lineno or 0) - f.lineno + 1 > FUNCTION_LINES
    }


def odds_and_ends(paths: Iterable[Path]) -> set[str]:
    return {name for path in paths for name in (path.stem, path.parent.name)} & ODDS_AND_ENDS


def importers_of_test_files(paths: Iterable[Path]) -> set[str]:
    """Files that import a test file: what tests share stands in a module of its own, or in a conftest."""
    return {
        path.name
        for path in paths
        for name in imported_modules(path)
        if any(part.startswith("test_") or part == "conftest" for part in name.split("."))
        and name.startswith(("tests", "."))
    }


def importers_of_tests(paths: Iterable[Path]) -> set[str]:
    return {path.name for path in paths if "tests" in imported_packages(path)}
