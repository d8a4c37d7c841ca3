"""The metadata of a film: how it is shown, its tags and its chapters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest

from tcvc_cli.color.matrix import completed
from tcvc_cli.measure.proof.checks import Check, Verdict, judged
from tcvc_cli.measure.proof.picture.mark import check_of_mark
from tcvc_cli.measure.proof.stream_facts import Fault, accounted_for, loss, lowered
from tcvc_cli.media.carry.containers import says_full_range
from tcvc_cli.media.carry.photograph_extras import photograph_extras
from tcvc_cli.media.carry.tags import is_set_aside
from tcvc_cli.media.excerpt import COMPLETE_FILM, Excerpt
from tcvc_cli.media.inspect.description import Chapter, Contents, Places
from tcvc_cli.media.read.changes import FactsWatch
from tcvc_cli.media.read.side_data import ROTATION
from tcvc_cli.media.shape.y4m import says_siting
from tcvc_cli.media.xmp.facts import keeps
from tcvc_cli.media.xmp.places import xmp_of
from tcvc_cli.records import COMPUTED, FilmInfo

# These describe the old file, not the film.
_FILE_OWN = ("major_brand", "minor_version", "compatible_brands", "encoder")
_COMMENT = "comment"
_TIMECODE = "timecode"
_PROGRESSIVE = "progressive"


def checks_of_picture(
    before: Contents, after: Contents, expected_losses: Collection[str] = ()
) -> Iterator[Check]:
    """Size, depth, colour tags, range, aspect, rotation, field order, siting, XMP and side data, a row
    each; of a photograph the first two, what stands beside the picture, XMP,
    and the mark."""
    one, other = before.film, after.film
    yield _same("size", f"{one.width_px}x{one.height_px}", f"{other.width_px}x{other.height_px}")
    depths = one.pixel_format.bit_depth, other.pixel_format.bit_depth
    lost = [f"{depths[0]} bit became {depths[1]}"] if depths[1] < depths[0] else []
    yield judged(
        "bit depth", lost, f"{depths[0]}" if depths[0] == depths[1] else f"{depths[0]} in {depths[1]}"
    )
    if one.is_photograph or other.is_photograph:
        yield _photograph_extras(one, other, after, expected_losses)
        yield _xmp(one, other, after, expected_losses)
        if other.is_photograph:
            yield check_of_mark(other)
        return
    yield from _stated_color(one, other)
    yield _range(before, after)
    yield _same("sample aspect", str(one.sample_aspect), str(other.sample_aspect))
    yield _same("rotation", f"{before.rotation_degrees}", f"{after.rotation_degrees}")
    yield _same("fields", _fields(before), _fields(after))
    yield _siting(one, other, after, expected_losses)
    yield _xmp(one, other, after, expected_losses)
    names = [name for name in before.side_data if name != ROTATION]
    faults = [fault for name in names if (fault := _side_data_fault(name, before, after)) is not None]
    yield accounted_for("side data", faults, expected_losses, after, ", ".join(names) or "none")


def _range(before: Contents, after: Contents) -> Check:
    """No sidecar is asked: either the result's file can say it, or it cannot."""
    was, now = ("full" if one.film.color.full_range else "limited" for one in (before, after))
    coding = after.film.streams[after.film.video_index].codec
    has_place = after.container is None or now == "full" or says_full_range(after.container, coding)
    faults = [] if was == now else [Fault(f"{was} range", f"{was} became {now}", has_place)]
    return accounted_for("range", faults, (), after, was)


def _siting(one: FilmInfo, other: FilmInfo, after: Contents, expected_losses: Collection[str]) -> Check:
    """Where chroma of fewer rows stands; at the left where nothing is said. Other results have none that
    could stand elsewhere."""
    was, now = one.siting, other.siting
    is_kept = (
        was == now or not (says_siting(one) or says_siting(other)) or not other.pixel_format.chroma_shift_y
    )
    faults = [] if is_kept else [Fault(f"chroma siting {was}", f"{was} became {now}")]
    return accounted_for("chroma siting", faults, expected_losses, after, was)


def _xmp(one: FilmInfo, other: FilmInfo, after: Contents, expected_losses: Collection[str]) -> Check:
    """Everything that the original's says is said in the result's."""
    was = xmp_of(one)
    faults = [] if keeps(was, xmp_of(other)) else [Fault("XMP", loss("XMP", None, None))]
    return accounted_for("XMP", faults, expected_losses, after, "all of it" if was else "none")


def _photograph_extras(
    one: FilmInfo, other: FilmInfo, after: Contents, expected_losses: Collection[str]
) -> Check:
    was, now = (photograph_extras(film.path) if film.is_photograph else () for film in (one, other))
    faults = [Fault(name, loss(name, None, None)) for name in was if name not in now]
    return accounted_for("beside the picture", faults, expected_losses, after, ", ".join(was) or "nothing")


def _side_data_fault(name: str, before: Contents, after: Contents) -> Fault | None:
    """Lost, or not what it was where both films begin with it."""
    if name not in after.side_data:
        return Fault(name, loss(name, None, None))
    one, other = before.side_data[name], after.side_data[name]
    return Fault(name, f"{name} changed") if one and other and one != other else None


def checks_of_frames(
    before: FactsWatch, after: FactsWatch, result: Contents, expected_losses: Collection[str] = ()
) -> Iterator[Check]:
    """What frames say otherwise than the first, and whether they are complete."""
    kept = after.changes()
    changes = {fact: words for fact, words in before.changes().items() if fact not in kept}
    faults = [Fault(words, f"{words}: the result says this nowhere") for words in changes.values()]
    yield accounted_for(
        "changes in mid-stream", faults, expected_losses, result, ", ".join(kept.values()) or "none"
    )
    is_new = after.damaged_frames > before.damaged_frames
    words = f"of the original, {before.damage()}" if before.damaged_frames else "every frame"
    yield judged("whole pictures", [f"of the result, {after.damage()}"] if is_new else [], words)


def _stated_color(one: FilmInfo, other: FilmInfo) -> Iterator[Check]:
    """The result may state what a film that does not say is taken for."""
    taken = completed(one.color, height_px=one.height_px)
    for subject, name in (("colour primaries", "primaries"), ("transfer", "transfer"), ("matrix", "matrix")):
        was, now, known = (getattr(color, name) for color in (one.color, other.color, taken))
        if was != now == known:
            yield judged(subject, [], f"unspecified, taken for {known} and stated as such")
        else:
            yield _same(subject, str(was), str(now))


def _fields(film: Contents) -> str:
    """As the container says, else as the frames do."""
    names = {2: "top first", 3: "bottom first", 4: "top first, shown last", 5: "bottom first, shown last"}
    by_frames = {"none": _PROGRESSIVE, "top": names[2], "bottom": names[3]}
    return names.get(film.field_order, by_frames[film.film.fields])


def _same(subject: str, one: str, other: str) -> Check:
    return judged(subject, [] if one == other else [f"{one} became {other}"], one)


def check_of_tags(before: Contents, after: Contents, expected_losses: Collection[str] = ()) -> Check:
    """The tags of the file itself; names without a place may stand as lines of the comment."""
    there = {**_timecode(after), **lowered(after.tags)}
    own = {
        k: v for k, v in before.tags.items() if k.lower() not in _FILE_OWN and not _is_copy(k, before.tags)
    }
    faults = [
        Fault(f"tag {key}", loss(key, value, there.get(key.lower())))
        for key, value in own.items()
        if not _is_kept(key, value, there, own)
    ]
    return accounted_for("tags", faults, expected_losses, after, f"all {len(own)}" if own else "none")


def _timecode(film: Contents) -> dict[str, str]:
    """Where a stream has it for the file, as QuickTime's own track."""
    return {
        key: value for one in film.streams for key, value in lowered(one.tags).items() if key == _TIMECODE
    }


def _is_copy(key: str, tags: Mapping[str, str]) -> bool:
    """FFmpeg reads the tag of a language twice, as `comment` and as `comment-eng`."""
    return "-" in key and key.split("-")[0] in tags


def _is_kept(key: str, value: str, there: Mapping[str, str], own: Mapping[str, str]) -> bool:
    if any(text == value for name, text in there.items() if is_set_aside(name, key)):
        return True
    if key.lower() == _COMMENT:
        return _is_lengthened(value, there.get(_COMMENT, ""), own)
    return f"\n{key.lower()}: {value}\n" in f"\n{_lowered_keys(there.get(_COMMENT, ''))}\n"


def _lowered_keys(comment: str) -> str:
    lines = (line.partition(": ") for line in comment.split("\n"))
    return "\n".join(key.lower() + colon + value for key, colon, value in lines)


def _is_lengthened(comment: str, now: str, own: Mapping[str, str]) -> bool:
    """The comment as it was, then nothing but lines with tags that have no place of their own."""
    if not now.startswith(f"{comment}\n"):
        return False
    added = now[len(comment) + 1 :]
    for key, value in own.items():
        added = added.replace(f"{key}: {value}", "")
    return all(line == "" or line.startswith(f"{COMPUTED}: ") for line in added.split("\n"))


def check_of_chapters(before: Contents, after: Contents, excerpt: Excerpt = COMPLETE_FILM) -> Check:
    """Times and titles; `after` holds `excerpt` of `before`."""
    faults: list[str] = []
    originals = [kept for one in before.chapters if (kept := _cut(one, excerpt)) is not None]
    if len(originals) != len(after.chapters):
        faults.append(f"{len(originals)} became {len(after.chapters)}")
    else:
        pairs = zip(originals, after.chapters, strict=True)
        nexts = [chapter.start_s for chapter in after.chapters[1:]]
        for number, ((one, other), following) in enumerate(zip_longest(pairs, nexts), 1):
            faults += _chapter_faults(number, one, other, following, after.places)
    verdict: Verdict = "fails" if faults else "holds"
    count = len(originals)
    return Check("chapters", verdict, "; ".join(faults) or (f"all {count}" if count else "none"))


def _cut(chapter: Chapter, excerpt: Excerpt) -> Chapter | None:
    """Chapters are shortened as subtitles are."""
    length_s = chapter.end_s - chapter.start_s
    moment = excerpt.span(chapter.start_s, length_s, chapter.tick_s, is_shortened=True)
    if moment is None or moment.start_s is None:
        return None
    return replace(chapter, start_s=moment.start_s, end_s=moment.start_s + moment.length_s)


def _chapter_faults(
    number: int, one: Chapter, other: Chapter, following: Fraction | None, places: Places
) -> Iterator[str]:
    margin = max(one.tick_s, other.tick_s) / 2
    if abs(other.start_s - one.start_s) > margin:
        yield f"chapter {number} begins at {float(other.start_s):.3f} s, not {float(one.start_s):.3f} s"
    is_until_next = not places.has_chapter_ends and other.end_s == following
    if abs(other.end_s - one.end_s) > margin and not is_until_next:
        yield f"chapter {number} ends at {float(other.end_s):.3f} s, not {float(one.end_s):.3f} s"
    there = lowered(other.tags)
    for key, value in one.tags.items():
        has_place = places.chapter_tags is None or key.lower() in places.chapter_tags
        if has_place and there.get(key.lower()) != value:
            yield f"chapter {number}: {loss(key, value, there.get(key.lower()))}"
