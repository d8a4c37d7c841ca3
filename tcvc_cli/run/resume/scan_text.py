"""A scan as JSON, for the journal: of the film only what its frames can say otherwise than its headers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, astuple, replace
from fractions import Fraction

from tcvc_cli.media.planes import pixel_format
from tcvc_cli.records import ColorTags, Dissolve, FilmInfo, Findings, Shot
from tcvc_cli.run.film.scan import Scan


def scan_text(found: Scan) -> str:
    film = found.film
    content = {
        "start": found.start,
        "stop": found.stop,
        "shots": [astuple(shot) for shot in found.shots],
        "size_px": film.size_px,
        "pixel_format": film.pixel_format.name,
        "color": asdict(film.color),
        "sample_aspect": str(film.sample_aspect),
        "fields": film.fields,
        "findings": asdict(found.findings),
    }
    return json.dumps(content)


def scan_of(film: FilmInfo, text: str) -> Scan:
    """The scan that `scan_text` wrote, of the same `film`."""
    content = json.loads(text)
    findings = content["findings"]
    width, height = content["size_px"]
    shown = replace(
        film,
        width_px=width,
        height_px=height,
        pixel_format=pixel_format(content["pixel_format"]),
        color=ColorTags(**content["color"]),
        sample_aspect=Fraction(content["sample_aspect"]),
        fields=content["fields"],
    )
    shots = tuple(_shot(*shot) for shot in content["shots"])
    losses, warnings, side_data = (tuple(findings[name]) for name in ("losses", "warnings", "side_data"))
    told = Findings(losses, warnings, findings["damage"], side_data)
    return Scan(content["start"], content["stop"], shots, shown, told)


def _shot(start: int, stop: int, is_in_color: bool, dissolve: Sequence[int] | None) -> Shot:  # noqa: FBT001
    """A row as `astuple` made it."""
    return Shot(start, stop, is_in_color, None if dissolve is None else Dissolve(*dissolve))
