"""Every stream beside the picture: which one in the result it is, its packets, and what is written of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import zip_longest
from math import ceil

from tcvc_cli.measure.proof.checks import Check, judged
from tcvc_cli.measure.proof.expected import ExpectedLosses
from tcvc_cli.measure.proof.headers import header_faults
from tcvc_cli.measure.proof.packets import PacketProof, compare_packets
from tcvc_cli.measure.proof.sound import check_of_samples, heard_otherwise
from tcvc_cli.measure.proof.stream_facts import check_of_stream
from tcvc_cli.measure.proof.stream_pair import StreamPair
from tcvc_cli.media.carry.containers import MATROSKA, how_carried
from tcvc_cli.media.excerpt import COMPLETE_FILM, Excerpt
from tcvc_cli.media.inspect.decoded import Cue, cues
from tcvc_cli.media.inspect.description import Contents, StreamContents
from tcvc_cli.media.read.probe import CHAPTER_TEXT, TIMECODE
from tcvc_cli.media.structure.priming import lead_of

_MADE_ANEW = (CHAPTER_TEXT, TIMECODE)  # the muxer writes these from the chapters and from a tag


def checks_of_streams(
    before: Contents, after: Contents, expected: ExpectedLosses, excerpt: Excerpt = COMPLETE_FILM
) -> Iterator[Check]:
    """Two rows a stream: what it holds, and what is written of it. `expected`: what the sidecar accounts for.
    `after` holds `excerpt` of `before`."""
    found = _found(before, after)
    skipped = _skipped(before, after, excerpt)
    proofs = compare_packets(
        before.film.path,
        after.film.path,
        {here: there.info.index for here, there in found.items() if there.info.kind != "attachment"},
        excerpt,
        skipped,
    )
    for stream in before.others:
        other, subject = found.get(stream.info.index), name_of(stream)
        if stream.info.codec in _MADE_ANEW:
            yield _made_anew(subject, stream, after)
        elif other is None:
            yield _missing(subject, stream, expected.drops.get(stream.info.index), after)
        else:
            pair = StreamPair(
                subject, stream, other, before, after, excerpt, skipped.get(stream.info.index, 0) > 0
            )
            yield _held(pair, proofs.get(stream.info.index))
            lost = expected.losses.get(stream.info.index, ())
            yield check_of_stream(f"written of #{stream.info.index}", stream, other, before, after, lost)
    yield from _order(before.others, found)
    yield from _newcomers(found, after)


def pairs_of(before: Contents, after: Contents) -> dict[int, int]:
    """Which stream of the result is which of the original's, beside the picture."""
    return {here: there.info.index for here, there in _found(before, after).items()}


def _found(before: Contents, after: Contents) -> dict[int, StreamContents]:
    return counterparts(before.others, [one for one in after.others if one.info.codec not in _MADE_ANEW])


def _skipped(before: Contents, after: Contents, excerpt: Excerpt) -> dict[int, int]:
    """How many packets of each stream of sound are hidden and have no place in the result."""
    if after.container is not MATROSKA:
        return {}
    sounds = [one.info.index for one in before.others if one.info.kind == "audio"]
    return {index: lead_of(before.film, index).skipped_packets for index in sounds}


def name_of(stream: StreamContents) -> str:
    """For example `#2 audio opus (fra) "Commentary"`."""
    info = stream.info
    words = [f"#{info.index} {'cover' if stream.is_attached_picture else info.kind} {info.codec}"]
    words += [f"({info.language})"] if info.language else []
    return " ".join(words + ([f'"{info.title}"'] if info.title else []))


def counterparts(
    originals: Sequence[StreamContents], results: Sequence[StreamContents]
) -> dict[int, StreamContents]:
    """By index of the original, in order: the likest are paired first, then those that lost a tag or were
    converted."""
    found: dict[int, StreamContents] = {}
    left = list(results)
    for alike in (4, 3, 2, 1):
        for stream in originals:
            same = [one for one in left if _traits(one)[:alike] == _traits(stream)[:alike]]
            if same and stream.info.index not in found and stream.info.codec not in _MADE_ANEW:
                found[stream.info.index] = same[0]
                left.remove(same[0])
    return found


def _traits(stream: StreamContents) -> tuple[str | None, ...]:
    info = stream.info
    kind = "cover" if stream.is_attached_picture else info.kind
    return kind, info.codec, info.language, stream.tags.get("filename", info.title)


def _made_anew(subject: str, stream: StreamContents, after: Contents) -> Check:
    """Chapter text is judged as chapters; a timecode must stand in a tag, of the file or of a stream."""
    if stream.info.codec == CHAPTER_TEXT:
        is_there = bool(after.chapters)
        return Check(subject, "converted" if is_there else "fails", "as chapters" if is_there else "missing")
    code = next((value for key, value in stream.tags.items() if key.lower() == "timecode"), None)
    holding = [tags for tags in (after.tags, *(one.tags for one in after.streams)) if code in tags.values()]
    return Check(
        subject, "converted" if holding else "fails", f"timecode {code}" if holding else f"{code} is lost"
    )


def _missing(subject: str, stream: StreamContents, why: str | None, after: Contents) -> Check:
    """What a sidecar says counts where the result has no place for such a stream."""
    if why is None:
        return Check(subject, "fails", "missing")
    if after.container is not None and how_carried(stream.info, after.container) is not None:
        return Check(subject, "fails", f"missing, and {after.container.name} holds it; the sidecar: {why}")
    return Check(subject, "dropped", f"as the sidecar says: {why}")


def _held(pair: StreamPair, proof: PacketProof | None) -> Check:
    one, other, subject = pair.one, pair.other, pair.subject
    if proof is None:
        is_same = one.attachment_sha256 == other.attachment_sha256
        return judged(subject, [] if is_same else ["not the same bytes"], "byte for byte")
    if proof.is_equal:
        return _moments(pair, proof)
    if one.info.codec == other.info.codec and not one.info.codec.startswith("pcm_"):
        return Check(subject, "fails", _packet_fault(proof))
    if one.info.kind == "subtitle":
        return _texts(pair)
    if one.info.kind == "audio":
        return check_of_samples(pair)
    return Check(subject, "fails", f"{one.info.codec} became {other.info.codec}")


def _packet_fault(proof: PacketProof) -> str:
    if proof.original_packets == proof.result_packets:
        return f"not the same packets, the first difference is packet {proof.first_difference}"
    counts = f"{proof.original_packets} packets became {proof.result_packets}"
    return f"{counts}, the first difference is packet {proof.first_difference}"


def _moments(pair: StreamPair, proof: PacketProof) -> Check:
    """The same packets: are they shown when they were, and is as much of them left out?"""
    one, other, margin_s = pair.one, pair.other, pair.margin_s
    faults: list[str] = []
    if abs(proof.largest_shift_s) > margin_s:
        shift_ms = float(proof.largest_shift_s) * 1000
        faults.append(f"moved by up to {shift_ms:+.3f} ms, most at packet {proof.shifted_packet}")
    if one.info.kind == "subtitle" and proof.largest_length_shift_s > 2 * margin_s:
        faults.append(f"lengths changed by up to {float(proof.largest_length_shift_s) * 1000:.3f} ms")
    if (one.sample_rate, one.channels) != (other.sample_rate, other.channels):
        faults.append(f"{_format(one)} became {_format(other)}")
    if one.layout != other.layout and pair.before.container is pair.after.container:
        faults.append(f"speakers {one.layout} became {other.layout}")
    is_alike = MATROSKA is pair.before.container is pair.after.container
    faults += header_faults(one.info.codec, one.header, other.header, is_same_container=is_alike)
    if pair.is_trimmed or proof.left_out_shift > ceil(margin_s * one.sample_rate):
        heard = heard_otherwise(pair)
        faults += [] if heard is None else [f"priming or padding changed: {heard}"]
    if proof.is_bared and not faults:
        words = f"{proof.original_packets} packets, bit for bit but for their ADTS headers"
        return Check(pair.subject, "converted", words)
    return judged(pair.subject, faults, f"{proof.original_packets} packets, bit for bit, at their times")


def _format(stream: StreamContents) -> str:
    return f"{stream.sample_rate} Hz in {stream.channels} channels"


def _texts(pair: StreamPair) -> Check:
    """Subtitles in another coding: the same words at the same times."""
    subject, one, other = pair.subject, pair.one.info, pair.other.info
    count, margin_s = 0, max(pair.tick_s, Fraction(1, 1000))
    originals = cues(pair.before.film.path, one.index, pair.excerpt)
    pairs = zip_longest(originals, cues(pair.after.film.path, other.index))
    for here, there in pairs:
        if here is None or there is None:
            return Check(subject, "fails", f"after {count} texts only one of the two goes on")
        if here.text != there.text:
            return Check(subject, "fails", f"text {count} is not the same")
        if _is_moved(here, there, margin_s):
            return Check(subject, "fails", f"text {count} is not on at the same time")
        count += 1
    words = f"{one.codec} to {other.codec}, {count} texts with the same words and times"
    return Check(subject, "converted", words)


def _is_moved(one: Cue, other: Cue, margin_s: Fraction) -> bool:
    starts, ends = other.start_s - one.start_s, other.end_s - one.end_s
    return max(abs(starts), abs(ends)) > margin_s


def _order(originals: Sequence[StreamContents], found: Mapping[int, StreamContents]) -> Iterator[Check]:
    """Tracks of a kind follow each other as they did: players choose by that."""
    for kind in ("audio", "subtitle"):
        kept = [one.info.index for one in originals if one.info.kind == kind and one.info.index in found]
        if len(kept) > 1:
            there = [found[index].info.index for index in kept]
            words = "as it was" if there == sorted(there) else f"#{kept} are now #{there}"
            yield Check(f"order of {kind}", "holds" if there == sorted(there) else "fails", words)


def _newcomers(found: Mapping[int, StreamContents], after: Contents) -> Iterator[Check]:
    """Streams that the original does not have, but for those that a muxer makes."""
    paired = {stream.info.index for stream in found.values()}
    for stream in after.others:
        if stream.info.index not in paired and stream.info.codec not in _MADE_ANEW:
            yield Check(f"in the result: {name_of(stream)}", "fails", "the original has no such stream")
