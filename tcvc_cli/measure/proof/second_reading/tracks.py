"""What both files state of a track, in their own elements: what was stated is stated, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tcvc_cli.media.inspect.description import Contents, StreamContents
from tcvc_cli.media.structure.languages import same_language
from tcvc_cli.media.witness.matroska import MatroskaFacts

Faults = list[tuple[str, str]]  # what a sidecar may call it by, and the fault in words

_MARKS = {"commentary": "comment", "text descriptions": "descriptions"}  # where FFmpeg has another name
_MARKS |= {"hearing impaired": "hearing_impaired", "visual impaired": "visual_impaired"}
# What a sidecar may call them instead.
_WORDS = {"siting across": "chroma siting", "siting down": "chroma siting", "stereo mode": "stereo"}
_WORDS |= {f"{kind} light level": "content light level" for kind in ("average", "most")}
_WORDS |= {f"crop {edge}": "cropping" for edge in ("top", "bottom", "left", "right")}
_WORDS |= {"projection": "spherical projection", "alpha": "alpha channel"}
# A result may state what its original only shows: by the first reading both show the same.
_SHOWN: Final = frozenset(("matrix", "range", "transfer", "primaries"))
_SHOWN_BY_FRAMES: Final[Mapping[str, str]] = {
    "mastering display": "mastering display",
    "content light level": "content light level",
    "average light level": "content light level",
    "stereo mode": "stereo layout",
    "projection": "spherical projection",
}
# Of sound that was decoded, and of subtitles in another coding, these are others on purpose.
_OF_CODING: Final = frozenset(("codec header", "codec delay", "seek pre-roll", "bit depth"))
_OF_CODING_TOO: Final = frozenset(("sampling rate", "output sampling rate", "emphasis", "default duration"))
_ALWAYS: Final = _OF_CODING | _OF_CODING_TOO | {"channels", "enabled", "type", "interlaced"}
_NO_EXCUSE: Final = "\0"  # which no sidecar says
# Of codings whose header does not say it: ATSC A/52, ISO/IEC 11172-3 and 13818-3.
_PACKET_SAMPLES: Final[Mapping[str, tuple[int, ...]]] = {
    "ac3": (1536,),
    "eac3": (256, 512, 768, 1536),
    "mp3": (576, 1152),
    "mp2": (1152,),
    "mp1": (384,),
}
# Of the languages that containers and tags most often call by different codes: ISO 639-1 to 639-2.
_THREE_LETTERS: Final[Mapping[str, str]] = {
    "en": "eng",
    "de": "ger",
    "fr": "fre",
    "es": "spa",
    "it": "ita",
    "pt": "por",
    "ja": "jpn",
    "zh": "chi",
} | {"ru": "rus", "nl": "dut", "pl": "pol", "sv": "swe", "da": "dan", "no": "nor", "fi": "fin"}
_OPUS_PRE_ROLL_NS: Final = 80_000_000  # RFC 7845, 4.6
_STEP_NS: Final = 1_000  # by which rounded lengths of packets may differ


def of_tracks(
    before: Contents, after: Contents, facts: tuple[MatroskaFacts, MatroskaFacts], places: Mapping[int, int]
) -> Faults:
    """`places`: which track of the result is which of the original's."""
    was, now = facts
    faults: Faults = []
    for here, there in places.items():
        if here < len(was.tracks) and there < len(now.tracks):
            pair = before.streams[here], after.streams[there]
            stated, kept = (
                {one.name: one.value for one in each.tracks[at]}
                for each, at in zip(facts, (here, there), strict=True)
            )
            faults += [
                (_excuse(name), f"#{here} {words}") for name, words in _changes(before, pair, stated, kept)
            ]
    return faults


def _excuse(name: str) -> str:
    """What a sidecar may call it by. Nothing excuses what is always carried."""
    return _NO_EXCUSE if name in _ALWAYS else f"{name}|mark {_MARKS.get(name, name)}|{_WORDS.get(name, name)}"


def _changes(
    before: Contents,
    pair: tuple[StreamContents, StreamContents],
    stated: Mapping[str, str],
    kept: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    one, other = pair
    is_coded_anew = one.info.index != before.film.video_index and one.info.codec != other.info.codec
    for name in dict.fromkeys((*stated, *kept)):
        value, found = stated.get(name), kept.get(name)
        if value == found or (is_coded_anew and name in _OF_CODING | _OF_CODING_TOO):
            continue
        if name == "language" and _is_same_language(value, found):
            continue
        if name == "matrix" and before.film.pixel_format.is_rgb:  # which the result is not
            continue
        is_explained = _is_explained(before, one, name, found, stated)
        if value is None and not is_explained:
            yield name, f"{name} {found} is new"
        elif value is not None and not (name.endswith("sampling rate") and is_explained):
            yield name, f"{name} {value} became {found or 'nothing'}"


def _is_same_language(one: str | None, other: str | None) -> bool:
    """By three letters or by a tag (BCP 47), of which the first part is a language too."""
    if one is None or other is None or "-" in one:
        return False
    return same_language(_THREE_LETTERS.get(one, one), _THREE_LETTERS.get(other, other))


def _is_explained(
    before: Contents, one: StreamContents, name: str, found: str | None, stated: Mapping[str, str]
) -> bool:
    """Does the result state what the original shows otherwise, or what follows from its coding?"""
    if found is None:
        return False
    if name in _SHOWN_BY_FRAMES:
        return _SHOWN_BY_FRAMES[name] in before.side_data
    if name.startswith("siting"):  # by the first reading it is the same
        return True
    if name == "interlaced":
        return before.film.fields != "none" or before.field_order > 1
    if name == "default duration":
        return _is_usual_length(before, one, int(found))
    if name.endswith("sampling rate"):
        return _is_rate_of_coding(one, float(found), stated)
    is_opus = one.info.codec == "opus" and (name == "codec delay" or found == f"{_OPUS_PRE_ROLL_NS}")
    return name in _SHOWN or name in ("bit depth", "codec header") or (name in _OF_CODING and is_opus)


def _is_usual_length(before: Contents, one: StreamContents, length_ns: int) -> bool:
    """Of a picture by the film's rate, of a packet of sound by the samples that its coding puts into one."""
    if one.info.index == before.film.video_index:
        return abs(length_ns - 10**9 / before.film.frame_rate) <= _STEP_NS
    if not one.sample_rate:
        return one.info.kind == "video"
    usual = _PACKET_SAMPLES.get(one.info.codec, (one.packet_samples,))
    usual = (one.sample_rate * 256 // 245,) if one.info.codec == "tta" else usual
    return any(abs(length_ns - 10**9 * samples / one.sample_rate) <= _STEP_NS for samples in usual)


def _is_rate_of_coding(one: StreamContents, rate: float, stated: Mapping[str, str]) -> bool:
    """AAC states its rates in its own header, with an extended band two; a file may state one of them."""
    is_extended = one.info.codec == "aac" and stated.get("sampling rate") == stated.get(
        "output sampling rate"
    )
    return is_extended and rate in (one.sample_rate, one.sample_rate / 2)
