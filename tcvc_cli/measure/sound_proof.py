"""Sound in other packets or in another coding: is it the same that is heard?"""

from __future__ import annotations

from fractions import Fraction

from tcvc_cli.measure.check import Check
from tcvc_cli.media.contents import Contents, StreamContents
from tcvc_cli.media.meaning import Sound, sound
from tcvc_cli.media.part import Part


def check_of_samples(
    subject: str,
    one: StreamContents,
    other: StreamContents,
    before: Contents,
    after: Contents,
    part: Part,
) -> Check:
    """Decodes both: the same samples, from the same moment on."""
    here = sound(before.film.path, one.info.index, part)
    there = sound(after.film.path, other.info.index)
    fault = _fault(here, there, 2 * max(one.tick_s, other.tick_s))
    if fault is not None:
        return Check(subject, "fails", fault)
    if one.info.codec == other.info.codec:
        return Check(subject, "holds", f"{here.samples} samples, bit for bit, in other packets")
    words = f"{one.info.codec} to {other.info.codec}, {here.samples} samples, bit for bit"
    return Check(subject, "converted", words)


def hears_the_same(
    one: StreamContents, other: StreamContents, before: Contents, after: Contents, part: Part
) -> str | None:
    """None when players leave out the same samples at the start and at the end; else what differs."""
    here = sound(before.film.path, one.info.index, part)
    there = sound(after.film.path, other.info.index)
    return _fault(here, there, 2 * max(one.tick_s, other.tick_s))


def _fault(here: Sound, there: Sound, margin_s: Fraction) -> str | None:
    if here.samples != there.samples:
        return f"{here.samples} samples are heard as {there.samples}"
    if here.sha256 != there.sha256:
        return f"{here.samples} samples, but not the same ones"
    shift_s = max(there.start_s - here.start_s, there.end_s - here.end_s, key=abs)
    return f"moved by {float(shift_s) * 1000:+.3f} ms" if abs(shift_s) > margin_s else None
