"""How the files of a run get their names: from a draft in its work folder, known to its journal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.files import draft_of
from tcvc_cli.run.resume.journal import Journal


@dataclass(frozen=True, slots=True)
class Naming:
    """`folder` is where drafts lie, on the disk of the result; `is_overwriting`: whatever is there goes."""

    folder: Path
    journal: Journal
    is_overwriting: bool

    def may_replace(self, path: Path) -> bool:
        """What stands under a name may go when the user says so, or when this run put it there before it
        was killed."""
        return self.is_overwriting or self.journal.is_marked(path)

    def write(self, path: Path, content: bytes) -> None:
        """Completely or not at all. Raises what `draft_of` does."""
        mark = self.journal.mark
        with draft_of(path, may_replace=self.may_replace, folder=self.folder, on_complete=mark) as draft:
            draft.write_bytes(content)
