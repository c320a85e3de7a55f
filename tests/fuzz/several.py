"""Files made to hurt that hold, or say that they hold, several pictures."""

from __future__ import annotations

import io
import struct

from PIL import Image

_LONG, _UNDEFINED = 4, 7
DNG = {50706: 0x0401}  # its version, which makes a TIFF one


def crafted(photo: bytes) -> dict[str, bytes]:
    """Name → file; the first view of all MPO is the JPEG `photo`."""
    count = struct.pack("<HHI", 0xB001, _LONG, 1)
    two = _mpo(photo, [(1000, 0)] * 2)
    return {
        "a second view that is the first.jpg": two,
        "four thousand views that are the first.jpg": _mpo(photo, [(1000, 0)] * 4000),
        "a second view behind the end.jpg": _mpo(photo, [(1000, 0), (2**32 - 1, 2**32 - 16)]),
        "four billion views.jpg": two.replace(count + b"\2\0\0\0", count + b"\xff" * 4),
        "a second view of four gigapixels.jpg": _behind(photo, _gigantic(photo)),
        "a depth of negative length.jpg": _lengths(photo),
        "three thousand frames.webp": _frames("WEBP"),
        "three thousand frames.png": _frames("PNG"),
        "sixty thousand tiles.tif": _tiff(
            {256: 4000, 257: 4000, 258: 8, 259: 1, 262: 1, 277: 1, 322: 16, 323: 16,
             324: (62_500, 200), 325: (62_500, 200)}, 200, bytes(250_000),
        ),
        "previews that lead to themselves.dng": _tiff(
            {254: 1, 256: 64, 257: 64, 258: 8, 259: 7, 262: 32803, 330: (4, 400), **DNG},
            400, struct.pack("<4I", 8, 8, 8, 8),
        ),
        "a preview of another size.dng": _tiff(
            {254: 1, 256: 64, 257: 64, 258: 8, 259: 7, 262: 6, 273: 600, 277: 3,
             279: len(photo), **DNG}, 600, _gigantic(photo),
        ),
    }  # fmt: skip


def _mpo(photo: bytes, entries: list[tuple[int, int]]) -> bytes:
    """`photo` with an index of views (CIPA DC-007): size of each, and where, from the index on."""
    tags = struct.pack("<HHI4s", 0xB000, _UNDEFINED, 4, b"0100")
    tags += struct.pack("<HHII", 0xB001, _LONG, 1, len(entries))
    tags += struct.pack("<HHII", 0xB002, _UNDEFINED, 16 * len(entries), 8 + 2 + 3 * 12 + 4)
    rows = b"".join(struct.pack("<IIIHH", 0x20002, size, at, 0, 0) for size, at in entries)
    index = b"MPF\0" + struct.pack("<2sHIH", b"II", 42, 8, 3) + tags + bytes(4) + rows
    index = index[:65_000]
    return photo[:2] + b"\xff\xe2" + struct.pack(">H", len(index) + 2) + index + photo[2:]


def _behind(photo: bytes, second: bytes) -> bytes:
    """An MPO of these two."""
    whole = len(_mpo(photo, [(0, 0)] * 2))
    base = photo[:2] + b"\xff\xe2" + b"\0\0" + b"MPF\0"
    return _mpo(photo, [(whole, 0), (len(second), whole - len(base))]) + second


def _gigantic(photo: bytes) -> bytes:
    """The same JPEG, which says that it is as large as can be."""
    at = photo.index(b"\xff\xc0") + 5
    return photo[:at] + struct.pack(">HH", 65_500, 65_500) + photo[at + 4 :]


def _lengths(photo: bytes) -> bytes:
    """With a directory of pictures behind the first, whose lengths are none."""
    item = (
        '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Depth" '
        'Item:Mime="image/jpeg" Item:Length="{}"/></rdf:li>'
    )
    items = "".join(item.format(each) for each in [-1] * 300 + ["9" * 30, "", "1e9", "0x10"])
    text = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
        'xmlns:Item="http://ns.google.com/photos/1.0/container/item/"><Container:Directory>'
        f"<rdf:Seq>{items}</rdf:Seq></Container:Directory></rdf:Description></rdf:RDF>"
        "</x:xmpmeta>"
    )
    body = b"http://ns.adobe.com/xap/1.0/\0" + text.encode()
    return photo[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + photo[2:]


def _frames(kind: str) -> bytes:
    """An animation of small pictures, each of another colour."""
    first, *more = (Image.new("RGB", (128, 128), (n % 256, n // 256, 0)) for n in range(3000))
    file = io.BytesIO()
    fast = {"compress_level": 1} if kind == "PNG" else {"method": 0}
    first.save(file, kind, save_all=True, append_images=more, **fast)
    return file.getvalue()


def _tiff(tags: dict[int, int | tuple[int, int]], at: int, data: bytes) -> bytes:
    """Whole numbers by tag, or how many there are and where; `data` stands at `at`."""
    rows = b""
    for tag, value in tags.items():
        count, number = value if isinstance(value, tuple) else (1, value)
        rows += struct.pack("<HHII", tag, _LONG, count, number)
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + rows + bytes(4)
    return head + bytes(max(0, at - len(head))) + data
