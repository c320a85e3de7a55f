"""Files of 3D Gaussian splats: `.ply` in the layout of Kerbl et al. 2023, and Niantic's `.spz`."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amena.engine.output.splats import Metres, build_splats
from amena.engine.types import ByteImage, LayeredDepthImage

#: Gaussians at most: 12 MB as `.ply` of 68 bytes each, and as `.spz` of about 14.
MOST_PLY, MOST_SPZ = 176_000, 750_000
#: First coefficient of spherical harmonics, by which colours are stored.
_HARMONIC: Final = 0.28209479177387814
#: Bits after the binary point of a position in `.spz`: the scene is at most some units wide.
_SPZ_POINT = 14
#: Share of a byte's range that one unit of a colour's coefficient takes in `.spz`.
_SPZ_COLOUR = 0.15


def write_splats(image: LayeredDepthImage, path: Path, metres: Metres = None) -> None:
    """Write the scene as a `.ply` as the authors of 3D Gaussian Splatting (INRIA) lay it out.

    Axes are theirs: x right, y down, z forward; units as in the GLB, so metres where distances are
    known. Colours do not depend on the view.
    """
    splats = build_splats(image, MOST_PLY, metres)
    names = (
        *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2", "opacity"),
        *("scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
    )
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(splats)}"]
    header += [*(f"property float {name}" for name in names), "end_header", ""]
    odds = np.log(splats.alphas / (1 - splats.alphas))
    rows = np.hstack(
        [
            splats.positions,
            np.zeros_like(splats.positions),
            (splats.colours - 0.5) / _HARMONIC,
            odds[:, None],
            np.log(splats.scales),
            splats.rotations,
        ]
    )
    with path.open("wb") as file:
        file.write("\n".join(header).encode())
        file.write(np.ascontiguousarray(rows, "<f4").tobytes())


def write_spz(image: LayeredDepthImage, path: Path, metres: Metres = None) -> None:
    """Write the scene as `.spz`, version 2 (github.com/nianticlabs/spz).

    Axes are the format's: x right, y up, z back.
    """
    splats = build_splats(image, MOST_SPZ, metres)
    flip = np.array([1, -1, -1], np.float32)
    fixed = np.round(splats.positions * flip * 2**_SPZ_POINT).astype("<i4")
    harmonic = (splats.colours - 0.5) / _HARMONIC
    turned = splats.rotations[:, 1:] * flip * np.where(splats.rotations[:, :1] < 0, -1, 1)
    parts = (
        struct.pack("<IIIBBBB", 0x5053474E, 2, len(splats), 0, _SPZ_POINT, 0, 0),
        fixed.view(np.uint8).reshape(-1, 3, 4)[..., :3].tobytes(),
        _byte(splats.alphas * 255),
        _byte(harmonic * (_SPZ_COLOUR * 255) + 127.5),
        _byte((np.log(splats.scales) + 10) * 16),
        _byte(turned * 127.5 + 127.5),
    )
    path.write_bytes(gzip.compress(b"".join(parts), 6, mtime=0))


def _byte(values: NDArray[np.floating]) -> bytes:
    data: ByteImage = np.clip(np.round(values), 0, 255).astype(np.uint8)
    return data.tobytes()
