"""Faults in pictures, sound, subtitles and their times."""

from __future__ import annotations

from pathlib import Path

from tests.material.planted.fault import Fault, Plant, copied, ffmpeg, replaced

_IN_STEP, _RATE = "second reading: sound in step", "second reading: rate"
_TRACKS = "second reading: tracks"
_SHAPE = "second reading: shape of pixels"
_BY_PACKETS = "second reading: packets of the picture"
_SAMPLE = "drawbox=x=3:y=5:w=1:h=1:t=fill:color=white:enable='eq(n,7)'"
# The piece of an edit list that begins behind 1024 samples, and one that does not: ISO/IEC 14496-12, 8.6.6.
_PRIMED, _UNPRIMED = b"\0\0\4\0\0\1\0\0", b"\0\0\0\0\0\1\0\0"
_TWICE = "loop=loop=1:size=1:start=7,setpts=N/25/TB"
_SWAPPED = "shuffleframes='0 2 1 3 4'"


def _filtered(words: str, *more: str) -> Plant:
    """The picture coded anew after a filter, everything else copied."""

    def plant(result: Path, target: Path) -> None:
        coded = ("-c", "copy", "-c:v:0", "ffv1", "-level", "3", "-g", "1", "-filter:v:0", words, *more)
        coded += ("-bsf:v:0", "setts=duration=1")  # or the last one would last no time
        kept = ("-default_mode", "passthrough", "-avoid_negative_ts", "disabled")
        ffmpeg("-copyts", "-i", result, "-map", "0", *coded, *kept, target)

    return plant


def _timed(stream: str, rule: str) -> Plant:
    """The packets of a stream with other times: a rule of FFmpeg's filter setts."""
    return copied(f"-bsf:{stream}", f"setts={rule}")


def _dropped(stream: str, number: int) -> Plant:
    return copied(f"-bsf:{stream}", f"noise=drop=eq(n\\,{number})")


def _other_sound(*words: str) -> Plant:
    return copied("-c:a:0", "flac", *words)


PICTURES = (
    Fault("one sample of luma", "simple", ("luma",), _filtered(_SAMPLE)),
    Fault(
        "a frame that is missing",
        "simple",
        ("luma", "frame times", _BY_PACKETS, _IN_STEP),
        _dropped("v:0", 7),
    ),
    Fault("a frame twice", "simple", ("luma",), _filtered(_TWICE)),
    Fault("frames that changed places", "simple", ("luma",), _filtered(_SWAPPED)),
    Fault(
        "a frame shown 10 ms late",
        "simple",
        ("frame times", _BY_PACKETS, _IN_STEP),
        _timed("v:0", "ts=if(eq(N\\,7)\\,PTS+10\\,PTS)"),
    ),
    Fault("a last frame that is not held", "held", ("frame times",), _timed("v:0", "duration=40")),
    Fault("half the rate", "simple", ("frame times", _BY_PACKETS, _IN_STEP), _timed("v:0", "ts=PTS*2")),
    Fault(
        "25 frames a second of what says 24000/1001", "bare", ("frame times", _RATE), _timed("v:0", "ts=N*40")
    ),
    Fault("another size", "simple", ("luma", "size"), _filtered("scale=32:24")),
    Fault("8 bit of 10", "deep", ("luma", "bit depth"), _filtered("format=gray")),
    Fault("no transparency", "transparent", ("side data",), _filtered("format=yuv420p")),
    Fault(
        "closed captions that begin later are lost",
        "captioned",
        ("side data",),
        copied("-bsf:v:0", "filter_units=remove_types=6"),
    ),
    Fault(
        "no timecode",
        "editing",
        ("written of the picture", "#1 data tmcd (eng)"),
        copied("-map", "-0:d", "-write_tmcd", "0", "-metadata:s:v:0", "timecode=", "-metadata", "timecode="),
    ),
    Fault(
        "another timecode",
        "editing",
        ("written of the picture", "#1 data tmcd (eng)"),
        copied("-map", "-0:d", "-timecode", "02:00:00:00"),
    ),
    Fault("not turned", "quick", ("rotation",), copied("-metadata:s:v:0", "rotate=0")),
    Fault(
        "another aspect, in MP4",
        "quick",
        ("sample aspect", _SHAPE),
        replaced(b"pasp\0\0\0\x10", b"pasp\0\0\0\x11"),
    ),
    Fault(
        "no XMP",
        "described",
        ("XMP",),
        replaced(bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC"), bytes(16)),
    ),
)

SOUNDS = (
    Fault("a packet of sound that is missing", "simple", ("#1 audio flac",), _dropped("a:0", 5)),
    Fault(
        "one packet of sound that is another",
        "simple",
        ("#1 audio flac",),
        copied("-bsf:a:0", "noise=amount=eq(n\\,5)"),
    ),
    Fault(
        "sound moved by 40 ms from the middle on",
        "simple",
        ("#1 audio flac", _IN_STEP),
        _timed("a:0", "ts=if(gte(N\\,6)\\,PTS+40\\,PTS)"),
    ),
    Fault(
        "sound moved by 40 ms from a splice on",
        "joined",
        ("#1 audio mp2", _IN_STEP),
        _timed("a:0", "ts=if(gte(N\\,42)\\,PTS+40\\,PTS)"),
    ),
    Fault(
        "picture moved by 60 ms from a splice on",
        "joined",
        ("frame times", _IN_STEP),
        _timed("v:0", "ts=if(gte(N\\,25)\\,PTS+60\\,PTS)"),
    ),
    Fault("a sound that is lost", "simple", ("#2 audio pcm_s16le",), copied("-map", "-0:a:1")),
    Fault(
        "sounds in another order",
        "simple",
        ("order of audio",),
        copied(streams=("-map", "0:v:0", "-map", "0:a:1", "-map", "0:a:0", "-map", "0:s")),
    ),
    Fault("another sampling rate", "simple", ("#1 audio flac", _TRACKS), _other_sound("-ar:a:0", "44100")),
    Fault("another number of channels", "simple", ("#1 audio flac", _TRACKS), _other_sound("-ac:a:0", "2")),
    Fault("priming that is heard", "quick", ("#1 audio aac (eng)",), replaced(_PRIMED, _UNPRIMED)),
)

TEXTS = (
    Fault(
        "a subtitle 100 ms late",
        "simple",
        ("#3 subtitle subrip", _IN_STEP),
        _timed("s:0", "ts=if(eq(N\\,1)\\,PTS+100\\,PTS)"),
    ),
    Fault(
        "a subtitle that stays longer",
        "simple",
        ("#3 subtitle subrip",),
        _timed("s:0", "duration=DURATION+50"),
    ),
    Fault("another word", "plain", ("#3 subtitle subrip (fra)",), replaced(b"Hello", b"Hallo")),
    Fault(
        "another style",
        "plain",
        ("#4 subtitle ass", _TRACKS),
        replaced(b"Default,Arial,20", b"Default,Arial,24"),
    ),
    Fault("a subtitle track that is lost", "simple", ("#3 subtitle subrip",), copied("-map", "-0:s:0")),
)
