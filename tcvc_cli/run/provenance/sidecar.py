"""The JSON file beside a result that says how it came to be. Schema: docs/sidecar.md."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tcvc_cli import __version__
from tcvc_cli.files import sha256_of
from tcvc_cli.measure.proof.compare import Proof
from tcvc_cli.media.versions import ffmpeg_versions
from tcvc_cli.names import proof_path, sidecar_path
from tcvc_cli.records import Shot
from tcvc_cli.run.events import StreamsCarried
from tcvc_cli.run.plan import Job
from tcvc_cli.run.resume.fingerprint import LIBRARIES
from tcvc_cli.run.resume.source_file import Source

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Hashes:
    """SHA-256 in hex of whole files."""

    source: str
    result: str


@dataclass(frozen=True, slots=True)
class Account:
    """Everything a sidecar tells; `anchors` lists the anchors of each shot. `proof` is None where none was
    asked for; `timings` are seconds by stage."""

    job: Job
    shots: tuple[Shot, ...]
    anchors: tuple[tuple[int, ...], ...]
    streams: StreamsCarried
    proof: Proof | None
    timings: Mapping[str, float]
    seconds: float
    source: Source
    fingerprint: str
    result: Source

    @property
    def hashes(self) -> Hashes:
        return Hashes(self.source.sha256, self.result.sha256)


def sidecar_json(account: Account) -> bytes:
    """The sidecar as a file holds it."""
    return (json.dumps(_content(account), indent=2, default=_plain) + "\n").encode()


def read_sidecar(result: Path) -> dict[str, Any] | None:
    """The sidecar beside `result`; None where there is none, or a file of another program that happens to
    have its name. Raises ValueError for what is no JSON at all."""
    path = sidecar_path(result)
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text("utf-8"))
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    tool = content.get("tool") if isinstance(content, dict) else None
    is_ours = isinstance(tool, dict) and tool.get("name") == "tcvc" and "schema" in content
    return content if is_ours else None


def stated_fingerprint(result: Path) -> tuple[str, Source] | None:
    """The fingerprint that the sidecar states, and the film that it is about; None unless it names
    `result` by its hash. The file is read whole when its size or time is another than is stated."""
    try:
        content = read_sidecar(result)
        if content is None or content["schema"] != SCHEMA_VERSION or not result.is_file():
            return None
        source, stated = content["source"], content["result"]
        now = result.stat()
        is_unchanged = (stated.get("bytes"), stated.get("modified_ns")) == (now.st_size, now.st_mtime_ns)
        if not is_unchanged and stated["sha256"] != _sha256(result, now.st_size, now.st_mtime_ns):
            return None
        film = Source(source["bytes"], source["modified_ns"], source["sha256"])
        return str(content["fingerprint"]), film
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=4096)
def _sha256(path: Path, size_bytes: int, modified_ns: int) -> str:
    """Of a file as it is at that time: who watches a folder looks again and again."""
    return sha256_of(path)


def is_result(path: Path) -> bool:
    """Whether tcvc made it, by the sidecar beside it."""
    return stated_fingerprint(path) is not None


def _content(account: Account) -> dict[str, Any]:
    shots = [
        {
            "start": shot.start,
            "stop": shot.stop,
            "in_colour": shot.is_in_color,
            "dissolve": None if shot.dissolve is None else asdict(shot.dissolve),
            "anchors": list(anchors),
        }
        for shot, anchors in zip(account.shots, account.anchors, strict=True)
    ]
    job = account.job
    return {
        "schema": SCHEMA_VERSION,
        "tool": {
            "name": "tcvc",
            "version": __version__,
            "libraries": {name: version(name) for name in LIBRARIES} | ffmpeg_versions(),
            "python": platform.python_version(),
            "platform": platform.platform(),
        },
        "fingerprint": account.fingerprint,
        "source": _file(job.film.path, account.source),
        "result": _file(job.output, account.result),
        "model": {"name": job.options.model, "weights_sha256": job.weights_sha256},
        "device": job.device,
        "precision": job.precision,
        "options": asdict(job.options),
        "shots": shots,
        "carried": [asdict(stream) for stream in account.streams.carried],
        "dropped": [asdict(stream) for stream in account.streams.dropped],
        "proof": _proof(account),
        "timings": dict(account.timings),
        "seconds": round(account.seconds, 3),
    }


def _file(path: Path, seen: Source) -> dict[str, Any]:
    return {
        "file": path.name,
        "sha256": seen.sha256,
        "bytes": seen.size_bytes,
        "modified_ns": seen.modified_ns,
    }


def _proof(account: Account) -> dict[str, Any] | None:
    """The verdict; the whole proof stands in a file of its own."""
    if account.proof is None:
        return None
    name = proof_path(account.job.output).name
    return {"holds": account.proof.holds, "is_complete": account.proof.is_complete, "file": name}


def _plain(value: object) -> str:
    if isinstance(value, Path | Fraction):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a sidecar")
