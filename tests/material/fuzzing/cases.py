"""A case is a number: the same number, the same damage and the same command."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from tests.material.fuzzing.bytes_changed import BLIND, Change
from tests.material.fuzzing.goods import Command, Subject, films, side_files, stills
from tests.material.fuzzing.judge import expected_frames, faults_of_files, faults_of_words, hashes
from tests.material.fuzzing.nursery import Nursery
from tests.material.fuzzing.parts_changed import changes_for

FILMS_SHARE = 0.65
KNOWING_SHARE = 0.65


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a case; `faults` are empty where all is well."""

    seed: int
    subject: str
    damage: str
    command: Command
    code: int | None
    faults: tuple[str, ...]
    words: str

    def plain(self) -> dict[str, object]:
        return asdict(self)


class Cases:
    """Everything stands in `folder`, which must be empty: whole files, and the case in hand under `case`."""

    def __init__(self, folder: Path) -> None:
        (folder / "whole").mkdir(parents=True)
        self._folder = folder.resolve()
        self._nursery = Nursery(self._folder)
        self._films = [*films(folder / "whole"), *stills(folder / "whole")]
        self._beside = side_files(folder / "whole", self._well)

    def _well(self, place: Path, arguments: Sequence[str]) -> None:
        ended = self._nursery.run(place, arguments, {"TCVC_CALIBRATION": ""})
        if ended.code:
            raise RuntimeError(f"tcvc {' '.join(arguments)}: {ended.stderr}")

    @property
    def place(self) -> Path:
        return self._folder / "case"

    def try_out(self, seed: int) -> Finding:
        subject, command, damage = self.lay(seed)
        is_read = subject.frames and subject.victim == command[1]
        victim = self.place / subject.victim
        frames = expected_frames(victim, subject.frames) if is_read else subject.frames
        before = hashes(self.place)
        ended = self._nursery.run(self.place, command, self._environment(subject))
        kept = {name: digest for name, digest in before.items() if not _is_written(name, command)}
        faults = (*faults_of_words(ended), *faults_of_files(ended, self.place, kept, frames))
        words = (ended.stdout[-600:] + ended.stderr[-1500:]).encode("utf-8", "backslashreplace").decode()
        return Finding(seed, subject.name, damage, command, ended.code, faults, words)

    def _environment(self, subject: Subject) -> dict[str, str]:
        """Nothing of this machine's, and the two files that a variable names."""
        given = {"manifest": "TCVC_WEIGHTS_MANIFEST", "calibration": "TCVC_CALIBRATION"}
        named = {given[subject.name]: str(self.place / subject.victim)} if subject.name in given else {}
        return {
            "TCVC_CALIBRATION": "",
            "TCVC_WEIGHTS_DIR": str(self._folder / "cache"),
            "HOME": str(self._folder),
            **named,
        }

    def lay(self, seed: int) -> tuple[Subject, Command, str]:
        """The folder of a case: the subject, the command to give there, and what was done to it."""
        chance = Random(seed)
        subject = chance.choice(self._films if chance.random() < FILMS_SHARE else self._beside)
        command = chance.choice(subject.commands)
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(subject.folder, self.place)
        victim = self.place / subject.victim
        data = victim.read_bytes()
        damage = list(_damaging(chance, subject, data))
        for change in damage:
            data = change(chance, data) if data else data
        victim.write_bytes(data)
        return subject, command, ", ".join(change.__name__ for change in damage)


def _damaging(chance: Random, subject: Subject, data: bytes) -> Iterator[Change]:
    """One change mostly, sometimes a few: those that know the format oftener than the blind ones."""
    knowing = subject.changes or changes_for(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        yield chance.choice(knowing if chance.random() < KNOWING_SHARE else BLIND)


def _is_written(name: str, command: Command) -> bool:
    """By the command itself, for it is told to."""
    return name.endswith(".tcvc.toml") and command[0] == "settings" and "--shot" in command
