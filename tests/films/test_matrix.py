"""The real pipeline on hundreds of small films of every kind: nothing is lost unsaid, luma is the film's."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import pytest
from av.stream import AttachmentStream

from tcvc_cli.measure.proof.compare import compare
from tcvc_cli.media.ffmpeg_command import frame_hashes
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.structure.adts import ADTS, header_bytes
from tcvc_cli.media.structure.languages import same_language
from tcvc_cli.media.structure.priming import PADDED
from tcvc_cli.model.runtime import load_colorizer
from tcvc_cli.records import CarriedStream
from tcvc_cli.run import computing
from tcvc_cli.run.events import Finished, StreamsCarried
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.matrix_material import FRAMES, SRT, Case, cases, make
from tests.material.present import present

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the films are made with Debian's ffmpeg"),
]
MILLISECOND = 48  # samples of these films
SECOND_OPINION = ("ffv1", "libx264", "mpeg2video", "mpeg4", "huffyuv")  # Debian's ffmpeg, every third film
PRESETS: dict[str, dict[str, Any]] = {
    "lossless": {"encoder_options": (("qp", "0"),)},
    "h265": {"encoder": "libx265", "encoder_options": (("preset", "ultrafast"), ("x265-params", "pools=1"))},
}


@pytest.fixture(autouse=True, scope="module")
def one_network() -> Iterator[None]:
    """The embedded model is loaded once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(computing, "load_colorizer", lru_cache(load_colorizer))
        yield


def options_of(case: Case, film: Path) -> Options:
    where, preset = case.target.split("/")
    wish = PRESETS.get(preset, {"preset": preset})
    output = None if where == "default" else film.with_name(f"result.{where}")
    return Options(input=film, output=output, model_size_px=64, device="cpu", **wish)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_nothing_is_lost_in_silence(case: Case, tmp_path: Path) -> None:
    path = make(case, tmp_path)
    before = path.read_bytes()
    events = list(colorize(options_of(case, path)))
    assert path.read_bytes() == before
    assert isinstance(events[-1], Finished)
    (streams,) = [event for event in events if isinstance(event, StreamsCarried)]
    every_stream_is_told_once(path, streams, events[-1].sidecar)
    luma_and_times_hold(case, path, events[-1].output)
    descriptions_hold(path, events[-1].output, streams)
    every_carried_stream_is_there(streams, Contents(path), Contents(events[-1].output))
    if case.target.startswith("default"):
        assert streams.dropped == ()


def every_stream_is_told_once(path: Path, streams: StreamsCarried, sidecar: Path) -> None:
    fates = Counter([one.stream for one in streams.carried] + [one.stream for one in streams.dropped])
    assert set(fates) == set(probe(path).streams)
    assert set(fates.values()) == {1}
    told = json.loads(sidecar.read_text())
    for name in ("carried", "dropped"):
        rows = getattr(streams, name)
        assert [one["stream"]["index"] for one in told[name]] == [one.stream.index for one in rows]


def luma_and_times_hold(case: Case, path: Path, result: Path) -> None:
    proof = compare(path, result)
    assert proof.luma.original_frames == proof.luma.result_frames == frames_in(path) > FRAMES - 2
    assert proof.times.holds, proof.times
    if case.target.endswith(("/master", "/lossless")):
        assert proof.luma.holds, proof.luma
        has_luma = case.encoder in SECOND_OPINION and not case.is_rgb
        if has_luma and sum(map(ord, str(case))) % 3 == 0:
            assert frame_hashes(path, is_luma_only=True) == frame_hashes(result, is_luma_only=True)
    else:
        depth = probe(result).pixel_format.bit_depth
        assert proof.luma.largest_difference < 80 << (depth - 8)


def frames_in(path: Path) -> int:
    """Counted by packets, for no packet of these films holds less or more than a frame."""
    with av.open(str(path)) as film:
        index = probe(path).video_index
        return sum(packet.size > 0 for packet in film.demux(film.streams[index]))


def descriptions_hold(path: Path, result: Path, streams: StreamsCarried) -> None:
    before, after = probe(path), probe(result)
    assert after.size_px == before.size_px
    (picture,) = [row for row in streams.carried if row.how == "coloured"]
    assert after.color == before.color or "full range" in picture.lost
    assert after.sample_aspect == before.sample_aspect
    assert after.pixel_format.bit_depth >= before.pixel_format.bit_depth
    turns = []
    for one in (path, result):
        with av.open(str(one)) as film:
            turns.append(next(film.decode(video=0)).rotation)
    assert turns[0] == turns[1]


@dataclass(frozen=True)
class Piece:
    start_s: Fraction
    payload: bytes


class Contents:
    """Everything but the picture that stands in a file, read in the plainest way."""

    def __init__(self, path: Path) -> None:
        self.info = probe(path)
        with av.open(str(path)) as film:
            self.tags = {key.lower(): value for key, value in film.metadata.items()}
            self.chapters = [
                (one["start"] * present(one["time_base"]), one["metadata"].get("title"))
                for one in film.chapters()
            ]
            self.languages = [stream.language for stream in film.streams]
            tags = [{key.lower(): value for key, value in s.metadata.items()} for s in film.streams]
            self.timecode = [one["timecode"] for one in tags if "timecode" in one]
            self.pieces: dict[int, list[Piece]] = {stream.index: [] for stream in film.streams}
            for stream in film.streams:
                if isinstance(stream, AttachmentStream):
                    self.pieces[stream.index].append(Piece(Fraction(0), stream.data))
            for packet in film.demux():
                if packet.size and not is_pause(packet):
                    start = (packet.pts or 0) * packet.time_base
                    self.pieces[packet.stream_index].append(Piece(start, bytes(packet)))
        self.samples = {s.index: samples(path, s.index) for s in self.info.streams if s.kind == "audio"}

    def of_kind(self, kind: str) -> list[int]:
        """Indexes of the streams of a kind; `picture` is cover art, `video` is not."""
        return [s.index for s in self.info.streams if ("picture" if s.is_picture else s.kind) == kind]

    def payloads(self, index: int) -> list[bytes]:
        return [piece.payload for piece in self.pieces[index]]


def is_pause(packet: av.Packet[Any]) -> bool:
    return packet.stream.type == "subtitle" and bytes(packet) == b"\0\0"


def samples(path: Path, index: int) -> int:
    """How many samples a player hears: what is left when priming and padding are taken off.

    MP4 and QuickTime say it in the edit list, of whose end FFmpeg's decoders know nothing.
    """
    with av.open(str(path)) as film:
        stream = film.streams[index]
        assert isinstance(stream, av.AudioStream)
        if path.suffix in (".mp4", ".mov") and stream.codec_context.codec.canonical_name in PADDED:
            return round(present(stream.duration) * present(stream.time_base) * stream.rate)
        return sum(frame.samples for frame in film.decode(stream))


def every_carried_stream_is_there(streams: StreamsCarried, film: Contents, result: Contents) -> None:
    taken: Counter[str] = Counter()
    for row in sorted(streams.carried, key=lambda one: one.stream.index):
        kind = "picture" if row.stream.is_picture else row.stream.kind
        if row.how == "coloured" or kind == "data":
            continue
        twin = result.of_kind(kind)[taken[kind]]
        taken[kind] += 1
        STREAM_CHECKS.get(kind, same_payloads)(row, film, result, twin)
        if f"language {row.stream.language}" not in row.lost and kind not in ("picture", "attachment"):
            assert same_language(row.stream.language, result.languages[twin])
    assert [one[1] for one in film.chapters] == [one[1] for one in result.chapters]
    assert [one[0] for one in film.chapters] == [one[0] for one in result.chapters]
    picture = next(row for row in streams.carried if row.how == "coloured")
    for name in {"title", "artist", "timecode"} & film.tags.keys():
        is_there = film.tags[name] in (result.tags.get(name), *result.timecode)
        assert is_there or f"tag {name}" in picture.lost, name
    assert set(film.timecode) <= {*result.timecode, result.tags.get("timecode")}


def same_payloads(row: CarriedStream, film: Contents, result: Contents, twin: int) -> None:
    assert row.how == "copied"
    assert result.payloads(twin) == film.payloads(row.stream.index) != []


def same_sound(row: CarriedStream, film: Contents, result: Contents, twin: int) -> None:
    before, after = film.pieces[row.stream.index], result.pieces[twin]
    if row.how.endswith("to samples"):
        assert result.samples[twin] >= film.samples[row.stream.index] > 0
        return
    assert row.how in ("copied", ADTS)
    payloads = [p.payload[header_bytes(p.payload) if row.how == ADTS else 0 :] for p in before]
    if row.stream.codec.startswith("pcm_"):  # where plain samples are cut into packets says nothing
        assert b"".join(payloads) == b"".join(result.payloads(twin)) != b""
        return
    assert payloads == result.payloads(twin) != []
    shifts = [abs(one.start_s - other.start_s) for one, other in zip(before, after, strict=True)]
    assert max(shifts) <= Fraction(1, 1000)
    if row.how == "copied":  # Matroska counts in milliseconds, and so do most edit lists
        preskip = 312 if row.stream.codec == "opus" else 0  # counts in MP4 where sound begins later than 0
        assert abs(result.samples[twin] - film.samples[row.stream.index]) <= MILLISECOND + preskip


def same_text(row: CarriedStream, film: Contents, result: Contents, twin: int) -> None:
    before, after = film.pieces[row.stream.index], result.pieces[twin]
    assert [p.start_s for p in before] == [p.start_s for p in after] != []
    if row.how == "copied":
        assert result.payloads(twin) == film.payloads(row.stream.index)
        return
    said = b"".join(p.payload for p in after).decode("utf-8", "replace")
    assert all(word in said for word in ("Hello", "there", "second line", "Bye \u00e9") if word in SRT)


STREAM_CHECKS = {"audio": same_sound, "subtitle": same_text}
