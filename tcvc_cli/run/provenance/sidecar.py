"""The JSON file beside a result that says how it came to be. Schema: docs/sidecar.md."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

from tcvc_cli import __version__
from tcvc_cli.files import sha256_of
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.measure.proof.compare import Proof
from tcvc_cli.media.versions import ffmpeg_versions
from tcvc_cli.names import credentials_path, proof_path, sidecar_path
from tcvc_cli.plain import from_plain, read_json, to_plain
from tcvc_cli.reading import read_plain
from tcvc_cli.records import CarriedStream, Dissolve, DroppedStream, Overlay, Shot, SyntheticColors
from tcvc_cli.run.credentials.sign import Credentials
from tcvc_cli.run.credentials.signing_key import Signatory
from tcvc_cli.run.events import StreamsCarried
from tcvc_cli.run.film_memory.used_reference import UsedReference
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume.fingerprint import LIBRARIES
from tcvc_cli.run.resume.source_file import Source
from tcvc_cli.run.shares.machine import Machine
from tcvc_cli.settings.film.decisions import Look

SCHEMA_VERSION = 1
_TOOL = "tcvc"
_MOST_BYTES, _MOST_DIGITS = 64 << 20, 19
SomeSidecar = TypeVar("SomeSidecar")
_COLORED: Final = "colour"  # what a sidecar is of that does not say its kind


@dataclass(frozen=True, slots=True)
class Hashes:
    """SHA-256 in hex of whole files."""

    source: str
    result: str


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    version: str
    libraries: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """`file` is the name without its folder; `modified_ns` is since 1970. Early sidecars tell the name and
    the hash alone."""

    file: str
    sha256: str
    bytes: int | None = None
    modified_ns: int | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    """What a sidecar of any kind says."""

    result: NamedFile


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    weights_sha256: str


@dataclass(frozen=True, slots=True)
class ColoredShot:
    """`is_in_color`: it was already, and is passed through."""

    start: int
    stop: int
    is_in_color: bool = field(default=False, metadata={"key": "in_colour"})
    dissolve: Dissolve | None = None
    anchors: tuple[int, ...] = ()
    look: Look | None = None
    appraisal: Appraisal | None = None
    overlays: tuple[Overlay, ...] = ()

    @property
    def shot(self) -> Shot:
        """As it was coloured."""
        return Shot(self.start, self.stop, self.is_in_color, self.dissolve, self.overlays)


@dataclass(frozen=True, slots=True)
class FinishedSegment:
    """Frames `[start, stop)` that were encoded as one, under the key of their shot, or of both that a
    dissolve is mixed of, and their number in it. `first_pts`: when the film shows the first of them, in its
    ticks; `machine`: which of the sidecar's machines made them, counted from 0."""

    key: str
    number: int
    start: int
    stop: int
    first_pts: int
    appraisal: Appraisal | None = None
    machine: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of the proof, which stands whole in a `file` of its own."""

    holds: bool
    is_complete: bool
    file: str


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Whose certificate signed the result; the `file` with the content credentials is None where they are in
    the result itself."""

    signatory: Signatory
    file: str | None


@dataclass(frozen=True, slots=True)
class RequestedPart:
    """Which part of the film was asked for, in seconds from its first frame."""

    start_s: Fraction | None = None
    end_s: Fraction | None = None


@dataclass(frozen=True, slots=True)
class SteadiedColors:
    """Which colours of another tool were steadied: the name of the film, or of the folder of pictures, the
    SHA-256 of it, or of the list of theirs, how many frames it has, and the options."""

    file: str
    sha256: str
    frames: int
    reach_frames: int
    flicker_before: float | None
    flicker_after: float | None


@dataclass(frozen=True, slots=True)
class Sidecar:
    """`damage` is what of the film was damaged or not there, in words, empty when nothing was.
    `options` are all options of the run by name, as JSON has them; of another version they may be others
    than `Options` knows. `timings` are seconds by stage."""

    schema: int
    tool: Tool
    fingerprint: str
    source: NamedFile
    result: NamedFile
    model: Model
    device: str
    precision: str
    options: Mapping[str, Any]
    shots: tuple[ColoredShot, ...]
    carried: tuple[CarriedStream, ...]
    dropped: tuple[DroppedStream, ...]
    proof: Verdict | None = None
    timings: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    references: tuple[UsedReference, ...] = ()
    segments: tuple[FinishedSegment, ...] = ()
    machines: tuple[Machine, ...] = ()
    steadied: SteadiedColors | None = None
    declared: SyntheticColors | None = None
    credentials: SignedBy | None = None
    damage: str = ""

    @property
    def hashes(self) -> Hashes:
        return Hashes(self.source.sha256, self.result.sha256)

    @property
    def part(self) -> RequestedPart:
        """Raises ValueError when its times are none."""
        return from_plain(RequestedPart, self.options, "options")


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """Everything that the files beside a result tell. `proof` is None where none was asked for; `timings` are
    seconds by stage; `appraisals` are of the shots, none where nobody measured them. `damage` is what of the
    film is damaged or not there, in words."""

    plan: FilmPlan
    shots: tuple[Shot, ...]
    looks: tuple[Look, ...]
    streams: StreamsCarried
    proof: Proof | None
    timings: Mapping[str, float]
    seconds: float
    source: Source
    fingerprint: str
    result: Source
    references: tuple[UsedReference, ...] = ()
    segments: tuple[FinishedSegment, ...] = ()
    machines: tuple[Machine, ...] = ()
    appraisals: tuple[Appraisal | None, ...] = ()
    declared: SyntheticColors | None = None
    credentials: Credentials | None = None
    damage: str = ""

    @property
    def hashes(self) -> Hashes:
        return Hashes(self.source.sha256, self.result.sha256)


def sidecar_of(run: FinishedRun) -> Sidecar:
    plan = run.plan
    return Sidecar(
        schema=SCHEMA_VERSION,
        tool=this_tool(),
        fingerprint=run.fingerprint,
        source=named_file(plan.film.path, run.source),
        result=named_file(plan.output, run.result),
        model=Model(plan.options.model, plan.weights_sha256),
        device=plan.device,
        precision=plan.precision,
        options=to_plain(replace(plan.options, sign=None)),
        shots=tuple(
            map(
                _colored,
                run.shots,
                plan.anchors(run.shots),
                run.looks,
                run.appraisals or (None,) * len(run.shots),
            )
        ),
        carried=run.streams.carried,
        dropped=run.streams.dropped,
        proof=_verdict(run),
        timings=dict(run.timings),
        seconds=round(run.seconds, 3),
        references=run.references,
        segments=run.segments,
        machines=run.machines,
        declared=run.declared,
        credentials=_signed_by(run),
        damage=run.damage,
    )


def sidecar_json(sidecar: Sidecar) -> bytes:
    """The sidecar as a file holds it."""
    return (json.dumps(to_plain(sidecar), indent=2) + "\n").encode()


def read_sidecar(result: Path) -> Sidecar | None:
    """The sidecar beside `result`; None where there is none, or a file of another program that happens to
    have its name. Raises ValueError for what is no JSON at all, or no sidecar though it says so."""
    return read_kind(result, Sidecar, _COLORED)


def read_kind(result: Path, kind: type[SomeSidecar], name: str) -> SomeSidecar | None:
    """The same for a sidecar of the kind that calls itself `name`; None where there is another one."""
    content = _content(result)
    is_wanted = content is not None and content.get("kind", _COLORED) == name
    return from_plain(kind, content) if is_wanted else None


def _content(result: Path) -> dict[str, Any] | None:
    path = sidecar_path(result)
    if not path.is_file():
        return None
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {_MOST_BYTES >> 20} MiB, which no sidecar is")
    content = read_json(read_plain(path, _MOST_BYTES).decode("utf-8"), most_digits=_MOST_DIGITS)
    tool = content.get("tool") if isinstance(content, dict) else None
    is_ours = isinstance(tool, dict) and tool.get("name") == _TOOL and "schema" in content
    return content if is_ours else None


def stated_sidecar(result: Path) -> Sidecar | None:
    """The sidecar beside `result`; None unless it names that file by its hash. The file is read whole when
    its size or time is another than is stated."""
    try:
        sidecar = read_sidecar(result)
        if sidecar is None or sidecar.schema != SCHEMA_VERSION or not is_named(result, sidecar.result):
            return None
    except (OSError, ValueError):
        return None
    return sidecar


def stated_fingerprint(result: Path) -> tuple[str, Source] | None:
    """The fingerprint that the sidecar states, and the film that it is about; None as `stated_sidecar`."""
    sidecar = stated_sidecar(result)
    film = sidecar.source if sidecar else None
    if sidecar is None or film is None or film.bytes is None or film.modified_ns is None:
        return None
    return sidecar.fingerprint, Source(film.bytes, film.modified_ns, film.sha256)


def is_named(path: Path, stated: NamedFile) -> bool:
    """Whether `path` is that file, by its size and time or by its hash. Raises OSError."""
    if not path.is_file():
        return False
    now = path.stat()
    is_unchanged = (stated.bytes, stated.modified_ns) == (now.st_size, now.st_mtime_ns)
    return is_unchanged or stated.sha256 == _sha256(path, now.st_size, now.st_mtime_ns)


@lru_cache(maxsize=4096)
def _sha256(path: Path, size_bytes: int, modified_ns: int) -> str:
    """Of a file as it is at that time: who watches a folder looks again and again."""
    return sha256_of(path)


def is_result(path: Path) -> bool:
    """Whether tcvc made it, by the sidecar beside it, of whatever kind that is."""
    try:
        content = _content(path)
        if content is None or content["schema"] != SCHEMA_VERSION:
            return False
        return is_named(path, from_plain(_Made, content).result)
    except (OSError, ValueError):
        return False


def this_tool() -> Tool:
    libraries = {name: version(name) for name in LIBRARIES} | ffmpeg_versions()
    return Tool(_TOOL, __version__, libraries, platform.python_version(), platform.platform())


def named_file(path: Path, seen: Source) -> NamedFile:
    return NamedFile(path.name, seen.sha256, seen.size_bytes, seen.modified_ns)


def _colored(shot: Shot, anchors: tuple[int, ...], look: Look, appraisal: Appraisal | None) -> ColoredShot:
    return ColoredShot(
        shot.start,
        shot.stop,
        shot.is_in_color,
        shot.dissolve,
        anchors,
        look,
        appraisal,
        shot.overlays,
    )


def _signed_by(run: FinishedRun) -> SignedBy | None:
    made = run.credentials
    if made is None:
        return None
    return SignedBy(made.signatory, None if made.detached is None else credentials_path(run.plan.output).name)


def _verdict(run: FinishedRun) -> Verdict | None:
    proof = run.proof
    if proof is None:
        return None
    return Verdict(proof.holds, proof.is_complete, proof_path(run.plan.output).name)
