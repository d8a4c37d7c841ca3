"""Faults in single elements of a Matroska result, and an original that states most of what there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tests.material.media_sources import Source, make
from tests.material.planted.elements import Node, Tree, payload_of, tree_of

PICTURE, OPUS, AAC, FLAC, TEXT = range(1, 6)
_INFO, _CHAPTERS, _TAGS, _FILES = "1549a966", "1043a770", "1254c367", "1941a469"
SOURCE = Source(
    codec="ffv1",
    pixel_format="gray",
    frames=8,
    time_base=Fraction(1, 24),
    audio=("libopus", "aac", "flac"),
    has_subtitle=True,
    has_chapters=True,
    has_attachment=True,
    has_cover=True,
    matrix=1,
    tags={"ARCHIVE": "B 12"},
)
_TRACKS = "second reading: tracks"
_PACKETS, _STEP = "second reading: packets of the picture", "second reading: sound in step"
_TEXTS, _FILE = "#4 subtitle subrip (fra)", '#6 attachment text/plain "a note"'
OF = {
    OPUS: '#1 audio opus (eng) "Sound 0"',
    AAC: '#2 audio aac (fra) "Sound 1"',
    FLAC: '#3 audio flac (deu) "Sound 2"',
}


def make_original(path: Path) -> Path:
    """Eight frames, Opus, AAC, FLAC and a subtitle, and elements that FFmpeg does not write."""
    tree = tree_of(make(path.with_suffix(".made.mkv"), SOURCE))
    picture = tree.track(PICTURE).at("e0")
    picture.put("9a", 1)
    picture.put("54aa", 2)
    for key, value in {"55b7": 2, "55b8": 2}.items():
        picture.at("55b0").put(key, value)
    tree.track(AAC).at("e1").put("78b5", 48000.0)
    tree.track(AAC).put("23e383", 21_333_333)
    tree.track(AAC).put("22b59d", "fr-CA")
    tree.track(FLAC).at("e1").put("52f1", 1)
    for key, value in {"b9": 0, "55ab": 1, "55ae": 1}.items():
        tree.track(FLAC).put(key, value)
    _chapter(tree, 0).inside.append(Node("80", inside=[Node("85", b"Eins"), Node("437c", b"ger")]))
    _chapter(tree, 1).inside.append(_atom(600_000_000, "Inside"))
    _chapter(tree, 1).put("98", 1)
    tree.section(_FILES).all("61a7")[1].put("467e", "a note")
    return tree.write(path)


def _atom(start_ns: int, title: str) -> Node:
    atom = Node("b6", inside=[Node("73c4", b"\x63")])
    atom.put("91", start_ns)
    atom.at("80").put("85", title)
    return atom


def _chapter(tree: Tree, number: int) -> Node:
    return tree.section(_CHAPTERS).at("45b9").all("b6")[number]


@dataclass(frozen=True)
class ElementFault:
    """`what` is planted; `row` fails, others may too."""

    what: str
    row: str
    plant: Callable[[Tree], object]


def _set(what: str, track: int, path: str, value: float | str | bytes, row: str = _TRACKS) -> ElementFault:
    *parents, key = path.split("/")
    return ElementFault(what, row, lambda tree: tree.track(track).at(*parents).put(key, value))


def _lost(what: str, track: int, path: str, row: str = _TRACKS) -> ElementFault:
    *parents, key = path.split("/")
    return ElementFault(what, row, lambda tree: tree.track(track).at(*parents).drop(key))


def _at(what: str, row: str, section: str, change: Callable[[Node], object]) -> ElementFault:
    return ElementFault(what, row, lambda tree: change(tree.section(section)))


def _flipped(node: Node, place: int, bit: int = 1) -> None:
    data = bytearray(node.payload)
    data[place] ^= bit
    node.payload = bytes(data)


def _header(what: str, track: int, place: int, row: str) -> ElementFault:
    return ElementFault(what, row, lambda tree: _flipped(tree.track(track).at("63a2"), place))


def _packet(
    what: str, track: int, row: str, change: Callable[[list[Node], Node], object], at: int = 2
) -> ElementFault:
    return ElementFault(what, row, lambda tree: change(*tree.blocks(track)[at]))


def _later(_: list[Node], block: Node, ticks: int = 1) -> None:
    node = payload_of(block)
    time = int.from_bytes(node.payload[1:3], "big", signed=True) + ticks
    node.payload = node.payload[:1] + time.to_bytes(2, "big", signed=True) + node.payload[3:]


def _twice(blocks: list[Node], block: Node) -> None:
    place = next(at for at, one in enumerate(blocks) if one is block)
    blocks.insert(place, block)


def _removed(blocks: list[Node], block: Node) -> None:
    blocks[:] = [one for one in blocks if one is not block]


def _swapped(tree: Tree, track: int) -> None:
    one, other = (payload_of(block) for _, block in tree.blocks(track)[2:4])
    one.payload, other.payload = one.payload[:4] + other.payload[4:], other.payload[:4] + one.payload[4:]


def _group(blocks: list[Node], block: Node, key: str, value: int) -> None:
    """In a group of its own, which can say more."""
    group = block if block.key == "a0" else Node("a0", inside=[Node("a1", block.payload)])
    group.at(key).payload = value.to_bytes(4, "big", signed=True)
    blocks[blocks.index(block)] = group


def _longer(blocks: list[Node], block: Node) -> None:
    _group(blocks, block, "9b", 601)


def _tag(name: str, value: str) -> Callable[[Node], object]:
    def change(tags: Node) -> None:
        simple = next(
            one
            for tag in tags.all("7373")
            for one in tag.all("67c8")
            if one.at("45a3").payload == name.encode()
        )
        simple.put("4487", value)

    return change


def _tag_language(tags: Node) -> None:
    next(
        one for tag in tags.all("7373") for one in tag.all("67c8") if one.at("45a3").payload == b"ARCHIVE"
    ).put("447a", "fre")


def _tag_target(tags: Node) -> None:
    next(
        tag
        for tag in tags.all("7373")
        if any(one.at("45a3").payload == b"ARCHIVE" for one in tag.all("67c8"))
    ).at("63c0").put("68ca", 70)


def _file(number: int, key: str, value: str | bytes) -> Callable[[Node], object]:
    return lambda files: files.all("61a7")[number].put(key, value)


_LEVELS = "55b0/55d0/55d9"
HEADERS = (
    _header("another gain of Opus", OPUS, 16, OF[OPUS]),
    _header("another pre-skip of Opus", OPUS, 10, OF[OPUS]),
    _header("another input rate of Opus", OPUS, 12, OF[OPUS]),
    _header("another count of channels in the header of Opus", OPUS, 9, OF[OPUS]),
    _header("another mapping of channels of Opus", OPUS, 18, OF[OPUS]),
    _header("another AudioSpecificConfig: the frame length", AAC, 1, OF[AAC]),
    ElementFault(
        "another AudioSpecificConfig: the rate",
        OF[AAC],
        lambda tree: _flipped(tree.track(AAC).at("63a2"), 1, 0x80),
    ),
    _lost("no AudioSpecificConfig", AAC, "63a2", _TRACKS),
    _header("another STREAMINFO of FLAC: its MD5", FLAC, 30, OF[FLAC]),
    _header("another STREAMINFO of FLAC: the count of samples", FLAC, 25, OF[FLAC]),
    _set("another delay of the coding", OPUS, "56aa", 7_500_000),
    _lost("no delay of the coding", OPUS, "56aa"),
    _set("another delay of AAC", AAC, "56aa", 0),
    _set("another seek pre-roll", OPUS, "56bb", 40_000_000),
    _lost("no seek pre-roll", OPUS, "56bb"),
    _set("another SamplingFrequency of FLAC", FLAC, "e1/b5", 44100.0),
    _set("another SamplingFrequency of AAC", AAC, "e1/b5", 32000.0),
    _set("another SamplingFrequency of Opus", OPUS, "e1/b5", 24000.0),
    _set("another OutputSamplingFrequency", AAC, "e1/78b5", 96000.0),
    _set("a new OutputSamplingFrequency", FLAC, "e1/78b5", 96000.0),
    _set("other channels", FLAC, "e1/9f", 1),
    _set("other channels of AAC", AAC, "e1/9f", 6),
    _set("another bit depth", FLAC, "e1/6264", 24),
    _set("another emphasis", FLAC, "e1/52f1", 3),
    _lost("no emphasis", FLAC, "e1/52f1"),
    _set("another DefaultDuration of sound", AAC, "23e383", 42_666_667),
    _lost("no DefaultDuration of sound", AAC, "23e383"),
    _set("a new DefaultDuration of subtitles", TEXT, "23e383", 40_000_000),
    _set("another DefaultDuration of the picture", PICTURE, "23e383", 20_000_000),
    _lost("no DefaultDuration of the picture", PICTURE, "23e383"),
    _set("another kind of coding", FLAC, "86", "A_TTA1", OF[FLAC]),
)
WRITTEN = (
    _set("FlagEnabled off", AAC, "b9", 0),
    _set("FlagEnabled off of the picture", PICTURE, "b9", 0),
    _set("FlagEnabled on", FLAC, "b9", 1),
    _set("FlagDefault on", AAC, "88", 1),
    _set("FlagDefault off", OPUS, "88", 0, "written of #1"),
    _set("FlagForced on", AAC, "55aa", 1),
    _set("FlagForced off", TEXT, "55aa", 0, "written of #4"),
    _set("FlagHearingImpaired off", FLAC, "55ab", 0),
    _set("FlagHearingImpaired on", OPUS, "55ab", 1),
    _set("FlagVisualImpaired on", OPUS, "55ac", 1),
    _set("FlagTextDescriptions on", TEXT, "55ad", 1),
    _set("FlagOriginal off", FLAC, "55ae", 0),
    _set("FlagOriginal on", OPUS, "55ae", 1),
    _set("FlagCommentary off", AAC, "55af", 0),
    _set("FlagCommentary on", OPUS, "55af", 1),
    _set("another Language", OPUS, "22b59c", "ger", "written of #1"),
    _set("another LanguageBCP47", AAC, "22b59d", "fr-FR", "written of #2"),
    _lost("no LanguageBCP47", AAC, "22b59d", "written of #2"),
    _set("a new LanguageBCP47", OPUS, "22b59d", "de"),
    _set("a new LanguageBCP47 of the picture", PICTURE, "22b59d", "de"),
    _set("another Language of subtitles", TEXT, "22b59c", "eng", "written of #4"),
    _set("another title", AAC, "536e", "Sound 9", "written of #2"),
    _lost("no title", FLAC, "536e", "written of #3"),
    _set("a new title of the picture", PICTURE, "536e", "Remastered", "written of the picture"),
)
LOOKS = (
    _set("interlaced, of unknown order, called progressive", PICTURE, "e0/9a", 2),
    _lost("interlaced, of unknown order, not called so", PICTURE, "e0/9a"),
    _set("an order of fields that nobody knew", PICTURE, "e0/9d", 1, "fields"),
    _set("chroma sited at the left", PICTURE, "e0/55b0/55b7", 1, "chroma siting"),
    _set("chroma sited at the top", PICTURE, "e0/55b0/55b8", 1, "chroma siting"),
    _lost("no chroma siting", PICTURE, "e0/55b0/55b7", "chroma siting"),
    _set("another matrix", PICTURE, "e0/55b0/55b1", 6),
    _set("another range", PICTURE, "e0/55b0/55b9", 2),
    _set("another transfer", PICTURE, "e0/55b0/55ba", 6),
    _set("other primaries", PICTURE, "e0/55b0/55bb", 6),
    _set("a new content light level", PICTURE, "e0/55b0/55bc", 800),
    _set("a new frame-average light level", PICTURE, "e0/55b0/55bd", 301),
    _set("a new mastering display", PICTURE, f"e0/{_LEVELS}", 4000.0),
    _set("another crop", PICTURE, "e0/54aa", 4, "second reading: crop"),
    _set("a new crop", PICTURE, "e0/54bb", 2, "second reading: crop"),
    _set("another display width", PICTURE, "e0/54b0", 80, "sample aspect"),
    _set("a new stereo mode", PICTURE, "e0/53b8", 3),
    _set("a new alpha mode", PICTURE, "e0/53c0", 1),
    _set("a new projection", PICTURE, "e0/7670/7671", 1),
)
TIMES = (
    _packet("a packet of sound one tick late", FLAC, OF[FLAC], _later),
    _packet("a packet of Opus one tick late", OPUS, OF[OPUS], _later),
    _packet("a packet of sound that is missing", AAC, OF[AAC], _removed),
    _packet("the last packet of sound that is missing", FLAC, OF[FLAC], _removed, -1),
    _packet("the first packet of sound that is missing", OPUS, OF[OPUS], _removed, 0),
    _packet("a packet of sound twice", AAC, OF[AAC], _twice),
    _packet("one bit of a packet of Opus", OPUS, OF[OPUS], lambda _, one: _flipped(payload_of(one), -1)),
    _packet("one bit of a packet of AAC", AAC, OF[AAC], lambda _, one: _flipped(payload_of(one), 40, 0x10)),
    _packet("one bit of a packet of FLAC", FLAC, OF[FLAC], lambda _, one: _flipped(payload_of(one), -9)),
    _packet("one bit of a word", TEXT, _TEXTS, lambda _, one: _flipped(payload_of(one), 5), 0),
    ElementFault("two packets of sound that changed places", OF[FLAC], lambda tree: _swapped(tree, FLAC)),
    _packet(
        "padding of sound that is heard no more",
        FLAC,
        OF[FLAC],
        lambda blocks, block: _group(blocks, block, "75a2", 10_000_000),
        -1,
    ),
    _packet(
        "padding of Opus that is heard no more",
        OPUS,
        OF[OPUS],
        lambda blocks, block: _group(blocks, block, "75a2", 15_000_000),
        -1,
    ),
    _packet("a subtitle one tick late", TEXT, _TEXTS, _later, 0),
    _packet(
        "a subtitle that stays a tick longer",
        TEXT,
        _TEXTS,
        lambda blocks, block: _group(blocks, block, "9b", 601),
        0,
    ),
    _packet("a subtitle that is missing", TEXT, _TEXTS, _removed, 1),
    _packet("a frame that is shown one tick late", PICTURE, "frame times", _later),
    _packet("a frame that is missing", PICTURE, "luma", _removed),
    _packet("the last frame that is missing", PICTURE, "luma", _removed, -1),
    _packet("a frame twice", PICTURE, "luma", _twice),
    ElementFault("two frames that changed places", "luma", lambda tree: _swapped(tree, PICTURE)),
    ElementFault(
        "a film that is slower by one part in 100",
        "frame times",
        lambda tree: tree.section(_INFO).put("2ad7b1", 1_010_000),
    ),
    ElementFault(
        "a film that begins 40 ms late",
        "frame times",
        lambda tree: [
            cluster.put("e7", int.from_bytes(cluster.at("e7").payload, "big") + 40)
            for cluster in tree.segment.all("1f43b675")
        ],
    ),
    ElementFault(
        "sound that begins 40 ms late",
        OF[FLAC],
        lambda tree: [_later(*found, 40) for found in tree.blocks(FLAC)],
    ),
    ElementFault(
        "another duration of the file",
        "second reading: length of the file",
        lambda tree: tree.section(_INFO).put("4489", 900.0),
    ),
)
BESIDE = (
    _at("another byte of an attachment", _FILE, _FILES, _file(1, "465c", b"carry me\0to")),
    _at("another name of an attachment", "written of #6", _FILES, _file(1, "466e", "other.txt")),
    _at("another type of an attachment", "written of #6", _FILES, _file(1, "4660", "text/html")),
    _at(
        "another description of an attachment",
        "second reading: attachments",
        _FILES,
        _file(1, "467e", "b note"),
    ),
    _at("an attachment that is lost", _FILE, _FILES, lambda files: files.inside.pop(1)),
    _at("a cover that is lost", "second reading: attachments", _FILES, lambda files: files.inside.pop(0)),
    _at(
        "an attachment twice",
        "second reading: attachments",
        _FILES,
        lambda files: files.inside.append(files.inside[0]),
    ),
    ElementFault(
        "a chapter one tick late",
        "second reading: chapters",
        lambda tree: _chapter(tree, 1).put("91", 501_000_000),
    ),
    ElementFault(
        "a chapter that ends later", "chapters", lambda tree: _chapter(tree, 0).put("92", 510_000_000)
    ),
    ElementFault(
        "another title of a chapter",
        "second reading: chapters",
        lambda tree: _chapter(tree, 0).at("80").put("85", "Two"),
    ),
    ElementFault(
        "another language of a title",
        "second reading: chapters",
        lambda tree: _chapter(tree, 0).at("80").put("437c", "ger"),
    ),
    ElementFault(
        "a chapter that is no longer hidden",
        "second reading: chapters",
        lambda tree: _chapter(tree, 1).put("98", 0),
    ),
    ElementFault(
        "a chapter that is switched off",
        "second reading: chapters",
        lambda tree: _chapter(tree, 0).put("4598", 0),
    ),
    ElementFault(
        "a chapter in a chapter that is lost",
        "second reading: chapters",
        lambda tree: _chapter(tree, 1).drop("b6"),
    ),
    ElementFault(
        "a new chapter in a chapter",
        "second reading: chapters",
        lambda tree: _chapter(tree, 0).inside.append(_atom(1000, "New")),
    ),
    ElementFault(
        "a title in a second language that is lost",
        "second reading: chapters",
        lambda tree: _chapter(tree, 0).inside.pop(),
    ),
    _at(
        "an edition that is hidden",
        "second reading: chapters",
        _CHAPTERS,
        lambda part: part.at("45b9").put("45bd", 1),
    ),
    _at(
        "an edition that is ordered",
        "second reading: chapters",
        _CHAPTERS,
        lambda part: part.at("45b9").put("45dd", 1),
    ),
    _at(
        "a new edition",
        "second reading: chapters",
        _CHAPTERS,
        lambda part: part.inside.append(Node("45b9", inside=[_atom(0, "All")])),
    ),
    _at("another title of the film", "tags", _INFO, lambda part: part.put("7ba9", "Another film")),
    _at("no title of the film", "tags", _INFO, lambda part: part.drop("7ba9")),
    _at("another tag of the file", "tags", _TAGS, _tag("ARCHIVE", "B 13")),
    _at("a tag in another language", "second reading: tags", _TAGS, _tag_language),
    _at("a tag of another level", "second reading: tags", _TAGS, _tag_target),
)
ELEMENT_FAULTS = (*HEADERS, *WRITTEN, *LOOKS, *TIMES, *BESIDE)
