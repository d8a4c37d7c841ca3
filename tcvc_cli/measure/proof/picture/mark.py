"""Whether a result that is in colour, and whose original is not, says that its colours were computed."""

from __future__ import annotations

from tcvc_cli.measure.proof.checks import Check, judged
from tcvc_cli.media.inspect.computed_tag import has_computed_tag
from tcvc_cli.media.structure.computed_mark import has_mark
from tcvc_cli.records import COMPUTED, FilmInfo


def check_of_mark(result: FilmInfo) -> Check:
    """Films in their tags, photographs where each kind has a place for words."""
    has = has_mark if result.is_photograph else has_computed_tag
    return judged(
        "mark", [] if has(result.path) else ["does not say that its colours were computed"], COMPUTED
    )
