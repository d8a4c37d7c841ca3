"""What damaged films did to the program once, each by the smallest film that does it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import MediaError, UsageError
from tcvc_cli.media.carry.joining import first_pts, picture_of
from tcvc_cli.media.live.handles import Inlet
from tcvc_cli.media.live.reading import LiveReader
from tcvc_cli.media.structure.adts import has_adts
from tcvc_cli.media.witness.bare import bare_film
from tcvc_cli.plain import read_json
from tcvc_cli.train.config import PlacesConfig, load
from tests.material.media_sources import Source, make

SMALL = ("--model", "tcvc-mini", "--model-size", "64", "--device", "cpu", "-q")
QUIET = Source(frames=6, audio=("aac",), has_subtitle=True)


@pytest.fixture(scope="module")
def subtitled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("found") / "film.mkv", QUIET)


@pytest.mark.slow
def test_a_subtitle_that_says_nothing_is_dropped_where_no_track_is_empty(
    subtitled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """MP4's muxer leaves out its track, which ended the run with 70."""
    result = tmp_path / "r.mp4"
    part = ("--end", "0.09")  # the first words come after 0.1 s
    assert main(["colorize", str(subtitled), "-o", str(result), *part, *SMALL, "--proof"]) == 0
    assert "subtitle subrip (fra): mp4 holds no track without a packet" in capsys.readouterr().err
    assert main(["verify", str(subtitled), str(result), *part]) == 0
    assert main(["colorize", str(subtitled), "-o", str(tmp_path / "s.mp4"), *part, *SMALL, "--strict"]) == 4
    assert not (tmp_path / "s.mp4").exists()


@pytest.mark.slow
def test_sound_of_a_coding_that_nobody_knows(tmp_path: Path) -> None:
    """FFmpeg opens no decoder for it; what asked for one ended with 70."""
    film = make(tmp_path / "film.mkv", Source(frames=6, audio=("aac",)))
    strange = tmp_path / "strange.mkv"
    strange.write_bytes(film.read_bytes().replace(b"A_AAC", b"A_ZZZ"))
    with av.open(str(strange)) as container:
        assert container.streams.audio[0].codec_context is None
        assert not has_adts(container.streams.audio[0])
    for name in ("r.mkv", "r.mp4"):  # MP4 counts in the ticks of its sounds
        assert main(["colorize", str(strange), "-o", str(tmp_path / name), *SMALL]) == 0
    assert main(["verify", str(film), str(strange)]) == 7


def with_odd_tag(film: Path, path: Path) -> Path:
    """A title that is no UTF-8."""
    data = film.read_bytes()
    assert data.count(b"A film") == 1
    path.write_bytes(data.replace(b"A film", b"A\xff\xfeilm"))
    return path


def test_a_tag_that_is_no_text_keeps_nobody_from_reading(subtitled: Path, tmp_path: Path) -> None:
    """Where a film is opened a second time, or comes through a pipe, as where it is opened first."""
    odd = with_odd_tag(subtitled, tmp_path / "odd.mkv")
    assert bare_film(odd, "matroska").tracks.keys() == bare_film(subtitled, "matroska").tracks.keys()
    assert main(["verify", str(subtitled), str(odd)]) == 7
    with odd.open("rb") as file:
        reader = LiveReader(Inlet(file.fileno()))
        with reader:
            assert reader.film.frame_rate == Fraction(24000, 1001)


@pytest.mark.parametrize("tags", [{}, {"FIRST_PTS": "x"}])
def test_a_segment_that_does_not_say_where_it_begins_is_damaged(tmp_path: Path, tags: dict[str, str]) -> None:
    segment = make(tmp_path / "segment.mkv", Source(frames=2, tags=tags))
    with pytest.raises(MediaError, match="does not say where it begins"):
        first_pts(segment)


def test_a_segment_without_a_picture_is_damaged(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "segment.wav"), "w") as container:
        container.add_stream("pcm_s16le", rate=48000)
        container.start_encoding()
    with av.open(str(tmp_path / "segment.wav")) as segment, pytest.raises(MediaError, match="no picture"):
        picture_of(segment)


@pytest.mark.parametrize("content", [b"film.mkv\nodd\0.mkv\n", "film.mkv".encode("utf-16")])
def test_a_list_with_null_bytes_is_no_list(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """No path has one in it; Python's functions about paths raise ValueError."""
    given = tmp_path / "films.txt"
    given.write_bytes(content)
    for more in ((), ("--status",)):
        assert main(["batch", str(given), "-o", str(tmp_path / "out"), *more]) == 3
        assert "it holds null bytes" in capsys.readouterr().err


def test_options_that_are_nested_without_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = tmp_path / "options.toml"
    options.write_text("interval = " + "[" * 100_000)
    assert main(["--config", str(options), "config", "show"]) == 2
    assert "nested too deep" in capsys.readouterr().err
    with pytest.raises(UsageError, match="is not TOML"):
        load(PlacesConfig, options, "places")


@pytest.mark.parametrize("text", [None, 7, 1.5])
def test_what_is_no_text_is_no_json(text: object) -> None:
    with pytest.raises(ValueError, match="it is no text"):
        read_json(text)  # type: ignore[arg-type]
