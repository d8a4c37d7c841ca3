"""What is written of one stream: language, title, dispositions ("marks") and tags."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tcvc_cli.measure.proof.checks import Check, judged
from tcvc_cli.media.carry.containers import MATROSKA
from tcvc_cli.media.inspect.description import Contents, Places, StreamContents
from tcvc_cli.media.structure.languages import same_language
from tcvc_cli.media.structure.matroska_tracks import says_more

# These describe the old file, not the film.
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
_HELD_BY_MATROSKA = ("language", "no language", "tag ", "mark ", "new mark ")
_NEVER = "\0"  # no sidecar names another language
_WORDS = "language, title, marks, tags"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was. `name` is what a sidecar calls it, such as `mark comment`. `has_place`
    is False where the result's container has no way to say it."""

    name: str
    words: str
    has_place: bool = True


def check_of_stream(
    subject: str,
    one: StreamContents,
    other: StreamContents,
    before: Contents,
    after: Contents,
    expected_losses: Collection[str] = (),
) -> Check:
    """`expected_losses` are names of faults that the sidecar states."""
    faults = [*_recorded(one, other), *_tags(one, other, after.places), *_marks(one, other, before, after)]
    return accounted_for(subject, faults, expected_losses, after, _WORDS)


def accounted_for(
    subject: str, faults: list[Fault], expected_losses: Collection[str], after: Contents, words: str
) -> Check:
    """Fails if any fault is not accounted for; dropped if all are; else holds with `words`. No sidecar
    accounts for what the result's container can hold whatever the film was."""
    if after.container is MATROSKA:
        expected_losses = [name for name in expected_losses if not name.startswith(_HELD_BY_MATROSKA)]
    unknown = [fault.words for fault in faults if fault.has_place and fault.name not in expected_losses]
    if unknown or not faults:
        return judged(subject, unknown, words)
    stated = [fault.words for fault in faults if fault.name in expected_losses]
    placeless = [fault.words for fault in faults if fault.name not in expected_losses]
    name = "the result" if after.container is None else after.container.name
    why = [f"as the sidecar says: {'; '.join(stated)}"] if stated else []
    why += [f"{name} has no place for this: {'; '.join(placeless)}"] if placeless else []
    return Check(subject, "dropped", "; ".join(why))


def lowered(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags by names in small letters: containers do not agree on how to write them."""
    return {key.lower(): value for key, value in tags.items()}


def loss(key: str, value: str | None, now: str | None) -> str:
    """What happened to `key`, in words."""
    if now is None:
        return f"{key} is lost"
    return f'{key} "{value}" became "{now}"' if value is not None else f'{key} "{now}" is new'


def _recorded(one: StreamContents, other: StreamContents) -> Iterator[Fault]:
    was, now = one.info.language, other.info.language
    if not same_language(was, now):
        name = "no language" if was is None else f"language {was}"
        yield Fault(name if now in (None, "und") or was is None else _NEVER, loss("language", was, now))
    if says_more(one.language_tag) and one.language_tag != other.language_tag:
        words = loss("language", one.language_tag, other.language_tag or now)
        yield Fault(f"language {one.language_tag}", words)
    if one.info.title != other.info.title:
        yield Fault("tag title", loss("title", one.info.title, other.info.title))


def _tags(one: StreamContents, other: StreamContents, places: Places) -> Iterator[Fault]:
    there = lowered(other.tags)
    apart = _RECORDED + (_OF_ATTACHMENTS if one.is_attached_picture else ())
    for key, value in one.tags.items():
        is_own = key.lower().startswith(_STREAM_OWN) or key.lower() in apart or _is_default(key, value)
        if not is_own and there.get(key.lower()) != value:
            has_place = places.stream_tags is None or key.lower() in places.stream_tags
            yield Fault(f"tag {key}", loss(key, value, there.get(key.lower())), has_place)


def _is_default(key: str, value: str) -> bool:
    """What FFmpeg writes where nobody named a handler says nothing."""
    return key.lower() == "handler_name" and value.endswith("Handler")


def _marks(one: StreamContents, other: StreamContents, before: Contents, after: Contents) -> Iterator[Fault]:
    """Dispositions that were lost, with or without a place, or came from nowhere."""
    places = after.places
    was, now = _unified(one.dispositions, places), _unified(other.dispositions, places)
    for mark in sorted(was - now):
        has_place = places.dispositions is None or mark in places.dispositions
        yield Fault(f"mark {mark}", f"the mark {mark} is lost", has_place)
    gained = now - was
    if places.marks_first and "default" in gained and _has_no_default(one, before):
        gained -= {"default"}
    for mark in sorted(gained - set(before.places.alike)):  # those the original could not tell apart
        yield Fault(f"new mark {mark}", f"the mark {mark} is new")


def _unified(marks: frozenset[str], places: Places) -> frozenset[str]:
    return frozenset(places.alike.get(mark, mark) for mark in marks)


def _has_no_default(stream: StreamContents, film: Contents) -> bool:
    alike = [one for one in film.streams if one.info.kind == stream.info.kind and not one.is_attached_picture]
    return not any("default" in one.dispositions for one in alike)
