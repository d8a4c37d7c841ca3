"""What commands print as JSON where no record of the work says it: docs/schemas has a schema of each."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from tcvc_cli import __version__

if TYPE_CHECKING:
    from tcvc_cli.records import Shot
    from tcvc_cli.run.settings.applied import ShotSettings
    from tcvc_cli.run.settings.change import Changed


EVENTS_SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class ShotsPrinted:
    """Shots are half-open ranges of frames. `timecode` is that of the film's first frame, null where it has
    none; `timecodes` are those of the first frames of the shots, none where it has none."""

    film: Path
    frame_rate: Fraction
    shots: tuple[Shot, ...]
    timecode: str | None = None
    timecodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingsPrinted:
    """What holds for each shot; `settings` is the file, which need not be there."""

    film: Path
    settings: Path
    frame_rate: Fraction
    shots: tuple[ShotSettings, ...]


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """What a command changed in the file."""

    settings: Path
    changes: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class SettingPrinted:
    """An option that a file or a variable sets, `origin`."""

    command: str
    option: str
    value: str | bool | tuple[str, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class LeftoverPrinted:
    """A work folder. Without `segments` nothing can go on from it. `used_by` is who is at work there, where
    that is known."""

    folder: Path
    input: Path
    output: Path
    segments: int
    size_bytes: int
    is_in_use: bool
    used_by: str | None
    is_removed: bool


@dataclass(frozen=True, slots=True)
class PackagePrinted:
    """A network of another package, which brings its weights; `wrong` says why it cannot be used."""

    name: str
    package: str
    wrong: str | None


@dataclass(frozen=True, slots=True)
class Start:
    """The first line: by which version of docs/schemas/events.schema.json the others are to be read."""

    event: Literal["start"] = "start"
    schema: int = EVENTS_SCHEMA
    tool: Literal["tcvc"] = "tcvc"
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Failure:
    """The last line of a command that fails; the only one where it fails before it begins. `code` is the exit
    code. `film` is the one that the command is about, null where it is about several or none."""

    code: int
    message: str
    advice: str
    film: Path | None
    event: Literal["error"] = "error"
    schema: int = EVENTS_SCHEMA
