"""What is to change in a settings file, and how it gets there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, Protocol, TypeVar

from tcvc_cli.errors import BadSettings, OutputError
from tcvc_cli.files import draft_of, is_there, never
from tcvc_cli.settings.film.clock import milliseconds_of
from tcvc_cli.settings.film.decisions import (
    UNDECIDED,
    Decisions,
    FilmSettings,
    ShotAddress,
    ShotDecisions,
    decided,
)
from tcvc_cli.settings.film.read import read_settings, settings_from_text, text_of

MARK: Final = "\ufeff"  # the byte order mark
_ADDED: Final = ("references", "points", "strokes")


@dataclass(frozen=True, slots=True)
class Edit:
    """What changes of one shot, or with `address` None of the whole film.

    First what is named in `unset` goes, by its key. Then what `decisions` decide takes the place of what is
    there; references, points and strokes are added, a point instead of one at the same place of the same
    frame, a stroke instead of one for the same frame.
    """

    address: ShotAddress | None
    decisions: Decisions = UNDECIDED
    unset: tuple[str, ...] = ()


def changed(
    path: Path, edits: Sequence[Edit], check: Callable[[FilmSettings], object] | None = None
) -> FilmSettings:
    """Writes the settings file with the edits, and returns what it says then; comments, order and whatever
    else the edits do not touch stay byte for byte. A file that is not there is made. `check` is given what
    it will say before it is written, and may raise.

    Raises BadSettings or UnreadableInput for a file that cannot be read, which is then left as it is, and
    OutputError where it cannot be written, or somebody else has changed it meanwhile.
    """
    is_new = not is_there(path)
    text = "" if is_new else _raw(path)
    after, settings = with_edits(text, path, edits)
    if check is not None:
        check(settings)
    if after == text:
        return settings
    mode = None if is_new else path.stat().st_mode & 0o777
    with draft_of(
        path,
        may_replace=never if is_new else lambda target: _is_still(target, text),
        on_complete=lambda draft: draft.chmod(mode) if mode is not None else None,
    ) as draft:
        draft.write_bytes(after.encode("utf-8"))
    return settings


def with_edits(text: str, path: Path, edits: Sequence[Edit]) -> tuple[str, FilmSettings]:
    """The text of the file at `path` with the edits, and what it says. Raises BadSettings."""
    from tcvc_cli.settings.film.write.sections import edited  # tomlkit is not needed to read

    mark, plain = (MARK, text[1:]) if text.startswith(MARK) else ("", text)
    has_two_marks = "\r\n" in plain and "\n" not in plain.replace("\r\n", "")
    settings = settings_from_text(plain, path)
    for edit in map(_as_written, edits):
        index = index_of(settings, edit.address)
        plain = edited(plain, settings, index, edit)
        if has_two_marks:
            plain = plain.replace("\r\n", "\n").replace("\n", "\r\n")
        expected = applied(settings, index, edit)
        settings = settings_from_text(plain, path)
        if not _says_the_same(settings, expected):
            raise BadSettings(f"{path.name} cannot be changed without changing more of it")
    return mark + plain, settings


def _as_written(edit: Edit) -> Edit:
    """Its times to the ms."""
    same_as = _to_milliseconds(edit.decisions.same_as)
    decisions = replace(edit.decisions, same_as=same_as)
    return replace(edit, address=_to_milliseconds(edit.address), decisions=decisions)


def _to_milliseconds(address: ShotAddress | None) -> ShotAddress | None:
    if address is None or address.starts_s is None:
        return address
    return replace(address, starts_s=Fraction(milliseconds_of(address.starts_s), 1000))


def index_of(settings: FilmSettings, address: ShotAddress | None) -> int | None:
    """Of the entry that an edit is about; None where it has none yet, and for the whole film. A time goes
    before a number."""
    if address is None:
        return None
    for is_same in (_has_address, _has_time, _has_number):
        for index, entry in enumerate(settings.shots):
            if is_same(entry.address, address):
                return index
    return None


def _has_address(one: ShotAddress, other: ShotAddress) -> bool:
    return one == other


def _has_time(one: ShotAddress, other: ShotAddress) -> bool:
    if one.starts_s is None or other.starts_s is None:
        return False
    return milliseconds_of(one.starts_s) == milliseconds_of(other.starts_s)


def _has_number(one: ShotAddress, other: ShotAddress) -> bool:
    has_times = one.starts_s is not None and other.starts_s is not None
    return not has_times and one.number is not None and one.number == other.number


def applied(settings: FilmSettings, index: int | None, edit: Edit) -> FilmSettings:
    """What the settings say with the edit; the place of a new entry aside."""
    if edit.address is None:
        return replace(settings, film=decisions_with(settings.film, edit))
    shots = list(settings.shots)
    if index is None:
        shots.append(ShotDecisions(edit.address, decisions_with(UNDECIDED, edit)))
    else:
        shots[index] = replace(shots[index], decisions=decisions_with(shots[index].decisions, edit))
    return replace(settings, shots=tuple(shots))


def decisions_with(decisions: Decisions, edit: Edit) -> Decisions:
    left = replace(decisions, **{key: getattr(UNDECIDED, key) for key in edit.unset})
    simple = {key: getattr(edit.decisions, key) for key in decided(edit.decisions) if key not in _ADDED}
    new = edit.decisions
    return replace(
        left,
        references=(*left.references, *added(left.references, new.references)),
        points=merged(left.points, new.points),
        strokes=merged(left.strokes, new.strokes),
        **simple,
    )


class _OfFrame(Protocol):
    @property
    def frame(self) -> int: ...


OfFrame = TypeVar("OfFrame", bound=_OfFrame)


def spot(item: _OfFrame) -> tuple[object, ...]:
    """Two with the same spot do not stand side by side."""
    return item.frame, getattr(item, "x", None), getattr(item, "y", None)


def instead(old: OfFrame, new: tuple[OfFrame, ...]) -> OfFrame:
    """What takes the place of an old one: the last that has its spot, or itself."""
    return next((one for one in reversed(new) if spot(one) == spot(old)), old)


def besides(old: tuple[OfFrame, ...], new: tuple[OfFrame, ...]) -> tuple[OfFrame, ...]:
    """Those of the new that take no old one's place, each spot once."""
    spots = {spot(one) for one in old}
    return tuple({spot(one): one for one in new if spot(one) not in spots}.values())


def merged(old: tuple[OfFrame, ...], new: tuple[OfFrame, ...]) -> tuple[OfFrame, ...]:
    return (*(instead(one, new) for one in old), *besides(old, new))


def added(old: tuple[Path, ...], new: tuple[Path, ...]) -> tuple[Path, ...]:
    """Those of `new` that are not there yet, each once."""
    return tuple(one for one in dict.fromkeys(new) if one not in old)


def _says_the_same(one: FilmSettings, other: FilmSettings) -> bool:
    def plain(settings: FilmSettings) -> list[ShotDecisions]:
        bare = [replace(entry, line=0) for entry in settings.shots]
        return sorted(bare, key=lambda entry: repr(entry.address))

    return one.film == other.film and plain(one) == plain(other)


def _raw(path: Path) -> str:
    """With its byte order mark and line ends. Raises BadSettings or UnreadableInput."""
    read_settings(path)
    text = text_of(path)
    return MARK + text if path.read_bytes().startswith(MARK.encode()) else text


def _is_still(path: Path, text: str) -> bool:
    """Raises OutputError where the file says something else by now; a link is refused later."""
    if path.read_bytes() != text.encode("utf-8"):
        raise OutputError(f"{path.name} was changed meanwhile", "Run the same command again.")
    return True
