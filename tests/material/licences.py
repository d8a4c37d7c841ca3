"""python -m tests.material.licences: docs/licences.md, of what is installed here (scripts/write-licences)."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "licences.md"
UNNAMED = "not stated"
_TROVE = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_LOOSE = {
    "Apache 2.0": "Apache-2.0",
    "Apache 2": "Apache-2.0",
    "BSD": "BSD",
    "MIT": "MIT",
    "ISC License": "ISC",
}

# What may be among the packages that are always installed: none asks a program that uses it for its sources.
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC"),
    *("LLVM-exception", "MIT", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib"),
}
_GCC = "GPL-3.0-or-later WITH GCC-exception-3.1; LGPL-2.1-or-later"
_GPL, _LGPL2, _LGPL3 = "**GPL-2.0-or-later**", "LGPL-2.1-or-later", "LGPL-3.0-or-later"
# By the names of their files, without `lib`, versions and hashes.
BUNDLED = {
    "av": {
        **dict.fromkeys(("avcodec", "avdevice", "avfilter", "avformat", "avutil"), _LGPL3),
        **dict.fromkeys(("swresample", "swscale"), _LGPL3),
        **dict.fromkeys(("x264", "x265"), _GPL),
        "SvtAv1Enc": "BSD-3-Clause-Clear",
        "asound": _LGPL2,
        "dav1d": "BSD-2-Clause",
        "drm": "MIT",
        **dict.fromkeys(("gmp", "hogweed", "nettle", "unistring"), f"{_LGPL3} or GPL-2.0-or-later"),
        "gnutls": _LGPL2,
        "mp3lame": "LGPL-2.0-or-later",
        **dict.fromkeys(("opencore-amrnb", "opencore-amrwb"), "Apache-2.0"),
        **dict.fromkeys(("opus", "sharpyuv", "vpx", "webp", "webpmux"), "BSD-3-Clause"),
        "vpl": "MIT",
        **dict.fromkeys(("Xau", "xcb", "xcb-shape", "xcb-shm", "xcb-xfixes"), "MIT"),
    },
    "opencv-python-headless": {
        **dict.fromkeys(("avcodec", "avformat", "avutil", "swresample", "swscale"), _LGPL2),
        **dict.fromkeys(("aom", "avif"), "BSD-2-Clause"),
        **dict.fromkeys(("crypto", "ssl"), "OpenSSL"),
        "drm": "MIT",
        **dict.fromkeys(("gfortran", "quadmath"), _GCC),
        "openblasp": "BSD-3-Clause",
        "png16": "libpng-2.0",
        "vpx": "BSD-3-Clause",
    },
    "numpy": {
        **dict.fromkeys(("gfortran", "quadmath"), _GCC),
        "scipy_openblas64_": "BSD-3-Clause",
    },
}
_INTRO = """# Licences

tcvc is under the [MIT licence](../LICENSE). What it needs is installed beside it, by pip, under licences of
its own. This page names them as their own metadata state them; `scripts/write-licences` makes it, and a
test holds that it is what is installed. None of the packages that are always installed asks a program that
uses it for that program's sources.

**FFmpeg, x264 and x265.** The wheels of `av` (PyAV) hold FFmpeg's libraries, which call themselves LGPL,
version 3 or later. Beside them lie x264 and x265, which are under the GPL, version 2 or later (or a licence
that their owners sell); by the GPL, FFmpeg with them counts as GPL too. tcvc's own licence goes together
with that. Running them asks nothing of you. Whoever gives these wheels on, in a container image or an
installer, gives GPL code on, with all that the GPL asks for. The libraries are files of their own, so that
a build of yours can take their place. The preset `access` uses x264; `master`, `prores` and `dnxhr` do not.
Patents on H.264 and H.265 are a matter of their own.
"""


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    parts = (
        _INTRO,
        "## Always installed\n",
        table_of(always_installed()),
        "## Libraries inside these wheels\n",
        "Of the wheels for Linux. `torch` and `pillow` name what is inside theirs in their own files.\n",
        _table(("wheel", "library", "licence"), _bundled_rows()),
        "## Tests, training and extras\n",
        "Installed by `.[dev]` and the extras alone.\n",
        table_of(others()),
        "## Weights\n",
        _table(("weights", "comes", "licence"), _weights_rows()),
    )
    return "\n".join(parts)


def table_of(names: Iterable[str]) -> str:
    """Of packages that are installed here."""
    found = map(distribution, sorted(names))
    rows = ((canonicalize_name(one.name), one.version.partition("+")[0], licence_of(one)) for one in found)
    return _table(("package", "version", "licence"), rows)


def _table(heads: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def licence_of(found: Distribution) -> str:
    """The expression, or what stands in older fields."""
    metadata = found.metadata
    expression, loose = (
        str(metadata[field]).strip() if field in metadata else ""
        for field in ("License-Expression", "License")
    )
    if expression:
        return expression
    if re.fullmatch(r"[A-Za-z0-9.+() -]{2,40}", loose) and loose != "UNKNOWN":
        return _LOOSE.get(loose, loose)
    classes = [line.rpartition("::")[2].strip() for line in metadata.get_all("Classifier") or ()]
    named = [_TROVE[one] for one in classes if one in _TROVE]
    return " AND ".join(named) or UNNAMED


def parts_of(licence: str) -> set[str]:
    return set(re.split(r"\s+(?:AND|OR|WITH)\s+", licence.replace("(", " ").replace(")", " ").strip()))


def always_installed() -> set[str]:
    """What the program needs, and what that needs, as far as it is wanted on this system."""
    return _closure(map(Requirement, _project()["dependencies"]))


def others() -> set[str]:
    """Of constraints.txt, what is installed here beside those."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines if "==" in line}
    return {name for name in pinned - always_installed() if _installed(name) is not None}


def _project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _closure(wanted: Iterable[Requirement]) -> set[str]:
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        installed = _installed(name)
        if (
            name in found
            or installed is None
            or not (one.marker is None or one.marker.evaluate({"extra": ""}))
        ):
            continue
        found.add(name)
        waiting += map(Requirement, installed.requires or ())
    return found


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def libraries_in(package: str) -> set[str]:
    """Names of the libraries that a wheel for Linux has brought; none on other systems."""
    folder = Path(str(distribution(package).locate_file(f"{package.replace('-', '_')}.libs")))
    return {re.sub(r"^lib|(-r0)?-[0-9a-f]{8}.*$", "", path.name) for path in folder.glob("*.so*")}


def _bundled_rows() -> Iterator[tuple[str, str, str]]:
    for package, libraries in BUNDLED.items():
        by_licence: dict[str, list[str]] = {}
        for library, licence in libraries.items():
            by_licence.setdefault(licence, []).append(library)
        yield from ((package, ", ".join(sorted(names)), licence) for licence, names in by_licence.items())


def _weights_rows() -> Iterator[tuple[str, str, str]]:
    manifest = json.loads((ROOT / "weights_manifest.json").read_text(encoding="utf-8"))
    for row in manifest["weights"]:
        comes = "in the package" if row["source"]["kind"] == "embedded" else "brought by you"
        yield row["name"], comes, row["licence"] or "none stated by its authors"


if __name__ == "__main__":
    main()
