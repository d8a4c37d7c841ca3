"""What makes the pixels of a result: the same fingerprint, the same pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from tcvc_cli import __version__
from tcvc_cli.files import sha256_of
from tcvc_cli.run.declaration import fields_in_scope
from tcvc_cli.run.options import Options, flag_of
from tcvc_cli.run.resume.source_file import Source

if TYPE_CHECKING:
    from tcvc_cli.run.plan import FilmPlan

METHOD = 2  # one more whenever the same options come to give other pictures
LIBRARIES = ("torch", "av", "numpy", "opencv-python-headless")


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that the pictures of a result depend on, as text where it is not a number."""

    version: str
    method: int
    libraries: tuple[str, ...]
    source_bytes: int
    source_sha256: str
    weights_sha256: str
    device: str
    size_px: tuple[int, int]
    clips_per_window: int
    most_dissolve_frames: int
    shots_sha256: str | None  # of the edited list
    options: tuple[tuple[str, str], ...]

    @property
    def as_json(self) -> str:
        """Canonical: sorted keys, no spaces, ASCII."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """sha256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.as_json.encode()).hexdigest()


def ingredients(plan: FilmPlan, source: Source) -> Ingredients:
    """Of the film that `plan` is about; `source` is its file."""
    return Ingredients(
        version=__version__,
        method=METHOD,
        libraries=tuple(f"{name} {version(name)}" for name in LIBRARIES),
        source_bytes=source.size_bytes,
        source_sha256=source.sha256,
        weights_sha256=plan.weights_sha256,
        device=f"{plan.device.partition(':')[0]} ({plan.precision})",
        size_px=plan.size_px,
        clips_per_window=plan.clips_per_window,
        most_dissolve_frames=plan.most_dissolve_frames,
        shots_sha256=_shots_sha256(plan.options),
        options=tuple(_options(plan.options)),
    )


def differences(before_json: str, now: Ingredients) -> str:
    """What has changed since, for a person; `before_json` is `as_json` of another run."""
    before, after = json.loads(before_json), json.loads(now.as_json)
    reasons = [_reason(key, before.get(key), after[key]) for key in after if before.get(key) != after[key]]
    return "; ".join(dict.fromkeys(reasons)) or "it was made by another tcvc"


def _reason(key: str, before: object, after: object) -> str:
    match key:
        case "version" | "method" | "libraries":
            return "it was made by another version of tcvc or its libraries"
        case "source_bytes" | "source_sha256":
            return "the film has changed"
        case "weights_sha256":
            return "the weights have changed"
        case "shots_sha256":
            return "the shot list has changed"
        case "options" if isinstance(before, list) and isinstance(after, list):
            return _changed_options(dict(before), dict(after))
        case "clips_per_window" | "most_dissolve_frames":
            return "the memory that windows may take has changed"
    return f"{key.removesuffix('_px')} was {_shown(before)}, is {_shown(after)}"


def _changed_options(before: dict[str, str], after: dict[str, str]) -> str:
    return ", ".join(
        f"{flag_of(name)} was {before.get(name, 'not there')}, is {value}"
        for name, value in after.items()
        if before.get(name) != value
    )


def _shown(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)


def _options(options: Options) -> Iterator[tuple[str, str]]:
    for name in fields_in_scope(Options, "shot", "film"):
        yield name, str(getattr(options, name))


def _shots_sha256(options: Options) -> str | None:
    file = options.shots_file
    if file is None or not file.is_file():
        return None  # the scan says what is wrong with it
    return sha256_of(file)
