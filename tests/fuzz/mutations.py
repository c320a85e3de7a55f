"""A thousand ways to break a file, at random from a seed, so that each can be had again."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator

from tests.fuzz.seeds import seeds

Mutation = Callable[[bytearray, random.Random], bytearray]


def corpus(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """So many broken files, each with a name that says what was done to which photo."""
    files = seeds()
    for number in range(count):
        rng = random.Random(f"{seed}:{number}")  # noqa: S311  not for secrets
        name = rng.choice(sorted(files))
        data = bytearray(files[name])
        steps = rng.choices(MUTATIONS, k=rng.choice((1, 1, 1, 2, 3)))
        for step in steps:
            data = step(data, rng)
        done = "+".join(step.__name__ for step in steps)
        yield f"{number}-{done}-{name}", bytes(data)


def flip_bits(data: bytearray, rng: random.Random) -> bytearray:
    """A few, anywhere."""
    for _ in range(rng.randint(1, 30)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def flip_header(data: bytearray, rng: random.Random) -> bytearray:
    """Extreme values near the start, where the sizes stand."""
    for _ in range(rng.randint(1, 6)):
        data[rng.randrange(min(len(data), 200))] = rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))
    return data


def overwrite_number(data: bytearray, rng: random.Random) -> bytearray:
    """Two or four bytes with a number at the edge of what fits."""
    size = rng.choice((2, 4))
    edge = rng.choice((0, 1, 2 ** (8 * size - 1) - 1, 2 ** (8 * size - 1), 2 ** (8 * size) - 1))
    start = rng.randrange(max(1, len(data) - size))
    data[start : start + size] = edge.to_bytes(size, rng.choice(("big", "little")))
    return data


def truncate(data: bytearray, rng: random.Random) -> bytearray:
    """Cut off anywhere, down to nothing."""
    return data[: rng.randrange(len(data))]


def cut_out(data: bytearray, rng: random.Random) -> bytearray:
    """A piece is missing."""
    start = rng.randrange(len(data))
    del data[start : start + rng.randint(1, 400)]
    return data or bytearray(b"\0")


def repeat(data: bytearray, rng: random.Random) -> bytearray:
    """A piece is there many times."""
    start = rng.randrange(len(data))
    piece = data[start : start + rng.randint(1, 300)]
    return data[:start] + piece * rng.randint(2, 200) + data[start:]


def insert_noise(data: bytearray, rng: random.Random) -> bytearray:
    """Random bytes in between."""
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.randint(1, 500)) + data[start:]


def splice(data: bytearray, rng: random.Random) -> bytearray:
    """The start of one photo, the end of another."""
    files = seeds()
    other = files[rng.choice(sorted(files))]
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def another_s_head(data: bytearray, rng: random.Random) -> bytearray:
    """The first bytes of another format."""
    files = seeds()
    size = rng.randint(3, 40)
    data[:size] = files[rng.choice(sorted(files))][:size]
    return data


def shuffle_blocks(data: bytearray, rng: random.Random) -> bytearray:
    """The pieces in another order."""
    size = rng.randint(8, 200)
    blocks = [data[start : start + size] for start in range(0, len(data), size)]
    head, rest = blocks[:1], blocks[1:]
    rng.shuffle(rest)
    return bytearray().join(head + rest)


def mend_png(data: bytearray, rng: random.Random) -> bytearray:
    """Other values in a PNG's chunks, with checksums that are right, so that they are believed."""
    if data[:4] != b"\x89PNG":
        return flip_bits(data, rng)
    out, start = data[:8], 8
    while start + 12 <= len(data):
        length = int.from_bytes(data[start : start + 4], "big")
        kind, body = data[start + 4 : start + 8], data[start + 8 : start + 8 + length]
        if body and rng.random() < 0.4:
            for _ in range(rng.randint(1, 4)):
                body[rng.randrange(len(body))] = rng.choice((0, 1, 2, 7, 0x7F, 0xFF))
        out += len(body).to_bytes(4, "big") + kind + body
        out += zlib.crc32(kind + body).to_bytes(4, "big")
        start += 12 + length
    return out


MUTATIONS: list[Mutation] = [
    flip_bits, flip_header, overwrite_number, truncate, cut_out, repeat, insert_noise, splice,
    another_s_head, shuffle_blocks, mend_png, mend_png,
]  # fmt: skip
