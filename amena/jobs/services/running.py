"""What a worker does with one job: claim it, make the 3D photo, keep the results, say how it ended.

Each step may be cut off at any point. What was not finished is done again by whoever claims the job
next; what was finished is not, because `claim` and `succeed` let one worker through.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils.module_loading import import_string

from amena.engine.errors import Cancelled, EngineError
from amena.engine.options import Options
from amena.jobs import states, storage
from amena.jobs.engine_options import parse_options
from amena.jobs.files import FILE_TYPES
from amena.jobs.heartbeat import Heartbeat
from amena.jobs.models import Artifact, Job
from amena.jobs.services import dead_letters, measuring, places, scenes
from amena.logs import job_context

logger = logging.getLogger(__name__)

_FOLDER_PREFIX: Final = "amena-job-"
_RETRY_DELAY = timedelta(seconds=10)
_DATABASE_PATIENCE_SECONDS = 20.0
_STORAGE_ERRORS = (OSError, BotoCoreError, ClientError)

Result = TypeVar("Result")
Progress = Callable[[str, float], None]


class PhotoEngine(Protocol):
    """What the worker needs of `amena.engine.pipeline.Engine`."""

    def warm_up(self) -> None:
        """Loads the networks."""

    def create(self, photo_path: Path, out_dir: Path, options: Options, progress: Progress) -> Any:
        """Makes a 3D photo from a photo."""

    def restyle(self, scene_path: Path, out_dir: Path, options: Options, progress: Progress) -> Any:
        """Renders a kept scene with other options."""

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
    ) -> Any:
        """Makes a 3D photo from a kept scene and a picture of its depth."""


@cache
def engine() -> PhotoEngine:
    """This process's engine: its networks load once."""
    built: PhotoEngine = import_string(settings.ENGINE)(device=settings.ENGINE_DEVICE)
    return built


def run(job_id: UUID) -> None:
    """Works on a job if it is still wanted and nobody else has it; else does nothing."""
    with job_context(job_id):
        lease = states.claim(job_id)
        if lease is None:
            logger.info("Nothing to do: the job is done, gone or in other hands.")
            return
        logger.info("Attempt %d begins.", lease.attempt)
        try:
            _attempt(lease)
        except SoftTimeLimitExceeded:
            logger.warning("The time limit is over.")
            _end(
                lease,
                lambda: states.fail(
                    lease, "too_slow", "This photo took too long. Try it at a smaller size."
                ),
            )


def remove_abandoned_folders() -> None:
    """Deletes the working folders that killed workers have left, older than any job can be."""
    abandoned = time.time() - 2 * settings.JOB_HARD_LIMIT
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        if folder.stat().st_mtime < abandoned:
            shutil.rmtree(folder, ignore_errors=True)


def _attempt(lease: states.Lease) -> None:
    """One attempt, with every way it can end but the time limit."""
    with Heartbeat(lease) as heartbeat:
        try:
            _make(lease, heartbeat.report)
        except Cancelled:
            ending = _after_stop(lease, heartbeat)
        except EngineError as error:
            logger.warning("The engine cannot do it: %s", error.code)
            ending = _after_engine_error(lease, error)
        except _STORAGE_ERRORS as error:
            logger.warning("The storage does not answer: %s", type(error).__name__)
            ending = _another_try(lease, "storage", "Our storage did not answer. Try again later.")
        except (SoftTimeLimitExceeded, OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("An unexpected error")
            ending = _another_try(
                lease, "internal", "Something went wrong on our side. Try again later."
            )
        else:
            return
    _end(lease, ending)
    _settle(lambda: dead_letters.report(lease.job_id))


def _after_stop(lease: states.Lease, heartbeat: Heartbeat) -> Callable[[], bool]:
    if heartbeat.leaving:
        logger.warning("The worker must go: the job is queued again.")
        return lambda: states.requeue(lease)
    if heartbeat.lost:
        # Perhaps only the database was away; if nobody has taken over, the next attempt is due.
        logger.warning("The lease is lost.")
        return _another_try(lease, "worker_lost", "The work was interrupted. Try again.")
    logger.info("Stopped, as was asked.")
    return lambda: states.stop(lease)


def _after_engine_error(lease: states.Lease, error: EngineError) -> Callable[[], bool]:
    if error.retryable:
        return _another_try(lease, error.code, error.message)
    return lambda: states.fail(lease, error.code, error.message)


def _another_try(lease: states.Lease, code: str, message: str) -> Callable[[], bool]:
    return lambda: states.retry_later(lease, code, message, _RETRY_DELAY)


def _make(lease: states.Lease, progress: Progress) -> None:
    """Fetches the input, runs the engine, keeps what it made."""
    job = Job.objects.select_related("photo", "source__photo").get(public_id=lease.job_id)
    with tempfile.TemporaryDirectory(prefix=_FOLDER_PREFIX) as folder:
        out_dir = Path(folder, "out")
        out_dir.mkdir()
        _work(job, Path(folder), out_dir, progress)
        progress("encode", 1.0)
        _keep(lease, job, out_dir)


def _work(job: Job, folder: Path, out_dir: Path, progress: Progress) -> None:
    """What the kind of job asks of the engine; its files go into `out_dir`."""
    options, source = parse_options(job.options), folder / "input"
    if job.kind == Job.Kind.CREATE:
        storage.fetch(storage.original_key(job.photo.public_id), source)
        engine().create(source, out_dir, options, progress)
        return
    scene = scenes.of_job(job.source) if job.source else scenes.newest(job.photo)
    if scene is None:
        raise EngineError("Its scene is no longer kept: upload the photo again.", code="bad_scene")
    storage.fetch(scene, source)
    if job.kind == Job.Kind.EDIT:
        picture = folder / "depth"
        storage.fetch(storage.depth_key(job.photo.public_id, job.public_id), picture)
        how = job.depth_edit or {}
        engine().edit(source, picture, out_dir, options, progress, **how)
    else:
        engine().restyle(source, out_dir, options, progress)


def _keep(lease: states.Lease, job: Job, out_dir: Path) -> None:
    """Stores the results, then makes them the job's, all or none."""
    photo = job.photo.public_id
    prefix = storage.attempt_prefix(photo, job.public_id, lease.attempt)
    artifacts = []
    try:
        for path in sorted(out_dir.iterdir()):
            file = FILE_TYPES[path.name]
            if job.kind == Job.Kind.EXPORT and not file.output:
                continue  # the job it belongs to has these already
            key = f"{prefix}/{path.name}"
            storage.save_path(key, path)
            size, media_type = path.stat().st_size, file.content_type
            artifacts.append(
                Artifact(job=job, kind=file.kind, key=key, size=size, content_type=media_type)
            )
    except _STORAGE_ERRORS:
        with suppress(*_STORAGE_ERRORS):
            storage.delete_tree(prefix)  # a full disk needs the room
        raise
    if _end(lease, lambda: _succeed(lease, artifacts)):
        logger.info("Done.")
        measuring.note_success(job, out_dir / "report.json")
        storage.delete_other_attempts(photo, job.public_id, kept=lease.attempt)
    else:
        logger.info("Done, but no longer wanted: the results are dropped.")
        storage.delete_tree(prefix)
        _end(lease, lambda: states.stop(lease))


def _succeed(lease: states.Lease, artifacts: list[Artifact]) -> bool:
    won = states.succeed(lease)
    if won:
        Artifact.objects.bulk_create(artifacts)
    # When the answer to a commit is lost, the change is made again and finds itself done.
    return won or Artifact.objects.filter(key__in=[each.key for each in artifacts]).exists()


def _end(lease: states.Lease, change: Callable[[], bool]) -> bool:
    """Settles a change by which the job may end: its owner's next held job starts by the same."""

    def and_the_next() -> bool:
        with places.leaving(Job.objects.filter(public_id=lease.job_id)):
            return change()

    return _settle(and_the_next)


def _settle(change: Callable[[], Result]) -> Result:
    """Carries out a last change of the job, and waits for the database if it restarts just now.

    Minutes of work hang on it; a change that is repeated although it had gone through changes
    nothing, because the lease is gone by then.
    """
    give_up = time.monotonic() + _DATABASE_PATIENCE_SECONDS
    while True:
        try:
            return change()
        except (OperationalError, InterfaceError):
            if time.monotonic() > give_up:
                raise
            connection.close()
            time.sleep(0.5)
