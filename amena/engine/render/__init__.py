"""Renderers of layered depth images behind one interface."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from amena.engine.errors import EngineError

if TYPE_CHECKING:
    from amena.engine.render.base import Renderer

logger = logging.getLogger(__name__)


def build_renderer(name: str) -> Renderer:
    """The renderer of that name: `gl`, `warp`, or `auto`: OpenGL on an NVIDIA GPU, else the CPU's.

    Software OpenGL gives the same picture as the warping renderer, several times slower.

    Raises:
        EngineError: `gl` was asked for, and no EGL driver can be loaded. `auto` does without.
    """
    if name == "gl" or (name == "auto" and _has_nvidia_gpu()):
        from amena.engine.render.gl import GLRenderer

        try:
            return GLRenderer()
        except EngineError:
            if name == "gl":
                raise
            logger.warning("A GPU is here, but its OpenGL does not start. Drawing on the CPU.")
    from amena.engine.render.warp import WarpRenderer

    return WarpRenderer()


def _has_nvidia_gpu() -> bool:
    return Path("/dev/nvidiactl").exists()
