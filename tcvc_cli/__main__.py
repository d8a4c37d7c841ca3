"""`tcvc`, and `python -m tcvc_cli`: what has to be in order before anything of the program is loaded."""

from __future__ import annotations

from tcvc_cli.import_path import leave_out_current_folder

leave_out_current_folder()

# What is loaded from here on must not lie in the current folder.
import signal  # noqa: E402
import sys  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

if TYPE_CHECKING:
    from tcvc_cli.errors import TcvcError


def main() -> int:
    """A signal, or a limit, that comes while the program is loaded is one line too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until there is somebody to answer it
    from tcvc_cli.cli.process import signals, streams

    try:
        streams.prepare()
        signals.prepare()
        from tcvc_cli.cli.main import main as command

        code = command()
    except KeyboardInterrupt:
        code = _told(signals.stopped())
    except (ImportError, MemoryError, OSError) as error:
        from tcvc_cli.limits import lost_library

        code = _told(signals.stopped() if signals.is_stopped() else lost_library(error))
    signals.leave_at_once(code)
    return code


def _told(error: TcvcError) -> int:
    """Without what the command line makes of it, which may not be there."""
    words = f"tcvc: error: {error}. {error.advice}".replace("{", "").replace("}", "")
    print(words.encode("ascii", "backslashreplace").decode().replace("\n", " "), file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
