"""A result, and the same result with one fault planted in it: `tcvc verify` finds each, and finds only it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import pytest
from av.container.input import InputContainer
from av.container.output import OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Disposition, Stream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tcvc_cli.cli.main import main
from tcvc_cli.measure.proof.checks import SECOND_READING
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter
from tcvc_cli.records import COMPUTED, ColorTags
from tests.material.media_sources import Source, make
from tests.material.painted_films import painted
from tests.material.present import present

if TYPE_CHECKING:
    from av.container.core import Chapter

SOURCE = Source(
    pixel_format="gray",
    frames=24,
    time_base=Fraction(1, 24),
    audio=("aac", "aac"),
    has_subtitle=True,
    has_chapters=True,
    has_attachment=True,
    has_cover=True,
    matrix=1,
    tags={"ARCHIVE_NUMBER": "B 1927/3"},
)
PICTURE, FIRST, SECOND, SUBTITLE, COVER, NOTE = range(6)
AUDIO_1, AUDIO_2 = '#1 audio aac (eng) "Sound 0"', '#2 audio aac (fra) "Sound 1"'
SUBTITLES, NOTES, COVERS = "#3 subtitle subrip (fra)", "#5 attachment text/plain", "#4 cover png"

Packets = list["av.Packet[Any]"]


@dataclass
class Parts:
    """What a file is made of, to be changed before it is put together again: packets by stream."""

    packets: dict[int, Packets]
    order: list[int]
    tags: dict[str, str]
    stream_tags: dict[int, dict[str, str]]
    dispositions: dict[int, int]
    attachments: dict[int, tuple[str, str, bytes]]
    chapters: list[Chapter]


def parts_of(source: InputContainer) -> Parts:
    attached = {
        s.index: (s.metadata["filename"], present(s.mimetype), s.data)
        for s in source.streams
        if isinstance(s, AttachmentStream)
    }
    packets: dict[int, Packets] = {s.index: [] for s in source.streams if s.index not in attached}
    for packet in source.demux(*(source.streams[index] for index in packets)):
        if packet.size:
            packets[packet.stream_index].append(packet)
    cover = source.streams[COVER]
    attached[COVER] = (cover.metadata["filename"], cover.metadata["mimetype"], bytes(packets.pop(COVER)[0]))
    return Parts(
        packets=packets,
        order=[s.index for s in source.streams],
        tags={k: v for k, v in source.metadata.items() if k != "ENCODER"},
        stream_tags={s.index: dict(s.metadata) for s in source.streams},
        dispositions={s.index: int(s.disposition) for s in source.streams},
        attachments=attached,
        chapters=source.chapters(),
    )


def put_together(result: Path, path: Path, change: Callable[[Parts], None]) -> Path:
    """The file again, packet by packet, as `change` leaves its parts."""
    with (
        av.open(str(result)) as source,
        av.open(str(path), "w", options={"default_mode": "passthrough"}) as target,
    ):
        parts = parts_of(source)
        change(parts)
        target.metadata.update(parts.tags)
        target.set_chapters(parts.chapters)
        streams = {index: add(target, source, parts, index) for index in parts.order}
        ready = []
        for index, packets in parts.packets.items():
            for packet in packets if index in streams else ():
                packet.stream = streams[index]
                ready.append(packet)
        for packet in sorted(ready, key=lambda one: present(one.dts) * present(one.time_base)):
            target.mux_one(packet)
    return path


def add(target: OutputContainer, source: InputContainer, parts: Parts, index: int) -> Stream:
    stream: Stream
    if index in parts.attachments:
        stream = target.add_attachment(*parts.attachments[index])
    else:
        stream = target.add_stream_from_template(source.streams[index], opaque=True)
    if isinstance(stream, VideoStream):  # how long a frame lasts, which a template leaves out
        stream.codec_context.framerate = present(source.streams.video[0].average_rate)
    stream.metadata.update({k: v for k, v in parts.stream_tags[index].items() if k != "DURATION"})
    if index not in parts.attachments:
        stream.disposition = Disposition(parts.dispositions[index])
    return stream


def with_payload(packet: Packet[Any], payload: bytes) -> Packet[Any]:
    changed = av.Packet(payload)
    changed.pts, changed.dts, changed.duration = packet.pts, packet.dts, packet.duration
    changed.time_base, changed.is_keyframe = packet.time_base, packet.is_keyframe
    return changed


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


def spoil(parts: Parts, index: int, number: int) -> None:
    packet = parts.packets[index][number]
    parts.packets[index][number] = with_payload(packet, flipped(bytes(packet)))


def move(packets: Sequence[Packet[Any]], ticks: int) -> None:
    for packet in packets:
        packet.pts, packet.dts = present(packet.pts) + ticks, present(packet.dts) + ticks


def swap_payloads(one: Packets, other: Packets) -> None:
    payloads = [bytes(packet) for packet in one]
    for number, packet in enumerate(other):
        one[number] = with_payload(one[number], bytes(packet))
        other[number] = with_payload(packet, payloads[number])


def lengthen(packet: Packet[Any], ticks: int) -> None:
    packet.duration = present(packet.duration) + ticks


def swap_frames(parts: Parts) -> None:
    frames = parts.packets[PICTURE]
    one, other = bytes(frames[7]), bytes(frames[8])
    frames[7], frames[8] = with_payload(frames[7], other), with_payload(frames[8], one)


def repeat_a_frame(parts: Parts) -> None:
    frames = parts.packets[PICTURE]
    again = with_payload(frames[9], bytes(frames[9]))
    again.pts = again.dts = present(frames[9].pts) + 20
    frames.insert(10, again)


def freeze_a_frame(parts: Parts) -> None:
    frames = parts.packets[PICTURE]
    frames[10] = with_payload(frames[10], bytes(frames[9]))


def lose_an_audio_track(parts: Parts) -> None:
    parts.order.remove(SECOND)


def set_tag(parts: Parts, index: int, key: str, value: str) -> None:
    parts.stream_tags[index][key] = value


def change_attachment(parts: Parts) -> None:
    name, kind, data = parts.attachments[NOTE]
    parts.attachments[NOTE] = name, kind, flipped(data)


def rename_attachment(parts: Parts) -> None:
    _, kind, data = parts.attachments[NOTE]
    parts.attachments[NOTE] = "other.txt", kind, data
    parts.stream_tags[NOTE]["filename"] = "other.txt"


def swap_order(parts: Parts) -> None:
    parts.order[FIRST : SECOND + 1] = [SECOND, FIRST]


# What is done to the file, and the rows of the table that must fail for it.
IN_THE_FILE: dict[str, tuple[Callable[[Parts], Any], set[str]]] = {
    "a dropped audio packet": (lambda p: p.packets[FIRST].pop(12), {AUDIO_1}),
    "a shifted audio packet": (lambda p: move(p.packets[FIRST][9:10], 3), {AUDIO_1}),
    "audio out of step": (lambda p: move(p.packets[FIRST], 40), {AUDIO_1}),
    "truncated audio": (lambda p: p.packets[SECOND].pop(), {AUDIO_2}),
    "one bit of an audio packet": (lambda p: spoil(p, SECOND, 20), {AUDIO_2}),
    "two audio tracks swapped": (
        lambda p: swap_payloads(p.packets[FIRST], p.packets[SECOND]),
        {AUDIO_1, AUDIO_2},
    ),
    "audio tracks in another order": (swap_order, {"order of audio"}),
    "a lost audio track": (lose_an_audio_track, {AUDIO_2}),
    "a lost subtitle track": (lambda p: p.order.remove(SUBTITLE), {SUBTITLES}),
    "a lost subtitle": (lambda p: p.packets[SUBTITLE].pop(0), {SUBTITLES}),
    "a changed subtitle": (lambda p: spoil(p, SUBTITLE, 1), {SUBTITLES}),
    "a subtitle that stays": (lambda p: lengthen(p.packets[SUBTITLE][0], 50), {SUBTITLES}),
    "a lost chapter": (lambda p: p.chapters.pop(), {"chapters"}),
    "a changed chapter title": (lambda p: p.chapters[1]["metadata"].update(title="2"), {"chapters"}),
    "a moved chapter": (lambda p: p.chapters[1].update({"start": 510_000_000}), {"chapters"}),
    "a changed tag": (lambda p: p.tags.update(ARCHIVE_NUMBER="B 1927/4"), {"tags"}),
    "a lost tag": (lambda p: p.tags.pop("title"), {"tags"}),
    "a longer comment": (lambda p: p.tags.update(COMMENT="made for a test\nor two"), {"tags"}),
    "a changed language": (lambda p: set_tag(p, FIRST, "language", "deu"), {"written of #1"}),
    "a changed title": (lambda p: set_tag(p, SECOND, "title", "Sound 9"), {"written of #2"}),
    "a lost language of the picture": (
        lambda p: p.stream_tags[PICTURE].pop("language"),
        {"written of the picture"},
    ),
    "a lost disposition": (lambda p: p.dispositions.update({SECOND: 0}), {"written of #2"}),
    "another disposition": (lambda p: p.dispositions.update({SUBTITLE: 1}), {"written of #3"}),
    "a changed attachment byte": (change_attachment, {NOTES}),
    "a renamed attachment": (rename_attachment, {"written of #5"}),
    "a lost attachment": (lambda p: p.order.remove(NOTE), {NOTES}),
    "a lost cover": (lambda p: p.order.remove(COVER), {COVERS}),
    "a missing frame": (lambda p: p.packets[PICTURE].pop(11), {"luma", "frame times"}),
    "a missing last frame": (lambda p: p.packets[PICTURE].pop(), {"luma"}),
    "an extra frame": (repeat_a_frame, {"luma", "frame times"}),
    "swapped frames": (swap_frames, {"luma"}),
    "a frozen frame": (freeze_a_frame, {"luma"}),
    "a changed frame time": (lambda p: move(p.packets[PICTURE][5:6], 4), {"frame times"}),
}

COLOR = ColorTags(1, 1, 1, full_range=False)
IN_THE_WRITING: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a changed aspect": ({"sample_aspect": Fraction(16, 11)}, {"sample aspect"}),
    "changed primaries": ({"color": replace(COLOR, primaries=6)}, {"colour primaries"}),
    "a changed transfer": ({"color": replace(COLOR, transfer=6)}, {"transfer"}),
    "a changed matrix": ({"color": replace(COLOR, matrix=6)}, {"matrix"}),
    "a changed range": ({"color": replace(COLOR, full_range=True)}, {"range"}),
}


def write(
    source: Path,
    path: Path,
    *,
    preset: str = "master",
    touch: Callable[..., Any] | None = None,
    **said: Any,
) -> Path:
    """A coloured result as a run writes it; `touch` changes the luma of frame 7, `said` the film's record."""
    film = probe(source)
    segment = path.with_suffix(".segment")
    with SegmentWriter(segment, replace(film, **said), preset) as writer:
        for frame in read_frames(film):
            if touch is not None and frame.number == 7:
                luma = frame.luma.copy()
                touch(luma)
                frame = replace(frame, luma=luma)
            writer.write(painted(frame, film, preset))
    remux(replace(film, **said), [segment], path, extra_tags={COMPUTED: "tcvc"})
    return path


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("original") / "film.mkv", SOURCE)


@pytest.fixture(scope="module")
def result(original: Path) -> Path:
    return write(original, original.with_name("film.color.mkv"))


def verified(
    capsys: pytest.CaptureFixture[str], original: Path, result: Path, *options: str
) -> tuple[int, dict[str, Any]]:
    code = main(["verify", str(original), str(result), "--json", *options])
    proof, *errors = map(json.loads, capsys.readouterr().out.splitlines())
    assert [error["code"] for error in errors] == ([code] if code else [])
    return code, proof


def failing(proof: Mapping[str, Any]) -> set[str]:
    """The second reading finds most of these once more; what it alone finds is in test_planted_faults.py."""
    failed = {check["subject"] for check in proof["checks"] if check["verdict"] == "fails"}
    return {subject for subject in failed if not subject.startswith(SECOND_READING)}


def test_there_are_twenty_and_more() -> None:
    assert len(IN_THE_FILE) + len(IN_THE_WRITING) >= 20


def test_without_a_fault_all_holds(
    original: Path, result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = put_together(result, tmp_path / "again.mkv", lambda parts: None)
    for path in (original, result, again):
        code, proof = verified(capsys, original, path)
        assert (code, proof["holds"], proof["is_complete"], failing(proof)) == (0, True, True, set())
        assert len(proof["checks"]) == (41 if path == original else 42)  # the mark is the result's


@pytest.mark.parametrize("fault", IN_THE_FILE)
def test_a_fault_in_the_file_is_found(
    original: Path, result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    change, rows = IN_THE_FILE[fault]
    code, proof = verified(capsys, original, put_together(result, tmp_path / "planted.mkv", change))
    assert (code, proof["holds"], failing(proof)) == (7, False, rows)


@pytest.mark.parametrize("fault", IN_THE_WRITING)
def test_a_fault_in_the_writing_is_found(
    original: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    said, rows = IN_THE_WRITING[fault]
    code, proof = verified(capsys, original, write(original, tmp_path / "planted.mkv", **said))
    assert (code, proof["holds"], failing(proof)) == (7, False, rows)


def test_one_bit_of_luma_is_found(original: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def touch(luma: NDArray[Any]) -> None:
        luma[11, 7] ^= 1

    code, proof = verified(capsys, original, write(original, tmp_path / "planted.mkv", touch=touch))
    assert (code, failing(proof)) == (7, {"luma"})
    luma = proof["luma"]
    assert (luma["differing_frames"], luma["first_difference"], luma["largest_difference"]) == (1, 7, 1)
