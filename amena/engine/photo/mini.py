"""The header of small HEIC and AVIF files, a `mini` box in place of `meta` (ISO/IEC 23008-12:2025,
annex O): bits in a row, of which only those are read that tell what is decoded and how.
"""

from __future__ import annotations

from dataclasses import dataclass

from amena.engine.photo.kinds import broken


@dataclass(frozen=True)
class Mini:
    """What a `mini` box says of its picture.

    Attributes:
        codec: type of the item, `hvc1` or `av01` as a rule.
        width, height: pixels before it is turned; it turns as the box says, by its decoder.
        colour: primaries and transfer (ITU-T H.273), where they are told.
    """

    codec: bytes
    width: int
    height: int
    colour: tuple[int, int] | None


class _Bits:
    """A reader of numbers of any width, first bits first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise broken()
        return self._value >> self._left & (1 << count) - 1


def read_mini(body: bytes, brand: bytes) -> Mini:
    """Read the box.

    Args:
        body: its content.
        brand: the file's minor version, which names the codec where the box does not.

    Raises:
        PhotoError: `broken`.
    """
    bits = _Bits(body[:64])
    if bits.take(2):
        raise broken()  # a version to come
    own_codec, floats, _, alpha, own_colour, _, profile, _, _ = (bits.take(1) for _ in range(9))
    chroma, _ = bits.take(2), bits.take(3)
    side = 15 if bits.take(1) else 7
    width, height = bits.take(side) + 1, bits.take(side) + 1
    bits.take({1: 2, 2: 1}.get(chroma, 0))  # where the chroma samples lie
    if floats:
        bits.take(2)
    elif bits.take(1):
        bits.take(3)
    bits.take(alpha)
    colour = None if profile else (1, 13)
    if own_colour:
        colour = bits.take(8), bits.take(8)
        bits.take(8 if chroma else 0)
    codec = {b"avif": b"av01", b"heic": b"hvc1"}.get(brand, b"")
    if own_codec:
        codec = bits.take(32).to_bytes(4, "big")
    return Mini(codec, width, height, colour)
