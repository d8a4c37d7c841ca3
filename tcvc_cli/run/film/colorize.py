"""The whole story of one film, from the file to the colour film beside it; here as far as nobody computes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import nullcontext

from tcvc_cli.files import is_there
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.read.seen.held_luma import let_go
from tcvc_cli.names import Claims, Names
from tcvc_cli.readers import own_readers
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.credentials.signing_key import signing_key
from tcvc_cli.run.events import Event, Skipped
from tcvc_cli.run.film.output import inputs_of, names_for, traced
from tcvc_cli.run.film.scan import walk_through, walking_ahead
from tcvc_cli.run.looks.decided import decided_in, inputs_among, refuse_missing, settings_of
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.options.timecodes import placed
from tcvc_cli.run.plan import check_coding
from tcvc_cli.run.provenance.declaration import declared_at
from tcvc_cli.run.provenance.record import Record
from tcvc_cli.run.resume.done import has_journal, is_skipped_unseen
from tcvc_cli.run.resume.source_file import refuse_pipe
from tcvc_cli.run.resume.vouching.film_watch import FilmWatch
from tcvc_cli.run.shares.distribution import ALONE, Distribution


def colorize(options: Options, distribution: Distribution = ALONE) -> Generator[Event, None, None]:
    """Colour one film or photograph; yields what happens. `distribution` says who colours which shots of it.

    A TcvcError leaves nothing under the result's name. What is finished of a film is kept, and the same
    options go on from there.
    """
    record = Record()
    with own_readers():
        yield from record.watch(_colorize(options, record, distribution))


def _colorize(options: Options, record: Record, distribution: Distribution) -> Generator[Event, None, None]:
    refuse_pipe(options.input)
    watch = FilmWatch(options.input, decided_in(options))
    declared_at()  # a clock that cannot be read is found before the work
    film = probe(options.input)
    options = placed(options, film)
    names = names_for(film, options)
    Claims(inputs_of(options)).claim(names, options.input)
    if is_skipped_unseen(names, options):
        yield Skipped(names.result)
        return
    with traced(options):
        try:
            yield from _color(options, film, names, record, distribution, watch)
        finally:
            let_go()


def _color(
    options: Options,
    film: FilmInfo,
    names: Names,
    record: Record,
    distribution: Distribution,
    watch: FilmWatch,
) -> Generator[Event, None, None]:
    settings = settings_of(options)
    refuse_missing(settings)
    Claims(inputs_among(settings)).claim(names, options.input)
    check_coding(options, film)
    if options.sign is not None:
        signing_key(options.sign)
    is_wanted = distribution == ALONE and _is_scan_wanted(film, options, names)
    with walking_ahead(walk_through(film, options)) if is_wanted else nullcontext() as walk:
        # Whatever needs PyTorch, which takes seconds to load: the film is read meanwhile.
        from tcvc_cli.run.computed.color import color

        yield from color(film, options, names, walk, record, distribution, watch)


def _is_scan_wanted(film: FilmInfo, options: Options, names: Names) -> bool:
    """As far as can be told now: not where an earlier run has left its own, or perhaps nothing to do."""
    if film.is_photograph or options.is_dry_run:
        return not film.is_photograph
    may_be_done = options.is_done_skipped and is_there(names.result)
    return not may_be_done and (options.is_fresh or not has_journal(names, options))
