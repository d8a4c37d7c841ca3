"""Proof that only colour was added: every frame's luma and time, every other stream, and all that is
written about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

from tcvc_cli.measure.proof.checks import FLOOR_DB, Check, judged
from tcvc_cli.measure.proof.expected import NO_LOSSES, ExpectedLosses
from tcvc_cli.measure.proof.film_facts import (
    check_of_chapters,
    check_of_tags,
    checks_of_frames,
    checks_of_picture,
)
from tcvc_cli.measure.proof.picture.colors import ColorsMeter, check_of_colors
from tcvc_cli.measure.proof.picture.luma import LumaMeter, LumaProof, TimesMeter, TimesProof
from tcvc_cli.measure.proof.picture.mark import check_of_mark
from tcvc_cli.measure.proof.second_reading.as_stated import check_of_side_data, checks_as_stated
from tcvc_cli.measure.proof.second_reading.in_step import checks_in_step
from tcvc_cli.measure.proof.stream_facts import check_of_stream
from tcvc_cli.measure.proof.streams import checks_of_streams, pairs_of
from tcvc_cli.measure.proof.timecodes import with_moved_timecodes
from tcvc_cli.media.excerpt import Excerpt
from tcvc_cli.media.inspect.description import Contents, contents
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.changes import FactsWatch
from tcvc_cli.media.witness.frames import FramesWitness, witnessed
from tcvc_cli.records import FilmInfo


@dataclass(frozen=True, slots=True)
class Terms:
    """What a result is judged by. `expected`: what the sidecar accounts for. `floor_db`: the least PSNR of
    luma in any frame of a lossy result. `start_s` and `end_s`: the part of the film that the result may be,
    in seconds from its first frame, None for no limit; `is_part_asked`: somebody asked for a part, it is not
    only claimed. `kept`: frames `[start, stop)` of the film that are claimed to be as they were, with their
    colours; `mixed`: those of dissolves, of which nothing is known."""

    expected: ExpectedLosses = NO_LOSSES
    floor_db: float = FLOOR_DB
    start_s: Fraction | None = None
    end_s: Fraction | None = None
    is_part_asked: bool = True
    kept: tuple[tuple[int, int], ...] = ()
    mixed: tuple[tuple[int, int], ...] = ()

    @property
    def is_part(self) -> bool:
        return self.start_s is not None or self.end_s is not None


@dataclass(frozen=True, slots=True)
class Proof:
    """`checks` are the rows of the table, luma and times first; `luma` and `times` in figures."""

    luma: LumaProof
    times: TimesProof
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Nothing was lost or changed without being accounted for."""
        return all(check.verdict != "fails" for check in self.checks)

    @property
    def is_complete(self) -> bool:
        """It holds, and nothing was dropped either."""
        return self.holds and all(check.verdict != "dropped" for check in self.checks)


def compare(
    original: Path,
    result: Path,
    terms: Terms | None = None,
    on_frames: Callable[[int], None] = lambda _: None,
) -> Proof:
    """Read both films completely and compare them; memory does not grow with their length.

    Raises InputError and MediaError as `probe` and `read_frames` do. A result of another size has no equal
    frame. `on_frames` is called with the number of frames that are compared, after each; what it raises ends
    the comparison.
    """
    terms = terms or Terms()
    before, after = contents(original), contents(result)
    lost = terms.expected.losses.get(before.film.video_index, ())
    watches = FactsWatch(before.film), FactsWatch(after.film)
    witnesses, meters = (FramesWitness(), FramesWitness()), Meters.of(before.film, after.film, terms)
    excerpt = _frames(before, after, terms, watches, witnesses, meters, on_frames)
    luma, times = meters.luma.proof(), meters.times.proof(before.film, after.film)
    before, after = (_as_shown(*pair) for pair in zip((before, after), watches, strict=True))
    before = with_moved_timecodes(before, excerpt.first_s)
    rows = [_luma_check(luma), _times_check(times), *_part_check(before.film, luma, meters.first, terms)]
    rows += checks_of_picture(before, after, lost)
    if not after.film.is_photograph:
        rows.append(check_of_colors(meters.colors.proof()))
    if meters.colors.has_new_colors and not after.film.is_photograph:
        rows.append(check_of_mark(after.film))
    rows += checks_of_frames(*watches, after, lost)
    rows.append(check_of_stream("written of the picture", before.picture, after.picture, before, after, lost))
    rows += checks_of_streams(before, after, terms.expected, excerpt)
    rows += [check_of_chapters(before, after, excerpt), check_of_tags(before, after, lost)]
    rows += _second_readings(before, after, terms, witnesses)
    return Proof(luma, times, tuple(rows))


def _second_readings(
    before: Contents, after: Contents, terms: Terms, witnesses: tuple[FramesWitness, FramesWitness]
) -> Iterator[Check]:
    """What the proof reads by itself, without the readers that results are made with. Packets of a part are
    not those of the film, nor are its chapters."""
    pairs, is_part = pairs_of(before, after), terms.is_part
    if not before.film.is_photograph:
        yield check_of_side_data(*witnesses, terms.expected)
    if not before.film.is_photograph and not is_part:
        chapters_end_s = max((one.end_s for one in after.chapters), default=Fraction(0))
        yield from checks_in_step(before.film, after.film, pairs, chapters_end_s)
    yield from checks_as_stated(before, after, pairs, terms.expected, is_part=is_part)


@dataclass(slots=True)
class Meters:
    """What is told of every pair of frames. `first`: the number of the first frame that is compared."""

    luma: LumaMeter
    times: TimesMeter
    colors: ColorsMeter
    first: int | None = None

    @classmethod
    def of(cls, before: FilmInfo, after: FilmInfo, terms: Terms) -> Meters:
        luma = LumaMeter(before, after, terms.floor_db)
        colors = ColorsMeter(
            before,
            after,
            kept=terms.kept,
            unclear=terms.mixed,
            floor_db=terms.floor_db,
            is_lossless=luma.is_lossless,
        )
        return cls(luma, TimesMeter(is_moved=terms.start_s is not None), colors)

    def add(self, one: Frame | None, other: Frame | None) -> None:
        self.luma.add(one, other)
        self.colors.see(one, other)
        if one is not None and self.first is None:
            self.first = one.number
        if one is not None and other is not None:
            self.times.add(one, other)


def _frames(
    before: Contents,
    after: Contents,
    terms: Terms,
    watches: tuple[FactsWatch, FactsWatch],
    witnesses: tuple[FramesWitness, FramesWitness],
    meters: Meters,
    on_frames: Callable[[int], None],
) -> Excerpt:
    frames = (
        _wanted(before, terms, watches[0], witnesses[0]),
        _wanted(after, Terms(), watches[1], witnesses[1]),
    )
    for number, (one, other) in enumerate(zip_longest(*frames), 1):
        meters.add(one, other)
        on_frames(number)
    end_s = None if terms.end_s is None else before.film.start_s + terms.end_s
    return Excerpt(None if terms.start_s is None else meters.times.start_s, end_s)


def _wanted(film: Contents, terms: Terms, watch: FactsWatch, witness: FramesWitness) -> Iterator[Frame]:
    """Nothing behind the part is read: a film that is damaged there can still be used."""
    for frame in witnessed(film.film, witness):
        at_s = frame.time.seconds - film.film.start_s
        if terms.end_s is not None and at_s >= terms.end_s:
            return
        is_wanted = terms.start_s is None or at_s >= terms.start_s
        if frame.facts is not None:
            watch.see(frame.number, frame.time, frame.facts, is_wanted=is_wanted)
        if is_wanted:
            yield frame


def _as_shown(film: Contents, watch: FactsWatch) -> Contents:
    """The film as its frames show it, rather than as the first one does."""
    if film.film.is_photograph:
        return film
    side_data = {name: film.side_data.get(name, "") for name in watch.side_data}
    return replace(film, film=watch.film(), side_data=side_data)


def _part_check(film: FilmInfo, luma: LumaProof, start: int | None, terms: Terms) -> Iterator[Check]:
    """A part is no film: it is one only for somebody who asks for it. `start`: its first frame."""
    if not terms.is_part:
        return
    first, count = start or 0, luma.original_frames
    words = f"frames {first} to {first + count - 1} of about {film.frame_count}" if count else "no frame"
    if terms.is_part_asked:
        yield Check("part of the film", "holds", f"{words}, as was asked for")
        return
    asked = " ".join(
        f"--{name} {float(moment):.12g}"
        for name, moment in (("start", terms.start_s), ("end", terms.end_s))
        if moment is not None
    )
    why = f"only a part, {words}, as the sidecar says; to have a part held, ask for it: {asked}"
    yield Check("part of the film", "fails", why)


def _luma_check(luma: LumaProof) -> Check:
    words = _luma_words(luma)
    return judged("luma", [] if luma.holds else [words], words)


def _luma_words(luma: LumaProof) -> str:
    if luma.original_frames != luma.result_frames:
        changed = f"{luma.original_frames} frames became {luma.result_frames}"
        return (
            changed if luma.first_difference is None else f"{changed}, from frame {luma.first_difference} on"
        )
    if luma.is_equal:
        return f"{luma.original_frames} frames, bit for bit ({luma.codec})"
    where = f"{luma.differing_frames} of {luma.original_frames} frames differ, the first is frame"
    difference = f"{where} {luma.first_difference}, by at most {luma.largest_difference}"
    if luma.is_lossless:
        return f"{difference}, and {luma.codec} is lossless"
    return f"lossy ({luma.codec}): {_nearness(luma)}"


def _nearness(luma: LumaProof) -> str:
    words = f"PSNR {luma.least_psnr_db:.2f} dB in the worst frame ({luma.mean_psnr_db:.2f} on average)"
    if luma.least_ssim is not None and luma.mean_ssim is not None:
        words += f", SSIM {luma.least_ssim:.4f} ({luma.mean_ssim:.4f})"
    words += f", largest difference {luma.largest_difference}; the floor is {luma.floor_db:g} dB"
    if luma.misplaced_frames:
        words += (
            f"; {luma.misplaced_frames} frames are out of place, the first is frame {luma.first_misplaced}"
        )
    if luma.is_off:
        words += f"; all of it is {luma.mean_off:+.2f} levels off"
    if luma.altered_frames:
        first = f"the first is frame {luma.first_altered}: {luma.alteration}"
        words += f"; {luma.altered_frames} frames are altered, {first}"
    return words


def _times_check(times: TimesProof) -> Check:
    words = f"largest shift {float(times.largest_shift_s) * 1000:.3f} ms"
    if not times.is_last_held:
        words += f", and the last frame is shown {float(times.last_shortened_s) * 1000:.3f} ms less long"
    return judged("frame times", [] if times.holds else [words], words)
