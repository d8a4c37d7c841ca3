"""Resolution and descriptions of scans stand in the result, whatever it is written as."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from tcvc_cli.media.carry.photograph_extras import photograph_extras
from tcvc_cli.media.scans.read import ScanFacts, scan_facts
from tcvc_cli.media.structure.computed_mark import has_mark
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.provenance.verify import verify_result

SUFFIXES = (".png", ".jpg", ".tif")
WORDS = {"A street in the north", "Anna Ancher", "in the public domain", "1912:05:01 10:00:00"}
NUMBERS = dict(zip((270, 315, 33432, 306), sorted(WORDS), strict=True))


def picture() -> Image.Image:
    return Image.fromarray(np.add.outer(np.arange(60), np.arange(80)).astype(np.uint8))


def scan(path: Path) -> Path:
    """600 dpi, with four descriptions."""
    match path.suffix:
        case ".png":
            texts = PngImagePlugin.PngInfo()
            for name, words in zip(("Title", "Author", "Stra\u00dfe", "Source"), sorted(WORDS), strict=True):
                texts.add_itxt(name if name.isascii() else "Place", words)
            picture().save(path, dpi=(600, 600), pnginfo=texts)
        case ".jpg":
            exif = Image.Exif()
            exif.update(NUMBERS)
            picture().save(path, dpi=(600, 600), exif=exif, comment=b"Box 12")
        case _:
            tags = TiffImagePlugin.ImageFileDirectory_v2()
            tags.update(NUMBERS)
            picture().save(path, dpi=(600, 600), tiffinfo=tags)
    return path


def written_in(path: Path) -> str:
    """By another reader."""
    with Image.open(path) as image:
        values = [str(value) for value in image.getexif().values()]
        values += [str(value) for value in getattr(image, "text", {}).values()]
        comment = image.info.get("comment", b"")
        raw = path.read_bytes().decode("utf-8", "replace")
    return "\n".join([*values, comment.decode("utf-8", "replace") if isinstance(comment, bytes) else "", raw])


@pytest.mark.parametrize(("source", "result"), list(itertools.product(SUFFIXES, SUFFIXES)))
def test_a_scan_keeps_its_resolution_and_its_descriptions(source: str, result: str, tmp_path: Path) -> None:
    film, output = scan(tmp_path / f"scan{source}"), tmp_path / f"result{result}"
    list(colorize(Options(film, output, model="tcvc-mini", model_size_px=64)))
    with Image.open(output) as image:
        assert [round(one) for one in image.info["dpi"]] == [600, 600]
    assert all(words in written_in(output) for words in WORDS)
    assert has_mark(output)
    proof = verify_result(film, output)
    assert proof.holds, [one for one in proof.checks if one.verdict == "fails"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_a_result_says_of_itself_is_not_said_twice(suffix: str, tmp_path: Path) -> None:
    first, second = scan(tmp_path / f"scan{suffix}"), tmp_path / f"second{suffix}"
    facts = scan_facts(first)
    write_photograph(np.zeros((4, 4, 3), np.uint8), second, facts=facts)
    again = scan_facts(second)
    assert sorted(words for _, words in again.texts) == sorted(words for _, words in facts.texts)
    assert has_mark(second)


def test_the_resolution_lies_down_with_its_picture(tmp_path: Path) -> None:
    path, exif = tmp_path / "lying.jpg", Image.Exif()
    exif[0x0112] = 6
    picture().save(path, dpi=(300, 600), exif=exif)
    assert scan_facts(path).dpi == (Fraction(600), Fraction(300))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_that_end_too_early_say_nothing(suffix: str, tmp_path: Path) -> None:
    whole = scan(tmp_path / f"scan{suffix}").read_bytes()
    for length in range(0, min(len(whole), 400), 7):
        path = tmp_path / f"cut{suffix}"
        path.write_bytes(whole[:length])
        facts = scan_facts(path)
        assert facts.dpi in (None, (Fraction(600), Fraction(600)), (Fraction(23622 * 254, 10_000),) * 2)


def test_a_picture_of_which_nobody_says_anything(tmp_path: Path) -> None:
    picture().save(tmp_path / "plain.png")
    assert scan_facts(tmp_path / "plain.png") == ScanFacts()


def test_what_is_not_in_words_is_named(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33723] = b"\x1c\x02\x19\x00\x04road"
    tags[34377] = b"8BIM"
    picture().save(path, tiffinfo=tags)
    assert set(photograph_extras(path)) == {"IPTC", "Photoshop resources"}
