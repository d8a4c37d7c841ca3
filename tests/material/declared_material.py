"""A declaration, and packets of XMP as other programs write them."""

from __future__ import annotations

from tcvc_cli.records import SyntheticColors

DECLARED = SyntheticColors(
    digital_source_type="http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
    statement="The colours are synthetic: <tcvc> & co computed them.",
    software="tcvc",
    version="9.9",
    model="tcvc-tiny",
    weights_sha256="ab" * 32,
    when="2026-01-02T03:04:05Z",
    operator="Ada Lovelace",
    operator_kind="person",
    options=(("preset", "master"), ("saturation", "1.5")),
    source_file="film.mp4",
    source_sha256="cd" * 32,
)


def packet_of(properties: str, attributes: str = "") -> bytes:
    """One rdf:Description with these, in the wrapper that the XMP toolkit writes."""
    spaces = (
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:a="urn:archive:"'
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Archive 1.0">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="uuid:1" {spaces} {attributes}>{properties}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


TITLE = (
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">A &amp; B</rdf:li><rdf:li xml:lang="de">Ä</rdf:li>'
    "</rdf:Alt></dc:title>"
)
NEGATIVE = "http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm"
