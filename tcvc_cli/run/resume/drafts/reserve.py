"""A folder that is made in a work folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tcvc_cli.names import work_folder_of
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.drafts.folders import new_folder_draft


@contextmanager
def folder_draft(target: Path, film: Path, name: str) -> Iterator[Path]:
    """A new folder of the kind `name`, which the block renames to `target`. A kill leaves it to `tcvc clean`
    or to the same command; at any other end it goes. Raises OutputBusy while another process makes `target`,
    and what `reserved` does."""
    with work.reserved(work_folder_of(target), film, target) as lease:
        try:
            yield new_folder_draft(lease.folder, name)
        finally:
            work.remove(lease)
