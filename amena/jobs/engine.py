"""The engine as a worker uses it: one per process, of the class that the settings name."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from amena.engine.options import Options
from amena.engine.progress import Progress, SceneReady


class PhotoEngine(Protocol):
    """What the worker needs of `amena.engine.pipeline.Engine`."""

    def warm_up(self) -> None:
        """Loads the networks before the first job arrives."""

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
    ) -> Any:
        """Makes a 3D photo from a photo, with the depth of a `corrected` scene of it where there
        is one, against which it is turned; `ready` is called when a draft can be shown, and the
        scene.
        """

    def restyle(
        self,
        scene_path: Path,
        out_dir: Path,
        options: Options,
        progress: Progress,
        *,
        ready: SceneReady,
        kept: Path,
    ) -> Any:
        """Renders a kept scene with other options; `kept` holds files made from it before."""

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
    ) -> Any:
        """Makes a 3D photo from a kept scene and a picture of its depth."""

    def compare(self, scene_path: Path, out_dir: Path, options: Options, progress: Progress) -> Any:
        """Makes the maps of several estimators from a kept scene, and nothing else."""


def load_libraries() -> None:
    """Imports what the engine stands on, and starts nothing: a process may still be forked.

    It takes ten times as long as all else that an engine does before its first photo.
    """
    import_string(settings.ENGINE)


@cache
def engine() -> PhotoEngine:
    """This process's engine: its networks load once."""
    built: PhotoEngine = import_string(settings.ENGINE)(
        device=settings.ENGINE_DEVICE,
        estimator=settings.DEPTH_ESTIMATOR,
        confined=True,
        encoder=settings.VIDEO_ENCODER,
    )
    return built
