"""The table of what containers hold is what FFmpeg's muxers really take, and nothing is dropped unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition
from numpy.typing import NDArray

from tcvc_cli.errors import OutputError
from tcvc_cli.media.carry.containers import (
    CONTAINERS,
    MATROSKA,
    MOV,
    MP4,
    Container,
    codec_of,
    container_of,
    default_output,
    drops,
)
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.media.inspect.packets import packet_hashes
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.records import StreamInfo
from tests.material.film_facts import timed_packets
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored

# Encoders that every build of PyAV has, and the container that the film comes in.
SOUNDS = {
    "aac": "mkv",
    "ac3": "mkv",
    "eac3": "mkv",
    "alac": "mkv",
    "flac": "mkv",
    "mp2": "mkv",
    "libmp3lame": "mkv",
    "libopus": "mkv",
    "tta": "mkv",
    "wavpack": "mkv",
    "pcm_u8": "mkv",
    "pcm_s16le": "mkv",
    "pcm_s16be": "mkv",
    "pcm_s24le": "mkv",
    "pcm_s24be": "mov",
    "pcm_s32le": "mkv",
    "pcm_f32le": "mkv",
    "pcm_f64le": "mkv",
    "pcm_alaw": "mov",
    "pcm_mulaw": "avi",
    "adpcm_ms": "avi",
    "adpcm_ima_wav": "avi",
    "adpcm_ima_qt": "mov",
    "wmav2": "avi",
}
SHORT = Source(frames=6, codec="mpeg4", time_base=Fraction(1, 24))


@pytest.fixture(scope="module")
def segment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A coded picture for every film of this module: it is the sound that is looked at."""
    folder = tmp_path_factory.mktemp("segment")
    film = probe(make(folder / "film.mkv", SHORT))
    with SegmentWriter(folder / "0.segment", film, "access") as writer:
        for frame in read_frames(film):
            writer.write(frame)
    return folder / "0.segment"


def decoded(path: Path, index: int = 1) -> NDArray[Any]:
    with av.open(str(path)) as container:
        return np.concatenate(
            [
                frame.to_ndarray()
                for frame in container.decode(container.streams[index])
                if isinstance(frame, av.AudioFrame)
            ],
            axis=1,
        )


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov"])
@pytest.mark.parametrize("encoder", SOUNDS)
def test_every_kind_of_sound(tmp_path: Path, segment: Path, encoder: str, suffix: str) -> None:
    path = make(tmp_path / f"film.{SOUNDS[encoder]}", replace(SHORT, audio=(encoder,), sound_tail_s=0.3))
    film, output = probe(path), tmp_path / f"result.{suffix}"
    carried, dropped = remux(film, [segment], output, extra_tags={})
    codec = film.streams[1].codec
    if not carried[1:]:
        assert (suffix, [drop.stream for drop in dropped]) == ("mp4", [film.streams[1]])
        assert default_output(replace(film, path=Path("film.mp4")), "access").suffix == ".mkv"
    elif carried[1].how == "copied":
        assert codec in container_of(output).audio
        assert probe(output).streams[1].codec == ("mp3" if (codec, suffix) == ("mp2", "mp4") else codec)
        assert [payload for _, payload in timed_packets(output, 1)] == [
            payload for _, payload in timed_packets(path, 1)
        ]
        late = [
            one - other
            for (one, _), (other, _) in zip(timed_packets(output, 1), timed_packets(path, 1), strict=True)
        ]
        assert max(abs(one) for one in late) <= Fraction(1, 1000)
    else:
        assert carried[1].how == f"{codec} to samples"
        assert np.array_equal(decoded(output).reshape(-1), decoded(path).T.reshape(-1)) or np.array_equal(
            decoded(output), decoded(path)
        )


@pytest.mark.parametrize("container", [MATROSKA, MP4, MOV], ids=lambda one: one.name)
def test_the_muxers_know_every_codec_of_the_table(tmp_path: Path, container: Container) -> None:
    with av.open(str(tmp_path / f"empty.{container.name}"), "w", format=container.muxer) as muxer:
        known = {name for one in muxer.supported_codecs for name in canonical_names(one)}
    mine = container.video | container.audio | container.subtitles | container.other_video
    assert mine - known == set()


def canonical_names(name: str) -> Iterator[str]:
    for mode in ("r", "w"):
        try:
            yield av.Codec(name, mode).canonical_name
        except ValueError:
            continue


def test_a_second_picture_is_carried_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(make(tmp_path / "one.mkv", Source()))) as one, av.open(str(path), "w") as film:
        streams = [film.add_stream_from_template(one.streams[0], opaque=True) for _ in range(2)]
        streams[0].disposition, streams[1].disposition = Disposition(0), Disposition.default
        for packet in one.demux(0):
            if packet.size:
                for stream in streams:
                    twin = av.Packet(bytes(packet))
                    twin.pts, twin.dts, twin.duration = packet.pts, packet.dts, packet.duration
                    twin.time_base, twin.is_keyframe, twin.stream = (
                        packet.time_base,
                        packet.is_keyframe,
                        stream,
                    )
                    film.mux(twin)
    given = probe(path)
    assert given.video_index == 1
    carried, dropped = colored(given, tmp_path / "result.mkv", cuts=[9])
    assert ([one.how for one in carried], dropped) == (["copied", "coloured"], ())
    assert packet_hashes(tmp_path / "result.mkv", 0) == packet_hashes(path, 0)
    assert probe(tmp_path / "result.mkv").video_index == 1


@pytest.mark.parametrize(
    ("name", "preset", "audio", "expected"),
    [
        ("film.mkv", "access", ("aac",), "film.color.mkv"),
        ("film.mp4", "access", ("aac",), "film.color.mp4"),
        ("film.mov", "access", ("aac",), "film.color.mov"),
        ("film.mov", "prores", ("pcm_s16le",), "film.color.mov"),
        ("film.mp4", "master", ("aac",), "film.color.mkv"),
        ("film.mp4", "prores", ("aac",), "film.color.mkv"),
        ("film.avi", "access", ("libmp3lame",), "film.color.mkv"),
        ("film.ts", "access", ("aac",), "film.color.mkv"),
    ],
)
def test_where_the_result_goes(
    tmp_path: Path, name: str, preset: str, audio: tuple[str], expected: str
) -> None:
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    film = probe(make(tmp_path / name, Source(frames=3, codec=codec, audio=audio)))
    output = default_output(film, preset)
    assert output == tmp_path / expected
    assert drops(film, output) == ()
    assert codec_of(preset) in container_of(output).video
    assert output_format(film, preset)


def test_an_mp4_that_holds_what_mp4_should_not_goes_to_matroska(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mp4", Source(frames=3)))
    extra = StreamInfo(1, "subtitle", "hdmv_pgs_subtitle", None, None)
    film = replace(film, streams=(*film.streams, extra))
    assert default_output(film, "access").suffix == ".mkv"
    assert [drop.stream for drop in drops(film, tmp_path / "result.mp4")] == [extra]
    assert drops(film, tmp_path / "result.mkv") == ()


def test_a_photograph_stays_a_photograph(tmp_path: Path) -> None:
    film = replace(probe(make(tmp_path / "film.mkv", Source(frames=1))), is_photograph=True)
    assert default_output(film, "access").name == "film.color.png"


def test_every_suffix_has_its_container() -> None:
    assert set(CONTAINERS) == {".mkv", ".mp4", ".m4v", ".mov"}
    with pytest.raises(OutputError, match=r"\.mkv"):
        container_of(Path("result.wmv"))
