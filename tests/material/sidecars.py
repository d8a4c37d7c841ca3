"""The sidecar of a result that a test has made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tcvc_cli.files import sha256_of
from tcvc_cli.media.read.probe import probe
from tcvc_cli.names import sidecar_path
from tcvc_cli.records import CarriedStream, DroppedStream
from tcvc_cli.run.provenance.sidecar import Model, NamedFile, Sidecar, Tool, sidecar_json


def stated(original: Path, result: Path, result_sha256: str | None = None, lost: Sequence[str] = ()) -> None:
    """A sidecar with what `verify_result` reads of it."""
    film = probe(original)
    sidecar = Sidecar(
        schema=1,
        tool=Tool("tcvc", "1"),
        fingerprint="",
        source=NamedFile(original.name, sha256_of(original)),
        result=NamedFile(result.name, result_sha256 or sha256_of(result)),
        model=Model("tcvc-mini", ""),
        device="cpu",
        precision="float32",
        options={},
        shots=(),
        carried=(CarriedStream(film.streams[:3][-1], "copied", tuple(lost)),),
        dropped=(DroppedStream(film.streams[-1], "mp4 cannot hold attachment of the kind text/plain"),),
    )
    sidecar_path(result).write_bytes(sidecar_json(sidecar))
