"""The command that colours a film again as it was coloured, but for what its settings say now.

It is made from a sidecar, which may have come with the film, from anywhere: a value that its option does not
take is left out, none becomes a flag, and where something is written is not its business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from tcvc_cli.color.grade import HueMap
from tcvc_cli.errors import TcvcError
from tcvc_cli.media.carry.containers import default_output
from tcvc_cli.plain import from_plain
from tcvc_cli.records import FrameRange
from tcvc_cli.review.subject import Subject
from tcvc_cli.run.options.declaration import Option, options_of
from tcvc_cli.run.options.film import Options, flag_of
from tcvc_cli.settings.film.decisions import Point
from tcvc_cli.settings.film.hue_names import text_of_hues
from tcvc_cli.settings.film.point_text import text_of_color
from tcvc_cli.settings.film.read import settings_path

PROGRAM: Final = ("tcvc", "colorize")
_OWN_WAY: Final = frozenset(  # decided here, or of one run alone, or a place where something is written
    ("input", "output", "settings_file", "on_existing", "pipe_format", "is_dry_run", "is_fresh")
) | frozenset(("work_folder", "trace_file", "sign", "name_tag", "memory_shares", "is_done_skipped"))
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+:-]{0,79}", re.ASCII)
_ENCODER_VALUE: Final = re.compile(r"[A-Za-z0-9_.,:=+-]{1,400}", re.ASCII)
_NAMES_FILES: Final = re.compile(r"stats|file|log|dump|pass|path", re.IGNORECASE)  # what encoders write


def coloring_command(subject: Subject, settings_file: Path | None = None) -> tuple[str, ...]:
    """The words, beginning with `tcvc`; whoever shows them quotes them for a shell. `settings_file` is the
    one that people choose in, None where it is the one beside the film. Files are called as they were
    given."""
    film = subject.film.path
    values = given_options(subject)
    words = [*PROGRAM, _file(film)]
    for name, value in values.items():
        words += _words(options_of(Options)[name], value)
    if settings_file is not None and settings_file != settings_path(film):
        words += [flag_of("settings_file"), _file(settings_file)]
    if subject.sidecar is not None and subject.result is not None:
        words += _output(subject, Options(film, **values))
        words.append(flag_of("overwrite"))
    return tuple(words)


def given_options(subject: Subject) -> Mapping[str, Any]:
    """Of the options of the run that made the result, by the names of `Options`: those that are not the
    defaults and that count for another run. Only what the program could have been given."""
    stated = subject.sidecar.options if subject.sidecar else {}
    found = {
        name: value
        for name, option in options_of(Options).items()
        if name in stated and name not in _OWN_WAY and option.declared.flags
        for value in _read(option, stated[name])
        if value != option.default
    }
    try:
        Options(subject.film.path, **found)
    except TcvcError:
        return {}  # each could be given, but not together
    return found


def _output(subject: Subject, options: Options) -> Iterator[str]:
    assert subject.result is not None
    try:
        usual = default_output(subject.film, options.encoding)
    except TcvcError:
        usual = None
    if subject.result.path != usual:
        yield from (flag_of("output"), _file(subject.result.path))


def _read(option: Option, stated: Any) -> Iterator[Any]:
    """The value, if the option takes it as it would be written."""
    try:
        value = from_plain(option.kind, stated)
        option.check(value)
        is_taken = all(_is_read_so(option, one) for one in _items(option, value))
    except (TcvcError, ValueError, OverflowError):
        return
    if is_taken:
        yield value


def _items(option: Option, value: Any) -> tuple[Any, ...]:
    return value if option.is_repeatable else (value,)


def _is_read_so(option: Option, one: Any) -> bool:
    """Whether what is written of it would be read as the same. Raises ValueError."""
    if option.name == "encoder_options":
        return _is_harmless(*one)
    text, reads = _text(one), option.declared.reads
    if reads is not None:
        return bool(reads(text) == one)
    return not isinstance(one, str) or bool(option.choices) or _WORD.fullmatch(text) is not None


def _is_harmless(key: str, value: str) -> bool:
    """Encoders have options that name files to be written."""
    is_plain = _WORD.fullmatch(key) is not None and _ENCODER_VALUE.fullmatch(value) is not None
    return is_plain and not _NAMES_FILES.search(f"{key}={value}")


def _words(option: Option, value: Any) -> Iterator[str]:
    """The flag and its value; one word where the value could be taken for a flag."""
    flag = option.declared.flags[-1]
    if value is True:
        yield flag
        return
    for one in _items(option, value):
        text = _text(one)
        yield from (f"{flag}={text}",) if text.startswith("-") else (flag, text)


def _text(one: Any) -> str:
    match one:
        case Path():
            return _file(one)
        case HueMap():
            return f"{text_of_hues(one)}, {one.width_degrees!r}, {one.strength!r}"
        case Point():
            return f"{one.frame},{one.x!r},{one.y!r},{text_of_color(one.color)},{one.radius!r}"
        case Fraction():
            return _decimal(one)
        case (str(), str()):
            return "=".join(one)
        case FrameRange() | str() | int() | float():
            return str(one)
    raise ValueError(f"{type(one).__name__} is nothing that an option takes")


def _decimal(seconds: Fraction) -> str:
    """As a person wrote it; of what no decimal is, something else, which is not read as the same."""
    for places in range(10):
        scaled = seconds * 10**places
        if scaled.denominator == 1:
            break
    whole, part = divmod(round(scaled), 10**places)
    return f"{whole}.{part:0{places}}" if places else str(whole)


def _file(path: Path) -> str:
    """A name that no program takes for a flag."""
    return f"./{path}" if str(path).startswith("-") else str(path)
