"""Renderers of layered depth images behind one interface."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amena.engine.render.base import Renderer


def build_renderer(name: str) -> Renderer:
    """The renderer of that name: `gl`, `warp`, or `auto`: OpenGL on an NVIDIA GPU, else the CPU's.

    Software OpenGL gives the same picture as the warping renderer, several times slower.
    """
    if name == "auto":
        name = "gl" if _has_nvidia_gpu() else "warp"
    if name == "gl":
        from amena.engine.render.gl import GLRenderer

        return GLRenderer()
    from amena.engine.render.warp import WarpRenderer

    return WarpRenderer()


def _has_nvidia_gpu() -> bool:
    return Path("/dev/nvidiactl").exists()
