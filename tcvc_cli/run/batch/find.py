"""Which files a batch is about, and where below the output folder each one's result belongs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePath

from tcvc_cli.errors import UnreadableInput
from tcvc_cli.media.inspect.computed_tag import has_computed_tag
from tcvc_cli.media.structure.computed_mark import has_mark, is_sheet
from tcvc_cli.names import REVIEW_KIND, REVIEW_MARK, is_review_path, is_sheet_path, is_showing_path
from tcvc_cli.plain import read_json
from tcvc_cli.reading import read_plain
from tcvc_cli.run.batch.options import Search
from tcvc_cli.run.provenance.sidecar import is_result

_FILMS = (
    "mkv mp4 m4v mov avi mpg mpeg m2v ts m2ts mts vob webm wmv flv ogv ogg dv mxf nut y4m 3gp asf rm mj2 gif"
)
_PHOTOGRAPHS = "png jpg jpeg tif tiff bmp webp pgm jp2"
SUFFIXES = frozenset(f".{kind}" for kind in f"{_FILMS} {_PHOTOGRAPHS}".split())
LIST_SUFFIXES = (".txt", ".lst", ".list")
_WILD = "*?["
_LARGEST_REVIEW_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and the folder of its result below the output folder."""

    path: Path
    below: PurePath


def find_files(search: Search) -> Iterator[Found]:
    """Each file once, folder by folder in order of names. Raises UnreadableInput or UsageError."""
    seen: set[Path] = set()
    for source in search.sources:
        for found in _from_source(source, search):
            if (resolved := found.path.resolve()) not in seen:
                seen.add(resolved)
                yield found


def _from_source(source: str, search: Search) -> Iterable[Found]:
    path = Path(source)
    if path.is_dir():
        return _in_folder(path, search)
    if path.is_file():
        is_list = path.suffix.lower() in LIST_SUFFIXES
        return _in_list(path) if is_list else (Found(path, PurePath()),)
    if any(sign in source for sign in _WILD):
        return _in_glob(source, search)
    raise UnreadableInput(f"there is no {source}")


def _in_folder(folder: Path, search: Search) -> Iterator[Found]:
    skipped = search.output.resolve()
    for place, folders, names in os.walk(folder, onerror=_refuse):
        here = Path(place)
        folders[:] = sorted(
            name
            for name in folders
            if search.is_recursive
            and name[0] != "."
            and (here / name).resolve() != skipped
            and not _is_review(here / name)
        )
        for name in sorted(names):
            if _is_wanted(name, search) and _is_input(here / name):
                yield Found(here / name, PurePath(here.relative_to(folder)))


def _refuse(error: OSError) -> None:
    raise UnreadableInput(f"{error.filename}: {error.strerror}") from error


def _is_wanted(name: str, search: Search) -> bool:
    if name[0] == ".":
        return False
    return fnmatch(name, search.pattern) if search.pattern else Path(name).suffix.lower() in SUFFIXES


def _is_input(path: Path) -> bool:
    return path.is_file() and not is_result(path) and not _is_for_people(path)


def _is_for_people(path: Path) -> bool:
    """Whether tcvc made it for somebody to look at: a sheet, a preview, a comparison."""
    if is_sheet_path(path):
        return has_mark(path) or is_sheet(path)
    return is_showing_path(path) and has_computed_tag(path)


def _is_review(folder: Path) -> bool:
    """Whether it is the folder of a page that tcvc made, by the JSON in it."""
    path = folder / REVIEW_MARK
    try:
        if not is_review_path(folder) or not path.is_file() or path.stat().st_size > _LARGEST_REVIEW_BYTES:
            return False
        content = read_json(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("kind") == REVIEW_KIND


def _in_glob(source: str, search: Search) -> Iterator[Found]:
    """Folders are mirrored from the first part of the glob that has a wildcard."""
    parts = PurePath(source).parts
    fixed = next(place for place, part in enumerate(parts) if any(sign in part for sign in _WILD))
    root, skipped = Path(*parts[:fixed]), search.output.resolve()
    is_inside = root.resolve().is_relative_to(skipped)
    for name in sorted(glob.iglob(source, recursive=True)):
        path = Path(name)
        is_ours = any(map(_is_review, path.parents))
        if _is_input(path) and not is_ours and (is_inside or not path.resolve().is_relative_to(skipped)):
            yield Found(path, PurePath(name).parent.relative_to(root))


def _in_list(path: Path) -> Iterator[Found]:
    """Relative paths start from the list's folder, and are mirrored; of others only the name is kept."""
    try:
        lines = read_plain(path).decode("utf-8-sig", errors="surrogateescape").splitlines()
    except OSError as error:
        raise UnreadableInput(f"{path}: {error.strerror}") from error
    if any("\0" in line for line in lines):
        raise UnreadableInput(
            f"{path.name} is no list of paths: it holds null bytes", "Save it as UTF-8 text."
        )
    for line in filter(None, map(str.strip, lines)):
        given = PurePath(line)
        is_mirrored = not given.is_absolute() and ".." not in given.parts
        yield Found(path.parent / given, given.parent if is_mirrored else PurePath())
