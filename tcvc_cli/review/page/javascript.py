"""Data as scripts: a page from a disk may run those, and may not fetch a file."""

from __future__ import annotations

import json
from typing import Any, Final

from tcvc_cli.plain import to_plain

NAMESPACE: Final = "tcvcReview"
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}


def json_in_script(value: Any) -> str:
    """JSON in ASCII of what `to_plain` takes, with no sign in it that could end a script or begin a tag."""
    return json.dumps(to_plain(value), allow_nan=False, separators=(",", ":")).translate(_ESCAPED)


def call(function: str, *arguments: Any) -> bytes:
    """`tcvcReview.FUNCTION(ARGUMENTS);`"""
    return f"{NAMESPACE}.{function}({','.join(map(json_in_script, arguments))});\n".encode("ascii")


def assignment(name: str, value: Any) -> bytes:
    """`tcvcReview.NAME = VALUE;`"""
    return f"{NAMESPACE}.{name} = {json_in_script(value)};\n".encode("ascii")
