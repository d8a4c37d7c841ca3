"""Whether the content credentials of a result hold, as a row of a proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tcvc_cli.files import is_plain, sha256_of
from tcvc_cli.measure.proof.checks import Check, judged
from tcvc_cli.names import credentials_path
from tcvc_cli.run.credentials.library import context, format_of, library
from tcvc_cli.run.credentials.sign import ACTION, SOURCE_HASH, TRANSCODED, WORD
from tcvc_cli.run.credentials.signing_key import Signatory, signatory_of

_SUBJECT: Final = "credentials"
_UNTRUSTED: Final = "signingCredential.untrusted"
_LARGEST_BYTES: Final = 1 << 28


def check_of_credentials(original: Path, result: Path, signatory: Signatory | None) -> Check | None:
    """The row; None where there are no credentials and none are stated. `signatory` is whom the sidecar of
    the result states."""
    beside = credentials_path(result)
    if library() is None:
        is_there = signatory is not None or is_plain(beside)
        unread = "cannot be checked without the package c2pa-python"
        return Check(_SUBJECT, "dropped", unread) if is_there else None
    found = _found(result, beside)
    if found is None:
        missing = ["the sidecar says that the result is signed, and it is not"]
        return None if signatory is None else judged(_SUBJECT, missing, "")
    if isinstance(found, str):
        return judged(_SUBJECT, [found], "")
    faults = [*_faults(found, original, signatory)]
    return judged(_SUBJECT, faults, "" if faults else _words(found))


def _found(result: Path, beside: Path) -> dict[str, Any] | str | None:
    """What the library reads, or its complaint; None where there is nothing to be read."""
    c2pa = library()
    assert c2pa is not None
    try:
        manifest = _manifest(beside)
        with result.open("rb") as file:
            if manifest is None and format_of(result) not in c2pa.Reader.get_supported_mime_types():
                return None
            with c2pa.Reader(format_of(result), file, manifest, context=context()) as reader:
                found: dict[str, Any] = json.loads(reader.json())
                return found
    except c2pa.C2paError.ManifestNotFound:
        return None if manifest is None else f"{beside.name} holds no credentials"
    except (c2pa.C2paError, OSError, ValueError) as error:
        return f"cannot be read: {error}"


def _manifest(beside: Path) -> bytes | None:
    if not is_plain(beside):
        return None
    if beside.stat().st_size > _LARGEST_BYTES:
        raise ValueError(f"{beside.name} is too large")
    return beside.read_bytes()


def _faults(found: dict[str, Any], original: Path, signatory: Signatory | None) -> Iterator[str]:
    failures = found.get("validation_status") or []
    for one in failures:
        if one.get("code") != _UNTRUSTED:
            yield str(one.get("explanation") or one.get("code"))
    if found.get("validation_state") == "Invalid" and all(one.get("code") == _UNTRUSTED for one in failures):
        yield "the credentials are not valid"
    stated = _stated_source(found)
    if stated is None:
        yield f"they do not say that tcvc made it of a source ({WORD})"
    elif stated != sha256_of(original):
        yield f"they are of another source than {original.name}"
    if signatory is not None and _signatory(found) != signatory:
        yield "they are signed by someone else than the sidecar says"


def _stated_source(found: dict[str, Any]) -> str | None:
    """The SHA-256 of the source that was coloured, or coded anew."""
    for assertion in _active(found).get("assertions", ()):
        if assertion.get("label", "").startswith("c2pa.actions"):
            for action in assertion["data"].get("actions", ()):
                if _is_ours(action):
                    return str((action.get("parameters") or {}).get(SOURCE_HASH))
    return None


def _is_ours(action: dict[str, Any]) -> bool:
    is_colored = (action.get("action"), action.get("description")) == (ACTION, WORD)
    is_kept = action.get("action") == TRANSCODED
    return (is_colored or is_kept) and SOURCE_HASH in (action.get("parameters") or {})


def _active(found: dict[str, Any]) -> dict[str, Any]:
    active: dict[str, Any] = found.get("manifests", {}).get(found.get("active_manifest"), {})
    return active


def _signatory(found: dict[str, Any]) -> Signatory:
    return signatory_of(_active(found).get("signature_info") or {})


def _words(found: dict[str, Any]) -> str:
    who = _signatory(found)
    of = f" ({who.organization})" if who.organization else ""
    return f"{WORD}, signed by {who.name or who.serial}{of}, certificate not on a trust list"
