"""Engines for tests of everything around the engine: each waits, or goes wrong, in one way.

A worker takes one by `ENGINE=tests.faults.engines.GatedEngine`. They write the same files as the
real one, a few bytes each.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from amena.engine.confined import Confinement, Limits
from amena.engine.errors import EncodeError, PhotoError
from amena.engine.options import Options
from amena.engine.progress import STAGES, EarlyView, Progress, SceneReady
from amena.jobs.files import FILE_TYPES

#: What is made from a scene alone: a job that starts from one is given these files, too.
KEPT = {"scene.glb", "disparity.png"}


class QuickEngine:
    """Goes through the stages without pause and writes all files.

    Others differ from it in `work`, `files` and `edited` alone.
    """

    #: Of the film, as `amena.engine.geometry.framing` has it.
    frame = (1.02, 0.001, -0.002)

    def __init__(
        self,
        device: str,
        estimator: str = "compact",
        *,
        confined: bool = False,
        encoder: str = "software",
    ) -> None:
        self.device, self.estimator, self.confined = device, estimator, confined
        self.encoder = encoder

    def warm_up(self) -> None:
        pass

    def create(
        self,
        photo_path: Path,
        out_dir: Path,
        options: Options,
        progress: Progress,
        *,
        corrected: Path | None = None,
        turn: int = 0,
        ready: SceneReady,
        kept: Path | None = None,
    ) -> None:
        assert turn == 0 or corrected is not None
        assert corrected is None or corrected.stat().st_size > 0
        assert photo_path.stat().st_size > 0
        assert kept is None or {path.name for path in kept.iterdir()} == KEPT
        files = self.files(options)
        for stage in STAGES:
            self.work(stage, progress)
            if stage == "layers" and kept is None:
                (out_dir / "draft.glb").write_bytes(files["scene.glb"])
                ready(EarlyView(0.03, 0.4, self.frame, draft=True))
                (out_dir / "draft.glb").unlink()
            if stage == "mesh":
                (out_dir / "scene.glb").write_bytes(files["scene.glb"])
                ready(EarlyView(0.03, 0.4, self.frame))
        for name, content in files.items():
            (out_dir / name).write_bytes(content)

    restyle = create

    def edit(
        self,
        scene_path: Path,
        depth_path: Path,
        out_dir: Path,
        options: Options,
        progress: Progress,
        *,
        mode: str,
        near: str,
        ready: SceneReady,
    ) -> None:
        assert depth_path.stat().st_size > 0
        self.create(scene_path, out_dir, options, progress, ready=ready)
        for name, content in self.edited(depth_path, options, mode, near).items():
            (out_dir / name).write_bytes(content)

    def compare(
        self, scene_path: Path, out_dir: Path, options: Options, progress: Progress
    ) -> None:
        assert scene_path.stat().st_size > 0 and options.compare
        for stage in ("decode", "depth"):
            self.work(stage, progress)
        (out_dir / "estimates.png").write_bytes(self.files(options)["estimates.png"])

    def work(self, stage: str, progress: Progress) -> None:
        """One stage in ten steps."""
        for step in range(10):
            progress(stage, step / 10)

    def files(self, options: Options) -> dict[str, bytes]:
        """What a job leaves, by the engine's names."""
        report = {"stages": [{"name": stage, "seconds": 0.0} for stage in STAGES]}
        return {
            name: f"{name} of {options.motion}".encode()
            for name, file in FILE_TYPES.items()
            if not file.output or file.output in options.outputs
        } | {"report.json": json.dumps(report).encode()}

    def edited(
        self,
        depth_path: Path,  # noqa: ARG002
        options: Options,  # noqa: ARG002
        mode: str,
        near: str,
    ) -> dict[str, bytes]:
        """Those that are others where the depth was edited."""
        return {"disparity.png": f"{mode}, {near} is near".encode()}


class LargeEngine(QuickEngine):
    """Has much to load before its first photo."""

    def warm_up(self) -> None:
        time.sleep(3)


class MissingEngine(QuickEngine):
    """Lacks what it needs."""

    def warm_up(self) -> None:
        raise EncodeError("There is no encoder.")


class HangingEngine(QuickEngine):
    """Goes into the first stage and neither comes back nor asks whether to stop."""

    def work(self, stage: str, progress: Progress) -> None:
        progress(stage, 0.0)
        while True:
            time.sleep(0.1)


class StubbornEngine(HangingEngine):
    """Hangs, and swallows the soft time limit too, as code in C does."""

    def work(self, stage: str, progress: Progress) -> None:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        super().work(stage, progress)


class PoisonedEngine(QuickEngine):
    """Dies on the photo, as a crash in a driver or the out-of-memory killer would make it."""

    def work(self, stage: str, progress: Progress) -> None:
        progress(stage, 0.0)
        os.kill(os.getpid(), signal.SIGKILL)


class CrashingReaderEngine(QuickEngine):
    """Has a child read the photo, whose decoder crashes."""

    def work(self, _stage: str, _progress: Progress) -> None:
        child = Confinement("tests.engine.strange_work:behave", Limits(5, 30, 2**28, 2**16))
        list(child.ask(b"a photo", {"how": "crash"}))


class RefusingEngine(QuickEngine):
    """Cannot use the photo."""

    def work(self, _stage: str, _progress: Progress) -> None:
        raise PhotoError("The photo shows nothing.", code="nothing")


class FlakyEngine(QuickEngine):
    """Fails in a way that may pass, each time."""

    def work(self, _stage: str, _progress: Progress) -> None:
        raise EncodeError("The encoder stopped. Try again.")


class BuggyEngine(QuickEngine):
    """Has a bug."""

    def work(self, _stage: str, _progress: Progress) -> None:
        raise ZeroDivisionError


class GatedEngine(QuickEngine):
    """Waits in a stage as long as the folder FAULT_GATE has a file of the stage's name."""

    def work(self, stage: str, progress: Progress) -> None:
        progress(stage, 0.0)
        while Path(os.environ["FAULT_GATE"], stage).exists():
            time.sleep(0.05)
            progress(stage, 0.5)


class BulkyEngine(QuickEngine):
    """Makes a video of two megabytes."""

    def files(self, options: Options) -> dict[str, bytes]:
        return super().files(options) | {"video.mp4": bytes(2 << 20)}
