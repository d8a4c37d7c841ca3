"""Which files are references: what a user gave, files and folders, looked through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_cli.errors import BadReference, UnreadableInput, UsageError
from tcvc_cli.files import sha256_of
from tcvc_cli.settings.picture_kinds import HEAD_BYTES, PICTURE_SUFFIXES, Kind, kind_of

MOST_PICTURES = 1000
_FEWER = "Give the best few of each shot."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be a reference: a picture, or a film in colour. Nothing of it was decoded."""

    path: Path
    sha256: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Candidates:
    """`files`, sorted by their paths; `skipped`: how many in folders are no pictures, or hidden; `notes`:
    what a person should know."""

    files: tuple[Candidate, ...]
    skipped: int = 0
    notes: tuple[str, ...] = ()


def find_candidates(paths: Sequence[Path]) -> Candidates:
    """Folders are not searched any deeper, and give their pictures alone: a film counts where it was named.

    Raises UnreadableInput for what is missing or cannot be read and for a folder without a picture,
    BadReference for a file that is neither picture nor film, UsageError for more than 1000 pictures.
    """
    kinds: dict[Path, Kind] = {}
    skipped = 0
    for path in paths:
        if _is_folder(path):
            names = _names_in(path)
            pictures = [one for one in names if _is_picture_name(one) and one.is_file()]
            if not pictures:
                raise UnreadableInput(f"there is no picture in the folder {path}")
            kinds |= dict.fromkeys(pictures, "picture")
            skipped += len(names) - len(pictures)
        else:
            kinds[path] = _kind_of_file(path)
    count = sum(kind == "picture" for kind in kinds.values())
    if count > MOST_PICTURES:
        raise UsageError(f"{count} reference pictures are too many; {MOST_PICTURES} is the most", _FEWER)
    return replace(_once(sorted(kinds.items())), skipped=skipped)


def _once(kinds: Sequence[tuple[Path, Kind]]) -> Candidates:
    """Of files with the same content the first."""
    firsts: dict[str, Candidate] = {}
    notes = []
    for path, kind in kinds:
        with_hash = Candidate(path, _hash_of(path), kind)
        first = firsts.setdefault(with_hash.sha256, with_hash)
        if first is not with_hash and not _is_same_file(first.path, path):
            notes.append(f"{path.name} is the same picture as {first.path.name}, and counts once")
    return Candidates(tuple(firsts.values()), notes=tuple(notes))


def _is_folder(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableInput(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return path.is_dir()


def _names_in(folder: Path) -> list[Path]:
    """All but folders."""
    try:
        return [one for one in folder.iterdir() if not one.is_dir()]
    except OSError as error:
        raise _unreadable(folder, error) from error


def _is_picture_name(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in PICTURE_SUFFIXES


def _kind_of_file(path: Path) -> Kind:
    if not path.is_file():
        raise UnreadableInput(f"{path} is neither a file nor a folder")
    try:
        with path.open("rb") as file:
            kind = kind_of(path, file.read(HEAD_BYTES))
    except OSError as error:
        raise _unreadable(path, error) from error
    if kind is None:
        raise BadReference(f"{path.name} is neither a picture nor a film")
    return kind


def _hash_of(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _is_same_file(one: Path, other: Path) -> bool:
    """The same file, given twice, is nothing to talk about."""
    return one.resolve() == other.resolve()


def _unreadable(path: Path, error: Exception) -> UnreadableInput:
    return UnreadableInput(f"cannot read {path}: {getattr(error, 'strerror', None) or error}")
