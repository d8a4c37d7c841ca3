"""Every kind of bad input gets its own clear error, at the place where it is found."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from tcvc_cli import files
from tcvc_cli.errors import (
    DiskFull,
    EmptyFilm,
    InputError,
    MediaError,
    NotAFilm,
    NoVideoStream,
    OutputError,
    OutputFolderMissing,
    TcvcError,
    TruncatedFilm,
    UnreadableInput,
)
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames, read_small_luma
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.structure.integrity.truncation import is_cut_short
from tcvc_cli.media.write.encode import SegmentWriter
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.records import FilmInfo
from tests.material.media_sources import Source, make

LONG = Source(frames=72, audio=("aac",))
FRONT = {"movflags": "faststart"}


def cut(path: Path, share: float) -> Path:
    """The first `share` of the file, as a copy that stopped early."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def until_error(film: FilmInfo) -> tuple[list[Frame], TcvcError | None]:
    """The frames that come before the error, and the error."""
    seen: list[Frame] = []
    try:
        for frame in read_frames(film):
            assert frame.number == len(seen)
            seen.append(frame)
    except TcvcError as error:
        return seen, error
    return seen, None


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="does not exist"):
        probe(tmp_path / "none.mkv")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="folder"):
        probe(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mkv")
    film.chmod(0)
    with pytest.raises(UnreadableInput, match="permission"):
        probe(film)


@pytest.mark.parametrize("name", ["notes.txt", "notes.mkv", "notes.mp4", "notes.nfo"])
def test_a_text_is_not_a_film(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("The quick brown fox.\n" * 200)
    with pytest.raises(NotAFilm):
        probe(tmp_path / name)


def test_a_list_of_other_files_is_not_a_film(tmp_path: Path) -> None:
    make(tmp_path / "film.ts")
    (tmp_path / "list.m3u8").write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfilm.ts\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(NotAFilm):
        probe(tmp_path / "list.m3u8")


def test_noise_is_not_a_film(tmp_path: Path) -> None:
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(50_000))
    with pytest.raises(NotAFilm):
        probe(tmp_path / "noise.mp4")


def test_sound_alone_has_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.wav"), "w") as sound:
        stream = sound.add_stream("pcm_s16le", rate=8000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.int16), "s16", layout="stereo")
        silence.rate = 8000
        sound.mux([*stream.encode(silence), *stream.encode(None)])
    with pytest.raises(NoVideoStream):
        probe(tmp_path / "sound.wav")


def test_cover_art_is_not_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "song.mp3"), "w") as song:
        sound = song.add_stream("libmp3lame", rate=44100)
        cover = song.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 16, 16, "rgb24"
        cover.disposition = Disposition.attached_pic
        picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), "rgb24")
        for packet in [*cover.encode(picture), *cover.encode(None)]:
            song.mux(packet)
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1152), np.float32), "fltp", layout="stereo")
        silence.rate = 44100
        song.mux([*sound.encode(silence), *sound.encode(None)])
    with av.open(str(tmp_path / "song.mp3")) as song:
        assert len(song.streams.video) == 1
    with pytest.raises(NoVideoStream):
        probe(tmp_path / "song.mp3")


@pytest.mark.parametrize(
    ("suffix", "error"),
    [("mkv", EmptyFilm), ("avi", EmptyFilm), ("mp4", NoVideoStream)],  # FFmpeg hides empty MP4 tracks
)
def test_a_film_without_a_frame(
    tmp_path: Path, suffix: str, error: type[EmptyFilm] | type[NoVideoStream]
) -> None:
    path = tmp_path / f"film.{suffix}"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        film.start_encoding()
    with pytest.raises(error):
        probe(path)


def test_an_animated_webp_is_called_so(tmp_path: Path) -> None:
    pictures = [Image.fromarray(np.full((48, 64), value, np.uint8)) for value in (0, 90, 200)]
    path = tmp_path / "film.webp"
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    with pytest.raises(NotAFilm, match="animated WebP, which this FFmpeg cannot read"):
        probe(path)


def test_a_file_without_a_byte(tmp_path: Path) -> None:
    (tmp_path / "film.mkv").touch()
    with pytest.raises(EmptyFilm):
        probe(tmp_path / "film.mkv")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("film.mkv", {}),
        ("film.mp4", {"muxer_options": FRONT}),
        ("film.mov", {"muxer_options": FRONT}),
        ("film.avi", {"codec": "mjpeg", "is_full_range": True, "audio": ("pcm_s16le",)}),
        ("ffv1.mkv", {"codec": "ffv1"}),
    ],
)
@pytest.mark.parametrize("share", [0.3, 0.85])
def test_a_film_that_was_cut_short_says_so_where_it_ends(
    tmp_path: Path,
    name: str,
    changes: dict[str, dict[str, str]] | dict[str, bool | str | tuple[str]] | dict[str, str],
    share: float,
) -> None:
    path = make(tmp_path / name, replace(LONG, **changes))
    whole = list(read_frames(probe(path)))
    assert len(whole) == LONG.frames
    film = probe(cut(path, share))
    assert is_cut_short(path) is True
    seen, error = until_error(film)
    assert isinstance(error, TruncatedFilm)
    assert 0 < len(seen) < LONG.frames
    for one, other in zip(seen[:-1], whole, strict=False):
        assert np.array_equal(one.luma, other.luma)
    stopped = list(read_frames(film, 0, len(seen)))
    assert [frame.number for frame in stopped] == list(range(len(seen)))
    with pytest.raises(TruncatedFilm):
        list(read_small_luma(film))


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_an_mp4_without_its_index(tmp_path: Path, share: float) -> None:
    with pytest.raises(TruncatedFilm, match="incomplete"):
        probe(cut(make(tmp_path / "film.mp4", LONG), share))


def test_a_film_that_ends_in_its_header(tmp_path: Path) -> None:
    path = make(tmp_path / "film.mkv", LONG)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(TruncatedFilm):
        probe(path)


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov", "avi", "ts", "mpg", "nut", "flv"])
def test_a_whole_film_is_not_called_truncated(tmp_path: Path, suffix: str) -> None:
    """Sound that outlasts the picture makes the file longer than its video."""
    codec = {"mpg": "mpeg2video", "avi": "mpeg4", "flv": "flv1"}.get(suffix, "libx264")
    codec = "flv" if suffix == "flv" else codec
    audio = ("mp2",) if suffix == "mpg" else ("libmp3lame",) if suffix in ("avi", "flv") else ("aac",)
    source = replace(LONG, codec=codec, audio=audio, sound_tail_s=2.5, frames=30)
    film = probe(make(tmp_path / f"film.{suffix}", source))
    assert is_cut_short(film.path) in (False, None)
    assert len(list(read_frames(film))) == 30


def test_a_header_that_claims_too_much_is_not_believed(tmp_path: Path) -> None:
    """All bytes are there; only the duration in the header is wrong."""
    path = make(tmp_path / "film.mkv", replace(LONG, audio=()))
    data = path.read_bytes()
    tag = data.index(b"00:00:0")
    path.write_bytes(data[:tag] + b"00:09:0" + data[tag + 7 :])
    assert len(list(read_frames(probe(path)))) == LONG.frames


@pytest.mark.parametrize("codec", ["ffv1", "mjpeg"])
def test_damage_in_the_middle_is_an_error_and_not_a_frame(tmp_path: Path, codec: str) -> None:
    options = {"slicecrc": "1", "level": "3"} if codec == "ffv1" else {}
    source = Source(codec=codec, frames=24, options=options, is_full_range=codec == "mjpeg")
    path = make(tmp_path / "film.mkv", source)
    with av.open(str(path)) as film:
        packets = [packet for packet in film.demux(0) if packet.size]
        payload = bytes(packets[12])
    data = bytearray(path.read_bytes())
    start = data.index(payload)
    middle, end = start + len(payload) // 4, start + len(payload) // 2
    data[middle:end] = bytes(end - middle)
    path.write_bytes(data)
    seen, error = until_error(probe(path))
    assert isinstance(error, MediaError)
    assert "damaged after frame 11" in str(error)
    assert len(seen) == 12


@pytest.fixture
def film(tmp_path: Path) -> FilmInfo:
    return probe(make(tmp_path / "film.mkv", Source(frames=4)))


def segment_of(film: FilmInfo, path: Path) -> Path:
    with SegmentWriter(path, film, "access") as writer:
        for frame in read_frames(film):
            writer.write(frame)
    return path


@pytest.fixture
def full_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is to get a name is written to a device that is always full."""
    original = files._new_draft

    def on_full_device(*arguments: Any) -> Path:
        draft = original(*arguments)
        draft.unlink()
        draft.symlink_to("/dev/full")
        return draft

    monkeypatch.setattr(files, "_new_draft", on_full_device)


def test_no_output_folder(tmp_path: Path, film: FilmInfo) -> None:
    segment = segment_of(film, tmp_path / "0.segment")
    with pytest.raises(OutputFolderMissing):
        remux(film, [segment], tmp_path / "none" / "result.mkv", extra_tags={})


def test_an_unknown_suffix(tmp_path: Path, film: FilmInfo) -> None:
    with pytest.raises(OutputError, match="webm"):
        remux(film, [tmp_path / "0.segment"], tmp_path / "result.webm", extra_tags={})


def test_a_broken_segment_leaves_nothing_behind(tmp_path: Path, film: FilmInfo) -> None:
    (tmp_path / "out").mkdir()
    good = segment_of(film, tmp_path / "0.segment")
    (tmp_path / "1.segment").write_bytes(good.read_bytes()[:200])
    with pytest.raises((MediaError, InputError)):
        remux(film, [good, tmp_path / "1.segment"], tmp_path / "out" / "result.mkv", extra_tags={})
    assert list((tmp_path / "out").iterdir()) == []


def test_a_segment_that_fails_is_removed(tmp_path: Path, film: FilmInfo) -> None:
    def write_and_fail() -> None:
        with SegmentWriter(tmp_path / "0.segment", film, "access") as writer:
            writer.write(next(read_frames(film)))
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    assert not (tmp_path / "0.segment").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk(film: FilmInfo, tmp_path: Path) -> None:
    link = tmp_path / "0.segment"
    link.symlink_to("/dev/full")
    with pytest.raises(DiskFull):
        segment_of(film, link)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.usefixtures("full_drafts")
def test_a_disk_that_fills_up_while_joining(film: FilmInfo, tmp_path: Path) -> None:
    segment = segment_of(film, tmp_path / "0.segment")
    for suffix in ("mkv", "mp4"):
        with pytest.raises(DiskFull, match=f"result.{suffix}"):
            remux(film, [segment], tmp_path / f"result.{suffix}", extra_tags={})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.segment", "film.mkv"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.usefixtures("full_drafts")
def test_a_disk_that_is_full_for_a_photograph(tmp_path: Path) -> None:
    with pytest.raises(DiskFull):
        write_photograph(np.zeros((64, 64, 3), np.uint8), tmp_path / "photo.png")
    assert list(tmp_path.iterdir()) == []
