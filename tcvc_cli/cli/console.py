"""Words for a person: on stderr, one line each, safe to print whatever a file is called."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tcvc_cli.cli.arguments import with_flags

if TYPE_CHECKING:
    from rich.console import Console

    from tcvc_cli.errors import TcvcError

LOG = logging.getLogger("tcvc")


def one_line(text: object) -> str:
    """`text` with whatever would break or hide a line (newlines, control signs, bad bytes) spelled out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text))


def sentence(text: object) -> str:
    return one_line(text).rstrip(" .") + "."


def say_error(error: TcvcError) -> None:
    """`tcvc: error: MESSAGE. ADVICE`, and how it came about under -v."""
    LOG.debug("details", exc_info=error)
    advice = one_line(with_flags(error.advice))
    print(f"tcvc: error: {sentence(error)} {advice}".rstrip(), file=sys.stderr, flush=True)


def set_verbose() -> None:
    """From here on details and tracebacks go to stderr too."""
    handler = logging.StreamHandler()
    handler.setFormatter(Escaped("%(name)s: %(message)s"))
    LOG.handlers = [handler]
    LOG.setLevel(logging.DEBUG)


def set_quiet() -> None:
    """As a run begins: how much an earlier one in this process said counts no more."""
    LOG.setLevel(logging.WARNING)


def is_verbose() -> bool:
    return LOG.isEnabledFor(logging.DEBUG)


class Escaped(logging.Formatter):
    """A traceback keeps its lines, and nothing in them reaches the terminal as a control sign."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(one_line, super().format(record).split("\n")))


def console_for_people() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def size(mib: float) -> str:
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib:.1f} MiB"


def name(path: Path) -> str:
    return one_line(path)
