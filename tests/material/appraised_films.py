"""Films of which something is known without the truth, made by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.media.read.probe import probe
from tcvc_cli.names import sidecar_path
from tcvc_cli.plain import to_plain
from tcvc_cli.records import Shot
from tcvc_cli.review.subject import Subject
from tcvc_cli.run.provenance.sidecar import ColoredShot, Model, NamedFile, Sidecar, Tool

CALM = Appraisal(frames=10, chroma=10.0, flicker=0.005, drift=0.3, doubt=8.0, disagreement=0.8)


def subject_with(film: Path, appraisals: Sequence[Appraisal | None], **others: Any) -> Subject:
    """Of `film`, as if it had a shot of ten frames for each of `appraisals`; `others` as fields of the
    sidecar."""
    shots = tuple(
        ColoredShot(10 * index, 10 * index + 10, appraisal=one) for index, one in enumerate(appraisals)
    )
    about = probe(film)
    sidecar = Sidecar(
        schema=1,
        tool=Tool("tcvc", "1"),
        fingerprint="",
        source=NamedFile(film.name, ""),
        result=NamedFile(film.name, ""),
        model=Model("tcvc-dino", ""),
        device="cpu",
        precision="float32",
        options={},
        **{"shots": shots, "carried": (), "dropped": (), **others},
    )
    plain = tuple(Shot(one.start, one.stop, one.is_in_color) for one in sidecar.shots)
    return Subject(about, about, sidecar, plain)


def state(result: Path, appraisals: Sequence[Any]) -> None:
    """Writes into the sidecar of `result`, for each of its shots, what is said of it; whatever JSON takes."""
    path = sidecar_path(result)
    content = json.loads(path.read_text("utf-8"))
    for shot, appraisal in zip(content["shots"], appraisals, strict=True):
        shot["appraisal"] = to_plain(appraisal)
    path.write_text(json.dumps(content), "utf-8")
