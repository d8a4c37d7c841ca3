"""Writes docs/schemas and man, out of the declarations.

python -m tcvc_cli.cli.documents.write [ROOT]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tcvc_cli.cli.documents.manual import pages
from tcvc_cli.cli.documents.schemas import texts
from tcvc_cli.cli.main import app


def documents(root: Path) -> Iterator[tuple[Path, str]]:
    """Every file that is made, and its text, in the repository at `root`."""
    for name, text in texts((root / "docs" / "sidecar.md").read_text("utf-8")).items():
        yield root / "docs" / "schemas" / name, text
    for name, text in pages(app, (root / "README.md").read_text("utf-8")).items():
        yield root / "man" / name, text


def write(root: Path) -> None:
    """Those that are not made any more are removed."""
    made = dict(documents(root))
    for folder in {path.parent for path in made}:
        folder.mkdir(exist_ok=True)
        for old in set(folder.iterdir()) - set(made):
            old.unlink()
    for path, text in made.items():
        path.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
