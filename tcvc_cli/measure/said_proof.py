"""What is written about a film and its streams: tags, languages, marks, chapters, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest

from tcvc_cli.measure.check import Check, Verdict, judged
from tcvc_cli.media.contents import Chapter, Contents, Places, StreamContents
from tcvc_cli.media.part import WHOLE, Part
from tcvc_cli.media.tags import COMPUTED

# These describe the old file, not the film.
_FILE_OWN = ("major_brand", "minor_version", "compatible_brands", "encoder")
_STREAM_OWN = (
    "encoder",
    "duration",
    "vendor_id",
    "bps",
    "number_of_frames",
    "number_of_bytes",
    "_statistics",
)
_RECORDED = ("language", "title", "name")  # looked at by themselves
_OF_ATTACHMENTS = ("filename", "mimetype")  # a cover may be one, or a stream without them
_COMMENT = "comment"
_PROGRESSIVE = "progressive"


def checks_of_picture(before: Contents, after: Contents) -> Iterator[Check]:
    """Size, depth, colour tags, range, aspect, rotation and field order, a row each; of a photograph the
    first two."""
    one, other = before.film, after.film
    yield _same("size", f"{one.width_px}x{one.height_px}", f"{other.width_px}x{other.height_px}")
    depths = one.pixel_format.bit_depth, other.pixel_format.bit_depth
    lost = [f"{depths[0]} bit became {depths[1]}"] if depths[1] < depths[0] else []
    yield judged(
        "bit depth", lost, f"{depths[0]}" if depths[0] == depths[1] else f"{depths[0]} in {depths[1]}"
    )
    if one.is_photograph or other.is_photograph:  # those are not tagged
        return
    yield _same("colour primaries", str(one.color.primaries), str(other.color.primaries))
    yield _same("transfer", str(one.color.transfer), str(other.color.transfer))
    yield _same("matrix", str(one.color.matrix), str(other.color.matrix))
    yield _same("range", *("full" if film.color.full_range else "limited" for film in (one, other)))
    yield _same("sample aspect", str(one.sample_aspect), str(other.sample_aspect))
    yield _same("rotation", f"{before.rotation_degrees}", f"{after.rotation_degrees}")
    yield _same("fields", _fields(before), _fields(after))


def _fields(film: Contents) -> str:
    names = {2: "top first", 3: "bottom first", 4: "top first, shown last", 5: "bottom first, shown last"}
    return names.get(film.field_order, _PROGRESSIVE)


def _same(subject: str, one: str, other: str) -> Check:
    return judged(subject, [] if one == other else [f"{one} became {other}"], one)


def check_of_tags(before: Contents, after: Contents) -> Check:
    """The tags of the whole file; names without a place may stand as lines of the comment."""
    there = _lower(after.tags)
    own = {
        k: v for k, v in before.tags.items() if k.lower() not in _FILE_OWN and not _is_copy(k, before.tags)
    }
    faults = [
        _loss(key, value, there.get(key.lower()))
        for key, value in own.items()
        if not _is_told(key, value, there, own)
    ]
    return judged("tags", faults, f"all {len(own)}" if own else "none")


def _is_copy(key: str, tags: Mapping[str, str]) -> bool:
    """FFmpeg reads the tag of a language twice, as `comment` and as `comment-eng`."""
    return "-" in key and key.split("-")[0] in tags


def _is_told(key: str, value: str, there: Mapping[str, str], own: Mapping[str, str]) -> bool:
    if there.get(key.lower()) == value:
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


def _lower(tags: Mapping[str, str]) -> dict[str, str]:
    return {key.lower(): value for key, value in tags.items()}


def _loss(key: str, value: str | None, now: str | None) -> str:
    if now is None:
        return f"{key} is lost"
    return f'{key} "{value}" became "{now}"' if value is not None else f'{key} "{now}" is new'


def check_of_stream(
    subject: str, one: StreamContents, other: StreamContents, before: Contents, after: Contents
) -> Check:
    """Language, title, dispositions and tags of one stream."""
    faults: list[str] = []
    placeless: list[str] = []
    for name, was, now in (
        ("language", one.info.language, other.info.language),
        ("title", one.info.title, other.info.title),
    ):
        if (was or "und") != (now or "und"):
            faults.append(_loss(name, was, now))
    for lost in _lost_tags(one, other):
        has_place = after.places.stream_tags is None or lost.lower() in after.places.stream_tags
        (faults if has_place else placeless).append(
            _loss(lost, one.tags[lost], _lower(other.tags).get(lost.lower()))
        )
    wrong, homeless = _marks(one, other, before, after)
    return _told(subject, faults + wrong, placeless + homeless, after)


def _told(subject: str, faults: list[str], placeless: list[str], after: Contents) -> Check:
    if not faults and placeless:
        name = "the result" if after.container is None else after.container.name
        return Check(subject, "dropped", f"{name} has no place for this: {'; '.join(placeless)}")
    return judged(subject, faults, "language, title, marks, tags")


def _lost_tags(one: StreamContents, other: StreamContents) -> list[str]:
    there = _lower(other.tags)
    apart = _RECORDED + (_OF_ATTACHMENTS if one.is_attached_picture else ())
    own = (key for key in one.tags if not key.lower().startswith(_STREAM_OWN) and key.lower() not in apart)
    return [
        key for key in own if there.get(key.lower()) != one.tags[key] and not _is_default(key, one.tags[key])
    ]


def _is_default(key: str, value: str) -> bool:
    """What FFmpeg writes where nobody named a handler says nothing."""
    return key.lower() == "handler_name" and value.endswith("Handler")


def _marks(
    one: StreamContents, other: StreamContents, before: Contents, after: Contents
) -> tuple[list[str], list[str]]:
    """Dispositions that were lost or came from nowhere, and those that have no place."""
    places = after.places
    was, now = _unified(one.dispositions, places), _unified(other.dispositions, places)
    placed = was if places.dispositions is None else was & places.dispositions
    gained = now - was
    if places.marks_first and "default" in gained and _has_no_default(one, before):
        gained -= {"default"}
    if before.places.alike:  # the original could not tell these apart either
        gained -= set(before.places.alike)
    faults = [f"{mark} is lost" for mark in sorted(placed - now)] + [
        f"{mark} is new" for mark in sorted(gained)
    ]
    return faults, [f"the mark {mark}" for mark in sorted(was - placed)]


def _unified(marks: frozenset[str], places: Places) -> frozenset[str]:
    return frozenset(places.alike.get(mark, mark) for mark in marks)


def _has_no_default(stream: StreamContents, film: Contents) -> bool:
    alike = [one for one in film.streams if one.info.kind == stream.info.kind and not one.is_attached_picture]
    return not any("default" in one.dispositions for one in alike)


def check_of_chapters(before: Contents, after: Contents, part: Part = WHOLE) -> Check:
    """Times and titles; `after` holds `part` of `before`."""
    faults: list[str] = []
    originals = [kept for one in before.chapters if (kept := _cut(one, part)) is not None]
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


def _cut(chapter: Chapter, part: Part) -> Chapter | None:
    """Chapters are shortened as subtitles are."""
    length_s = chapter.end_s - chapter.start_s
    moment = part.span(chapter.start_s, length_s, chapter.tick_s, is_shortened=True)
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
    there = _lower(other.tags)
    for key, value in one.tags.items():
        has_place = places.chapter_tags is None or key.lower() in places.chapter_tags
        if has_place and there.get(key.lower()) != value:
            yield f"chapter {number}: {_loss(key, value, there.get(key.lower()))}"
