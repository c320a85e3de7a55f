"""Memory that is used again from frame to frame.

Fresh memory costs a page fault every four kilobytes: for the arrays of one frame that is as long as
the work done in them, and two threads wait for each other in the kernel.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from amena.engine.types import FloatImage


class Workspace:
    """Arrays by name, for one thread. An array holds until its name is asked for again."""

    def __init__(self) -> None:
        self._memory: dict[str, NDArray[np.uint8]] = {}

    def bytes(self, name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """An array of uint8, its content undefined."""
        size = math.prod(shape)
        memory = self._memory.get(name)
        if memory is None or memory.size < size:
            memory = self._memory[name] = np.empty(size, np.uint8)
        return memory[:size].reshape(shape)

    def floats(self, name: str, shape: tuple[int, ...]) -> FloatImage:
        """An array of float32, its content undefined."""
        return self.bytes(name, (*shape[:-1], shape[-1] * 4)).view(np.float32)
