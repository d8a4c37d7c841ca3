"""What a result says of its colours: that they are synthetic, by what, when, by whom, and of which source."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Final

from tcvc_cli import __version__
from tcvc_cli.errors import UsageError
from tcvc_cli.plain import to_plain
from tcvc_cli.records import Shot, SyntheticColors
from tcvc_cli.run.options.declaration import Option, options_of
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.options.values import split_operator
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume.source_file import Source

# IPTC NewsCodes, scheme "Digital Source Type": a composite that a trained model has added to.
DIGITAL_SOURCE_TYPE: Final = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
# The same scheme: altered by an algorithm that has not been trained.
ALTERED_BY_ALGORITHM: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"
SOFTWARE: Final = "tcvc"
_CLOCK: Final = "SOURCE_DATE_EPOCH"  # https://reproducible-builds.org/specs/source-date-epoch/
_NO_PIXELS: Final = ("model", "device")  # the model has a place of its own
_PIXELS_TOO: Final = ("points", "references", "settings_file", "shots_file", "is_shot_alone")
_HEX_SHA256: Final = 64
_MOST_NAMED: Final = 20  # shots in a statement


def declare(plan: FilmPlan, source: Source, shots: Sequence[Shot]) -> SyntheticColors | None:
    """For the result of `plan`, now; None where every shot keeps the colours that it has. Raises UsageError
    as `declared_at` does."""
    kept = [shot for shot in shots if shot.is_in_color]
    if len(kept) == len(shots):
        return None
    options = plan.options
    declared = declaration_of(options, options.model, plan.weights_sha256, plan.film.path.name, source.sha256)
    return replace(declared, statement=f"{declared.statement} {_kept(kept)}" if kept else declared.statement)


def _kept(shots: Sequence[Shot]) -> str:
    named = ", ".join(f"{one.start}-{one.stop - 1}" for one in shots[:_MOST_NAMED])
    more = f" and {len(shots) - _MOST_NAMED} more shots" if len(shots) > _MOST_NAMED else ""
    return f"Frames {named} of the source{more} were in colour already, and have these colours."


def declaration_of(
    options: Options, model: str, weights_sha256: str, source_file: str, source_sha256: str
) -> SyntheticColors:
    """The same of colours that no plan tells of. Raises UsageError as `declared_at` does."""
    when, source_file = declared_at(), _printable(source_file)
    operator, kind = split_operator(options.operator) if options.operator else (None, None)
    by = f" (weights SHA-256 {weights_sha256})" if len(weights_sha256) == _HEX_SHA256 else ""
    whom = f" for {operator}" if operator else ""
    of = f", from {source_file} (SHA-256 {source_sha256})" if source_sha256 else ""
    return SyntheticColors(
        digital_source_type=DIGITAL_SOURCE_TYPE,
        statement=f"The colours are synthetic: {SOFTWARE} {__version__} computed them with the model"
        f" {model}{by} on {when[:10]}{whom}{of}. They are no record of what was in front of the camera.",
        software=SOFTWARE,
        version=__version__,
        model=model,
        weights_sha256=weights_sha256,
        when=when,
        operator=operator,
        operator_kind=kind,
        options=tuple(_given(options)),
        source_file=source_file,
        source_sha256=source_sha256,
    )


def graded(declared: SyntheticColors | None, options: Options) -> SyntheticColors | None:
    """Of colours that were computed before and are graded now; None of colours that were not computed.
    Raises UsageError as `declared_at` does."""
    if declared is None:
        return None
    when, given = declared_at(), dict(_given(options))
    new = split_operator(options.operator) if options.operator else None
    operator, kind = new or (declared.operator, declared.operator_kind)
    return replace(
        declared,
        statement=f"{declared.statement} {SOFTWARE} {__version__} graded them on {when[:10]}.",
        when=when,
        operator=operator,
        operator_kind=kind,
        options=(*(one for one in declared.options if one[0] not in given), *given.items()),
    )


def declared_at() -> str:
    """Now, or what SOURCE_DATE_EPOCH says, in UTC to the second. Raises UsageError where that is no time."""
    stated = os.environ.get(_CLOCK)
    try:
        moment = datetime.now(UTC) if stated is None else datetime.fromtimestamp(int(stated), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"{_CLOCK} is {stated}; it takes whole seconds since 1970") from error
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _given(options: Options) -> Iterator[tuple[str, str]]:
    """What changes pictures and is not as it is by itself; files by their names alone."""
    for name, option in options_of(Options).items():
        value = getattr(options, name)
        if _is_of_pictures(name, option) and value != option.default:
            yield name, _printable(_text(value))


def _is_of_pictures(name: str, option: Option) -> bool:
    return name in _PIXELS_TOO or (option.declared.scope != "run" and name not in _NO_PIXELS)


def _printable(text: str) -> str:
    """Names of files may hold anything; tags and XML do not."""
    return "".join(sign if unicodedata.category(sign)[0] != "C" else "\ufffd" for sign in text)


def _text(value: object) -> str:
    """In one line, as a person reads it."""
    if isinstance(value, PurePath):
        return value.name
    if isinstance(value, tuple):
        return "; ".join(map(_text, value))
    plain = to_plain(value)
    return str(plain) if not isinstance(plain, dict) else ", ".join(f"{k} {v}" for k, v in plain.items())
