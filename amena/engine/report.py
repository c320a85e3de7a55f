"""What a run did and cost: versions, sizes, seconds and peak memory of every stage."""

from __future__ import annotations

import json
import platform
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import amena
from amena.engine.progress import Progress

_PACKAGES = (
    "imageio-ffmpeg",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "pillow",
    "pillow-heif",
    "torch",
    "transformers",
    "vispy",
)


@dataclass(frozen=True)
class Stage:
    """Cost of one stage.

    Attributes:
        name: as in the progress callback: `decode`, `depth` …
        seconds: wall time without that of stages inside it, summed where it ran more than once.
            `mesh` runs beside `render` and `encode`.
        peak_memory_mb: largest resident memory of the process while it ran, in MiB.
    """

    name: str
    seconds: float
    peak_memory_mb: float


@dataclass(frozen=True)
class Report:
    """Everything `report.json` says about one 3D photo. Nothing of the photo's own metadata.

    Attributes:
        versions: package → version, of what can change the result; packages not installed are left
            out.
        photo_format: a key of `photo.kinds.KINDS`, or `scene`.
        colour_space: `srgb` or `display-p3`, of the scene; outputs that cannot say so are sRGB.
        photo_size: (width, height) of the photo after orientation.
        size: (width, height) of `video.mp4`.
        estimator: where the disparity came from.
        metres: distances of the nearest and the farthest point, where the estimator tells them.
        renderer: `gl` or `warp`.
        motion, frames, fps: of the video.
        amplitude: share of the long side, as used (not "auto").
        focus: disparity that stays still, as used.
        frame: the part of the view that the frames show: magnification, and where its middle lies
            (x, y) in units of the long side; see `geometry.framing`.
        view_size: (width, height) of the whole view, which the interactive scene shows.
        crop: the part of it that the video shows: left, top, width, height.
        placements: for each of `geometry.crop.SHAPES`, where a crop keeps the subject best.
        layers: number of layers.
        disoccluded: share of the canvas (0–1) that was made up behind something.
        shown_inpainting: largest share of a frame (0–1) that shows made-up background or border.
        stretch: by how much a visible surface is drawn out at most; 1 = not at all.
        notes: codes from `notes.NOTES`: what a person should know about this 3D photo.
        files: name → bytes of every other file that was written.
        seconds: wall time of the whole run.
        peak_memory_mb: largest resident memory of the process in any stage, in MiB.
        stages: in the order they began.
        ignored: of the photo's metadata what was passed over, since it is damaged or huge.
    """

    versions: dict[str, str]
    photo_format: str
    photo_size: tuple[int, int]
    size: tuple[int, int]
    estimator: str
    renderer: str
    motion: str
    frames: int
    fps: int
    amplitude: float
    focus: float
    frame: tuple[float, float, float]
    view_size: tuple[int, int]
    crop: tuple[int, int, int, int]
    placements: dict[str, float]
    layers: int
    disoccluded: float
    shown_inpainting: float
    stretch: float
    notes: tuple[str, ...]
    files: dict[str, int]
    seconds: float
    peak_memory_mb: float
    stages: tuple[Stage, ...]
    ignored: tuple[str, ...] = ()
    metres: tuple[float, float] | None = None
    colour_space: str = "srgb"

    def to_json(self) -> str:
        """Readable JSON with the attributes as keys."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


@dataclass
class _Cost:
    seconds: float = 0.0
    peak_memory_mb: float = 0.0


class Recorder:
    """Measures the stages of one run.

    It also passes on how far the run has come, for whoever follows it.

    Stages may stand inside each other: seconds then count for the inner one alone, memory for both.
    Stages of several threads run beside each other: their seconds overlap, and each sees the
    memory of all.
    """

    def __init__(self, progress: Progress | None = None) -> None:
        """`progress`: called as stages go on; whatever it raises stops the work."""
        self._progress = progress
        self._start = time.perf_counter()
        self._costs: dict[str, _Cost] = {}
        self._open: dict[int, list[_Cost]] = {}
        self._lock = threading.Lock()

    def tell(self, stage: str, share: float) -> None:
        """Say that `share` (0–1) of a stage is done."""
        if self._progress is not None:
            self._progress(stage, share)

    @contextmanager
    def begin(self, name: str) -> Iterator[None]:
        """Say that a stage begins, and measure the body as that stage."""
        self.tell(name, 0.0)
        with self.stage(name):
            yield

    @contextmanager
    def stage(self, name: str, *, memory: bool = True) -> Iterator[None]:
        """Measure the body as stage `name`, also when it raises.

        To look at the memory takes a fifth of a millisecond: `memory` can leave that out.
        """
        own = _Cost()
        with self._lock:
            total = self._costs.setdefault(name, _Cost())
            around = self._open.setdefault(threading.get_ident(), [])
            if memory:
                # The mark starts again, so those that it has counted for keep what it says now.
                self._see_memory()
                _reset_peak_memory()
            around.append(own)
        start = time.perf_counter()
        try:
            yield
        finally:
            elapsed = time.perf_counter() - start
            with self._lock:
                if memory:
                    self._see_memory()
                around.pop()
                total.seconds += elapsed + own.seconds
                total.peak_memory_mb = max(total.peak_memory_mb, own.peak_memory_mb)
                if around:
                    around[-1].seconds -= elapsed

    def _see_memory(self) -> None:
        peak = _peak_memory_mb()
        for stages in self._open.values():
            for cost in stages:
                cost.peak_memory_mb = max(cost.peak_memory_mb, peak)

    def finish(self, **facts: Any) -> Report:
        """The report, given every attribute of `Report` that is not measured here."""
        stages = tuple(
            Stage(name, round(cost.seconds, 4), round(cost.peak_memory_mb, 1))
            for name, cost in self._costs.items()
        )
        return Report(
            versions=versions(),
            seconds=round(time.perf_counter() - self._start, 4),
            peak_memory_mb=max((stage.peak_memory_mb for stage in stages), default=0.0),
            stages=stages,
            **facts,
        )


@cache
def versions() -> dict[str, str]:
    """Versions of Amena, Python and the packages that make the pixels; imports none of them."""
    found = {"amena": amena.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _reset_peak_memory() -> None:
    """Let the kernel's high-water mark start again from now, where it can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return  # the mark then holds since the process began: too high, never too low


def _peak_memory_mb() -> float:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
