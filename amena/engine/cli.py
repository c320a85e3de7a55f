"""The command line: one photo (or a saved scene) in, a folder of results out.

Only what reads arguments is imported at the top, so that `--help` and mistakes answer at once.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from amena.engine.arguments import BAD_INPUT, parser
from amena.engine.errors import DepthMapError, EngineError, OptionsError, PhotoError
from amena.engine.geometry.keyframes import read_keyframes
from amena.engine.options import (
    Options,
)
from amena.engine.progress import Overall, Progress

if TYPE_CHECKING:
    from amena.engine.report import Report

logger = logging.getLogger(__name__)

DONE, FAILED, INTERRUPTED, TERMINATED = 0, 1, 130, 143

_BAD_SCENE = ("bad_scene", "scene_without_origin")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        asked = parser().parse_args(arguments)
    except SystemExit as stop:  # argparse has said all there is to say
        return int(stop.code or DONE)
    if not asked.debug:
        warnings.simplefilter("ignore")
    logging.basicConfig(level=logging.WARNING if asked.debug else logging.CRITICAL)
    logging.getLogger("amena").setLevel(logging.DEBUG if asked.debug else logging.CRITICAL)
    logging.captureWarnings(asked.debug)
    try:
        with _terminable():
            report = _run(asked)
    except (PhotoError, DepthMapError, OptionsError) as error:
        return _fail(BAD_INPUT, error.message)
    except EngineError as error:
        return _fail(BAD_INPUT if error.code in _BAD_SCENE else FAILED, error.message)
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, "Interrupted. Nothing was written.")
    except _Terminated:
        return _fail(TERMINATED, "Terminated. Nothing was written.")
    except Exception as error:
        # The last resort: one line, as promised, also for what nobody thought of.
        logger.exception("unexpected")
        reason = " ".join(str(error).split()) or "no details"
        return _fail(FAILED, f"Internal error ({type(error).__name__}): {reason} Try --debug.")
    if not asked.quiet:
        width, height = report.size
        sys.stdout.write(
            f"{asked.out}: {width}×{height}, {report.frames} frames in {report.seconds:.1f} s\n"
        )
    return DONE


def _run(asked: argparse.Namespace) -> Report:
    options = Options(
        motion="keyframes" if asked.keyframes else asked.motion,
        keyframes=read_keyframes(asked.keyframes) if asked.keyframes else (),
        easing=asked.easing,
        duration=asked.duration,
        fps=asked.fps,
        size=asked.size,
        amplitude=asked.amplitude,
        strength=asked.strength,
        focus=asked.focus,
        estimator=asked.estimator,
        compare=asked.compare,
        renderer=asked.renderer,
        outputs=asked.outputs,
        loop_limit=asked.loop_limit,
        lpi=asked.lpi,
        dpi=asked.dpi,
        print_inches=asked.print_inches,
        depth_of_field=asked.depth_of_field,
        vignette=asked.vignette,
        rotate=asked.rotate,
        shape=asked.shape,
        placement=asked.placement,
        stereo=asked.stereo,
    )
    is_scene = asked.photo.suffix == ".amena"
    if asked.brush and (asked.depth or not is_scene):
        raise OptionsError("--brush changes the depth of a saved scene, without --depth.")
    if not is_scene:
        from amena.engine.photo.decode import inspect

        inspect(asked.photo)  # before anything heavy is loaded
    from amena.engine.output.folder import all_or_nothing

    with all_or_nothing(asked.out, keep=asked.photo) as work:
        from amena.engine.pipeline import Engine

        engine = Engine(encoder=asked.encoder)
        with _progress(shown=not asked.quiet and sys.stderr.isatty()) as progress:
            if is_scene and (asked.depth or asked.brush):
                return engine.edit(
                    asked.photo,
                    asked.brush or asked.depth,
                    work,
                    options,
                    progress,
                    mode="brush" if asked.brush else "replace",
                    near=asked.depth_near,
                )
            if is_scene:
                return engine.restyle(asked.photo, work, options, progress)
            return engine.create(
                asked.photo,
                work,
                options,
                progress,
                depth_path=asked.depth,
                depth_near=asked.depth_near,
            )


def _fail(code: int, line: str) -> int:
    logger.debug("stopped", exc_info=True)
    sys.stderr.write(f"amena: {line}\n")
    return code


class _Terminated(BaseException):
    pass


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM clean up as Ctrl-C does."""

    def stop(*_: object) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Progress | None]:
    """A bar on the terminal, gone when all is done."""
    if not shown:
        yield None
        return
    from tqdm import tqdm

    overall = Overall()
    with tqdm(
        total=100, leave=False, bar_format="{desc:8}{percentage:4.0f} % {bar} {elapsed}"
    ) as bar:

        def tell(stage: str, share: float) -> None:
            bar.n = overall.tell(stage, share)
            bar.set_description_str(stage, refresh=False)
            bar.update(0)

        yield tell
