"""Where code may come from: the folder that somebody stands in is no such place.

Loads nothing but what Python has loaded before it looks into any folder, so that it can run first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, MutableMapping

_OWN_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))
_NOT_HERE = "NoDefaultCurrentDirectoryInExePath"  # which Windows and its shell read


def leave_out_current_folder() -> None:
    """No module comes from it from here on: neither here, where an empty entry of PYTHONPATH puts it first,
    as Python itself does when it is given the name of a package to run, nor in any process that this one
    starts. What Python has loaded before cannot be helped (docs/files.md says how it is)."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    doubtful = {os.path.abspath(one) for one in ("", *given) if not os.path.isabs(one)} - {_OWN_ROOT}
    before, installed = _halves(sys.path)
    sys.path[:] = [*(one for one in before if os.path.abspath(one) not in doubtful), *installed]
    isolate_children(os.environ)


def isolate_children(environment: MutableMapping[str, str]) -> None:
    """Changes `environment` so that a Python that is started with it finds this very package, and takes no
    module from the folder in which it is started; nor is a program looked for there."""
    paths = list(_absolute(environment.get("PYTHONPATH", "")))
    if _OWN_ROOT not in (*paths, *_halves(sys.path)[1]):
        paths.insert(0, _OWN_ROOT)
    environment.pop("PYTHONPATH", None)
    if paths:
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    environment["PYTHONSAFEPATH"] = "1"
    environment[_NOT_HERE] = "1"
    if "PATH" in environment:
        environment["PATH"] = os.pathsep.join(_absolute(environment["PATH"]))


def found_program(name: str) -> str | None:
    """The program `name` in the first folder of PATH that has it, by its full name; None where none has.

    The current folder counts no more than any other that is not named from the root on, though Windows
    looks there first.
    """
    file = f"{name}.exe" if sys.platform == "win32" else name
    places = (os.path.join(folder, file) for folder in _absolute(os.environ.get("PATH", os.defpath)))
    return next((one for one in places if os.path.isfile(one) and os.access(one, os.X_OK)), None)


def _halves(paths: list[str]) -> tuple[list[str], list[str]]:
    """What was asked for by this run, and what is installed: Python's own library and all behind it."""
    full = [os.path.abspath(one) for one in paths]
    start = full.index(_LIBRARY) if _LIBRARY in full else len(full)
    return paths[:start], full[start:]


def _absolute(paths: str) -> Iterable[str]:
    return (one for one in dict.fromkeys(paths.split(os.pathsep)) if os.path.isabs(one))
