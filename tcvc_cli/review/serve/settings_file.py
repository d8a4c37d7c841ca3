"""The settings file, as the page sees and saves it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tcvc_cli.errors import BadSettings, OutputExists, TcvcError
from tcvc_cli.files import is_there, plain_draft_of, publish, synchronize, writing
from tcvc_cli.records import Shot
from tcvc_cli.settings.film.read import bytes_of, settings_from_text, text_from_bytes
from tcvc_cli.settings.film.resolve import resolve


@dataclass(frozen=True, slots=True)
class SettingsText:
    """`text` without a byte order mark; `sha256` of the file's bytes, in hex, None where there is no file."""

    text: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class WantedText:
    """What the file is to say; `before` is the `sha256` of what was seen of it."""

    text: str
    before: str | None


class ChangedMeanwhile(Exception):
    """The file says something else than was seen of it: `now`."""

    def __init__(self, now: SettingsText) -> None:
        super().__init__("the settings were changed meanwhile")
        self.now = now


class SettingsFile:
    """Of a film with these shots; with `is_part` there are more. Any number of threads may ask."""

    def __init__(
        self, path: Path, shots: Sequence[Shot], frame_rate: Fraction, *, is_part: bool = False
    ) -> None:
        self._path = path
        self._shots = tuple(shots)
        self._frame_rate = frame_rate
        self._is_part = is_part
        self._saving = threading.Lock()

    def read(self) -> SettingsText:
        """What it says, sense or not. Raises UnreadableInput, and BadSettings where it is no text."""
        data = self._bytes()
        text = "" if data is None else text_from_bytes(data, self._path)
        return SettingsText(text, _sha256(data))

    def save(self, wanted: WantedText) -> str:
        """The SHA-256 of the file, which then holds the text byte for byte; nothing is written through a
        link. Raises ChangedMeanwhile; BadSettings, with the line, where it is nothing that could be said of
        the film; OutputError where it cannot be written."""
        data = self._checked(wanted.text)
        with self._saving:
            self._refuse_changed(wanted.before)
            try:
                self._write(data, wanted.before)
            except OutputExists:
                raise self._changed() from None
        return hashlib.sha256(data).hexdigest()

    def _checked(self, text: str) -> bytes:
        """As whoever colours the film will read it."""
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError:
            raise BadSettings(f"{self._path.name}: is not text in UTF-8") from None
        settings = settings_from_text(text_from_bytes(data, self._path), self._path)
        resolve(settings, self._shots, self._frame_rate, is_part=self._is_part)
        return data

    def _refuse_changed(self, before: str | None) -> None:
        if _sha256(self._bytes()) != before:
            raise self._changed()

    def _changed(self) -> Exception:
        """With what it says by now; where that cannot be read, why."""
        try:
            return ChangedMeanwhile(self.read())
        except TcvcError as error:
            return error

    def _write(self, data: bytes, before: str | None) -> None:
        """Looked at once more as it takes the name, since writing takes a while."""

        def is_still(path: Path) -> bool:
            if before is not None and _sha256(self._bytes()) != before:
                raise OutputExists(f"{path} is another by now")
            return before is not None

        mode = None if before is None else self._path.stat().st_mode & 0o777
        with writing(self._path), plain_draft_of(self._path) as draft:
            draft.write_bytes(data)
            if mode is not None:
                draft.chmod(mode)
            synchronize(draft)
            publish(draft, self._path, may_replace=is_still)

    def _bytes(self) -> bytes | None:
        return bytes_of(self._path) if is_there(self._path) else None


def _sha256(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
