"""Languages with two codes: ISO 639-2 names some by their own word and by the English one."""

from __future__ import annotations

# Terminological code to bibliographic code: ISO 639-2:1998, all twenty.
_BIBLIOGRAPHIC = (
    {"bod": "tib", "ces": "cze", "cym": "wel", "deu": "ger", "ell": "gre"}
    | {"eus": "baq", "fas": "per", "fra": "fre", "hye": "arm", "isl": "ice"}
    | {"kat": "geo", "mkd": "mac", "mri": "mao", "msa": "may", "mya": "bur"}
    | {"nld": "dut", "ron": "rum", "slk": "slo", "sqi": "alb", "zho": "chi"}
)
# FFmpeg's list of QuickTime's languages mixes both kinds, and has Swedish by a code of its own.
_QUICKTIME = {"cze": "ces", "fre": "fra", "rum": "ron", "slo": "slk", "swe": "sve"}
_NONE = (None, "", "und")


def same_language(one: str | None, other: str | None) -> bool:
    """True when both codes name the same language, or neither names one."""
    return _known(one) == _known(other)


def for_quicktime(code: str) -> str:
    """The code by which FFmpeg finds the language in QuickTime's own list."""
    bibliographic = _BIBLIOGRAPHIC.get(code, code)
    return _QUICKTIME.get(bibliographic, bibliographic)


def _known(code: str | None) -> str | None:
    if code in _NONE or code is None:
        return None
    return {"sve": "swe"}.get(code) or _BIBLIOGRAPHIC.get(code, code)
