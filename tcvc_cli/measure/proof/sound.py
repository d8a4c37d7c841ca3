"""Sound in other packets or in another coding: is it the same that is heard?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from tcvc_cli.errors import MediaError
from tcvc_cli.measure.proof.checks import Check
from tcvc_cli.measure.proof.stream_pair import StreamPair
from tcvc_cli.media.inspect.decoded import Sound, sound


def check_of_samples(pair: StreamPair) -> Check:
    """Decodes both: the same samples, from the same moment on."""
    try:
        here, there = _sounds(pair)
    except MediaError as error:
        return Check(pair.subject, "fails", f"cannot be decoded: {error}")
    fault = _fault(here, there, 2 * pair.tick_s)
    if fault is not None:
        return Check(pair.subject, "fails", fault)
    one, other = pair.one.info.codec, pair.other.info.codec
    if one == other:
        return Check(pair.subject, "holds", f"{here.samples} samples, bit for bit, in other packets")
    return Check(pair.subject, "converted", f"{one} to {other}, {here.samples} samples, bit for bit")


def heard_otherwise(pair: StreamPair) -> str | None:
    """None when players leave out the same samples at the start and at the end; else what differs. A decoder
    that begins later may give other samples of the same packets."""
    try:
        here, there = _sounds(pair)
    except MediaError as error:
        return f"cannot be decoded: {error}"
    if pair.is_trimmed:
        here = replace(here, sha256=there.sha256)
    return _fault(here, there, 2 * pair.tick_s)


def _sounds(pair: StreamPair) -> tuple[Sound, Sound]:
    return (
        sound(pair.before.film.path, pair.one.info.index, pair.excerpt),
        sound(pair.after.film.path, pair.other.info.index),
    )


def _fault(here: Sound, there: Sound, margin_s: Fraction) -> str | None:
    if here.samples != there.samples:
        return f"{here.samples} samples are heard as {there.samples}"
    if here.sha256 != there.sha256:
        return f"{here.samples} samples, but not the same ones"
    shift_s = max(there.start_s - here.start_s, there.end_s - here.end_s, key=abs)
    return f"moved by {float(shift_s) * 1000:+.3f} ms" if abs(shift_s) > margin_s else None
