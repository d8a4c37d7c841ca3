"""`tcvc shots`: where a film is cut."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tcvc_cli.cli import arguments as an
from tcvc_cli.cli.console import one_line, set_verbose
from tcvc_cli.cli.layout.tables import print_rows
from tcvc_cli.errors import UsageError
from tcvc_cli.run.options.film import Options, Part
from tcvc_cli.run.shot_list.request import ShotsRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcvc_cli.plan.timecode import FilmClock
    from tcvc_cli.records import FilmInfo, Shot

_PART: Final = ("start_s", "end_s")


@an.taking(ShotsRequest, one_film=True, of_options=_PART)
def shots(
    film: an.Film,
    *,
    as_json: an.Json = False,
    as_csv: an.Csv = False,
    verbose: an.Verbose = False,
    **given: Any,
) -> None:
    """Print the shots of a film: half-open frame ranges between cuts."""
    if verbose:
        set_verbose()
    of_film = {name: given.pop(name) for name in _PART}
    request = _with_csv(an.record_of(ShotsRequest, given, film=film), is_csv=as_csv)
    if as_json and (request.list_format is not None or request.output is not None):
        raise UsageError("--json and a list exclude each other", "Ask for one after the other.")
    from tcvc_cli.media.read.probe import probe
    from tcvc_cli.run.options.timecodes import placed
    from tcvc_cli.run.shot_list.listing import listed

    kind = request.format()
    request.refuse_output()
    info = probe(film)
    part = placed(an.record_of(Options, of_film, input=film), info).part
    if kind is not None:
        kind.check(listed(info))
    found = find(info, part)
    if as_json:
        print_json(info, found)
    elif kind is None:
        print_table(info, found)
    elif request.output is None:
        sys.stdout.write(kind.write(found, listed(info)))
    else:
        request.write(kind.write(found, listed(info)))


def _with_csv(request: ShotsRequest, *, is_csv: bool) -> ShotsRequest:
    """As if the format had been said in so many words. Raises UsageError where another is."""
    if not is_csv:
        return request
    if request.list_format not in (None, "csv"):
        raise UsageError(f"--csv and the format {request.list_format} exclude each other")
    return replace(request, list_format="csv")


def find(film: FilmInfo, part: Part) -> tuple[Shot, ...]:
    """Walks the film with a bar on stderr, where that is a terminal; then says what is damaged."""
    from tcvc_cli.cli.progress import bar_of_shots
    from tcvc_cli.run.film.scan import shots_of

    damage = list[str]()
    with bar_of_shots(film.frame_count) as seen:
        found = shots_of(film, start_s=part.start_s, end_s=part.end_s, progress=seen, on_damage=damage.append)
    for words in damage:
        print(f"warning: {one_line(words)}", file=sys.stderr)
    return found


def stated_clock(film: FilmInfo) -> FilmClock | None:
    """None for a film without timecode."""
    from tcvc_cli.plan.timecode import clock_of

    return None if film.timecode is None else clock_of(film.frame_rate, film.timecode)


def print_json(film: FilmInfo, found: Sequence[Shot]) -> None:
    from tcvc_cli.cli.ndjson import write_record
    from tcvc_cli.cli.printed import ShotsPrinted

    clock = stated_clock(film)
    codes = () if clock is None else tuple(str(clock.code(shot.start)) for shot in found)
    write_record(ShotsPrinted(film.path, film.frame_rate, tuple(found), film.timecode, codes), sys.stdout)


def print_table(film: FilmInfo, found: Sequence[Shot]) -> None:
    from tcvc_cli.settings.film.clock import clock_time

    clock = stated_clock(film)
    heads = ("shot", "start", "stop", "frames", "from", *(("timecode",) if clock is not None else ()))
    rows = []
    for number, shot in enumerate(found, 1):
        at = clock_time(shot.start / film.frame_rate)
        code = () if clock is None else (str(clock.code(shot.start)),)
        rows.append((str(number), str(shot.start), str(shot.stop), str(len(shot)), at, *code))
    print_rows(heads, rows, right=heads)
