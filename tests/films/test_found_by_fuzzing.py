"""What damaged films did to the program once, each by the smallest film that does it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import MediaError
from tcvc_cli.media.carry.joining import first_pts
from tcvc_cli.media.live.handles import Inlet
from tcvc_cli.media.live.reading import LiveReader
from tcvc_cli.media.structure.adts import has_adts
from tcvc_cli.media.witness.bare import bare_film
from tcvc_cli.plain import read_json
from tests.material.media_sources import Source, make

SMALL = ("--model", "tcvc-mini", "--model-size", "64", "--device", "cpu", "-q")
QUIET = Source(frames=6, audio=("aac",), has_subtitle=True)


@pytest.fixture(scope="module")
def subtitled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("found") / "film.mkv", QUIET)


def test_a_subtitle_that_says_nothing_is_dropped_where_no_track_is_empty(
    subtitled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """MP4's muxer leaves out its track, which ended the run with 70."""
    result = tmp_path / "r.mp4"
    part = ("--end", "0.09")  # the first words come after 0.1 s
    assert main(["colorize", str(subtitled), "-o", str(result), *part, *SMALL, "--proof"]) == 0
    assert "subtitle subrip (fra): mp4 holds no track without a packet" in capsys.readouterr().err
    assert main(["verify", str(subtitled), str(result)]) == 0
    assert main(["colorize", str(subtitled), "-o", str(tmp_path / "s.mp4"), *part, *SMALL, "--strict"]) == 4
    assert not (tmp_path / "s.mp4").exists()


def test_sound_of_a_coding_that_nobody_knows(tmp_path: Path) -> None:
    """FFmpeg opens no decoder for it; what asked for one ended with 70."""
    film = make(tmp_path / "film.mkv", Source(frames=6, audio=("aac",)))
    strange = tmp_path / "strange.mkv"
    strange.write_bytes(film.read_bytes().replace(b"A_AAC", b"A_ZZZ"))
    with av.open(str(strange)) as container:
        assert container.streams.audio[0].codec_context is None
        assert not has_adts(container.streams.audio[0])
    result = tmp_path / "r.mkv"
    assert main(["colorize", str(strange), "-o", str(result), *SMALL]) == 0
    assert main(["verify", str(strange), str(result)]) in (0, 7)
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


@pytest.mark.parametrize("text", [None, 7, 1.5])
def test_what_is_no_text_is_no_json(text: object) -> None:
    with pytest.raises(ValueError, match="it is no text"):
        read_json(text)  # type: ignore[arg-type]
