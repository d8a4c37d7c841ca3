"""The settings file as JSON Schema, for editors that complete and check TOML."""

from __future__ import annotations

import json

from tcvc_cli.settings.film.keys import FILE
from tcvc_cli.settings.film.kinds import Schema


def schema() -> Schema:
    """Draft 2020-12. What it admits may still not fit the film."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of a film for tcvc",
        **FILE.schema(),
    }


def schema_text() -> str:
    """As docs/settings.schema.json holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
