"""How much a request may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`head_s` from one answer to the end of the next request's head, all of it: bytes that drip in do not
    make it longer. `body_s` for what a POST brings along. `send_s` for a MiB of an answer. `linger_s`: how
    long an unwanted body is swallowed, so that the refusal is heard."""

    head_s: float = 20.0
    body_s: float = 300.0
    send_s: float = 60.0
    linger_s: float = 2.0
    most_connections: int = 64
    end_s: float = 5.0  # for answers that are being sent while the server ends


LIMITS = Limits()
