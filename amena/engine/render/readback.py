"""Frames read back from OpenGL while the next ones are drawn.

A plain read waits until everything drawn so far is finished, and the GPU then waits for the copy.
Here a read only queues the copy into a buffer of the driver's; the bytes are fetched some frames
later, when they have long been there.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections import deque

import cv2
import numpy as np

from amena.engine.errors import EngineError
from amena.engine.types import ByteImage

#: Frames on their way. With one in drawing and one in copying, the third is at rest.
_BUFFERS = 3

_PIXEL_PACK_BUFFER, _STREAM_READ = 0x88EB, 0x88E1
_RGBA, _UNSIGNED_BYTE = 0x1908, 0x1401


class Readback:
    """Reads the bound frame buffer. For the thread and the context it was made in."""

    def __init__(self, size: tuple[int, int]) -> None:
        """`size`: (width, height) of every frame.

        Raises:
            EngineError: the OpenGL library cannot be loaded.
        """
        # The library that vispy draws with; its variable names another.
        name = os.environ.get("VISPY_GL_LIB") or ctypes.util.find_library("GL")
        if name is None:
            raise EngineError("OpenGL cannot be started. Install libgl1.", code="no_opengl")
        self._gl = ctypes.CDLL(name)
        self._size = size
        self._bytes = size[0] * size[1] * 4
        names = (ctypes.c_uint * _BUFFERS)()
        self._gl.glGenBuffers(_BUFFERS, names)
        self._all = names
        self._free = deque(names)
        self._asked: deque[int] = deque()
        for buffer in names:
            self._bind(buffer)
            size_type = ctypes.c_ssize_t
            self._gl.glBufferData(_PIXEL_PACK_BUFFER, size_type(self._bytes), None, _STREAM_READ)
        self._bind(0)

    @property
    def full(self) -> bool:
        """Whether a frame must be taken before another can be asked for."""
        return not self._free

    @property
    def empty(self) -> bool:
        """Whether no frame is on its way."""
        return not self._asked

    def ask(self) -> None:
        """Queue a copy of what has been drawn."""
        buffer = self._free.popleft()
        self._bind(buffer)
        self._gl.glReadPixels(0, 0, *self._size, _RGBA, _UNSIGNED_BYTE, None)
        self._bind(0)
        self._asked.append(buffer)

    def take(self) -> ByteImage:
        """The oldest frame asked for, uint8 H×W×3; the first row is the lowest of the buffer."""
        buffer = self._asked.popleft()
        pixels = np.empty((self._size[1], self._size[0], 4), np.uint8)
        self._bind(buffer)
        offset, size = ctypes.c_ssize_t(0), ctypes.c_ssize_t(self._bytes)
        self._gl.glGetBufferSubData(
            _PIXEL_PACK_BUFFER, offset, size, pixels.ctypes.data_as(ctypes.c_void_p)
        )
        self._bind(0)
        self._free.append(buffer)
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB), np.uint8)

    def close(self) -> None:
        """Give the driver its memory back."""
        self._gl.glDeleteBuffers(_BUFFERS, self._all)

    def _bind(self, buffer: int) -> None:
        self._gl.glBindBuffer(_PIXEL_PACK_BUFFER, buffer)
