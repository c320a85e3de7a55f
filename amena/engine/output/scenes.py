"""Files that hold the scene itself, for programs that move the camera on their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from amena.engine.output.exr import write_exr
from amena.engine.output.layered import write_ora
from amena.engine.output.splat_files import write_splats, write_spz
from amena.engine.output.usdz import write_usdz
from amena.engine.scene.scene import Scene

#: Output → what writes it.
SCENES: Final[dict[str, Callable[[Scene, Path], None]]] = {
    "ora": lambda scene, path: write_ora(scene.layers, path),
    "exr": write_exr,
    "usdz": lambda scene, path: write_usdz(scene.layers, path),
    "splats": lambda scene, path: write_splats(scene.layers, path, scene.disparity.metres),
    "spz": lambda scene, path: write_spz(scene.layers, path, scene.disparity.metres),
}
