"""Whether a result whose colours are not the original's says that they were computed."""

from __future__ import annotations

import numpy as np

from tcvc_cli.measure.proof.checks import Check, judged
from tcvc_cli.media.inspect.computed_tag import has_computed_tag
from tcvc_cli.media.planes import Frame, Plane
from tcvc_cli.media.structure.computed_mark import has_mark
from tcvc_cli.records import COMPUTED, FilmInfo


class ColorsWatch:
    """Sees pairs of frames until two of them differ in colour."""

    def __init__(self) -> None:
        self.has_other_colors = False

    def see(self, one: Frame | None, other: Frame | None) -> None:
        if not self.has_other_colors and one is not None and other is not None:
            self.has_other_colors = not (_is_same(one.cb, other.cb) and _is_same(one.cr, other.cr))


def check_of_mark(result: FilmInfo) -> Check:
    """Films in their tags, photographs where each kind has a place for words."""
    has = has_mark if result.is_photograph else has_computed_tag
    return judged(
        "mark", [] if has(result.path) else ["does not say that its colours were computed"], COMPUTED
    )


def _is_same(one: Plane | None, other: Plane | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
