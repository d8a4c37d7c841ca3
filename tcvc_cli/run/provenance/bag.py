"""Original, result and their provenance as a BagIt bag (RFC 8493), with the `bagit` package."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tcvc_cli import __version__
from tcvc_cli.errors import (
    InputError,
    OutputError,
    OutputExists,
    OutputFolderMissing,
    ProofFailed,
    UnreadableInput,
    UsageError,
)
from tcvc_cli.files import is_plain, is_there, rename_new, sha256_of, writing
from tcvc_cli.names import (
    credentials_path,
    premis_path,
    proof_path,
    refuse_long,
    sidecar_path,
)
from tcvc_cli.plain import read_json
from tcvc_cli.readers import keep_as
from tcvc_cli.reading import read_plain
from tcvc_cli.run.beside import write_proof
from tcvc_cli.run.provenance.premis import is_premis_of
from tcvc_cli.run.provenance.sidecar import Hashes
from tcvc_cli.run.provenance.verify import read_statement, verify_result
from tcvc_cli.run.resume.drafts.bag import BAG_DRAFT
from tcvc_cli.run.resume.drafts.reserve import folder_draft

_CHECKSUMS = ["sha256", "sha512"]
_AGENT = "Bag-Software-Agent"


@dataclass(frozen=True, slots=True)
class Bag:
    """A bag on disk: its payload in files and bytes."""

    folder: Path
    files: int
    size_bytes: int


def pack(original: Path, result: Path, folder: Path, info: Mapping[str, str] | None = None) -> Bag:
    """Make the bag `folder`: `data/original` with the film, `data/result` with the result, its sidecar, its
    proof, its content credentials and its PREMIS record where there is one of these files. `info` goes into
    bag-info.txt.

    A proof beside the result that names these two files is taken; else they are compared now. The files are
    copied; `folder` has its name only when the bag is complete and valid. Raises UsageError without the
    package, InputError without a sidecar of these files, ProofFailed, OutputError or DiskFull.
    """
    bagit = _package()
    _check_place(folder)
    for path in (original, result):
        _refuse_unlisted(path)
        keep_as(path)
    hashes = _stated(original, result)
    with writing(folder), folder_draft(folder, original, BAG_DRAFT) as part:
        data = part / "result"
        _copy(original, part / "original")
        for path in (result, sidecar_path(result)):
            _copy(path, data)
        if is_plain(credentials_path(result)):
            _copy(credentials_path(result), data)
        if is_premis_of(premis_path(result), hashes):
            _copy(premis_path(result), data)
        _add_proof(original, result, hashes, proof_path(data / result.name))
        _make(bagit, part, dict(info or {}))
        _check_copies(part, original, result, hashes)
        payload = [path for path in (part / "data").rglob("*") if path.is_file()]
        bag = Bag(folder, len(payload), sum(path.stat().st_size for path in payload))
        rename_new(part, folder)
        return bag


def _package() -> ModuleType:
    try:
        import bagit
    except ImportError as error:
        raise UsageError("tcvc bag needs the package bagit", "Install it: pip install bagit.") from error
    logging.getLogger("bagit").addHandler(logging.NullHandler())  # errors are reported once, by us
    package: ModuleType = bagit
    return package


def _check_place(folder: Path) -> None:
    refuse_long(folder)
    if is_there(folder):
        raise OutputExists(
            f"{folder} is there already", "Give another folder with {output}, or remove it first."
        )
    if not folder.parent.is_dir():
        raise OutputFolderMissing(f"there is no folder {folder.parent}")


def _refuse_unlisted(path: Path) -> None:
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"the name {path.name} is no UTF-8, in which a bag lists its files", "Give it another name."
        ) from error


def _stated(original: Path, result: Path) -> Hashes:
    """The hashes that the sidecar states and that are those of the files."""
    for path in (original, result):
        if not path.is_file():
            raise UnreadableInput(f"{path} is not a file that is there")
    statement = read_statement(result)
    if statement is None:
        raise InputError(
            f"there is no sidecar {sidecar_path(result).name} beside the result", "Colour the film again."
        )
    hashes = Hashes(sha256_of(original), sha256_of(result))
    if hashes != statement.hashes:
        raise InputError(
            f"the sidecar of {result.name} names other files", "Give the film and the result as they were."
        )
    return hashes


def _copy(path: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    shutil.copy2(path, folder / path.name)


def _add_proof(original: Path, result: Path, hashes: Hashes, target: Path) -> None:
    there = proof_path(result)
    if _is_proof_of(there, hashes):
        shutil.copy2(there, target)
        return
    proof = verify_result(original, result)
    if not proof.holds:
        raise ProofFailed(f"{result} is not {original} with colour added", "See tcvc verify.")
    write_proof(proof, original, result, hashes, target)


def _is_proof_of(path: Path, hashes: Hashes) -> bool:
    try:
        content = read_json(read_plain(path))
        named = Hashes(content["original"]["sha256"], content["result"]["sha256"])
        return content["holds"] is True and named == hashes
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _make(bagit: ModuleType, part: Path, info: dict[str, str]) -> None:
    info.setdefault(_AGENT, f"tcvc {__version__}, bagit.py {bagit.VERSION}")
    try:
        bagit.make_bag(str(part), info, checksums=_CHECKSUMS).validate()
    except (bagit.BagError, RuntimeError, UnicodeError) as error:
        raise OutputError(f"no bag can be made of these files: {error}") from error


def _check_copies(part: Path, original: Path, result: Path, hashes: Hashes) -> None:
    copies = part / "data" / "original" / original.name, part / "data" / "result" / result.name
    if Hashes(*map(sha256_of, copies)) != hashes:
        raise OutputError("a copy in the bag is not what was copied", "Check the disk, then try again.")
