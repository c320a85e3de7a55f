"""What a worker does when its process starts, and with each message."""

from __future__ import annotations

import gc
import logging
import signal
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_init, worker_process_init

from amena.engine.errors import EngineError
from amena.jobs import heartbeat
from amena.jobs.engine import load_libraries
from amena.jobs.services import dispatch, running

logger = logging.getLogger(__name__)


@shared_task(name=dispatch.TASK)
def run_job(job_id: str) -> None:
    """Works on one job, unless another worker has it or it is no longer wanted."""
    running.run(UUID(job_id))


@worker_init.connect
def _prepare_parent(**_kwargs: Any) -> None:
    """Imports the engine's libraries once, before the worker asks for its first message.

    Each child has them from the start: also one that takes the place of another, which was killed
    by the time limit or for its memory. A job that waits would else wait for that, too.
    """
    load_libraries()
    gc.collect()
    gc.freeze()  # looking for garbage would have each child copy what it shares with its parent


@worker_process_init.connect
def _prepare_child(**_kwargs: Any) -> None:
    """Loads the networks before the first job arrives, in the child that will use them."""
    signal.signal(signal.SIGUSR2, lambda *_: heartbeat.leave())
    running.remove_abandoned_folders()
    try:
        running.engine().warm_up()
    except EngineError as error:
        # Jobs will fail with this; no other estimator takes its place.
        logger.error("The engine cannot start: %s: %s", error.code, error.message)
        return
    logger.info("The engine is ready.")
