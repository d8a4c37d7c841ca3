"""The JSON file beside a result that says how it came to be. Schema: docs/sidecar.md."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tcvc_cli import __version__
from tcvc_cli.measure.proof import Proof
from tcvc_cli.media.versions import ffmpeg_versions
from tcvc_cli.media.whole import part_of
from tcvc_cli.records import Shot
from tcvc_cli.run.events import StreamsCarried
from tcvc_cli.run.fingerprint import LIBRARIES
from tcvc_cli.run.job import Job
from tcvc_cli.run.source import Source

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
    result_sha256: str

    @property
    def hashes(self) -> Hashes:
        return Hashes(self.source.sha256, self.result_sha256)


def sidecar_path(output: Path) -> Path:
    """`film.color.mkv` -> `film.color.mkv.json`."""
    return output.with_name(output.name + ".json")


def proof_path(output: Path) -> Path:
    """`film.color.mkv` -> `film.color.mkv.proof.json`."""
    return output.with_name(output.name + ".proof.json")


def write_sidecar(account: Account) -> Path:
    """Written whole or not at all."""
    path = sidecar_path(account.job.output)
    with part_of(path) as part:
        part.write_text(json.dumps(_content(account), indent=2, default=_plain) + "\n", "utf-8")
    return path


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
        "source": {
            "file": job.film.path.name,
            "sha256": account.source.sha256,
            "bytes": account.source.size_bytes,
            "modified_ns": account.source.modified_ns,
        },
        "result": {"file": job.output.name, "sha256": account.result_sha256},
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
