"""The films that faults are planted into. Each is its own faultless result."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from tcvc_cli.media.structure.boxes import append_xmp
from tests.material.planted.fault import ffmpeg, run

_PICTURE = "testsrc2=size=64x48:rate=25:duration=1"
_TONE = "sine=frequency=440:sample_rate=48000:duration=1"
_TEXTS = "1\n00:00:00,100 --> 00:00:00,400\nHello\n\n2\n00:00:00,500 --> 00:00:00,900\nthere\n"
_STYLED = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Text
Dialogue: 0,0:00:00.10,0:00:00.60,Default,Styled
"""
_TAGGED = (
    "setparams=range=tv:color_primaries=smpte170m:color_trc=smpte170m:colorspace=smpte170m",
    "setsar=16/11",
)
CHAPTERS = """<?xml version="1.0"?>
<Chapters>
  <EditionEntry><EditionFlagDefault>1</EditionFlagDefault>
    <ChapterAtom><ChapterTimeStart>00:00:00.000</ChapterTimeStart><ChapterTimeEnd>00:00:00.500</ChapterTimeEnd>
      <ChapterDisplay><ChapterString>Arrival</ChapterString><ChapterLanguage>eng</ChapterLanguage></ChapterDisplay>
      <ChapterDisplay><ChapterString>Ankunft</ChapterString><ChapterLanguage>ger</ChapterLanguage></ChapterDisplay>
      <ChapterAtom><ChapterTimeStart>00:00:00.200</ChapterTimeStart><ChapterTimeEnd>00:00:00.400</ChapterTimeEnd>
        <ChapterDisplay><ChapterString>The train</ChapterString>
          <ChapterLanguage>eng</ChapterLanguage></ChapterDisplay>
      </ChapterAtom>
    </ChapterAtom>
    <ChapterAtom><ChapterTimeStart>00:00:00.500</ChapterTimeStart><ChapterTimeEnd>00:00:01.000</ChapterTimeEnd>
      <ChapterDisplay><ChapterString>Departure</ChapterString><ChapterLanguage>eng</ChapterLanguage></ChapterDisplay>
    </ChapterAtom>
  </EditionEntry>
  <EditionEntry><EditionFlagHidden>1</EditionFlagHidden>
    <ChapterAtom><ChapterTimeStart>00:00:00.000</ChapterTimeStart><ChapterTimeEnd>00:00:01.000</ChapterTimeEnd>
      <ChapterDisplay><ChapterString>All of it</ChapterString>
        <ChapterLanguage>eng</ChapterLanguage></ChapterDisplay>
    </ChapterAtom>
  </EditionEntry>
</Chapters>
"""
TAGS = """<?xml version="1.0"?>
<Tags>
  <Tag><Targets><TargetTypeValue>70</TargetTypeValue></Targets>
    <Simple><Name>COLLECTION</Name><String>Railways</String></Simple></Tag>
  <Tag><Targets/>
    <Simple><Name>DIRECTOR</Name><String>A. Nobody</String>
      <Simple><Name>URL</Name><String>https://example.org/nobody</String></Simple></Simple></Tag>
</Tags>
"""
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- who, when --></x:xmpmeta>'
MASTERING: tuple[str, ...] = (
    "max-luminance=1000",
    "min-luminance=0.01",
    "chromaticity-coordinates-red-x=0.68",
)
MASTERING += ("chromaticity-coordinates-red-y=0.32", "chromaticity-coordinates-green-x=0.265")
MASTERING += ("chromaticity-coordinates-green-y=0.69", "chromaticity-coordinates-blue-x=0.15")
MASTERING += (
    "chromaticity-coordinates-blue-y=0.06",
    "white-coordinates-x=0.3127",
    "white-coordinates-y=0.329",
)


def _plain(path: Path) -> None:
    """Two sounds, two kinds of subtitles, a cover, a note, colour tags and an aspect, in Matroska."""
    texts, styled, cover = (path.with_suffix(suffix) for suffix in (".srt", ".ass", ".png"))
    note = path.with_suffix(".txt")
    texts.write_text(_TEXTS)
    styled.write_text(_STYLED)
    note.write_bytes(b"carry me")
    ffmpeg("-f", "lavfi", "-i", "color=size=16x16", "-frames:v", "1", cover)
    sources = ("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _TONE, "-f", "lavfi", "-i", _TONE)
    maps = ("-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s", "-map", "4:s")
    coded = ("-c:v", "ffv1", "-level", "3", "-g", "1", "-pix_fmt", "yuv420p", "-vf", ",".join(_TAGGED))
    sounds = ("-c:a:0", "flac", "-c:a:1", "ac3", "-c:s", "copy")
    words: tuple[str, ...] = (
        "-metadata",
        "title=A film",
        "-metadata",
        "ARCHIVE=B 12",
        "-metadata:s:a:0",
        "language=eng",
    )
    words += (
        "-metadata:s:a:1",
        "language=fra",
        "-metadata:s:a:1",
        "title=Talk",
        "-metadata:s:s:0",
        "language=fra",
    )
    words += ("-disposition:a:1", "comment", "-disposition:s:0", "forced", "-metadata:s:a:0", "ORIGIN=reel 3")
    attached: tuple[str | Path, ...] = (
        "-attach",
        note,
        "-metadata:s:t:0",
        "mimetype=text/plain",
        "-metadata:s:t:0",
        "filename=note.txt",
    )
    attached += (
        "-attach",
        cover,
        "-metadata:s:t:1",
        "mimetype=image/png",
        "-metadata:s:t:1",
        "filename=cover.png",
    )
    ffmpeg(*sources, "-i", texts, "-i", styled, *maps, *coded, *sounds, *words, *attached, path)


def _simple(path: Path) -> None:
    """Two sounds and two kinds of subtitles, of which nothing is written, in Matroska."""
    texts, styled = (path.with_suffix(suffix) for suffix in (".srt", ".ass"))
    texts.write_text(_TEXTS)
    styled.write_text(_STYLED)
    sources = ("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _TONE, "-i", texts, "-i", styled)
    maps = ("-map", "0:v", "-map", "1:a", "-map", "1:a", "-map", "2:s", "-map", "3:s")
    coded = ("-c:v", "ffv1", "-level", "3", "-g", "1", "-pix_fmt", "yuv420p", "-color_range", "tv")
    sounds = ("-c:a:0", "flac", "-c:a:1", "pcm_s16le", "-c:s", "copy", "-default_mode", "passthrough")
    ffmpeg(*sources, *maps, *coded, *sounds, path)


def _rich(path: Path) -> None:
    """What Matroska alone can say: two editions in two languages and two levels, tags with targets, languages
    by BCP 47, flags, cropping, two pictures side by side, mastering display."""
    plain, chapters, tags = (
        path.with_suffix(suffix) for suffix in (".plain.mkv", ".chapters.xml", ".tags.xml")
    )
    _plain(plain)
    chapters.write_text(CHAPTERS)
    tags.write_text(TAGS)
    run("mkvmerge", "-q", "-o", path, "--chapters", chapters, "--global-tags", tags, plain)
    colors = [word for one in MASTERING for word in ("--set", one)]
    looks: tuple[str, ...] = (
        "pixel-crop-left=4",
        "stereo-mode=1",
        "display-width=64",
        "display-height=32",
        "display-unit=0",
    )
    looks += (
        "chroma-siting-horizontal=1",
        "chroma-siting-vertical=1",
        "max-content-light=900",
        "max-frame-light=300",
    )
    picture = [word for one in looks for word in ("--set", one)]
    second = ("--set", "language-ietf=pt-BR", "--set", "flag-hearing-impaired=1", "--set", "flag-enabled=0")
    described = ("--attachment-description", "a note", "--update-attachment", "1")
    edits = ("--edit", "track:v1", *picture, *colors, "--edit", "track:a2", *second, *described)
    run("mkvpropedit", path, *edits)


def _held(path: Path) -> None:
    """The last picture is held for half a second."""
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        _PICTURE,
        "-c:v",
        "ffv1",
        "-bsf:v",
        "setts=duration=if(eq(N\\,24)\\,500\\,DURATION)",
        path,
    )


def _deep(path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", _PICTURE, "-c:v", "ffv1", "-pix_fmt", "gray10le", path)


def _fields(path: Path) -> None:
    """Interlaced, the upper field first."""
    ffmpeg("-f", "lavfi", "-i", _PICTURE, "-c:v", "ffv1", "-flags", "+ilme+ildct", "-top", "1", path)
    run("mkvpropedit", path, "--edit", "track:v1", "--set", "interlaced=1", "--set", "field-order=1")


def _transparent(path: Path) -> None:
    half = "format=yuva420p,geq=lum='lum(X,Y)':cb=128:cr=128:a='if(lt(X,32),255,100)'"
    ffmpeg("-f", "lavfi", "-i", _PICTURE, "-vf", half, "-c:v", "ffv1", path)


def _quick(path: Path) -> None:
    """MP4 with AAC, whose priming an edit list hides; turned, with a tag."""
    tone = ("-f", "lavfi", "-i", _TONE, "-c:a", "aac", "-metadata:s:a:0", "language=eng")
    straight = path.with_suffix(".straight.mp4")
    coded = (
        "-c:v",
        "libx264",
        "-bf",
        "0",
        "-pix_fmt",
        "yuv420p",
        "-vf",
        "setsar=16/11,setparams=range=tv:colorspace=bt709",
    )
    ffmpeg("-f", "lavfi", "-i", _PICTURE, *tone, *coded, "-metadata", "title=A film", straight)
    ffmpeg("-i", straight, "-c", "copy", "-metadata:s:v:0", "rotate=90", path)


def _described(path: Path) -> None:
    """MP4 with an XMP packet."""
    ffmpeg("-f", "lavfi", "-i", _PICTURE, "-c:v", "libx264", "-pix_fmt", "yuv420p", path)
    append_xmp(path, XMP)


def _editing(path: Path) -> None:
    """QuickTime with a timecode."""
    coded = ("-c:v", "prores_ks", "-timecode", "01:00:00:00")
    ffmpeg("-f", "lavfi", "-i", _PICTURE, *coded, path)


def _bare(path: Path) -> None:
    """A row of coded pictures, whose header says 24000/1001 a second."""
    coded = (
        "-c:v",
        "libx264",
        "-bf",
        "0",
        "-r",
        "24000/1001",
        "-frames:v",
        "20",
        "-bsf:v",
        "filter_units=remove_types=6",
    )
    ffmpeg("-f", "lavfi", "-i", _PICTURE, *coded, path)


def _joined(path: Path) -> None:
    """Two recordings in one transport stream, joined byte by byte."""
    one = path.with_suffix(".one.ts")
    coded = ("-c:v", "mpeg2video", "-g", "5", "-bf", "0", "-q:v", "3", "-c:a", "mp2")
    ffmpeg("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _TONE, *coded, one)
    path.write_bytes(one.read_bytes() * 2)


def _captioned(path: Path) -> None:
    """H.264 with A/53 closed captions in the picture from frame 10 on: a message before the slice."""
    coded = ("-c:v", "libx264", "-bf", "0", "-x264-params", "slices=1:threads=1", "-pix_fmt", "yuv420p")
    ffmpeg("-f", "lavfi", "-i", _PICTURE, *coded, path.with_suffix(".h264"))
    captioned = path.with_suffix(".cc.h264")
    captioned.write_bytes(with_captions(path.with_suffix(".h264").read_bytes(), 10))
    ffmpeg("-r", "25", "-i", captioned, "-c", "copy", path)


def with_captions(stream: bytes, first: int) -> bytes:
    """The coded pictures with a message of captions in each from `first` on: ITU-T H.264, 7.3.2.3, and
    ATSC A/53 part 4, 6.2.3."""
    pairs = b"\xfc\x94\x20" * 2
    words = b"\xb5\x00\x31GA94\x03" + bytes((0x40 | 2, 0xFF)) + pairs + b"\xff"
    message = b"\0\0\0\1\x06\x04" + bytes((len(words),)) + words + b"\x80"
    parts = stream.split(b"\0\0\1")
    found, pictures = parts[0], 0
    for part in parts[1:]:
        is_slice = part[:1] and part[0] & 0x1F in (1, 5)
        pictures += bool(is_slice)
        found = found.rstrip(b"\0") + (message if is_slice and pictures > first else b"")
        found += b"\0\0\0\1" + part
    return found


FILMS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "simple": ("mkv", _simple),
    "plain": ("mkv", _plain),
    "rich": ("mkv", _rich),
    "held": ("mkv", _held),
    "deep": ("mkv", _deep),
    "fields": ("mkv", _fields),
    "transparent": ("mkv", _transparent),
    "quick": ("mp4", _quick),
    "described": ("mp4", _described),
    "editing": ("mov", _editing),
    "bare": ("h264", _bare),
    "joined": ("ts", _joined),
    "captioned": ("mkv", _captioned),
}


def _of_bare(original: Path, target: Path) -> None:
    ffmpeg("-r", "24000/1001", "-i", original, "-c", "copy", target)


def _of_joined(original: Path, target: Path) -> None:
    """Each recording moved as a whole, to begin when the file does."""
    with av.open(str(original)) as film:
        begin_s = Fraction(film.start_time, av.time_base)
    ffmpeg("-i", original, "-c", "copy", "-output_ts_offset", f"{float(begin_s):.6f}", target)


# What is no result as it stands, and how a faultless one is made.
RESULTS: dict[str, Callable[[Path, Path], None]] = {"bare": _of_bare, "joined": _of_joined}


def make_film(name: str, folder: Path) -> tuple[Path, Path]:
    """The original called `name`, and its faultless result."""
    suffix, make = FILMS[name]
    path = folder / f"{name}.{suffix}"
    make(path)
    if name not in RESULTS:
        return path, path
    RESULTS[name](path, folder / f"{name}.result.mkv")
    return path, folder / f"{name}.result.mkv"
