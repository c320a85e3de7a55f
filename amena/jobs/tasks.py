"""What a worker does when its process starts, and with each message."""

from __future__ import annotations

import logging
import signal
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_process_init

from amena.engine.errors import EngineError
from amena.jobs import heartbeat
from amena.jobs.services import dispatch, running

logger = logging.getLogger(__name__)


@shared_task(name=dispatch.TASK)
def run_job(job_id: str) -> None:
    """Works on one job, unless another worker has it or it is no longer wanted."""
    running.run(UUID(job_id))


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
