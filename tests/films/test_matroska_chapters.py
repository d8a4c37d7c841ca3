"""Chapters of a Matroska film are carried word for word, and what FFmpeg drops of its tracks; what is not is
named."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.structure.ebml import HEADER_ID, write_element
from tcvc_cli.media.structure.matroska_parts import chapter_facts, parts_of, tag_facts
from tcvc_cli.media.structure.matroska_tracks import flags
from tcvc_cli.run.events import StreamsCarried
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options, Preset
from tcvc_cli.run.provenance.sidecar import RequestedPart
from tcvc_cli.run.provenance.verify import verify_result
from tests.material.media_sources import Source, make
from tests.material.present import present

pytestmark = pytest.mark.skipif(shutil.which("mkvmerge") is None, reason="mkvtoolnix is not installed")

CHAPTER_LIST = """<?xml version="1.0"?>
<Chapters><EditionEntry><EditionUID>11</EditionUID>
<ChapterAtom><ChapterUID>101</ChapterUID>
<ChapterTimeStart>00:00:00.000</ChapterTimeStart>
<ChapterTimeEnd>00:00:00.500</ChapterTimeEnd>
<ChapterDisplay><ChapterString>Beginning</ChapterString><ChapterLanguage>eng</ChapterLanguage></ChapterDisplay>
<ChapterDisplay><ChapterString>Anfang</ChapterString><ChapterLanguage>ger</ChapterLanguage></ChapterDisplay>
<ChapterAtom><ChapterUID>102</ChapterUID>
<ChapterTimeStart>00:00:00.100</ChapterTimeStart>
<ChapterTimeEnd>00:00:00.200</ChapterTimeEnd>
<ChapterFlagHidden>1</ChapterFlagHidden>

<ChapterDisplay><ChapterString>Inner</ChapterString><ChapterLanguage>eng</ChapterLanguage></ChapterDisplay></ChapterAtom>
</ChapterAtom></EditionEntry>
<EditionEntry><EditionUID>22</EditionUID><EditionFlagOrdered>1</EditionFlagOrdered>
<ChapterAtom>
<ChapterUID>201</ChapterUID>
<ChapterTimeStart>00:00:00.200</ChapterTimeStart>
<ChapterTimeEnd>00:00:00.400</ChapterTimeEnd>
<ChapterDisplay><ChapterString>Short cut</ChapterString>
<ChapterLanguage>eng</ChapterLanguage></ChapterDisplay>
</ChapterAtom></EditionEntry>
</Chapters>"""
TAG_LIST = """<?xml version="1.0"?>
<Tags><Tag><Targets><TargetTypeValue>70</TargetTypeValue></Targets>
<Simple><Name>TITLE</Name><String>Nitrate</String><TagLanguage>ger</TagLanguage>
<Simple><Name>SORT_WITH</Name><String>N</String></Simple></Simple></Tag></Tags>"""


def chapters_of(path: Path) -> str:
    """By mkvextract."""
    target = path.with_suffix(".chapters.xml")
    subprocess.run(["mkvextract", str(path), "chapters", str(target)], check=True, capture_output=True)
    return target.read_text("utf-8")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    plain = make(tmp_path / "plain.mkv", Source(frames=24, audio=("ac3",)))
    (tmp_path / "c.xml").write_text(CHAPTER_LIST)
    (tmp_path / "t.xml").write_text(TAG_LIST)
    given = ["--chapters", "c.xml", "--global-tags", "t.xml", "--track-enabled-flag", "1:0"]
    merged = ["mkvmerge", "-q", "-o", "film.mkv", *given, "--text-descriptions-flag", "1:1", plain.name]
    subprocess.run(merged, cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "film.mkv"


def run(film: Path, output: Path, **more: Any) -> tuple[str, ...]:
    """What is lost of the picture."""
    events = list(colorize(Options(film, output, preset="master", model_size_px=64, **more)))
    (told,) = (one for one in events if isinstance(one, StreamsCarried))
    return told.carried[0].lost


def test_chapters_are_carried_word_for_word(film: Path, tmp_path: Path) -> None:
    output = tmp_path / "r.mkv"
    lost = run(film, output)
    assert not any("chapter" in one for one in lost if not one.startswith("tags"))
    assert chapters_of(output) == chapters_of(film)
    assert flags(probe(output)) == flags(probe(film)) == {1: ((b"\xb9", 0), (b"\x55\xad", 1))}
    assert verify_result(film, output).holds
    checked = subprocess.run(["mkvinfo", str(output)], capture_output=True, text=True, check=True)
    assert "Chapters" in checked.stdout
    assert present(parts_of(output).chapters).whole == present(parts_of(film).chapters).whole


@pytest.mark.parametrize(
    ("suffix", "preset", "end_s"), [(".mkv", "master", Fraction(1, 2)), (".mp4", "access", None)]
)
def test_what_has_no_place_is_named(
    film: Path, tmp_path: Path, suffix: str, preset: Preset, end_s: Fraction | None
) -> None:
    options = Options(film, tmp_path / f"r{suffix}", model_size_px=64, end_s=end_s, preset=preset)
    (told,) = (one for one in colorize(options) if isinstance(one, StreamsCarried))
    lost = told.carried[0].lost
    assert {
        "chapters in further languages",
        "chapters within chapters",
        "chapters of further editions",
        "chapters in ordered editions",
        "hidden chapters",
    } <= set(lost)
    part = None if end_s is None else RequestedPart(None, end_s)
    assert verify_result(film, tmp_path / f"r{suffix}", part=part).holds


def test_tags_that_ffmpeg_flattens_are_named(film: Path, tmp_path: Path) -> None:
    named = {"languages of tags", "tags of other levels than the film's", "tags within tags"}
    assert tag_facts(parts_of(film)) == named
    assert named <= set(run(film, tmp_path / "r.mkv"))


FINER = CHAPTER_LIST.replace(
    "<ChapterUID>101", "<ChapterStringUID>one</ChapterStringUID><ChapterUID>101"
).replace(
    "<ChapterLanguage>ger</ChapterLanguage>",
    "<ChapterLanguage>ger</ChapterLanguage><ChapterCountry>de</ChapterCountry>",
)


def merged(film: Path, chapters: str, *words: str) -> Path:
    """The film with other chapters."""
    (film.parent / "c2.xml").write_text(chapters)
    output = film.with_name("merged.mkv")
    command = [
        "mkvmerge",
        "-q",
        "-o",
        output.name,
        *words,
        "--chapters",
        "c2.xml",
        "--no-chapters",
        film.name,
    ]
    subprocess.run(command, cwd=film.parent, check=True, capture_output=True)
    return output


def test_a_link_to_the_next_file_is_named(film: Path, tmp_path: Path) -> None:
    linked = merged(film, FINER, "--link-to-next", "0123456789abcdef0123456789abcdef")
    assert "links to other files" in run(linked, tmp_path / "r.mkv")


def test_countries_and_identifiers_are_carried_or_named(film: Path, tmp_path: Path) -> None:
    finer = merged(film, FINER)
    names = {"countries of chapters", "identifiers of chapters"}
    assert names <= chapter_facts(parts_of(finer))
    assert not names & set(run(finer, tmp_path / "r.mkv"))
    assert chapters_of(tmp_path / "r.mkv") == chapters_of(finer)
    assert names <= set(run(finer, tmp_path / "cut.mkv", end_s=Fraction(1, 2)))


def test_very_many_chapters_are_carried(film: Path, tmp_path: Path) -> None:
    """More than a mebibyte of them."""
    names = "".join(
        f"<ChapterDisplay><ChapterString>{'x' * 60_000}</ChapterString>"
        f"<ChapterLanguage>{language}</ChapterLanguage></ChapterDisplay>"
        for language in ("eng", "ger", "fre") * 7
    )
    atom = f"<ChapterAtom><ChapterTimeStart>00:00:00.000</ChapterTimeStart>{names}</ChapterAtom>"
    edition = f"<EditionEntry>{atom}</EditionEntry>"
    many = merged(film, f'<?xml version="1.0"?><Chapters>{edition}</Chapters>')
    run(many, tmp_path / "r.mkv")
    kept = present(parts_of(tmp_path / "r.mkv").chapters).whole
    assert len(kept) > 1 << 20
    assert kept == present(parts_of(many).chapters).whole


def test_chapters_that_are_too_large_are_named(tmp_path: Path) -> None:
    """Of a file that states more than there can be."""
    chapters = b"\x10\x43\xa7\x70" + (1 << 56 | 1 << 25).to_bytes(8, "big")
    path = tmp_path / "film.mkv"
    path.write_bytes(write_element(HEADER_ID, b"") + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + chapters)
    assert chapter_facts(parts_of(path)) == {"more chapters than any film has"}


def test_a_plain_film_has_nothing_that_is_lost(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mkv", Source(frames=12, has_chapters=True))
    assert chapter_facts(parts_of(film)) == tag_facts(parts_of(film)) == frozenset()
    assert run(film, tmp_path / "r.mkv") == ()
