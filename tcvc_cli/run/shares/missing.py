"""What is missing of a film that several machines colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from tcvc_cli.errors import ShotsMissing
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.computed.standing import Standing
from tcvc_cli.run.film.segments import ShotPlan
from tcvc_cli.run.resume.work_folder import shares_in
from tcvc_cli.settings.film.clock import clock_time

_MOST_SAID: Final = 8


def refuse_missing(there: Standing, film: FilmInfo, folder: Path) -> None:
    """Raises ShotsMissing, with the shots, their times, and the shares in `folder` that did not end."""
    shots = {one.shot.number: one.shot for one in there.missing if one.is_made}
    if not shots:
        return
    count = len({one.shot.number for one in there.segments})
    stretches = list(_stretches([shots[number] for number in sorted(shots)], film))
    more = f" and {len(stretches) - _MOST_SAID} more stretches" if len(stretches) > _MOST_SAID else ""
    what = ", ".join(stretches[:_MOST_SAID]) + more
    begun = [one.name.removeprefix("share-").replace("-of-", "/") for one in shares_in(folder)]
    unended = f"; begun and not ended: {', '.join(begun)}" if begun else ""
    raise ShotsMissing(f"{len(shots)} of {count} shots are not coloured yet: {what}{unended}")


def _stretches(shots: Sequence[ShotPlan], film: FilmInfo) -> Iterator[str]:
    """Of shots that follow each other: `3 to 5 (0:12 to 0:20)`."""
    for _, run in groupby(enumerate(shots), key=lambda pair: pair[1].number - pair[0]):
        ones = [shot for _, shot in run]
        first, last = ones[0], ones[-1]
        times = [
            clock_time(frame / film.frame_rate) for frame in (first.take.seen.start, last.take.seen.stop)
        ]
        numbers = f"{first.number}" if first is last else f"{first.number} to {last.number}"
        yield f"{numbers} ({times[0]} to {times[1]})"
