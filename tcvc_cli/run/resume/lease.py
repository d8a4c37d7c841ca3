"""Who works in a folder, where no lock of the system reaches: between hosts that share a network disk.

A lease is a small file in the folder, `lease-000001.json`: which process on which host holds it, and a
count that goes up every ten seconds. It is created exclusively, so of two that want one, one gets it.

    taking       no lease there: number 1. Stale ones up to number n: n + 1, then those are removed
    stale        its process has ended (told at once on the same system); or it has not changed for a minute
                 while somebody looked; or it is an hour old. Both times of that hour are the disk's own
    holding      a thread rewrites it in place, and sees when it is gone or another's
    lost         whoever slept and was taken over stops, and touches nothing any more
    releasing    it is removed

After taking, the folder is looked through once more: whoever finds a lease that was not there before, or has
changed, gives its own back. No clock of a host is ever compared with that of another.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import Final, Literal

from tcvc_cli.errors import OutputBusy
from tcvc_cli.files import NO_LINK, plain_draft_of
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.run.machines.identity import ProcessIdentity, is_running, this_process

BEAT_S: Final = 10.0
WATCH_S: Final = 60.0  # without a beat; a slow disk may lose five of them
LOOK_S: Final = 1.0
OLD_S: Final = 3600.0  # by the disk's own clock: then nobody needs to watch
LEASE_NAME: Final = re.compile(r"lease-(?!999999)([0-9]{6})\.json")  # there is always a next one

_LAST = 999_998  # that the name allows
_SIZE_BYTES = 512  # of every lease, so that rewriting one never makes it shorter
_MOST_BYTES = 4096  # that are looked at
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # no pipe that somebody put there is waited for
_TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)
_MOST_BEATS = 2**53
_MOST_BEAT_S = 100.0
_MISSED_BEATS = 6  # in a row
_GONE = (errno.ENOENT, errno.ESTALE)

_LIVELINESS = (False, None, True)

_held: set[str] = set()  # tokens of this process


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a folder; `process` is None where its lease cannot be read. `is_alive` is None where only
    watching would tell. It gave a sign of life `silent_s` ago, by the disk's clock and this machine's, so
    wrong by as much as these two differ."""

    process: ProcessIdentity | None
    is_alive: bool | None
    silent_s: float

    def __str__(self) -> str:
        return str(self.process) if self.process is not None else "a process that does not say which"

    @property
    def host(self) -> str:
        """Empty where it is not told."""
        return self.process.host if self.process is not None else ""

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None else None


OnWait = Callable[[Holder, float], None]  # who may be at work, and for how many seconds it will be watched


@dataclass(frozen=True, slots=True)
class _Told:
    """What a lease holds."""

    process: ProcessIdentity
    token: str
    beat: int = 0
    beat_s: float = BEAT_S
    tool: Literal["tcvc"] = "tcvc"
    schema: Literal[1] = 1

    def __post_init__(self) -> None:
        is_sane = 0 <= self.beat < _MOST_BEATS and 0 < self.beat_s <= _MOST_BEAT_S
        if not is_sane or _TOKEN.fullmatch(self.token) is None:
            raise ValueError("that is no lease")


@dataclass(frozen=True, slots=True)
class _Found:
    """A lease as it was seen; `sign` is another one after every beat."""

    path: Path
    number: int
    told: _Told | None
    sign: tuple[bytes, int]
    modified_s: float

    def is_alive(self) -> bool | None:
        if self.told is None:
            return None
        alive = is_running(self.told.process)
        if alive and self.told.process == this_process():
            return self.told.token in _held
        return alive

    def watch_s(self) -> float:
        return max(WATCH_S, _MISSED_BEATS * self.told.beat_s) if self.told is not None else WATCH_S

    def holder(self) -> Holder:
        process = None if self.told is None else self.told.process
        return Holder(process, self.is_alive(), max(0.0, time.time() - self.modified_s))


def holder_of(folder: Path) -> Holder | None:
    """Who works in it, or did and has left its lease; None where nobody's lease is there. It only looks."""
    try:
        found = [] if folder.is_symlink() else _all_in(folder)
    except OSError:
        return None
    holders = [one.holder() for one in found]
    return max(holders, key=lambda one: _LIVELINESS.index(one.is_alive)) if holders else None


def silently(holder: Holder, seconds: float) -> None:
    """An `OnWait`: it is watched, and nobody is told."""


class Lease:
    """A folder that this process holds until `release`; see `take`."""

    def __init__(self, folder: Path, number: int) -> None:
        """Raises FileExistsError where somebody else has this number, or OSError."""
        self.folder = folder
        self._told = _Told(this_process(), secrets.token_hex(16), beat_s=BEAT_S)
        self._path = folder / f"lease-{number:06d}.json"
        self._is_lost, self._is_over = False, Event()
        self._thread = Thread(target=self._keep_beating, name=f"lease of {folder.name}", daemon=True)
        _held.add(self._told.token)  # before anybody can see it
        try:
            self._create()
        except BaseException:
            _held.discard(self._told.token)
            raise

    def _create(self) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK, 0o644)
        try:
            os.write(handle, _content(self._told))
            os.fsync(handle)
        except OSError:
            self._path.unlink(missing_ok=True)
            raise
        finally:
            os.close(handle)

    @property
    def path(self) -> Path:
        return self._path

    def begin_beating(self) -> None:
        self._thread.start()

    def is_ours(self) -> bool:
        """Looks on the disk. What cannot be read counts for nothing: only who sees that it was taken over
        has lost it."""
        if not self._is_lost:
            with suppress(OSError):
                self._is_lost = self._is_gone()
        return not self._is_lost

    def refuse_lost(self) -> None:
        """Raises OutputBusy when somebody else has taken the folder over."""
        if not self._is_over.is_set() and not self.is_ours():
            holder = holder_of(self.folder)
            by = f" by {holder}" if holder is not None else ""
            advice = "Run the same command again when it has ended."
            raise OutputBusy(f"{self.folder} was taken over{by} while this run did not answer", advice)

    def release(self) -> None:
        """Only what is there and certainly its own is removed, and only once: the next one may have the same
        name. What stays is stale."""
        if self._is_over.is_set():
            return
        self._is_over.set()
        with suppress(OSError):
            told = _look_at(self._path).told
            if told is not None and told.token == self._told.token and not self.folder.is_symlink():
                self._path.unlink(missing_ok=True)
        _held.discard(self._told.token)
        if self._thread.is_alive():
            self._thread.join(LOOK_S)  # unless it waits for the disk

    def _is_gone(self) -> bool:
        """Raises OSError. A copy of it behind a link is not the folder that it was taken in."""
        try:
            if self.folder.is_symlink():
                return True
            found = _look_at(self._path)
        except FileNotFoundError:
            return True
        return found.told is not None and found.told.token != self._told.token

    def _keep_beating(self) -> None:
        while not self._is_over.wait(BEAT_S) and not self._is_lost:
            with suppress(OSError):  # a full or failing disk stops the run itself, or nothing
                self._beat()

    def _beat(self) -> None:
        """In place, and only over what is ours: what is not there any more is not made again."""
        try:
            handle = os.open(self._path, os.O_RDWR | NO_LINK | _NO_WAIT)
        except FileNotFoundError:
            self._is_lost = not self._is_over.is_set()
            return
        try:
            told = _told(os.read(handle, _MOST_BYTES))
            self._is_lost = told is not None and told.token != self._told.token
            if told is not None and not self._is_lost:
                self._told = replace(self._told, beat=self._told.beat + 1)
                os.lseek(handle, 0, os.SEEK_SET)
                os.write(handle, _content(self._told))
                os.fsync(handle)
        finally:
            os.close(handle)


def take(folder: Path, on_wait: OnWait = silently) -> Lease:
    """The folder's lease, which beats from here on. Whoever has one there and may be alive is watched for a
    minute, after `on_wait` was called, which may raise. Raises OutputBusy or OSError; FileNotFoundError where
    the folder is gone."""
    stale = _refuse_alive(folder, on_wait)
    number = _next_number([one.number for one in stale])
    try:
        lease = Lease(folder, number)
    except FileExistsError:
        raise busy(folder) from None
    try:
        for one in _refuse_changed(folder, lease, stale):
            one.path.unlink(missing_ok=True)
    except BaseException:
        lease.release()
        raise
    lease.begin_beating()
    return lease


def _next_number(taken: Sequence[int]) -> int:
    """Behind the last one; behind the last that there can be, the first that is free: all that look at the
    same leases find the same."""
    after = max(taken, default=0) + 1
    return after if after <= _LAST else next(one for one in range(1, _LAST) if one not in taken)


def busy(folder: Path) -> OutputBusy:
    """For whoever cannot work there now."""
    holder = holder_of(folder)
    who = f": {holder}" if holder is not None else ""
    return OutputBusy(f"another tcvc is at work in {folder}{who}")


def _refuse_alive(folder: Path, on_wait: OnWait) -> Sequence[_Found]:
    """All leases there, which are stale."""
    while found := _all_in(folder):
        alive = [one.is_alive() for one in found]
        if any(alive):
            raise busy(folder)
        unknown = [one for one, is_alive in zip(found, alive, strict=True) if is_alive is None]
        watched = _young(folder, unknown) if unknown else []
        if not watched or _are_silent(folder, watched, on_wait):
            return found
    return ()


def _young(folder: Path, found: Sequence[_Found]) -> Sequence[_Found]:
    with plain_draft_of(folder / "now", folder=folder) as draft:
        draft.write_bytes(b" ")
        now_s = draft.stat().st_mtime
    return [one for one in found if now_s - one.modified_s <= OLD_S]


def _are_silent(folder: Path, watched: Sequence[_Found], on_wait: OnWait) -> bool:
    """Whether all are still as they were after a minute of looks; False where they are to be judged anew.
    Raises OutputBusy as soon as one has changed.

    Seconds in which nobody could look, since this machine slept or the disk hung, count for little.
    """
    watch_s = max(one.watch_s() for one in watched)
    on_wait(watched[-1].holder(), watch_s)
    signs = {one.path: one.sign for one in watched}
    silent_s, before_s = 0.0, time.monotonic()
    while silent_s < watch_s:
        time.sleep(LOOK_S)
        there = [one for one in _all_in(folder) if one.is_alive() is not False]
        if {one.path for one in there} != signs.keys():
            return False
        if any(one.sign != signs[one.path] for one in there):
            raise busy(folder)
        now_s = time.monotonic()
        silent_s += min(now_s - before_s, 2 * LOOK_S)
        before_s = now_s
    return True


def _refuse_changed(folder: Path, lease: Lease, stale: Sequence[_Found]) -> Sequence[_Found]:
    """Those of the stale ones that are there still."""
    signs = {one.path: one.sign for one in stale}
    found = _all_in(folder)
    there = [one for one in found if one.path != lease.path]
    if len(there) == len(found):
        raise busy(folder)
    for one in there:
        if signs.get(one.path) != one.sign:
            raise OutputBusy(f"another tcvc is at work in {folder}: {one.holder()}")
    return there


def _all_in(folder: Path) -> list[_Found]:
    """By their numbers; those that vanish meanwhile are left out. Raises OSError."""
    found = []
    for name in sorted(os.listdir(folder)):
        if LEASE_NAME.fullmatch(name):
            try:
                found.append(_look_at(folder / name))
            except OSError as error:
                if error.errno not in _GONE:
                    raise
    return found


def _look_at(path: Path) -> _Found:
    """Whatever is there under the name. Raises FileNotFoundError, or OSError where the disk fails."""
    matched = LEASE_NAME.fullmatch(path.name)
    number = int(matched[1]) if matched else 0
    seen = os.lstat(path)
    content = b""
    if stat.S_ISREG(seen.st_mode):
        with suppress(PermissionError):
            content, seen = _read(path)
    told = _told(content)
    sign = (content, 0 if told is not None else seen.st_mtime_ns)
    return _Found(path, number, told, sign, seen.st_mtime)


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    """Opened anew each time, for that is when a network disk asks its server."""
    handle = os.open(path, os.O_RDONLY | NO_LINK | _NO_WAIT)
    try:
        seen = os.fstat(handle)
        return (os.read(handle, _MOST_BYTES) if stat.S_ISREG(seen.st_mode) else b""), seen
    finally:
        os.close(handle)


def _told(content: bytes) -> _Told | None:
    """None for whatever is no lease of ours."""
    if len(content) >= _MOST_BYTES:
        return None
    try:
        return from_json(_Told, content)
    except ValueError:
        return None


def _content(told: _Told) -> bytes:
    return to_json(told).encode("ascii").ljust(_SIZE_BYTES - 1) + b"\n"
