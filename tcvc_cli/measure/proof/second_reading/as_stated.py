"""What the files themselves state, element by element and box by box, beside what FFmpeg shows of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain

from tcvc_cli.measure.proof.checks import SECOND_READING, Check, judged
from tcvc_cli.measure.proof.expected import ExpectedLosses
from tcvc_cli.measure.proof.second_reading.iso import checks_of_boxes
from tcvc_cli.measure.proof.second_reading.structure import checks_of_structure
from tcvc_cli.measure.proof.second_reading.tracks import Faults, of_tracks
from tcvc_cli.media.carry.containers import MATROSKA
from tcvc_cli.media.inspect.description import Contents
from tcvc_cli.media.witness.elements import Fact
from tcvc_cli.media.witness.frames import FramesWitness
from tcvc_cli.media.witness.iso import IsoTrack, iso_tracks
from tcvc_cli.media.witness.matroska import MatroskaFacts, matroska_facts
from tcvc_cli.media.witness.stills import StillFacts, still_facts

# These describe the old file, not the film.
_FILE_OWN = ("ENCODER", "DURATION", "BPS", "NUMBER_OF_FRAMES", "NUMBER_OF_BYTES", "_STATISTICS", "SOURCE_ID")
_NEVER = "\0"  # no sidecar names what is new
_MOST_NAMED = 4
_CHAPTERS = "chapters"
_NONE = ""


def checks_as_stated(
    before: Contents,
    after: Contents,
    pairs: Mapping[int, int],
    expected: ExpectedLosses,
    *,
    is_part: bool = False,
) -> Iterator[Check]:
    """Rows of what both files state in a form that FFmpeg does not show, or shows in part. `pairs`: which
    stream of the result is which of the original's. A loss counts as accounted for when the sidecar names
    one that is called alike."""
    losses = tuple(chain.from_iterable(expected.losses.values()))
    if before.film.is_photograph:
        yield from _of_photographs(still_facts(before.film.path), still_facts(after.film.path), losses)
        return
    is_matroska = [film.container is MATROSKA for film in (before, after)]
    if all(is_matroska):
        facts = matroska_facts(before.film.path), matroska_facts(after.film.path)
        rows = _of_matroska(before, after, facts, pairs, losses)
        yield from (row for row in rows if not (is_part and row.subject == SECOND_READING + _CHAPTERS))
    if "mp4" in after.film.container:
        yield from checks_of_boxes(before, after, pairs)
    yield from checks_of_structure(before, after, pairs)
    yield from _of_looks(before, after, losses)


def check_of_side_data(before: FramesWitness, after: FramesWitness, expected: ExpectedLosses) -> Check:
    """Of those kinds that the result has at all, every payload of any frame."""
    names = [name for name in before.payloads if name in after.payloads]
    faults = [
        (name, f"{name}: {len(missing)} of {len(before.payloads[name])} are nowhere in the result")
        for name in names
        if (missing := before.payloads[name] - after.payloads[name])
    ]
    losses = tuple(chain.from_iterable(expected.losses.values()))
    return _accounted("side data", faults, losses, ", ".join(names) or "none")


def _accounted(subject: str, faults: Faults, losses: Collection[str], words: str) -> Check:
    """Holds, fails, or is dropped where the sidecar names every fault."""
    unknown = [fault for name, fault in faults if not _is_named(name, losses)]
    if unknown or not faults:
        return judged(SECOND_READING + subject, _shortened(unknown), words)
    stated = "; ".join(_shortened([fault for _, fault in faults]))
    return Check(SECOND_READING + subject, "dropped", f"as the sidecar says: {stated}")


def _is_named(name: str, losses: Collection[str]) -> bool:
    return any(word.lower() in loss.lower() for loss in losses for word in name.split("|"))


def _shortened(faults: list[str]) -> list[str]:
    more = len(faults) - _MOST_NAMED
    return faults if more <= 0 else [*faults[:_MOST_NAMED], f"and {more} more"]


def _of_matroska(
    before: Contents,
    after: Contents,
    facts: tuple[MatroskaFacts, MatroskaFacts],
    pairs: Mapping[int, int],
    losses: Collection[str],
) -> Iterator[Check]:
    was, now = facts
    places = {before.film.video_index: after.film.video_index, **pairs}
    rows = (
        (_CHAPTERS, was.chapters, now.chapters, "chapter"),
        ("attachments", was.attachments, now.attachments, "attachment"),
        ("tags", _tags(was.tags, places), now.tags, "tag"),
    )
    for subject, here, there, name in rows:
        faults = _missing(here, there, name) + (_new(here, there) if subject != "tags" else [])
        yield _accounted(subject, faults, losses, f"all {len(here)}" if here else "none")
    yield _accounted("tracks", of_tracks(before, after, facts, places), losses, f"{len(was.tracks)} tracks")


def _missing(here: Sequence[Fact], there: Sequence[Fact], name: str) -> Faults:
    """Those of `here` that are not among `there` as often; what a result says of itself sets a tag of the
    same name aside."""
    left = list(there)
    faults: Faults = []
    for fact in here:
        kept = next((one for one in (fact, _set_aside(fact)) if one in left), None)
        if kept is not None:
            left.remove(kept)
        else:
            found = next((one.value for one in left if one.name == fact.name), None)
            words = "is lost" if found is None else f'became "{found}"'
            faults.append((f"{name}|{fact.name}", f'{fact.name} "{fact.value}" {words}'))
    return faults


def _new(here: Sequence[Fact], there: Sequence[Fact]) -> Faults:
    """What was nowhere, not even otherwise. Where a chapter ends may follow from the next one."""
    known = {fact.name for fact in here}
    added = [one for one in there if one.name not in known and not one.name.endswith(" ends")]
    return [(_NEVER, f'{fact.name} "{fact.value}" is new') for fact in added]


def _set_aside(fact: Fact) -> Fact:
    target, colon, name = fact.name.partition(": ")
    return Fact(f"{target}{colon}SOURCE_{name}", fact.value)


def _tags(facts: Sequence[Fact], places: Mapping[int, int]) -> list[Fact]:
    """Without those of the old file and of streams that were left out; tracks by their place there."""
    found = []
    for fact in facts:
        target, _, name = fact.name.partition(": ")
        if name.startswith(_FILE_OWN) or name.endswith(_FILE_OWN):
            continue
        if target.startswith("of track "):
            number, comma, rest = target.removeprefix("of track ").partition(",")
            if not number.isdecimal() or int(number) - 1 not in places:
                continue
            target = f"of track {places[int(number) - 1] + 1}{comma}{rest}"
        found.append(Fact(f"{target}: {name}", fact.value))
    return found


def _of_looks(before: Contents, after: Contents, losses: Collection[str]) -> Iterator[Check]:
    """Crop, which either container can state, and the shape of pixels where both have boxes for it."""
    was, now = _crop(before), _crop(after)
    faults = [] if was == now else [("crop|clean aperture", f"{was or 'none'} became {now or 'none'}")]
    yield _accounted("crop", faults, losses, was or "none")
    tracks = [_iso_picture(film) for film in (before, after)]
    one, other = (None if track is None else track.pixel_shape for track in tracks)
    if one is not None and tracks[1] is not None:
        faults = [] if (other or 1) == one else [("sample aspect", f"{one} became {other or 1}")]
        yield _accounted("shape of pixels", faults, losses, f"{one}")


def _iso_picture(film: Contents) -> IsoTrack | None:
    """The track of the film's own picture; None where it is in no such file."""
    if "mp4" not in film.film.container:
        return None
    number = sum(
        one.info.kind == "video" and not one.is_attached_picture
        for one in film.streams[: film.film.video_index]
    )
    pictures = [track for track in iso_tracks(film.film.path) if track.handler == "vide"]
    return pictures[number] if number < len(pictures) else None


def _crop(film: Contents) -> str:
    """Px to leave out at the top, bottom, left and right; empty where there are none."""
    if film.container is MATROSKA:
        tracks = matroska_facts(film.film.path).tracks
        index = film.film.video_index
        stated = {one.name: one.value for one in tracks[index]} if index < len(tracks) else {}
        edges = [Fraction(stated.get(f"crop {edge}", "0")) for edge in ("top", "bottom", "left", "right")]
    else:
        track = _iso_picture(film)
        edges = list(track.crop) if track is not None and track.crop is not None else []
    return ", ".join(f"{float(edge):g}" for edge in edges) if any(edges) else _NONE


def _of_photographs(was: StillFacts, now: StillFacts, losses: Collection[str]) -> Iterator[Check]:
    dpi = (
        []
        if was.dpi is None or was.dpi == now.dpi
        else [("dpi|resolution", f"{_dots(was)} became {_dots(now)}")]
    )
    yield _accounted("dots per inch", dpi, losses, _dots(was))
    there = "\n".join(value for _, value in now.texts)
    own = [(name, value) for name, value in was.texts if not value.startswith("Lavc")]
    faults = [
        (f"{name}|text|description", f'{name} "{value}" is lost') for name, value in own if value not in there
    ]
    yield _accounted("texts", faults, losses, f"all {len(own)}" if own else "none")
    parts = sorted(was.has) + ([f"{was.pages} pages"] if was.pages > 1 else [])
    lost: Faults = [(name, f"{name} is lost") for name in sorted(was.has - now.has)]
    lost += [("page", f"{was.pages} pages became {now.pages}")] if was.pages > now.pages else []
    yield _accounted("parts of the file", lost, losses, ", ".join(parts) or "nothing")


def _dots(facts: StillFacts) -> str:
    if facts.dpi is None:
        return "none stated"
    across, down = (float(one) for one in facts.dpi)
    return f"{across:g} dpi" if across == down else f"{across:g} x {down:g} dpi"
