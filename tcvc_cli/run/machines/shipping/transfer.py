"""The worker's end: what is lent comes to its machine once, and what it has made goes where it is wanted."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from tcvc_cli.errors import DiskFull, InputError
from tcvc_cli.files import always, is_plain, publish, sha256_of, writing
from tcvc_cli.run.events import Event, FramesDone
from tcvc_cli.run.machines.events import Waiting
from tcvc_cli.run.machines.shipping.depot import Brought, Depot, Lent

_NAME: Final = re.compile(r"[0-9a-z][0-9A-Za-z.-]{0,99}")
_LOCK: Final = "fetching.lock"
_TELL_S: Final = 5.0
_NOT_YET: Final = FramesDone("colorize", 0)


def fetch(depot: Depot, folder: Path) -> Generator[Event, None, None]:
    """All that is lent, into the folder that the workers of a machine share: by whoever comes first, while
    the others wait. What one left that died is gone on with. Raises InputError for what arrives damaged,
    DiskFull, and what `writing` does."""
    lent = depot.listing()
    for one in lent:
        if _NAME.fullmatch(one.name) is None:
            raise InputError(f"{one.name!r} is no name for a file that is sent")
    lock = FileLock(folder / _LOCK)
    while not all(is_plain(folder / one.name) for one in lent):
        try:
            lock.acquire(timeout=1.0)
        except Timeout:
            yield _NOT_YET
            continue
        try:
            yield from _fetch_all(depot, lent, folder)
        finally:
            lock.release()


def _fetch_all(depot: Depot, lent: Sequence[Lent], folder: Path) -> Generator[Event, None, None]:
    _refuse_full(lent, folder)
    for number, one in enumerate(lent):
        if not is_plain(folder / one.name):
            yield from _fetch_one(depot, number, one, folder)


def _refuse_full(lent: Sequence[Lent], folder: Path) -> None:
    missing = 0
    for one in lent:
        draft = _draft_of(folder, one)
        there = draft.stat().st_size if is_plain(draft) else 0
        missing += 0 if is_plain(folder / one.name) else one.size_bytes - there
    if shutil.disk_usage(folder).free < missing:
        message = f"no room in {folder.parent} on {platform.node()} for {missing / 2**30:.1f} GiB"
        raise DiskFull(message, "Name another folder with TMPDIR where the cluster is started.")


def _fetch_one(depot: Depot, number: int, one: Lent, folder: Path) -> Generator[Event, None, None]:
    draft, told_s = _draft_of(folder, one), time.monotonic()
    with writing(draft), draft.open("ab") as file:
        done = file.tell()
        while done < one.size_bytes:
            content = depot.take(number, done)
            if not content:
                break
            done += file.write(content)
            if time.monotonic() - told_s > _TELL_S:
                told_s = time.monotonic()
                yield Waiting(f"{platform.node()} has {done * 100 // one.size_bytes} % of {one.name}")
    with writing(draft):
        if sha256_of(draft) != one.sha256:
            draft.unlink()
            message = f"{one.name} came to {platform.node()} otherwise than it was sent"
            raise InputError(message, "Give the same command again; what is finished is kept.")
        os.utime(draft, ns=(one.modified_ns, one.modified_ns))
        publish(draft, folder / one.name, may_replace=always)


def _draft_of(folder: Path, one: Lent) -> Path:
    """With the same name for everybody, so that another goes on with it."""
    return folder / f"{one.name}.part"


def bring(depot: Depot, files: Sequence[Path]) -> None:
    """Complete files, which are kept all or none. Raises what `Depot.bring` and `Depot.keep` do."""
    depot.keep([_bring_one(depot, file) for file in files])


def _bring_one(depot: Depot, path: Path) -> Brought:
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while content := file.read(depot.slice_bytes):
            depot.bring(path.name, done, content)
            digest.update(content)
            done += len(content)
    return Brought(path.name, done, digest.hexdigest())
