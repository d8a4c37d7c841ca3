"""What a result says of its computed colours, read back from the result itself."""

from __future__ import annotations

from pathlib import Path

from tcvc_cli.media.carry.tags import declared_in_tags
from tcvc_cli.media.read.probe import open_film, probe
from tcvc_cli.media.xmp.packet import declared_in
from tcvc_cli.media.xmp.places import xmp_of
from tcvc_cli.records import SyntheticColors


def declared_colors(path: Path) -> SyntheticColors | None:
    """From XMP, or from tags; None of a file that says nothing. Raises as `probe` does."""
    found = (declared_in(one) for one in xmp_of(probe(path)))
    declared = next((one for one in found if one is not None), None)
    if declared is not None:
        return declared
    with open_film(path) as container:
        return declared_in_tags({name.upper(): text for name, text in container.metadata.items()})
