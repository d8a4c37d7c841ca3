"""The Hugging Face hub as tcvc uses it: what is cached already, and where a file's bytes lie.

huggingface-hub answers both. The bytes themselves come through `fetch`, because `hf_hub_download` (as
of 2.4) throws a part file away when it is interrupted, retries for many seconds when there is no
network, and has no limit on size.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from tcvc_cli.errors import WeightsMissing, WeightsRefused
from tcvc_cli.model.weights.fetch import TIMEOUT_S, Address
from tcvc_cli.model.weights.manifest import HuggingFace

os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read when huggingface-hub is loaded, which is below


def cached(source: HuggingFace) -> Path | None:
    """The file in the hub's own cache, where another program may have put it. Asks no network."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(
            hf_hub_download(source.repo, source.file, revision=source.revision, local_files_only=True)
        )
    except LocalEntryNotFoundError:
        return None


def address(source: HuggingFace, *, size_bytes: int, sha256: str) -> Address:
    """Asks the hub (or `HF_ENDPOINT`) for the file's metadata; one HEAD request, no retry.

    Raises WeightsRefused when the hub already says that it holds another file, WeightsMissing when
    it cannot be asked.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    endpoint = os.environ.get("HF_ENDPOINT") or None
    url = hf_hub_url(source.repo, source.file, revision=source.revision, endpoint=endpoint)
    try:
        found = get_hf_file_metadata(url, timeout=TIMEOUT_S)
    except Exception as error:  # its exceptions came from requests, then httpx, now httpx2
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise WeightsMissing(
            f"{source.repo} cannot be reached ({reason})", "Connect, then try again."
        ) from None
    _refuse_other(source, found.size, found.etag, size_bytes, sha256)
    is_same_host = urlsplit(found.location)[:2] == urlsplit(url)[:2]
    return Address(found.location, _authorization() if is_same_host else {})


def _authorization() -> dict[str, str]:
    """The user's hub token as a header, if there is one and the user's settings let it be sent."""
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # public, not in __all__

    return {key: value for key, value in build_hf_headers().items() if key.lower() == "authorization"}


def _refuse_other(
    source: HuggingFace, size: int | None, etag: str | None, size_bytes: int, sha256: str
) -> None:
    """A large file's ETag on the hub is its sha256; a small one's is a git hash and says nothing here."""
    if size is not None and size != size_bytes:
        raise WeightsRefused(f"{source.repo} has a file of {size} bytes, the manifest states {size_bytes}")
    if etag is not None and len(etag) == len(sha256) and etag != sha256:
        raise WeightsRefused(f"{source.repo} has another file than the manifest states (sha256 {etag})")
