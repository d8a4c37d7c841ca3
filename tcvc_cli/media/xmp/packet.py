"""The packet of a result: what its source says, and that its colours are synthetic."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.dom import minidom

from tcvc_cli.media.xmp.facts import OF_THE_SOURCE, OURS, SOURCE_PACKET, Fact, facts_of, keeps
from tcvc_cli.media.xmp.parsing import LARGEST_BYTES, RDF, elements_of, parsed, rdf_of
from tcvc_cli.records import SyntheticColors

# IPTC Photo Metadata Standard 2025.1, IPTC Extension.
_IPTC: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_TYPE, _SYSTEM, _SYSTEM_VERSION = "DigitalSourceType", "AISystemUsed", "AISystemVersionUsed"
_OPTIONS: Final = "Options"
_NAMES: Final[Mapping[str, str]] = {  # of our own properties, by the fields that they hold
    "Statement": "statement",
    "Software": "software",
    "Version": "version",
    "Model": "model",
    "WeightsSHA256": "weights_sha256",
    "When": "when",
    "Operator": "operator",
    "OperatorKind": "operator_kind",
    "Source": "source_file",
    "SourceSHA256": "source_sha256",
}
_EMPTY: Final = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="%s"/></x:xmpmeta>' % RDF.encode()
_START: Final = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END: Final = '\n<?xpacket end="w"?>'
_NOTE: Final = "http://ns.adobe.com/xmp/note/"
_NO_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_XMLNS: Final = "http://www.w3.org/2000/xmlns/"


def packet_for(sources: Sequence[bytes], declared: SyntheticColors | None) -> bytes | None:
    """One packet with all that `sources` say and with the declaration; None of nothing at all.

    A property of a source that ours takes the place of stands in `OfTheSource`. A packet that cannot be read,
    or would not come out as it was, is kept as it is in `SourcePacket`, up to 8 MiB.
    """
    if declared is None and len(sources) < 2:
        return next(iter(sources), None)
    if any(declared_in(one) == declared for one in sources) and len(sources) == 1:
        return sources[0]
    packet = _packet(sources, declared, ())
    if not keeps(sources, [packet]):
        unread = [one for one in sources if not keeps([one], [packet]) and len(one) <= LARGEST_BYTES]
        packet = _packet([one for one in sources if keeps([one], [packet])], declared, unread)
    return packet


def declared_in(packet: bytes) -> SyntheticColors | None:
    """What a packet says of synthetic colours; None where it says nothing of ours, or cannot be read."""
    facts = {one.name: one for one in facts_of(packet) or ()}
    texts = {field: facts[_ours(name)].text for name, field in _NAMES.items() if _ours(name) in facts}
    kind = facts.get(f"{{{_IPTC}}}{_TYPE}")
    if kind is None or "statement" not in texts:
        return None
    given = dict.fromkeys(_NAMES.values(), "") | {"operator": None, "operator_kind": None} | texts
    options = tuple(_options_of(facts.get(_ours(_OPTIONS))))
    return SyntheticColors(digital_source_type=kind.text, options=options, **given)  # type: ignore[arg-type]


def parts_of(packet: bytes) -> tuple[bytes, bytes] | None:
    """The declaration alone, and all else, each a packet; None where there is nothing else."""
    document = parsed(packet)
    rdf = None if document is None else rdf_of(document)
    if document is None or rdf is None:
        return None
    own = [one for one in elements_of(rdf) if one.getElementsByTagNameNS(OURS, "Statement")]
    declaration = parsed(_EMPTY)
    assert declaration is not None
    target = rdf_of(declaration)
    assert target is not None
    for one in own:
        target.appendChild(rdf.removeChild(one))
    return (_bytes(declaration), _bytes(document)) if elements_of(rdf) and own else None


def with_extension(packet: bytes, digest: str) -> bytes:
    """The packet, saying that JPEG has more under this digest."""
    document = parsed(packet)
    assert document is not None
    rdf = rdf_of(document)
    assert rdf is not None
    _describe(document, rdf, {("xmpNote", _NOTE): [("HasExtendedXMP", digest)]})
    return _bytes(document)


def _ours(name: str) -> str:
    return f"{{{OURS}}}{name}"


def _options_of(fact: Fact | None) -> Iterator[tuple[str, str]]:
    items = fact.parts[0].parts if fact is not None and fact.parts else ()
    for item in items:
        name, _, value = item.text.partition("=")
        yield name, value


def _packet(sources: Sequence[bytes], declared: SyntheticColors | None, unread: Sequence[bytes]) -> bytes:
    documents = [document for one in sources if (document := parsed(one)) is not None]
    document = documents[0] if documents else parsed(_EMPTY)
    assert document is not None
    rdf = rdf_of(document)
    assert rdf is not None
    for other in documents[1:]:
        for node in elements_of(rdf_of(other) or rdf):
            rdf.appendChild(document.importNode(_standing_alone(node), deep=True))
    _forget_extension(rdf)
    replaced = [] if declared is None else _take_out(document, rdf)
    if replaced or unread:
        _keep_of_source(document, rdf, replaced, unread)
    if declared is not None:
        _declare(document, rdf, declared)
    return _bytes(document)


def _bytes(document: minidom.Document) -> bytes:
    """Its own wrapper where it has one."""
    text = "".join(node.toxml() for node in document.childNodes)
    return (text if "<?xpacket" in text else f"{_START}{text}{_END}").encode()


def _standing_alone(element: minidom.Element) -> minidom.Element:
    """With every prefix declared that counts where it stands."""
    above = element.parentNode
    while isinstance(above, minidom.Element):
        for attribute in above.attributes.values():
            if attribute.namespaceURI == _XMLNS and not element.hasAttribute(attribute.name):
                element.setAttributeNS(_XMLNS, attribute.name, attribute.value)
        above = above.parentNode
    return element


def _forget_extension(rdf: minidom.Element) -> None:
    """It says where JPEG keeps the rest, and the rest is here now."""
    for node in elements_of(rdf):
        if node.hasAttributeNS(_NOTE, "HasExtendedXMP"):
            node.removeAttributeNS(_NOTE, "HasExtendedXMP")
        for child in node.getElementsByTagNameNS(_NOTE, "HasExtendedXMP"):
            if child.parentNode is node:
                node.removeChild(child)


def _is_taken(node: minidom.Element | minidom.Attr) -> bool:
    """Whether the declaration has a property of this name."""
    is_iptc = node.namespaceURI == _IPTC and node.localName in (_TYPE, _SYSTEM, _SYSTEM_VERSION)
    return is_iptc or node.namespaceURI == OURS


def _take_out(document: minidom.Document, rdf: minidom.Element) -> list[minidom.Element]:
    """What stands in the way of the declaration, as elements."""
    taken = []
    for node in elements_of(rdf):
        for child in filter(_is_taken, elements_of(node)):
            taken.append(_standing_alone(child))
            node.removeChild(child)
        for attribute in [one for one in node.attributes.values() if _is_taken(one)]:
            element = document.createElementNS(attribute.namespaceURI, attribute.name)
            element.setAttributeNS(_XMLNS, f"xmlns:{attribute.prefix}", attribute.namespaceURI or "")
            element.appendChild(document.createTextNode(attribute.value))
            taken.append(element)
            node.removeAttributeNode(attribute)
    return taken


def _keep_of_source(
    document: minidom.Document,
    rdf: minidom.Element,
    replaced: Sequence[minidom.Element],
    unread: Sequence[bytes],
) -> None:
    node = _describe(document, rdf, {("tcvc", OURS): ()})
    if unread:
        texts = [base64.b64encode(one).decode("ascii") for one in unread]
        _append_list(document, node, SOURCE_PACKET, texts)
    if replaced:
        bag = document.createElementNS(OURS, f"tcvc:{OF_THE_SOURCE}")
        bag.setAttributeNS(RDF, "rdf:parseType", "Resource")
        for element in replaced:
            bag.appendChild(element)
        node.appendChild(bag)


def _declare(document: minidom.Document, rdf: minidom.Element, declared: SyntheticColors) -> None:
    version = " ".join(filter(None, (declared.version, _of_weights(declared.weights_sha256))))
    own = [(name, getattr(declared, field)) for name, field in _NAMES.items()]
    iptc = [
        (_TYPE, declared.digital_source_type),
        (_SYSTEM, f"{declared.software}, {declared.model}"),
        (_SYSTEM_VERSION, version),
    ]
    node = _describe(document, rdf, {("Iptc4xmpExt", _IPTC): iptc, ("tcvc", OURS): own})
    if declared.options:
        _append_list(document, node, _OPTIONS, [f"{name}={value}" for name, value in declared.options])


def _of_weights(stated: str) -> str:
    return f"(weights {stated})" if stated else ""


def _describe(
    document: minidom.Document,
    rdf: minidom.Element,
    texts: Mapping[tuple[str, str], Sequence[tuple[str, str | None]]],
) -> minidom.Element:
    """A new rdf:Description at the end, about what the others are about."""
    node = document.createElementNS(RDF, "rdf:Description")
    node.setAttributeNS(_XMLNS, "xmlns:rdf", RDF)
    about = next((one.getAttributeNS(RDF, "about") for one in elements_of(rdf)), "")
    node.setAttributeNS(RDF, "rdf:about", about)
    for (prefix, uri), properties in texts.items():
        node.setAttributeNS(_XMLNS, f"xmlns:{prefix}", uri)
        for name, text in properties:
            if text:
                _append_text(document, node, (uri, f"{prefix}:{name}"), text)
    rdf.appendChild(node)
    return node


def _append_list(
    document: minidom.Document, parent: minidom.Element, name: str, texts: Sequence[str]
) -> None:
    element = document.createElementNS(OURS, f"tcvc:{name}")
    sequence = document.createElementNS(RDF, "rdf:Seq")
    for text in texts:
        _append_text(document, sequence, (RDF, "rdf:li"), text)
    element.appendChild(sequence)
    parent.appendChild(element)


def _append_text(
    document: minidom.Document, parent: minidom.Element, name: tuple[str, str], text: str
) -> None:
    element = document.createElementNS(*name)
    element.appendChild(document.createTextNode(_NO_XML.sub("\ufffd", text)))
    parent.appendChild(element)
