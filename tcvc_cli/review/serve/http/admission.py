"""Who is let in: a browser of this machine that was given the address.

The token in the address keeps out whoever does not know it. A page of another site in the same browser does
not, but it could send requests here all the same: by its own name, which then leads to this machine (so the
host is looked at), or from where it is (so whatever changes something has to say that it comes from here).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ADDRESS: Final = "127.0.0.1"
_NAMES: Final = (ADDRESS, "localhost")
_USUAL_PORT: Final = 80  # which browsers leave out
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Admission:
    """Of one server, as long as it runs."""

    token: str
    port: int

    @property
    def folder_url(self) -> str:
        """Where the page is, with a slash at its end."""
        return f"http://{ADDRESS}:{self.port}/{self.token}/"

    def admits_host(self, hosts: Sequence[str]) -> bool:
        """Whether a request with these `Host` headers was sent to this server by one of its own names."""
        return len(hosts) == 1 and hosts[0].lower() in self._hosts()

    def admits_origin(self, origins: Sequence[str], hosts: Sequence[str]) -> bool:
        """Whether it was sent by a page of this server; `hosts` are admitted."""
        return len(origins) == 1 and origins[0] == f"http://{hosts[0].lower()}"

    def inside(self, target: str) -> str | None:
        """What the target of a request names behind the token, as it is written there; None without it."""
        root, slash, rest = target.removeprefix("/").partition("/")
        is_known = hmac.compare_digest(root.encode("utf-8", "surrogateescape"), self.token.encode())
        return rest if is_known and slash and target.startswith("/") else None

    def _hosts(self) -> set[str]:
        bare = set(_NAMES) if self.port == _USUAL_PORT else set()
        return bare | {f"{name}:{self.port}" for name in _NAMES}


def new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)
