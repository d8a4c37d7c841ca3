"""Signing: the finished file says, before it has its name, what it was made of, how and by what."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from tcvc_cli import __version__
from tcvc_cli.errors import MediaError
from tcvc_cli.files import plain_draft_of, synchronize
from tcvc_cli.records import SyntheticColors
from tcvc_cli.run.credentials.library import context, format_of, is_embedded, required_library
from tcvc_cli.run.credentials.signing_key import Signatory, SigningKey, signing_key
from tcvc_cli.run.events import Warned
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.provenance.declaration import declared_at

ACTION, WORD = "c2pa.edited", "colourised"  # C2PA 2.x, actions: it changes what a picture seems to say
TRANSCODED: Final = "c2pa.transcoded"
SOURCE_HASH: Final = "tcvc.source_sha256"
_SOURCE: Final = "source"  # by this the action names the ingredient


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a result was signed with. `detached` is the manifest where the file has no place for it."""

    signatory: Signatory
    detached: bytes | None


@dataclass(frozen=True, slots=True)
class SignedWork:
    """What credentials are about: the name that a result will have, what it was made of, and what it says of
    its colours; None where it has those of its source."""

    output: Path
    source: Path
    source_sha256: str
    declared: SyntheticColors | None


def signing_of(plan: FilmPlan, source_sha256: str, declared: SyntheticColors | None) -> Signing:
    """For the result of `plan`. Raises UsageError as `signing_key` does."""
    return Signing(plan.options.sign, SignedWork(plan.output, plan.film.path, source_sha256, declared))


class Signing:
    """Called with the complete file, which has no name yet; does nothing where no key is given."""

    def __init__(self, key_and_certificates: tuple[Path, Path] | None, work: SignedWork) -> None:
        """Raises UsageError as `signing_key` does."""
        self._work = work
        self._key = None if key_and_certificates is None else signing_key(key_and_certificates)
        self._losses: list[str] = []
        self.credentials: Credentials | None = None

    def __call__(self, part: Path) -> None:
        """Raises MediaError when the library gives up, or OSError."""
        if self._key is not None:
            self.credentials = self._sign(part, self._key)

    def events(self) -> Iterator[Warned]:
        """What could not be taken along of the source's own credentials."""
        yield from map(Warned, self._losses)

    def _sign(self, part: Path, key: SigningKey) -> Credentials:
        c2pa = required_library()
        try:
            with self._builder() as builder, key.signer() as signer:
                if is_embedded(self._work.output):
                    self._embed(builder, signer, part)
                    return Credentials(key.signatory, None)
                return Credentials(key.signatory, self._detached(builder, signer, part))
        except c2pa.C2paError as error:
            raise MediaError(f"could not sign {self._work.output.name}: {error}") from None

    def _builder(self) -> Any:
        """With the source as its parent, and what that says of itself where it can be read."""
        c2pa, film = required_library(), self._work.source
        ingredient = {
            "title": film.name,
            "relationship": "parentOf",
            "label": _SOURCE,
            "instance_id": _SOURCE,
        }
        builder = c2pa.Builder(self._definition(), context=context())
        try:
            with film.open("rb") as source:
                builder.add_ingredient(ingredient, format_of(film), source)
        except c2pa.C2paError as error:
            builder.close()
            self._losses.append(f"lost  content credentials of the source, which cannot be read: {error}")
            alone = {"ingredients": [{**ingredient, "format": format_of(film)}]}
            return c2pa.Builder({**self._definition(), **alone}, context=context())
        return builder

    def _definition(self) -> dict[str, Any]:
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [_SOURCE]}}
        done = _kept(self._work) if self._work.declared is None else _colored(self._work, self._work.declared)
        return {
            "title": self._work.output.name,
            "claim_generator_info": [{"name": "tcvc", "version": __version__}],
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [opened, done]}}],
        }

    def _embed(self, builder: Any, signer: Any, part: Path) -> None:
        mode = part.stat().st_mode & 0o777
        with plain_draft_of(self._work.output, folder=part.parent) as signed:
            with part.open("rb") as source, signed.open("w+b") as target:
                builder.sign(signer, format_of(self._work.output), source, target)
            signed.chmod(mode)
            synchronize(signed)
            os.replace(signed, part)

    def _detached(self, builder: Any, signer: Any, part: Path) -> bytes:
        builder.set_no_embed()
        with part.open("rb") as source, part.open("rb") as same:
            manifest: bytes = builder.sign(signer, format_of(self._work.output), source, _Unwritten(same))
        return manifest


def _colored(work: SignedWork, declared: SyntheticColors) -> dict[str, Any]:
    facts = {
        "model": declared.model,
        "weights_sha256": declared.weights_sha256,
        "operator": declared.operator,
        "options": ", ".join(f"{name} {value}" for name, value in declared.options) or None,
    }
    return {
        "action": ACTION,
        "description": WORD,
        "digitalSourceType": declared.digital_source_type,
        "softwareAgent": {"name": declared.software, "version": declared.version},
        "when": declared.when,
        "parameters": {
            "description": declared.statement,
            SOURCE_HASH: work.source_sha256,
            **{f"tcvc.{name}": fact for name, fact in facts.items() if fact},
        },
    }


def _kept(work: SignedWork) -> dict[str, Any]:
    """Of a film in colour, which was coded anew and has the colours that it had."""
    return {
        "action": TRANSCODED,
        "softwareAgent": {"name": "tcvc", "version": __version__},
        "when": declared_at(),
        "parameters": {SOURCE_HASH: work.source_sha256},
    }


class _Unwritten(io.RawIOBase):
    """Stands for the copy that the library would write of a file in which nothing changes."""

    def __init__(self, same: BinaryIO) -> None:
        super().__init__()
        self._same = same

    def read(self, size: int = -1, /) -> bytes:
        return self._same.read(size)

    def write(self, data: Any, /) -> int:
        self._same.seek(len(data), os.SEEK_CUR)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._same.seek(offset, whence)

    def tell(self) -> int:
        return self._same.tell()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True
