"""A stream of the original beside its counterpart in the result, with the films that they are in."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tcvc_cli.media.carry.containers import MATROSKA
from tcvc_cli.media.excerpt import Excerpt
from tcvc_cli.media.inspect.description import Contents, StreamContents


@dataclass(frozen=True, slots=True)
class StreamPair:
    """`subject` is what the row about it is called; `after` holds `excerpt` of `before`. `is_trimmed`: sound
    of the original that an edit list hides does not stand in the result."""

    subject: str
    one: StreamContents
    other: StreamContents
    before: Contents
    after: Contents
    excerpt: Excerpt
    is_trimmed: bool = False

    @property
    def tick_s(self) -> Fraction:
        """The coarser of both units of time."""
        return max(self.one.tick_s, self.other.tick_s)

    @property
    def margin_s(self) -> Fraction:
        """By how much a time may differ. Nothing where both count alike, else half the coarser tick: a
        container can hold a time no better. A whole one for sound in Matroska, which counts the delay of a
        decoder apart and so rounds twice. In a part elsewhere, where it begins is rounded too, to a tick of
        the picture."""
        is_delayed = MATROSKA in (self.before.container, self.after.container)
        is_sound = self.one.info.kind == "audio"
        margin_s = self.tick_s if is_delayed and is_sound else self.tick_s / 2
        if self.one.tick_s == self.other.tick_s:
            margin_s = Fraction(0)
        is_rounded = not self.excerpt.is_complete_film and self.after.container is not MATROSKA
        return margin_s + self.before.picture.tick_s if is_rounded else margin_s
