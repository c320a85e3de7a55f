"""Filling of hidden colour behind one interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amena.engine.fill import fill_texture

if TYPE_CHECKING:
    import torch

    from amena.engine.layers import Inpainter


def build_inpainter(device: torch.device) -> Inpainter:  # noqa: ARG001 - the classical fill needs none
    """The best inpainter at hand: for now the classical one."""
    return fill_texture
