"""What no renderer and no encoder of ours can do without."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.output.encode import video_writer
from benchmarks.speed.runs import FPS


def measure(video: Path) -> dict[str, float]:
    """Seconds to encode the video's frames again, and to warp as many, once each."""
    frames = read(video)
    return {"encode": encode(frames), "remap": remap(frames)}


def read(video: Path) -> NDArray[np.uint8]:
    """All frames of a video: uint8 N×H×W×3."""
    reader = cv2.VideoCapture(str(video))
    frames = []
    while True:
        there, frame = reader.read()
        if not there:
            reader.release()
            return np.stack(frames)
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))


def encode(frames: NDArray[np.uint8]) -> float:
    """Seconds to encode ready frames with the engine's encoder and settings."""
    count, height, width, _ = frames.shape
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with video_writer(Path(folder, "again.mp4"), (width, height), FPS, count) as write:
            for frame in frames:
                write(frame)
        return time.perf_counter() - began


def remap(frames: NDArray[np.uint8]) -> float:
    """Seconds for one bilinear remap a frame: RGB, float maps, one after the other."""
    height, width = frames.shape[1:3]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x += np.float32(0.4) * np.sin(y / 50) + np.float32(0.3)
    out = np.empty_like(frames[0])
    began = time.perf_counter()
    for frame in frames:
        cv2.remap(frame, x, y, cv2.INTER_LINEAR, dst=out)
    return time.perf_counter() - began
