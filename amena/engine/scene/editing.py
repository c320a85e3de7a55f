"""Depth pictures that change a scene's depth: a new map, or a brush's strokes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from amena.engine.depth.uploaded import uploaded
from amena.engine.errors import DepthMapError, EngineError, OptionsError
from amena.engine.scene.scene import Scene, Sources
from amena.engine.types import Disparity, FloatImage

EDIT_MODES: Final = ("replace", "brush")
#: The grey of a brush picture that changes nothing, and the steps from there to white, of 255.
_UNCHANGED, _STEPS = 128, 127
#: A map within this of the scene's own, in most places, was made from it by hand.
_SAME = 1.5 / 255
_FLAT = 1e-3


@dataclass(frozen=True)
class DepthEdit:
    """What a scene's depth becomes.

    Attributes:
        disparity: what to build from; `edited` where the rest of the scene's depth stays.
        sources: the photo and what else the scene was made from.
    """

    disparity: Disparity
    sources: Sources


def read_edit(
    scene: Scene,
    read: Callable[[tuple[int, int]], FloatImage],
    mode: str,
    near: str = "bright",
) -> DepthEdit:
    """What a depth picture does to a scene.

    `replace`: the picture becomes the disparity. One that agrees with the scene's own in most
    places was made from it: elsewhere alone it counts, and the silhouettes are as good as they
    were. `brush`: grey 128 changes nothing, brighter is nearer and darker is farther, by
    (v − 128) / 127 in disparity, clipped to [0, 1].

    Args:
        scene: the scene to edit.
        read: reads the picture at a size (width, height) as `read_fitting_map` does.
        mode: one of `EDIT_MODES`.
        near: for `replace`, whether near is `bright` or `dark` in the picture.

    Raises:
        DepthMapError: the picture cannot be used, or leaves the same depth everywhere.
        OptionsError: unknown `mode` or `near`.
        EngineError: `scene_without_origin`: the scene is too old for its depth to be edited.
    """
    if mode not in EDIT_MODES:
        raise OptionsError(f"Unknown kind of edit “{mode}”. Choose {' or '.join(EDIT_MODES)}.")
    if near not in ("bright", "dark"):
        raise OptionsError("Near must be bright or dark in the depth map.")
    sources = scene.sources
    if sources is None:
        raise EngineError(
            "This 3D photo was made before depth could be edited. Make it again from the original.",
            code="scene_without_origin",
        )
    values = read(scene.layers.photo_size)
    base = scene.disparity.values if sources.estimate is None else sources.estimate
    if mode == "brush":
        change = (np.round(values * 255) - _UNCHANGED) / np.float32(_STEPS)
        return _touched(scene, sources, np.clip(base + change, 0, 1), base)
    nearness = 1 - values if near == "dark" else values
    own = max((base, scene.disparity.values), key=lambda each: _agreement(nearness, each))
    if _agreement(nearness, own) > 0.5:
        changed = np.where(np.abs(nearness - own) <= _SAME, own, nearness)
        return _touched(scene, sources, changed, own)
    return DepthEdit(uploaded(values, near), sources)


def carried_over(scene: Scene, turn: int, size: tuple[int, int]) -> Disparity | None:
    """The depth of a scene for the same photo turned otherwise.

    Args:
        scene: whose depth somebody has corrected.
        turn: degrees clockwise, a multiple of 90.
        size: (width, height) of the photo as it stands now; None is returned where the depth,
            turned, has another one.
    """
    values = np.ascontiguousarray(np.rot90(scene.disparity.values, -turn // 90))
    if values.shape != size[::-1]:
        return None
    return replace(scene.disparity, values=values, sharpened=True)


def _touched(scene: Scene, sources: Sources, values: FloatImage, base: FloatImage) -> DepthEdit:
    if np.ptp(values) < _FLAT:
        raise DepthMapError(
            "With this change all would be equally far, and nothing would move. Leave a "
            "difference between near and far.",
            code="depth_map_flat",
        )
    disparity = replace(
        scene.disparity,
        values=np.asarray(values, np.float32),
        edited=True,
        sharpened=base is not sources.estimate,
    )
    return DepthEdit(disparity, sources)


def _agreement(values: FloatImage, own: FloatImage) -> float:
    """Share of the pixels in which two maps are as good as the same."""
    return float((np.abs(values - own) <= _SAME).mean())
