"""What a worker does with one job: claim it, make the 3D photo, store the results.

Each step may be cut off at any point. What was not finished is done again by the worker that
claims the job next; what was finished is not, because `claim` and `succeed` let one worker through.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError

from amena.engine.errors import Cancelled, EngineError
from amena.engine.progress import Progress
from amena.jobs import states, storage, thumbnails
from amena.jobs.engine import engine
from amena.jobs.engine_options import parse_options
from amena.jobs.files import FILE_TYPES
from amena.jobs.heartbeat import Heartbeat
from amena.jobs.models import Artifact, Job
from amena.jobs.services import measuring, previews, scenes
from amena.jobs.services.endings import Ending, Made, Outcome, finish
from amena.logs import job_context

logger = logging.getLogger(__name__)

_FOLDER_PREFIX: Final = "amena-job-"

_OUR_FAULT: Final = "Something went wrong on our side. Try again later."

_TOO_SLOW: Final = Ending(
    Outcome.FAILED, "too_slow", "This photo took too long. Try it at a smaller size."
)


def run(job_id: UUID) -> None:
    """Works on a job if it is still wanted and nobody else has it; else does nothing."""
    with job_context(job_id):
        lease = states.claim(job_id)
        if lease is None:
            logger.info("Nothing to do: the job is done, gone or in other hands.")
            return
        logger.info("Attempt %d begins.", lease.attempt)
        try:
            finish(lease, _attempt(lease))
        except SoftTimeLimitExceeded:  # it may strike at any line of the above
            logger.warning("The time limit is over.")
            finish(lease, _TOO_SLOW)


def remove_abandoned_folders() -> None:
    """Deletes the working folders that killed workers have left, older than any job can be."""
    abandoned = time.time() - 2 * settings.JOB_HARD_LIMIT
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        if folder.stat().st_mtime < abandoned:
            shutil.rmtree(folder, ignore_errors=True)


def _attempt(lease: states.Lease) -> Ending:
    """One attempt, with every way it can end but the time limit and a database that is away."""
    with Heartbeat(lease) as heartbeat:
        try:
            return Ending(Outcome.SUCCEEDED, made=_make(lease, heartbeat.report))
        except Cancelled:
            return _stopped(heartbeat)
        except EngineError as error:
            outcome = Outcome.RETRY if error.retryable else Outcome.FAILED
            if error.private:  # staff read in log and admin what people cannot mend
                logger.error("The engine lacks something: %s: %s", error.code, error.message)
                return Ending(outcome, error.code, _OUR_FAULT, reason=error.message)
            logger.warning("The engine cannot do it: %s", error.code)
            return Ending(outcome, error.code, error.message)
        except storage.ERRORS as error:
            logger.warning("The storage does not answer as it should: %s", error)
            message = "Our storage did not answer. Try again later."
            return Ending(Outcome.RETRY, "storage", message)
        except (SoftTimeLimitExceeded, OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.exception("An unexpected error")
            return Ending(Outcome.RETRY, "internal", _OUR_FAULT, reason=type(error).__name__)


def _stopped(heartbeat: Heartbeat) -> Ending:
    """Why the heartbeat has stopped the engine."""
    if heartbeat.leaving:
        logger.warning("The worker must go: the job is queued again.")
        return Ending(Outcome.REQUEUED)
    if heartbeat.lost:
        # Perhaps only the database was away; if nobody has taken over, the next attempt is due.
        logger.warning("The lease is lost.")
        return Ending(Outcome.RETRY, "worker_lost", "The work was interrupted. Try again.")
    logger.info("Stopped, as was asked.")
    return Ending(Outcome.CANCELLED)


def _make(lease: states.Lease, progress: Progress) -> Made:
    """Fetches the input, runs the engine, stores what it made."""
    job = Job.objects.select_related("photo", "source__photo").get(public_id=lease.job_id)
    with tempfile.TemporaryDirectory(prefix=_FOLDER_PREFIX) as folder:
        out_dir = Path(folder, "out")
        out_dir.mkdir()
        preview = previews.Preview(lease, job, out_dir)
        _work(job, Path(folder), out_dir, progress, preview)
        progress("encode", 1.0)
        preview.end_draft()
        thumbnails.make_card(out_dir)
        stage_seconds = measuring.stage_seconds(out_dir / "report.json")
        return Made(job, _store(lease, job, out_dir, preview.stored), stage_seconds)


def _work(
    job: Job, folder: Path, out_dir: Path, progress: Progress, ready: previews.Preview
) -> None:
    """What the kind of job asks of the engine; its files go into `out_dir`."""
    options, source = parse_options(job.options), folder / "input"
    if job.kind == Job.Kind.CREATE:
        storage.fetch(storage.original_key(job.photo.public_id), source, job.photo.size)
        corrected, how = None, job.depth_edit or {"scene": None, "turn": 0}
        scene = scenes.of_id(job.photo, how["scene"]) if how["scene"] else None
        if scene is not None:
            corrected = folder / "scene"
            storage.fetch(scene.key, corrected, scene.size)
        engine().create(
            source, out_dir, options, progress, corrected=corrected, turn=how["turn"], ready=ready
        )
        return
    scene = scenes.of_job(job.source) if job.source else scenes.newest(job.photo)
    if scene is None:
        raise EngineError("Its scene is no longer kept. Upload the photo again.", code="bad_scene")
    if job.kind == Job.Kind.EDIT:
        picture = folder / "depth"
        depth = storage.depth_key(job.photo.public_id, job.public_id)
        storage.fetch_several([(scene.key, source, scene.size), (depth, picture, None)])
        how = job.depth_edit or {}
        engine().edit(source, picture, out_dir, options, progress, ready=ready, **how)
    elif job.kind == Job.Kind.EXPORT and options.outputs == ("estimates",):
        storage.fetch(scene.key, source, scene.size)
        engine().compare(source, out_dir, options, progress)  # which need no film
    else:
        kept = folder / "kept"
        kept.mkdir()
        beside = [
            (each.key, kept / PurePosixPath(each.key).name, each.size)
            for each in scenes.beside(scene)
        ]
        storage.fetch_several([(scene.key, source, scene.size), *beside])
        engine().restyle(source, out_dir, options, progress, ready=ready, kept=kept)


def _store(lease: states.Lease, job: Job, out_dir: Path, stored: dict[str, UUID]) -> list[Artifact]:
    """Stores the attempt's files but those `stored` already; gives the rows that will put all on
    record.
    """
    prefix = storage.attempt_prefix(job.photo.public_id, job.public_id, lease.attempt)
    artifacts, waiting = [], {}
    for path in sorted(out_dir.iterdir()):
        file = FILE_TYPES[path.name]
        if job.kind == Job.Kind.EXPORT and not file.output:
            continue  # the job it belongs to has these already
        key = f"{prefix}/{path.name}"
        if path.name not in stored:
            waiting[key] = path
        size, media_type = path.stat().st_size, file.content_type
        row = Artifact(job=job, kind=file.kind, key=key, size=size, content_type=media_type)
        row.public_id = stored.get(path.name, row.public_id)
        artifacts.append(row)
    try:
        storage.save_paths(waiting)
    except storage.ERRORS:
        with suppress(*storage.ERRORS):
            storage.delete_tree(prefix)  # a full disk needs the room
        raise
    return artifacts
