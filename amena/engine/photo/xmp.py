"""XMP metadata (ISO 16684-1), as far as depth maps need it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from amena.engine.photo.jpeg import EXTENDED_XMP, XMP

_APPLE: Final = "http://ns.apple.com/pixeldatainfo/1.0/"
_GAIN_MAP: Final = "http://ns.adobe.com/hdr-gain-map/1.0/"
_GUID, _HEADER = 32, 40
#: Each costs a hundred times its bytes of memory; a photo's whole editing history has thousands.
_MAX_ELEMENTS: Final = 50_000


def xmp_trees(packets: tuple[bytes, ...]) -> list[Element]:
    """Parse the XMP of a picture: the standard packet, then the extended one.

    Entities and document types are refused, so that a packet cannot grow while it is parsed.

    Args:
        packets: a packet, or the contents of a JPEG's XMP segments with their heads.

    Raises:
        ElementTree.ParseError, ValueError: a packet is malformed.
    """
    extended_heads = [each for each in packets if each.startswith(EXTENDED_XMP)]
    standard = [each.removeprefix(XMP) for each in packets if not each.startswith(EXTENDED_XMP)]
    extended = _joined([each.removeprefix(EXTENDED_XMP) for each in extended_heads])
    return [_parsed(packet) for packet in (*standard[:1], *extended)]


def properties(trees: list[Element], namespace: str) -> dict[str, str]:
    """All simple properties in a namespace, wherever they stand, by local name; first one wins."""
    found: dict[str, str] = {}
    for tree in trees:
        for element in tree.iter():
            for name, value in _own(element, namespace):
                found.setdefault(name, value)
    return found


def apple_auxiliary(packets: list[bytes]) -> dict[str, str]:
    """What Apple's programs say of a picture beside the photo (depth, matte, gain map)."""
    return properties(xmp_trees(tuple(packets)), _APPLE)


def is_auxiliary(packets: list[bytes]) -> bool:
    """Whether a picture says that it is one beside the photo: one of Apple's, or a gain map as
    Android and Adobe have them (“Ultra HDR”).
    """
    trees = xmp_trees(tuple(packets))
    names = {name for tree in trees for each in tree.iter() for name in (each.tag, *each.keys())}
    return any(name.startswith((f"{{{_APPLE}}}", f"{{{_GAIN_MAP}}}")) for name in names)


def structures(trees: list[Element], namespace: str) -> list[dict[str, str]]:
    """The simple properties in a namespace, grouped by the structure they stand in, in order."""
    groups = (dict(_own(element, namespace)) for tree in trees for element in tree.iter())
    return [group for group in groups if group]


def _own(element: Element, namespace: str) -> Iterator[tuple[str, str]]:
    """XMP writes a property as an attribute or as a child element, at the writer's choice."""
    prefix = f"{{{namespace}}}"
    for name, value in element.items():
        if name.startswith(prefix):
            yield name.removeprefix(prefix), value
    for child in element:
        if child.tag.startswith(prefix) and not len(child) and child.text:
            yield child.tag.removeprefix(prefix), child.text.strip()


def _joined(chunks: list[bytes]) -> list[bytes]:
    """Extended XMP: chunks of (MD5 in hex, total length, offset, content), in any order."""
    if not chunks:
        return []
    guid, total = chunks[0][:_GUID], int.from_bytes(chunks[0][_GUID : _GUID + 4], "big")
    parts: dict[int, bytes] = {}
    for chunk in chunks:
        if chunk[:_GUID] == guid:
            parts[int.from_bytes(chunk[_GUID + 4 : _HEADER], "big")] = chunk[_HEADER:]
    packet = b"".join(parts[offset] for offset in sorted(parts))
    digest = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper()
    if len(packet) != total or digest != guid.decode("ascii").upper():
        raise ValueError("the extended XMP is incomplete")
    return [packet]


def _parsed(packet: bytes) -> Element:
    if packet.count(b"<") > _MAX_ELEMENTS:
        raise ValueError("the XMP has too many elements")
    root: Element = ElementTree.fromstring(packet.strip(b"\0 \r\n"), forbid_dtd=True)
    return root
