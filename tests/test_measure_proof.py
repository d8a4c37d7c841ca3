from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from media_sources import Source, make

from tcvc_cli.measure.proof import compare
from tcvc_cli.media.decode import read_frames
from tcvc_cli.media.encode import SegmentWriter
from tcvc_cli.media.probe import probe

FILM = Source(codec="ffv1", pixel_format="gray", frames=6, is_full_range=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A film with two sounds, a subtitle and an attachment."""
    source = replace(FILM, frames=30, audio=("aac", "flac"), has_subtitle=True, has_attachment=True)
    return make(tmp_path_factory.mktemp("proof") / "whole.mkv", source)


def _rewritten(path, result, change):
    """The film's frames as `change` leaves them (None: left out), lossless, without its other streams."""
    film = probe(path)
    height, width = -(-film.height_px // 2), -(-film.width_px // 2)
    neutral = np.full((height, width), 128, np.uint8)
    with SegmentWriter(result, film, "master") as writer:
        for frame in read_frames(film):
            changed = change(frame)
            if changed is not None:
                writer.write(replace(changed, cb=neutral, cr=neutral))
    return result


def _copied(path, result, leave_out=(), spoil=None):
    """The streams of `path` in another file, but `leave_out`; one byte of a packet of `spoil` changed."""
    with av.open(str(path)) as source, av.open(str(result), "w") as target:
        streams = {}
        for stream in source.streams:
            if stream.type == "attachment" and stream.index not in leave_out:
                data = b"spoiled" if spoil == stream.index else stream.data
                target.add_attachment(stream.metadata["filename"], stream.mimetype, data)
            elif stream.index not in leave_out:
                streams[stream.index] = target.add_stream_from_template(stream, opaque=True)
        for packet in source.demux(*(source.streams[index] for index in streams)):
            if packet.size:
                index = packet.stream_index
                if index == spoil:
                    packet, spoil = _spoiled(packet), None
                packet.stream = streams[index]
                target.mux(packet)
    return result


def _spoiled(packet):
    payload = bytearray(bytes(packet))
    payload[-1] ^= 1
    changed = av.Packet(bytes(payload))
    changed.pts, changed.dts, changed.duration = packet.pts, packet.dts, packet.duration
    changed.time_base, changed.is_keyframe = packet.time_base, packet.is_keyframe
    return changed


def test_a_film_is_what_it_is(whole, tmp_path):
    proof = compare(whole, whole)
    assert proof.holds
    assert proof.luma.original_frames == 30
    assert [stream.original.kind for stream in proof.streams] == ["audio", "audio", "subtitle", "attachment"]
    assert compare(whole, _copied(whole, tmp_path / "copy.mkv")).holds


def test_colour_beside_the_same_luma_holds(tmp_path):
    path = make(tmp_path / "film.mkv", FILM)
    assert compare(path, _rewritten(path, tmp_path / "result.mkv", lambda frame: frame)).holds


def test_one_changed_luma_sample_is_found(tmp_path):
    path = make(tmp_path / "film.mkv", FILM)

    def touch(frame):
        luma = frame.luma.copy()
        if frame.number in (3, 5):
            luma[7, 11] ^= 4
        return replace(frame, luma=luma)

    proof = compare(path, _rewritten(path, tmp_path / "result.mkv", touch))
    assert not proof.holds
    assert (proof.luma.differing_frames, proof.luma.first_difference) == (2, 3)
    assert proof.luma.largest_difference == 4
    assert proof.times.holds


def test_a_lost_frame_is_found(tmp_path):
    path = make(tmp_path / "film.mkv", FILM)
    result = _rewritten(path, tmp_path / "result.mkv", lambda f: f if f.number < 5 else None)
    proof = compare(path, result)
    assert (proof.luma.original_frames, proof.luma.result_frames) == (6, 5)
    assert proof.luma.differing_frames == 0
    assert not proof.luma.holds
    assert not proof.holds


def test_a_moved_frame_is_found(tmp_path):
    path = make(tmp_path / "film.mkv", FILM)

    def delay(frame):
        moved = replace(frame.time, pts=frame.time.pts + (10 if frame.number == 4 else 0))
        return replace(frame, time=moved)

    proof = compare(path, _rewritten(path, tmp_path / "result.mkv", delay))
    assert proof.luma.holds
    assert not proof.times.holds
    assert proof.times.largest_shift_s == pytest.approx(Fraction(10, 1000))


def test_another_size_has_no_equal_frame(tmp_path):
    path = make(tmp_path / "film.mkv", FILM)
    other = make(tmp_path / "other.mkv", replace(FILM, width=32))
    proof = compare(path, other)
    assert proof.luma.differing_frames == 6
    assert proof.luma.largest_difference == 255


@pytest.mark.parametrize("index", [1, 2, 3, 4])
def test_a_stream_that_is_missing_or_changed_is_found(whole, tmp_path, index):
    missing = compare(whole, _copied(whole, tmp_path / "missing.mkv", leave_out=(index,)))
    spoiled = compare(whole, _copied(whole, tmp_path / "spoiled.mkv", spoil=index))
    for proof in (missing, spoiled):
        assert proof.luma.holds
        assert not proof.holds
        assert [s.original.index for s in proof.streams if not s.is_equal] == [index]
