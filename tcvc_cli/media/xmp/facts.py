"""What a packet says, in a form in which two packets can be compared: prefixes, order and the choice between
attribute and element count for nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from xml.dom import minidom

from tcvc_cli.media.xmp.parsing import RDF, elements_of, parsed, rdf_of

OURS: Final = "urn:tcvc:xmp:1/"  # the namespace of what only tcvc says
OF_THE_SOURCE: Final = "OfTheSource"  # properties of the source that ours stand in the place of
SOURCE_PACKET: Final = "SourcePacket"  # one of the source that could not be read, as base64
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_XMLNS: Final = "http://www.w3.org/2000/xmlns/"
_NOTE: Final = "http://ns.adobe.com/xmp/note/"
_COMMENT: Final = "comment"
_OF_JPEG: Final = f"{{{_NOTE}}}HasExtendedXMP"  # says where JPEG keeps the rest, nothing of the picture


class Fact(NamedTuple):
    """A property, or a comment: its name, its qualifiers, and its text or what it is made of."""

    name: str
    qualifiers: tuple[tuple[str, str], ...]
    text: str
    parts: tuple[Fact, ...]


def keeps(sources: Sequence[bytes], results: Sequence[bytes]) -> bool:
    """Whether everything that the packets `sources` say is still in `results`, or stands there as bytes."""
    there = set(results) | {one for packet in results for one in unread_in(packet)}
    others = [one for one in sources if one not in there]
    if not others:
        return True
    kept = {fact for packet in results for fact in _with_those_of_the_source(facts_of(packet) or ())}
    return all((facts := facts_of(one)) is not None and kept.issuperset(facts) for one in others)


def facts_of(packet: bytes) -> tuple[Fact, ...] | None:
    """None where it cannot be read."""
    document = parsed(packet)
    rdf = None if document is None else rdf_of(document)
    if document is None or rdf is None:
        return None
    found = (fact for node in elements_of(rdf) for fact in (*_of_attributes(node), *_of_elements(node)))
    return (*(one for one in found if one.name != _OF_JPEG), *_comments(document))


def unread_in(packet: bytes) -> Iterator[bytes]:
    """The packets that a result has kept as they were."""
    facts = (one for one in facts_of(packet) or () if one.name == f"{{{OURS}}}{SOURCE_PACKET}")
    for item in (item for fact in facts for sequence in fact.parts for item in sequence.parts):
        try:
            yield base64.b64decode(item.text, validate=True)
        except (binascii.Error, ValueError):
            continue


def _comments(node: minidom.Node) -> Iterator[Fact]:
    """Wherever they stand: nobody reads them but people, and they are of the packet."""
    for child in node.childNodes:
        if isinstance(child, minidom.Comment):
            yield Fact(_COMMENT, (), child.data, ())
        yield from _comments(child)


def _with_those_of_the_source(facts: Iterable[Fact]) -> Iterator[Fact]:
    for fact in facts:
        yield fact
        if fact.name == f"{{{OURS}}}{OF_THE_SOURCE}":
            yield from fact.parts


def _of_attributes(node: minidom.Element) -> Iterator[Fact]:
    """Simple properties may stand as attributes of their rdf:Description."""
    for attribute in node.attributes.values():
        if attribute.namespaceURI not in (None, RDF, _XMLNS, _XML):
            yield Fact(_name(attribute), (), attribute.value, ())


def _of_elements(node: minidom.Element) -> Iterator[Fact]:
    return map(_fact, elements_of(node))


def _fact(element: minidom.Element) -> Fact:
    parts = tuple(map(_fact, elements_of(element)))
    text = "".join(one.data for one in element.childNodes if isinstance(one, minidom.Text))
    attributes = (one for one in element.attributes.values() if one.namespaceURI != _XMLNS)
    qualifiers = tuple(sorted((_name(one), one.value) for one in attributes))
    return Fact(_name(element), qualifiers, text.strip() if parts else text, parts)


def _name(node: minidom.Element | minidom.Attr) -> str:
    return f"{{{node.namespaceURI or ''}}}{node.localName}"
