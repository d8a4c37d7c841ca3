"""What is done to single elements of a Matroska result, and an original that states most of what there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tests.material.media_sources import Source, make
from tests.material.planted.elements import Node, Tree, payload_of, tree_of

PICTURE, OPUS, AAC, FLAC, TEXT = range(1, 6)
INFO, CHAPTERS, TAGS, FILES = "1549a966", "1043a770", "1254c367", "1941a469"
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
TRACKS, STRUCTURE = "second reading: tracks", "second reading: structure"
PACKETS, STEP = "second reading: packets of the picture", "second reading: sound in step"
TEXTS, FILE = "#4 subtitle subrip (fra)", '#6 attachment text/plain "a note"'
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
    chapter(tree, 0).inside.append(Node("80", inside=[Node("85", b"Eins"), Node("437c", b"ger")]))
    chapter(tree, 1).inside.append(atom(600_000_000, "Inside"))
    chapter(tree, 1).put("98", 1)
    tree.section(FILES).all("61a7")[1].put("467e", "a note")
    return tree.write(path)


def atom(start_ns: int, title: str) -> Node:
    made = Node("b6", inside=[Node("73c4", b"\x63")])
    made.put("91", start_ns)
    made.at("80").put("85", title)
    return made


def chapter(tree: Tree, number: int) -> Node:
    return tree.section(CHAPTERS).at("45b9").all("b6")[number]


@dataclass(frozen=True)
class ElementFault:
    """`what` is planted; `row` fails, others may too."""

    what: str
    row: str
    plant: Callable[[Tree], object]


def stated(what: str, track: int, path: str, value: float | str | bytes, row: str = TRACKS) -> ElementFault:
    *parents, key = path.split("/")
    return ElementFault(what, row, lambda tree: tree.track(track).at(*parents).put(key, value))


def lost(what: str, track: int, path: str, row: str = TRACKS) -> ElementFault:
    *parents, key = path.split("/")
    return ElementFault(what, row, lambda tree: tree.track(track).at(*parents).drop(key))


def of_section(what: str, row: str, section: str, change: Callable[[Node], object]) -> ElementFault:
    return ElementFault(what, row, lambda tree: change(tree.section(section)))


def flipped(node: Node, place: int, bit: int = 1) -> None:
    data = bytearray(node.payload)
    data[place] ^= bit
    node.payload = bytes(data)


def header(what: str, track: int, place: int, row: str) -> ElementFault:
    return ElementFault(what, row, lambda tree: flipped(tree.track(track).at("63a2"), place))


def packet(
    what: str, track: int, row: str, change: Callable[[list[Node], Node], object], at: int = 2
) -> ElementFault:
    return ElementFault(what, row, lambda tree: change(*tree.blocks(track)[at]))


def later(_: list[Node], block: Node, ticks: int = 1) -> None:
    node = payload_of(block)
    time = int.from_bytes(node.payload[1:3], "big", signed=True) + ticks
    node.payload = node.payload[:1] + time.to_bytes(2, "big", signed=True) + node.payload[3:]


def twice(blocks: list[Node], block: Node) -> None:
    place = next(at for at, one in enumerate(blocks) if one is block)
    blocks.insert(place, block)


def removed(blocks: list[Node], block: Node) -> None:
    blocks[:] = [one for one in blocks if one is not block]


def swapped(tree: Tree, track: int) -> None:
    one, other = (payload_of(block) for _, block in tree.blocks(track)[2:4])
    one.payload, other.payload = one.payload[:4] + other.payload[4:], other.payload[:4] + one.payload[4:]


def group(blocks: list[Node], block: Node, key: str, value: int) -> None:
    """In a group of its own, which can say more."""
    found = block if block.key == "a0" else Node("a0", inside=[Node("a1", block.payload)])
    found.at(key).payload = value.to_bytes(4, "big", signed=True)
    blocks[blocks.index(block)] = found


def begun_late(tree: Tree) -> None:
    for cluster in tree.segment.all("1f43b675"):
        cluster.put("e7", int.from_bytes(cluster.at("e7").payload, "big") + 40)


def sounding_late(tree: Tree) -> None:
    for blocks, block in tree.blocks(FLAC):
        later(blocks, block, 40)


def longer(blocks: list[Node], block: Node) -> None:
    group(blocks, block, "9b", 601)


def tag(name: str, value: str) -> Callable[[Node], object]:
    def change(tags: Node) -> None:
        simple = next(
            one
            for tag in tags.all("7373")
            for one in tag.all("67c8")
            if one.at("45a3").payload == name.encode()
        )
        simple.put("4487", value)

    return change


def tag_language(tags: Node) -> None:
    next(
        one for tag in tags.all("7373") for one in tag.all("67c8") if one.at("45a3").payload == b"ARCHIVE"
    ).put("447a", "fre")


def tag_target(tags: Node) -> None:
    next(
        tag
        for tag in tags.all("7373")
        if any(one.at("45a3").payload == b"ARCHIVE" for one in tag.all("67c8"))
    ).at("63c0").put("68ca", 70)


def attached(number: int, key: str, value: str | bytes) -> Callable[[Node], object]:
    return lambda files: files.all("61a7")[number].put(key, value)
