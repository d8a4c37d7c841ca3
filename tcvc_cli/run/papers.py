"""The files beside a result: its proof, its PREMIS record and, last of all, its sidecar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tcvc_cli.measure.proof import Proof
from tcvc_cli.media.whole import part_of
from tcvc_cli.run.premis import premis_path, write_premis
from tcvc_cli.run.proving import proof_content
from tcvc_cli.run.sidecar import Account, Hashes, proof_path, write_sidecar


def write_papers(account: Account) -> Path:
    """Write those that were asked for, remove those of an earlier result of this name; returns the path of
    the sidecar, which stands only when everything else does."""
    job = account.job
    if account.proof is None:
        proof_path(job.output).unlink(missing_ok=True)
    else:
        write_proof(account.proof, job.film.path, job.output, account.hashes)
    if job.options.has_premis:
        write_premis(account)
    else:
        premis_path(job.output).unlink(missing_ok=True)
    return write_sidecar(account)


def write_proof(proof: Proof, original: Path, result: Path, hashes: Hashes, path: Path | None = None) -> Path:
    """The proof as a file, beside the result unless `path` is given."""
    path = path or proof_path(result)
    content = proof_content(proof)
    content["original"] = _named(original, hashes.source)
    content["result"] = _named(result, hashes.result)
    with part_of(path) as part:
        part.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return path


def _named(path: Path, sha256: str) -> dict[str, Any]:
    return {"file": path.name, "sha256": sha256}
