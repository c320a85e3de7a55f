"""Files that are built in ways hardly any program does, and that others open all the same."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from amena.engine.errors import PhotoError
from amena.engine.photo import boxes
from amena.engine.photo.headers import read_header
from tests.engine import samples
from tests.engine.test_decode import assert_upright, loaded


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def test_a_bmp_with_more_colours_than_its_pixels_can_name() -> None:
    picture = samples.picture().convert("P")
    data = samples.encoded(picture, "BMP")
    start = int.from_bytes(data[10:14], "little")
    head = bytearray(data[:54])
    more = b"\x12\x34\x56\0" * 44
    head[10:14] = (start + len(more)).to_bytes(4, "little")
    head[46:50] = (300).to_bytes(4, "little")
    odd = bytes(head) + data[54:start] + more + data[start:]
    np.testing.assert_array_equal(loaded(odd).rgb, loaded(data).rgb)


@pytest.mark.parametrize("body", [b"", b"JFIF", b"JFIF\0\1", b"JFIF\0\1\1\0"])
def test_a_jpeg_whose_jfif_segment_is_cut_off_or_empty(body: bytes) -> None:
    data = samples.jpeg()
    assert data[2:4] == b"\xff\xe0"
    after = 4 + int.from_bytes(data[4:6], "big")
    segment = b"\xff\xe0" + (len(body) + 2).to_bytes(2, "big") + body
    odd = data[:2] + segment + data[after:]
    np.testing.assert_array_equal(loaded(odd).rgb, loaded(data).rgb)


def strips(rows: int, told: int) -> bytes:
    """A TIFF, not packed, whose strips have so many rows, and which says they have others."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[278] = rows
    tags.tagtype[278] = 4
    data = samples.encoded(samples.picture(), "TIFF", tiffinfo=tags, strip_size=rows * 320 * 3)
    entry = struct.pack("<HHII", 278, 4, 1, rows)
    assert data.count(entry) == 1
    return data.replace(entry, struct.pack("<HHII", 278, 4, 1, told))


@pytest.mark.parametrize("told", [2**31 + 1, 2**32 - 1, 1000])
def test_a_tiff_with_more_rows_to_a_strip_than_there_are(told: int) -> None:
    data = strips(37, told)
    assert len(read_tiff_strips(data)) == 7
    assert_upright(loaded(data), 6)


def read_tiff_strips(data: bytes) -> tuple[int, ...]:
    with Image.open(io.BytesIO(data)) as opened:
        return tuple(opened.tag_v2[273])


def test_a_tiff_whose_exif_is_none_is_good_without_it() -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[34665] = 0
    tags.tagtype[34665] = 4
    data = samples.encoded(samples.picture(), "TIFF", tiffinfo=tags) + b"\xff" * 400
    at = data.index(struct.pack("<HHI", 34665, 4, 1)) + 8
    data = data[:at] + (len(data) - 400).to_bytes(4, "little") + data[at + 4 :]
    assert_upright(loaded(data), 6)


def test_a_tiff_of_reduced_chroma_without_jpeg_is_rare_not_damaged() -> None:
    data = samples.encoded(samples.picture(), "TIFF")
    entry = struct.pack("<HHIH", 262, 3, 1, 2)
    assert data.count(entry) == 1
    with pytest.raises(PhotoError) as refused:
        loaded(data.replace(entry, struct.pack("<HHIH", 262, 3, 1, 6)))
    assert refused.value.code == "rare_kind"


def test_a_gif_whose_frame_reaches_beyond_the_screen() -> None:
    picture = samples.picture().convert("P")
    data = samples.encoded(picture, "GIF")
    small = data[:6] + struct.pack("<HH", 100, 70) + data[10:]
    assert read_header(small).size == picture.size
    np.testing.assert_array_equal(loaded(small).rgb, loaded(data).rgb)
    # What would take more memory than was checked is still refused by its head.
    at = data.index(b",", 13)
    huge = data[: at + 5] + struct.pack("<HH", 60000, 60000) + data[at + 9 :]
    with pytest.raises(PhotoError) as refused:
        loaded(huge)
    assert refused.value.code == "too_many_pixels"


def bigtiff(order: str, orientation: int) -> bytes:
    """A BigTIFF of strips in either order of bytes, with places of 8 bytes."""
    stored = samples.picture() if orientation == 1 else samples.picture().transpose(samples.UNDO[6])
    pixels, rows, wide = stored.tobytes(), 40, 3 * stored.width
    strips = [pixels[at : at + rows * wide] for at in range(0, len(pixels), rows * wide)]
    places = [16 + sum(map(len, strips[:index])) for index in range(len(strips))]
    bits_at = 16 + len(pixels)
    table = struct.pack(f"{order}{len(strips)}Q", *places)
    sizes = struct.pack(f"{order}{len(strips)}Q", *map(len, strips))
    entries = [
        (256, 4, stored.width), (257, 4, stored.height), (258, 3, (8, 8, 8)), (259, 3, 1),
        (262, 3, 2), (273, 16, bits_at), (274, 3, orientation), (277, 3, 3), (278, 4, rows),
        (279, 16, bits_at + len(table)),
    ]  # fmt: skip
    body = struct.pack(f"{order}Q", len(entries))
    for tag, kind, value in entries:
        many = len(strips) if kind == 16 else len(value) if isinstance(value, tuple) else 1
        values = value if isinstance(value, tuple) else (value,)
        packed = struct.pack(f"{order}{len(values)}{ {3: 'H', 4: 'I', 16: 'Q'}[kind] }", *values)
        body += struct.pack(f"{order}HHQ", tag, kind, many) + packed.ljust(8, b"\0")
    start = bits_at + len(table) + len(sizes)
    mark = b"II" if order == "<" else b"MM"
    head = mark + struct.pack(f"{order}HHHQ", 43, 8, 0, start)
    return head + pixels + table + sizes + body + bytes(8)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_bigtiff_is_read(orientation: int) -> None:
    data = bigtiff("<", orientation)
    with Image.open(io.BytesIO(data)) as judged:
        assert sorted(judged.size) == [240, 320]
    assert_upright(loaded(data), orientation)
    for cut in (data[:9], data[: len(data) // 2], data[:4] + bytes(100)):
        with pytest.raises(PhotoError) as refused:
            loaded(cut)
        assert refused.value.code in ("truncated", "broken")


def test_a_bigtiff_of_the_other_order_of_bytes_is_rare_not_damaged() -> None:
    with pytest.raises(PhotoError) as refused:
        loaded(bigtiff(">", 1))
    assert refused.value.code == "rare_kind"


def test_a_bigtiff_of_several_pages_says_that_the_first_was_taken() -> None:
    second = Image.new("RGB", (100, 100))
    data = samples.encoded(
        samples.picture(), "TIFF", big_tiff=True, save_all=True, append_images=[second]
    )
    assert data[:4] == b"II+\0"
    photo = loaded(data)
    assert photo.ignored == ("pages",)
    assert_upright(photo, 6)


def animated_avif() -> bytes:
    out = io.BytesIO()
    red = Image.new("RGB", (320, 240), "red")
    blue = Image.new("RGB", (320, 240), "blue")
    red.save(out, "AVIF", save_all=True, append_images=[blue], speed=10)
    return out.getvalue()


def test_an_animated_avif_without_a_still_gives_its_first_frame() -> None:
    data = animated_avif()
    meta = next(each for each in boxes.top_boxes(data) if each.kind == b"meta")
    head = data[: meta.start - 4].replace(b"avif", b"iso8")
    data = head + b"free" + data[meta.start :]
    photo = loaded(data)
    assert photo.ignored == ("animation",) and photo.original_size == (320, 240)
    assert photo.rgb[60, 80].tolist() == pytest.approx([255, 0, 0], abs=6)
    film = data.replace(b"avis", b"iso8")
    with pytest.raises(PhotoError) as refused:
        loaded(film)
    assert refused.value.code == "is_video"


def mini_heic(orientation: int = 1, cut: int = 0) -> bytes:
    """A HEIC with its picture in a `mini` box (ISO/IEC 23008-12:2025, annex O)."""
    data = samples.heic(orientation=1)
    meta = next(each for each in boxes.top_boxes(data) if each.kind == b"meta")
    items = boxes.read_items(data, meta)
    assert items.primary is not None
    ((at, length),) = items.extents[items.primary]
    properties = dict(items.properties[items.primary])
    width, height = items.size(items.primary)
    config = properties[b"hvcC"]
    coded = data[at : at + length]
    fields = [
        (0, 2), (0, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1),
        (1, 2), (orientation - 1, 3), (1, 1), (width - 1, 15), (height - 1, 15), (0, 2), (0, 1),
        (1, 1), (1, 1), (len(config), 12), (len(coded) - 1, 28),
    ]  # fmt: skip
    bits = "".join(format(value, f"0{count}b") for value, count in fields)
    bits += "0" * (-len(bits) % 8)
    head = int(bits, 2).to_bytes(len(bits) // 8, "big")
    file = box(b"ftyp", b"mif3heicmif3heic") + box(b"mini", head + config + coded)
    return file[: len(file) - cut]


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_small_heic_without_a_list_of_items(orientation: int) -> None:
    photo = loaded(mini_heic(orientation))
    plain = loaded(samples.heic(orientation=1)).rgb
    turns = {1: 0, 3: 2, 6: 3}[orientation]  # quarters, counter-clockwise
    assert photo.format == "HEIF"
    np.testing.assert_allclose(photo.rgb.astype(int), np.rot90(plain, turns).astype(int), atol=3)


def test_a_small_heic_that_is_cut_off_or_of_another_codec() -> None:
    for data, code in (
        (mini_heic(cut=100), "truncated"),
        (mini_heic().replace(b"mif3heic", b"mif3avif", 1), "rare_kind"),
        (mini_heic()[:60], "truncated"),
    ):
        with pytest.raises(PhotoError) as refused:
            loaded(data)
        assert refused.value.code == code
