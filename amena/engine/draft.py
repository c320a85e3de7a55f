"""The draft of a scene, made beside the scene itself so that there is something to move at once."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from amena.engine.layering.draft import draft_layers
from amena.engine.motion.planning import canvas_margin, plan
from amena.engine.options import SIZES, Options
from amena.engine.progress import DRAFT, SceneReady
from amena.engine.report import Recorder
from amena.engine.scene.glb import write_glb
from amena.engine.scene.scene import Scene
from amena.engine.types import Disparity, Photo


class Draft:
    """Shows a draft while layers are cut and filled. Used as a context, which ends with the draft.

    It stands after a third of the time that the scene takes, and is no larger than the smallest
    photo whatever the size of the film.
    """

    def __init__(
        self, out_dir: Path, options: Options, recorder: Recorder, ready: SceneReady | None
    ) -> None:
        """`ready` is told of the draft, whose file goes once it returns; None: no draft is made."""
        self._path, self._options, self._recorder = out_dir / DRAFT, options, recorder
        self._ready = ready
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="draft")
        self._made: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._pool.shutdown()
        if kind is None and self._made is not None:
            self._made.result()

    def begin(
        self, photo: Photo, disparity: Disparity, amplitude: float, budget: float, focus: float
    ) -> None:
        """Make the draft of such a scene, see `Scene`, in a thread of its own."""
        if self._ready is not None:
            self._made = self._pool.submit(
                self._make, self._ready, photo, disparity, amplitude, budget, focus
            )

    def _make(
        self,
        ready: SceneReady,
        photo: Photo,
        disparity: Disparity,
        amplitude: float,
        budget: float,
        focus: float,
    ) -> None:
        with self._recorder.stage("draft"):
            photo, disparity = _reduced(photo, disparity)
            margin = canvas_margin(photo.size, amplitude, focus)
            layers = draft_layers(photo, disparity, amplitude, margin)
            scene = Scene(
                layers,
                disparity,
                amplitude,
                budget,
                focus,
                photo.original_size,
                colour_space=photo.colour_space,
            )
            planned = plan(scene, self._options)
            write_glb(scene.in_srgb().layers, self._path, disparity.metres)
        ready(planned.early_view(draft=True))
        self._path.unlink()


def _reduced(photo: Photo, disparity: Disparity) -> tuple[Photo, Disparity]:
    """Both no larger than the smallest photo. Sides stay even."""
    share = SIZES[0] / max(photo.size)
    if share >= 1:
        return photo, disparity
    width, height = (2 * max(1, round(side * share / 2)) for side in photo.size)
    rgb = cv2.resize(photo.rgb, (width, height), interpolation=cv2.INTER_AREA)
    values = cv2.resize(disparity.values, (width, height), interpolation=cv2.INTER_AREA)
    return (
        replace(photo, rgb=np.asarray(rgb, np.uint8)),
        replace(disparity, values=np.asarray(values, np.float32)),
    )
