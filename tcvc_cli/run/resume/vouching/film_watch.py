"""Whether what a run reads stays what it was when the run began, so that no result tells of another film."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from tcvc_cli.errors import ChangedMeanwhile
from tcvc_cli.run.resume.fingerprint import Ingredients, differences
from tcvc_cli.run.resume.source_file import Source, source_of
from tcvc_cli.run.resume.vouching.samples import samples_of
from tcvc_cli.run.resume.vouching.stamps import Stamp, stamp_of

MadeOf = Callable[[Source], Ingredients]
_GONE: Final = None


class FilmWatch:
    """Of one run; to be made before anything of the film is read. `others` are files that count until the
    shots are planned: what is read of them later has hashes of its own."""

    def __init__(self, film: Path, others: Iterable[Path] = ()) -> None:
        self._film = film
        self._stamps = {path: _stamp_of(path) for path in (film, *others)}
        self._source: Source | None = None
        self._made_of: Ingredients | None = None
        self._now: MadeOf | None = None

    def begin(self, source: Source, made_of: Ingredients | None = None, now: MadeOf | None = None) -> None:
        """The run is about `source`, and all that it goes by is `made_of`; `now` says what that would be by
        then; where nobody does, the film alone counts. Raises ChangedMeanwhile when a file has changed since
        the watch was made."""
        for path, stamp in self._stamps.items():
            if _stamp_of(path) != stamp:
                raise ChangedMeanwhile(f"{path.name} changed as the run began")
        self._source, self._made_of, self._now = source, made_of, now

    def check_all(self) -> None:
        """Raises ChangedMeanwhile when the film, or anything that decides about it, is not what it was."""
        if self._made_of is None or self._now is None or self._source is None:
            return
        stamps = {path: _stamp_of(path) for path in self._stamps}
        if stamps == self._stamps:
            return
        self.check()
        now = self._now(self._source)
        if now != self._made_of:
            raise ChangedMeanwhile(f"{differences(self._made_of, now)} while {self._film.name} was coloured")
        self._stamps = stamps

    def check(self) -> None:
        """The same of the film alone, for less: it is read only when the system says that somebody was at
        it. Touched, renamed and put back, it is what it was."""
        stamp = _stamp_of(self._film)
        if self._source is None or stamp == self._stamps[self._film]:
            return
        if stamp is _GONE or source_of(self._film).sha256 != self._source.sha256:
            raise self._replaced()
        self._stamps[self._film] = stamp

    def check_content(self) -> None:
        """The same, and samples of the content: what a failing disk does, no system says."""
        self.check()
        if self._source is not None and self._source.samples not in ("", samples_of(self._film)):
            raise self._replaced()

    def _replaced(self) -> ChangedMeanwhile:
        return ChangedMeanwhile(f"{self._film.name} was changed, replaced or removed while it was coloured")


def _stamp_of(path: Path) -> Stamp | None:
    try:
        return stamp_of(path)
    except OSError:
        return _GONE
