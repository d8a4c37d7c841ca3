"""XMP packets as XML that a stranger may have written: no entity is expanded, size and depth are bounded."""

from __future__ import annotations

from io import BytesIO
from typing import Final
from xml.dom import minidom
from xml.parsers import expat

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LARGEST_BYTES: Final = 1 << 23
_WRAPPER: Final = ("adobe:ns:meta/", "xmpmeta")
_XMLNS: Final = "http://www.w3.org/2000/xmlns/"
_DEEPEST: Final = 100
_MOST_ELEMENTS: Final = 200_000
_PADDING: Final = b"\0 \t\r\n"


def parsed(packet: bytes) -> minidom.Document | None:
    """The packet as a tree with an rdf:RDF in it, an empty one where a wrapper has none; None for what is too
    large, no XML, or has a DOCTYPE."""
    if len(packet) > LARGEST_BYTES:
        return None
    data = packet.strip(_PADDING)
    try:
        _refuse_hostile(data)
        document = minidom.parseString(data)
    except (expat.ExpatError, ValueError, LookupError, AttributeError):
        return None
    root = document.documentElement
    if root is not None and (root.namespaceURI, root.localName) == _WRAPPER and rdf_of(document) is None:
        rdf = document.createElementNS(RDF, "rdf:RDF")
        rdf.setAttributeNS(_XMLNS, "xmlns:rdf", RDF)
        root.appendChild(rdf)
    return document if rdf_of(document) is not None else None


def rdf_of(document: minidom.Document) -> minidom.Element | None:
    """The root, or a child of it, as XMP has it."""
    root = document.documentElement
    elements = [] if root is None else [root, *elements_of(root)]
    return next((one for one in elements if (one.namespaceURI, one.localName) == (RDF, "RDF")), None)


def elements_of(parent: minidom.Element) -> list[minidom.Element]:
    """Its children that are elements."""
    return [one for one in parent.childNodes if isinstance(one, minidom.Element)]


def _refuse_hostile(data: bytes) -> None:
    """Raises ValueError, or ExpatError for what is not well-formed."""
    depth, count = 0, 0

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > _DEEPEST or count > _MOST_ELEMENTS:
            raise ValueError("too deep, or too many elements")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise ValueError("a DOCTYPE, which XMP has not")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    parser.ParseFile(BytesIO(data))
