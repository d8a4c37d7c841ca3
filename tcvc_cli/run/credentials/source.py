"""The content credentials that a source has of its own: only a result that is signed can go on with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tcvc_cli.media.structure.content_credentials import CREDENTIALS, has_credentials
from tcvc_cli.records import FilmInfo, Findings


def lost_credentials(film: FilmInfo, sign: tuple[Path, Path] | None) -> tuple[str, ...]:
    """What a result loses of them; nothing when it is signed itself, for they are its first chapter then."""
    if sign is not None or not has_credentials(film.path, is_photograph=film.is_photograph):
        return ()
    return (CREDENTIALS,)


def with_lost_credentials(
    findings: Findings, film: FilmInfo, sign: tuple[Path, Path] | None = None
) -> Findings:
    """What the frames say, and that."""
    return replace(findings, losses=(*findings.losses, *lost_credentials(film, sign)))
