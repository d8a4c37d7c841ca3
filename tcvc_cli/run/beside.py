"""The files beside a result: its proof, its PREMIS record and, last of all, its sidecar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tcvc_cli.files import draft_of, is_plain
from tcvc_cli.measure.proof.compare import Proof
from tcvc_cli.names import credentials_path, premis_path, proof_path, sidecar_path
from tcvc_cli.plain import read_json
from tcvc_cli.reading import read_plain
from tcvc_cli.run.provenance.premis import is_premis_of, premis_xml
from tcvc_cli.run.provenance.sidecar import FinishedRun, Hashes, sidecar_json, sidecar_of
from tcvc_cli.run.provenance.verify import proof_content
from tcvc_cli.run.resume.naming import Naming


def write_provenance(run: FinishedRun, naming: Naming) -> Path:
    """Write those that were asked for, remove those of an earlier result of this name; returns the path of
    the sidecar, which stands only when everything else does. Raises what `draft_of` does."""
    output, hashes = run.plan.output, run.hashes
    contents: dict[Path, bytes | None] = {proof_path(output): None, premis_path(output): None}
    contents[credentials_path(output)] = None if run.credentials is None else run.credentials.detached
    if run.proof is not None:
        contents[proof_path(output)] = proof_json(run.proof, run.plan.film.path, output, hashes)
    if run.plan.options.has_premis:
        contents[premis_path(output)] = premis_xml(run)
    contents[sidecar_path(output)] = sidecar_json(sidecar_of(run))
    for path, content in contents.items():
        if content is not None:
            naming.write(path, content)
        elif naming.may_replace(path) and _is_ours(output, path):
            path.unlink()
    return sidecar_path(output)


def write_proof(proof: Proof, original: Path, result: Path, hashes: Hashes, path: Path) -> None:
    """The proof as a new file. Raises what `draft_of` does."""
    with draft_of(path) as draft:
        draft.write_bytes(proof_json(proof, original, result, hashes))


def proof_json(proof: Proof, original: Path, result: Path, hashes: Hashes) -> bytes:
    content = proof_content(proof)
    content["original"] = _named(original, hashes.source)
    content["result"] = _named(result, hashes.result)
    return (json.dumps(content, indent=2) + "\n").encode()


def _named(path: Path, sha256: str) -> dict[str, Any]:
    return {"file": path.name, "sha256": sha256}


def _is_ours(output: Path, path: Path) -> bool:
    """Whether a proof or a record of ours about a result of this name stands there, and not another file."""
    return is_plain(path) and (
        is_premis_of(path) or _is_proof_of(output, path) or _is_credentials_of(output, path)
    )


def _is_credentials_of(output: Path, path: Path) -> bool:
    """A JUMBF box of C2PA (its type stands after the length) in which tcvc is named."""
    if path != credentials_path(output):
        return False
    try:
        content = read_plain(path)
    except OSError:
        return False
    return content[4:8] == b"jumb" and b"c2pa" in content[:64] and b"tcvc" in content


def _is_proof_of(output: Path, path: Path) -> bool:
    try:
        content = read_json(read_plain(path))
        is_proof = content["schema"] == 1 and "holds" in content
        return bool(is_proof and content["result"]["file"] == output.name)
    except (OSError, ValueError, KeyError, TypeError):
        return False
