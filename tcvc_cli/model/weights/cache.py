"""The folder of pulled and imported weights: NAME.safetensors, and NAME.json where it was imported."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

import platformdirs

from tcvc_cli import files
from tcvc_cli.errors import OutputError, WeightsRefused
from tcvc_cli.files import always, plain_draft_of, publish
from tcvc_cli.plain import read_json
from tcvc_cli.reading import read_plain

ENVIRONMENT: Final = "TCVC_WEIGHTS_DIR"


@dataclass(frozen=True, slots=True)
class Imported:
    """Where an imported file came from (`origin_*`, as the user gave it) and what was made of it."""

    name: str
    size_bytes: int
    sha256: str
    origin_file: str
    origin_size_bytes: int
    origin_sha256: str
    imported_at: str  # ISO 8601, UTC


def folder() -> Path:
    """`TCVC_WEIGHTS_DIR`, or tcvc/weights in the platform's cache folder. It need not exist yet."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen).expanduser()
    return platformdirs.user_cache_path("tcvc", appauthor=False, opinion=False) / "weights"


def weights_path(name: str) -> Path:
    return folder() / f"{name}.safetensors"


def record_path(name: str) -> Path:
    return folder() / f"{name}.json"


def part_path(name: str, sha256: str) -> Path:
    """Where a download grows; the hash in its name keeps two versions apart."""
    return folder() / f".{name}.{sha256[:16]}.part"


def refuse_outside(path: Path) -> None:
    """Raises WeightsRefused when `path` is, through a link, a file outside the folder."""
    if not path.resolve().is_relative_to(folder().resolve()):
        raise WeightsRefused(
            f"{path} is a link out of the weights folder, to {path.resolve()}", "Remove the link."
        )


def sha256_of(path: Path) -> str:
    """As `files.sha256_of`. Raises WeightsRefused where the file cannot be read."""
    try:
        return files.sha256_of(path)
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError) -> WeightsRefused:
    return WeightsRefused(f"{path} cannot be read ({error.strerror})", "Check its permissions.")


def read_record(name: str) -> Imported:
    """Raises WeightsRefused when the record is missing, damaged, or another file's."""
    path = record_path(name)
    refuse_outside(path)
    try:
        record = Imported(**read_json(read_plain(path)))
    except (OSError, ValueError, TypeError):
        record = None
    if record is None or record.name != name or not _has_right_types(record):
        raise WeightsRefused(f"{path} is missing or damaged", f"Run: tcvc weights import {name} FILE")
    return record


def write_record(record: Imported) -> None:
    with replacing(record_path(record.name)) as draft:
        draft.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A draft beside `path` that takes its name when the block ends well, and is removed when not."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with plain_draft_of(path) as draft:
            yield draft
            put(draft, path)


def put(draft: Path, path: Path) -> None:
    """Give a complete file its name in the folder, which is ours: a link that has it goes. Raises OSError."""
    if path.is_symlink():
        path.unlink()
    publish(draft, path, may_replace=always)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns a full or read-only disk into an OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written ({error.strerror or error})",
            f"Make room, or set {ENVIRONMENT} to another folder.",
        ) from error


def _has_right_types(record: Imported) -> bool:
    wanted = {"int": int, "str": str}
    return all(type(getattr(record, field.name)) is wanted[str(field.type)] for field in fields(record))
