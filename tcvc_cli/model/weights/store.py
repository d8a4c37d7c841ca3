"""Weights by name: where they lie, whether they are what they should be, and their tensors.

A file is looked for in this order: a path that the user gives, the package itself (embedded weights),
the cache. Whatever is found in the package or the cache is hashed every time before it is used:
no stamp can go stale, and hashing takes a second for each GiB. A file that the user gives is not
hashed, since nobody knows its hash; its names, shapes and dtypes must still fit.

The hash to meet is the manifest's. Where the manifest knows none, or knows that of an official pickle,
it is the hash of the converted file, recorded when it was imported.

Nothing here imports torch until tensors are read.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from tcvc_cli.errors import TcvcError, UnknownModel, WeightsMissing, WeightsRefused
from tcvc_cli.files import is_only_name
from tcvc_cli.model.weights import cache, manifest
from tcvc_cli.model.weights.checks import check_state
from tcvc_cli.model.weights.contained import completed, left_out
from tcvc_cli.model.weights.fetch import Address, Progress, fetch
from tcvc_cli.model.weights.manifest import Embedded, Entry, Https, HuggingFace, Source, User
from tcvc_cli.reading import head_of

if TYPE_CHECKING:
    from torch import Tensor

Place = Literal["given", "embedded", "cache"]

MAX_UNKNOWN_BYTES: Final = 4 << 30  # for a file whose size the manifest does not know


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file that is there, and what it must be. Size and hash are None for a file that the user gives."""

    name: str
    network: str
    path: Path
    place: Place
    size_bytes: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found. `error` is None when the file is what it should be."""

    name: str
    path: Path
    error: TcvcError | None


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of the manifest and its file, if that is there."""

    entry: Entry
    file: WeightFile | None


def find(name: str, path: Path | None = None) -> WeightFile:
    """The file of `name`, or the user's own at `path`, not hashed yet.

    Raises UnknownModel, WeightsMissing (its advice is the command that gets the file), or
    WeightsRefused for a link out of the cache or a file whose hash nobody recorded.
    """
    entry = manifest.read().find(name)
    if path is not None:
        _refuse_no_file(path)
        return WeightFile(name, entry.network, path, "given", None, None)
    return _embedded(entry) if isinstance(entry.source, Embedded) else _cached(entry)


def load(name: str, path: Path | None = None) -> Mapping[str, Tensor]:
    """The tensors of `name`, on the CPU: the file is hashed, then its names, shapes and dtypes are checked.

    With `path` a file of the user's own, safetensors or an official pickle. Raises what `find` raises,
    and WeightsRefused for a wrong hash, a damaged file, code in a pickle, or another network's weights.
    """
    file = find(name, path)
    if file.place == "given":
        _refuse_size(file.path, None)
    else:
        _refuse_changed(file)
    return _read_state(file.path, file.network)


def sha256(name: str, path: Path | None = None) -> str:
    """The hash of the file that `load` would read; the manifest's or the record's where there is one."""
    file = find(name, path)
    return file.sha256 or cache.sha256_of(file.path)


def verify(name: str) -> Path:
    """Hashes the file of `name`. Raises WeightsRefused naming the file when it is not what it should be."""
    file = find(name)
    _refuse_changed(file)
    return file.path


def verify_file(path: Path) -> str:
    """The name of the weights that `path` holds, whatever it is called: official, embedded or cached.

    Raises WeightsRefused for a file whose hash nobody has listed. A file of an unknown size is not
    even read.
    """
    _refuse_no_file(path)
    size = path.stat().st_size
    candidates = [expected for expected in _expected_files() if expected.size_bytes == size]
    found = cache.sha256_of(path) if candidates else None
    for expected in candidates:
        if expected.sha256 == found:
            return expected.name
    raise WeightsRefused(f"{path} ({size} bytes) is not a file whose hash is known")


def verify_named(what: str) -> Verdict:
    """`verify` for a name in the manifest, otherwise `verify_file`; raises what they raise."""
    if any(entry.name == what for entry in manifest.read().entries):
        return Verdict(what, verify(what), None)
    path = Path(what)
    if not path.exists():
        raise UnknownModel(f"there are neither weights nor a file named {what}")
    return Verdict(verify_file(path), path, None)


def verify_all() -> Iterator[Verdict]:
    """One verdict for each file that is here, and for each that should be because it is embedded."""
    for entry in manifest.read().entries:
        try:
            yield Verdict(entry.name, verify(entry.name), None)
        except WeightsMissing as error:
            if isinstance(entry.source, Embedded):
                yield Verdict(entry.name, manifest.PACKAGE.parent / entry.file, error)
        except TcvcError as error:
            yield Verdict(entry.name, cache.weights_path(entry.name), error)


def survey() -> tuple[Listed, ...]:
    """Every entry of the manifest, with its file where that is here and has a hash to meet."""
    return tuple(_listed(entry) for entry in manifest.read().entries)


def survey_one(name: str) -> Listed:
    """One row of the survey. Raises UnknownModel."""
    return _listed(manifest.read().find(name))


def import_file(name: str, path: Path) -> Path:
    """Checks a file that the user has, puts it into the cache as safetensors, and returns where.

    Takes an official `.pth` or `.pth.tar`, or safetensors. The result's hash, and the name, size and
    hash of `path`, are recorded beside it. Raises WeightsRefused (nothing is written then), OutputError.
    """
    entry = manifest.read().find(name)
    if isinstance(entry.source, Embedded):
        raise WeightsRefused(f"{name} travels inside tcvc", "There is nothing to import.")
    _refuse_no_file(path)
    _refuse_size(path, entry.size_bytes)
    origin = cache.sha256_of(path)
    if entry.sha256 is not None and origin != entry.sha256:
        raise _wrong_hash(path, origin, entry.sha256)
    state = _read_state(path, entry.network)
    pinned = _pinned(entry)
    if pinned is not None:
        _copy_into_cache(pinned, path)
    else:
        _convert_into_cache(entry, path, origin, state)
    return cache.weights_path(name)


def pull(name: str, *, on_progress: Progress | None = None) -> Path:
    """Downloads `name` into the cache if it is not complete there already, and returns where it lies.

    The file takes its name only after its hash was found right. Raises WeightsMissing when the network
    or the host fails (what came is kept, and the next pull goes on from there), or when only the user can
    get the file; WeightsRefused when the host has another file, of which nothing is kept.
    """
    entry = manifest.read().find(name)
    pinned = _pinned(entry)
    if pinned is None:
        return verify(name)
    try:
        return verify(name)
    except (WeightsMissing, WeightsRefused):  # not here, or damaged: get it (again)
        _download(entry.source, pinned, on_progress)
        return cache.weights_path(name)


def _embedded(entry: Entry) -> WeightFile:
    path = manifest.PACKAGE.parent / entry.file
    if not path.is_file():
        raise WeightsMissing(f"{path}, which belongs to tcvc, is missing", "Install tcvc again.")
    if entry.sha256 is None:
        raise WeightsRefused(
            f"the manifest holds no hash of {path}",
            "After training, run:"
            f" python -m tcvc_cli.model.weights.manifest update {entry.name} {entry.file}",
        )
    return WeightFile(entry.name, entry.network, path, "embedded", entry.size_bytes, entry.sha256)


def _cached(entry: Entry) -> WeightFile:
    path = cache.weights_path(entry.name)
    if not path.is_symlink() and not path.is_file():
        raise _missing(entry)
    cache.refuse_outside(path)
    truth = _pinned(entry) or cache.read_record(entry.name)
    return WeightFile(entry.name, entry.network, path, "cache", truth.size_bytes, truth.sha256)


@dataclass(frozen=True, slots=True)
class _ExpectedFile:
    """A size and hash that the manifest or an import vouches for."""

    name: str
    size_bytes: int
    sha256: str


def _pinned(entry: Entry) -> _ExpectedFile | None:
    """What the manifest says of the cached file; None when only the record of its import can say it."""
    is_pulled = isinstance(entry.source, HuggingFace | Https)
    return _stated(entry) if is_pulled else None


def _stated(entry: Entry) -> _ExpectedFile | None:
    if entry.size_bytes is None or entry.sha256 is None:
        return None
    return _ExpectedFile(entry.name, entry.size_bytes, entry.sha256)


def _expected_files() -> Iterator[_ExpectedFile]:
    for entry in manifest.read().entries:
        stated = _stated(entry)
        if stated is not None:
            yield stated
        record = _recorded(entry)
        if record is not None:
            yield _ExpectedFile(entry.name, record.size_bytes, record.sha256)
            yield _ExpectedFile(entry.name, record.origin_size_bytes, record.origin_sha256)


def _recorded(entry: Entry) -> cache.Imported | None:
    """The record of an import, or None where there is none that can be read."""
    if _pinned(entry) is not None:
        return None
    try:
        return cache.read_record(entry.name)
    except WeightsRefused:
        return None


def _missing(entry: Entry) -> WeightsMissing:
    if _pinned(entry) is not None:
        return WeightsMissing(f"{entry.name} is not here yet", f"Run: tcvc weights pull {entry.name}")
    why = "comes from its authors" if isinstance(entry.source, User) else "has no hash that tcvc knows"
    return WeightsMissing(
        f"{entry.name} is not here yet; its file {entry.file} {why}",
        f"Get the file, then run: tcvc weights import {entry.name} {entry.file}",
    )


def _listed(entry: Entry) -> Listed:
    try:
        return Listed(entry, find(entry.name))
    except (WeightsMissing, WeightsRefused):
        return Listed(entry, None)


def _refuse_no_file(path: Path) -> None:
    if not path.is_file():
        raise WeightsMissing(f"there is no file {path}", "Check the path.")


def _refuse_size(path: Path, size_bytes: int | None, advice: str | None = None) -> None:
    """Looks at the size alone, so that a huge file is refused unread."""
    found = path.stat().st_size
    if size_bytes is not None and found != size_bytes:
        raise WeightsRefused(f"{path} has {found} bytes, not {size_bytes}", advice)
    if found > MAX_UNKNOWN_BYTES:
        raise WeightsRefused(f"{path} has {found} bytes; no weights here are that large")


def _refuse_changed(file: WeightFile) -> None:
    entry = manifest.read().find(file.name)
    advice = "Install tcvc again." if file.place == "embedded" else _missing(entry).advice
    _refuse_size(file.path, file.size_bytes, advice)
    found = cache.sha256_of(file.path)
    if found != file.sha256:
        raise _wrong_hash(file.path, found, file.sha256, advice)


def _wrong_hash(
    what: Path | str, found: str, wanted: str | None, advice: str | None = None
) -> WeightsRefused:
    owner = next((entry.name for entry in manifest.read().entries if entry.sha256 == found), None)
    holds = f" holds {owner}" if owner else ""
    return WeightsRefused(f"{what}{holds}: its sha256 is {found}, not {wanted}", advice)


def _read_state(path: Path, network: str) -> dict[str, Tensor]:
    state = _read_pickle(path) if _is_pickle(path) else _read_safetensors(path)
    if (contained := left_out(network, state)) is not None:
        state = completed(state, contained, load(contained.name))
    try:
        check_state(network, state)
    except WeightsRefused as error:
        raise WeightsRefused(f"{path}: {error}", error.advice) from None
    return state


def _is_pickle(path: Path) -> bool:
    """By content, not by name: a zip archive, or a bare pickle of protocol 2 to 5."""
    try:
        head = head_of(path, 9)
    except OSError as error:
        raise cache.unreadable(path, error) from None
    is_bare = len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5 and head[8:9] != b"{"
    return head.startswith(b"PK\x03\x04") or is_bare


def _read_pickle(path: Path) -> dict[str, Tensor]:
    from tcvc_cli.model.weights import pickles

    return pickles.load(path)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        reason = str(error).partition("\n")[0]
        raise WeightsRefused(f"{path} is neither complete safetensors nor a checkpoint ({reason})") from None


def _convert_into_cache(entry: Entry, path: Path, origin_sha256: str, state: dict[str, Tensor]) -> None:
    from safetensors.torch import save_file

    for name in state:  # one at a time, so that the originals are freed on the way
        state[name] = state[name].detach().clone().contiguous()
    target = cache.weights_path(entry.name)
    with cache.replacing(target) as draft:
        save_file(state, draft, metadata={"format": "pt"})
        record = cache.Imported(
            name=entry.name,
            size_bytes=draft.stat().st_size,
            sha256=cache.sha256_of(draft),
            origin_file=path.name,
            origin_size_bytes=path.stat().st_size,
            origin_sha256=origin_sha256,
            imported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    cache.write_record(record)


def _copy_into_cache(expected: _ExpectedFile, path: Path) -> None:
    with cache.replacing(cache.weights_path(expected.name)) as draft:
        shutil.copyfile(path, draft)
        if cache.sha256_of(draft) != expected.sha256:
            raise WeightsRefused(f"{path} changed while it was copied")


def _download(source: Source, expected: _ExpectedFile, on_progress: Progress | None) -> None:
    if isinstance(source, HuggingFace):
        from tcvc_cli.model.weights import hub

        elsewhere = hub.cached(source)
        if elsewhere is not None and cache.sha256_of(elsewhere) == expected.sha256:
            _copy_into_cache(expected, elsewhere)
            return
        address = hub.address(source, size_bytes=expected.size_bytes, sha256=expected.sha256)
        _fetch_into_cache(expected, address, on_progress)
    elif isinstance(source, Https):
        _fetch_into_cache(expected, Address(source.url), on_progress)


def _fetch_into_cache(expected: _ExpectedFile, address: Address, on_progress: Progress | None) -> None:
    part = cache.part_path(expected.name, expected.sha256)
    with cache.writing(part):
        part.parent.mkdir(parents=True, exist_ok=True)
        if not is_only_name(part):
            part.unlink(missing_ok=True)
        fetch(address, part, size_bytes=expected.size_bytes, on_progress=on_progress)
        found = cache.sha256_of(part)
        if found != expected.sha256:
            part.unlink()
            raise _wrong_hash(address.url, found, expected.sha256)
        cache.put(part, cache.weights_path(expected.name))
