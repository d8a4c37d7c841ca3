"""Faults in what a Matroska file says of its tracks, chapters, tags and attachments."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.material.planted.fault import Fault, Plant, edited, replaced, run
from tests.material.planted.films import CHAPTERS, TAGS

_PICTURE, _FIRST, _SECOND = "track:v1", "track:a1", "track:a2"
_TRACKS, _CHAPTERS = "second reading: tracks", "second reading: chapters"
_TAGS, _ATTACHMENTS = "second reading: tags", "second reading: attachments"
_CROP, _SIDE_DATA = "second reading: crop", "second reading: side data"


def _set(track: str, value: str) -> Plant:
    return edited("--edit", track, "--set", value)


def _deleted(track: str, name: str) -> Plant:
    return edited("--edit", track, "--delete", name)


def _listed(option: str, text: str, old: str, new: str) -> Plant:
    """Chapters or tags with `new` in the place of `old`."""

    def plant(result: Path, target: Path) -> None:
        assert old in text
        words = target.with_suffix(".xml")
        words.write_text(text.replace(old, new, 1))
        shutil.copyfile(result, target)
        run("mkvpropedit", target, option, f"{'global:' if option == '--tags' else ''}{words}")

    return plant


def _chapters(old: str, new: str) -> Plant:
    return _listed("--chapters", CHAPTERS, old, new)


def _tags(old: str, new: str) -> Plant:
    return _listed("--tags", TAGS, old, new)


def _part(text: str, first: str, last: str) -> str:
    start = text.index(first)
    return text[start : text.index(last, start) + len(last)]


_NESTED = _part(CHAPTERS[CHAPTERS.index("ger") :], "<ChapterAtom>", "</ChapterAtom>")
_GERMAN = "<ChapterDisplay><ChapterString>Ankunft</ChapterString>"
_GERMAN += "<ChapterLanguage>ger</ChapterLanguage></ChapterDisplay>"
_LAST_EDITION = CHAPTERS[
    CHAPTERS.rindex("<EditionEntry>") : CHAPTERS.rindex("</EditionEntry>") + len("</EditionEntry>")
]
_URL = "<Simple><Name>URL</Name><String>https://example.org/nobody</String></Simple>"

CHAPTER_FAULTS = (
    Fault(
        "a chapter that begins 10 ms late",
        "rich",
        ("chapters", _CHAPTERS),
        _chapters("00:00:00.500</ChapterTimeStart>", "00:00:00.510</ChapterTimeStart>"),
    ),
    Fault("another title of a chapter", "rich", ("chapters", _CHAPTERS), _chapters("Departure", "Departing")),
    Fault(
        "a title in a second language that is lost", "rich", ("chapters", _CHAPTERS), _chapters(_GERMAN, "")
    ),
    Fault(
        "a chapter in another language",
        "rich",
        (_CHAPTERS,),
        _chapters("<ChapterLanguage>ger", "<ChapterLanguage>fre"),
    ),
    Fault("a chapter inside a chapter that is lost", "rich", (_CHAPTERS,), _chapters(_NESTED, "")),
    Fault("an edition that is lost", "rich", (_CHAPTERS,), _chapters(_LAST_EDITION, "")),
    Fault(
        "an edition that is no longer hidden",
        "rich",
        (_CHAPTERS,),
        _chapters("<EditionFlagHidden>1", "<EditionFlagHidden>0"),
    ),
)

TAG_FAULTS = (
    Fault("another tag of the file", "plain", ("tags", _TAGS), replaced(b"B 12", b"B 13")),
    Fault("another tag of a stream", "plain", ("written of #1", _TAGS), replaced(b"reel 3", b"reel 4")),
    Fault(
        "a tag of another level", "rich", ("tags", _TAGS), _tags("<TargetTypeValue>70", "<TargetTypeValue>60")
    ),
    Fault("a tag inside a tag that is lost", "rich", ("tags", _TAGS), _tags(_URL, "")),
    Fault(
        "another title of the file",
        "rich",
        ("tags", _TAGS),
        edited("--edit", "info", "--set", "title=Another film"),
    ),
    Fault("another title of a stream", "rich", ("written of #2", _TAGS), _set(_SECOND, "name=Walk")),
)

TRACK_FAULTS = (
    Fault("another language", "rich", ("written of #1", _TRACKS), _set(_FIRST, "language=deu")),
    Fault(
        "another variety of a language (BCP 47)",
        "rich",
        ("written of #2", _TRACKS),
        _set(_SECOND, "language-ietf=pt-PT"),
    ),
    Fault(
        "no language of a region (BCP 47)",
        "rich",
        ("written of #2", _TRACKS),
        _set(_SECOND, "language-ietf=pt"),
    ),
    Fault("another mark: default", "rich", ("written of #1", _TRACKS), _set(_FIRST, "flag-default=1")),
    Fault("another mark: commentary", "rich", ("written of #2", _TRACKS), _set(_SECOND, "flag-commentary=0")),
    Fault(
        "another mark: hearing impaired",
        "rich",
        ("written of #2", _TRACKS),
        _set(_SECOND, "flag-hearing-impaired=0"),
    ),
    Fault(
        "a forced subtitle that is no longer",
        "rich",
        ("written of #3", _TRACKS),
        _set("track:s1", "flag-forced=0"),
    ),
    Fault("a new mark: original", "rich", ("written of #1", _TRACKS), _set(_FIRST, "flag-original=1")),
    Fault("a track that is switched on", "rich", (_TRACKS,), _set(_SECOND, "flag-enabled=1")),
    Fault("another matrix", "plain", ("matrix", _TRACKS), _set(_PICTURE, "color-matrix-coefficients=1")),
    Fault(
        "another transfer", "plain", ("transfer", _TRACKS), _set(_PICTURE, "color-transfer-characteristics=1")
    ),
    Fault("other primaries", "plain", ("colour primaries", _TRACKS), _set(_PICTURE, "color-primaries=1")),
    Fault("another range", "plain", ("range", _TRACKS), _set(_PICTURE, "color-range=2")),
    Fault(
        "chroma sited elsewhere",
        "rich",
        ("chroma siting", _TRACKS),
        _set(_PICTURE, "chroma-siting-vertical=2"),
    ),
    Fault(
        "another mastering display",
        "rich",
        ("side data", _SIDE_DATA, _TRACKS),
        _set(_PICTURE, "max-luminance=4000"),
    ),
    Fault(
        "another light level",
        "rich",
        ("side data", _SIDE_DATA, _TRACKS),
        _set(_PICTURE, "max-content-light=800"),
    ),
    Fault("another aspect", "plain", ("sample aspect",), _set(_PICTURE, "display-width=90")),
    Fault("no cropping", "rich", ("sample aspect", _TRACKS, _CROP), _set(_PICTURE, "pixel-crop-left=0")),
    Fault("other cropping", "rich", ("sample aspect", _TRACKS, _CROP), _set(_PICTURE, "pixel-crop-top=2")),
    Fault(
        "another layout of two pictures",
        "rich",
        ("sample aspect", "side data", "written of the picture", _SIDE_DATA, _TRACKS),
        _set(_PICTURE, "stereo-mode=3"),
    ),
    Fault(
        "one picture of two",
        "rich",
        ("sample aspect", "side data", "written of the picture", _TRACKS),
        _deleted(_PICTURE, "stereo-mode"),
    ),
    Fault("the other field first", "fields", ("fields",), _set(_PICTURE, "field-order=6")),
    Fault(
        "no fields",
        "fields",
        ("fields", _TRACKS),
        edited("--edit", _PICTURE, "--set", "interlaced=2", "--delete", "field-order"),
    ),
)

ATTACHMENT_FAULTS = (
    Fault(
        "another byte of an attachment",
        "plain",
        ("#5 attachment text/plain", _ATTACHMENTS),
        replaced(b"carry me", b"carry mE"),
    ),
    Fault(
        "another name of an attachment",
        "rich",
        ("written of #5", _ATTACHMENTS),
        edited("--attachment-name", "other.txt", "--update-attachment", "1"),
    ),
    Fault(
        "another type of an attachment",
        "rich",
        ("written of #5", _ATTACHMENTS),
        edited("--attachment-mime-type", "text/html", "--update-attachment", "1"),
    ),
    Fault(
        "another description of an attachment",
        "rich",
        ("written of #5", _ATTACHMENTS),
        edited("--attachment-description", "another", "--update-attachment", "1"),
    ),
    Fault(
        "an attachment that is lost",
        "rich",
        ('#5 attachment text/plain "a note"', _ATTACHMENTS),
        edited("--delete-attachment", "1"),
    ),
    Fault("a cover that is lost", "rich", ("#6 cover png", _ATTACHMENTS), edited("--delete-attachment", "2")),
)
