"""The Celery application: one queue on SQS whose messages carry nothing but a job's id.

The pool is `prefork` with one child. The parent talks to SQS and has imported the engine's
libraries, for this child and those that may follow it; networks and the GL context live in the
child alone, because a process that forks after it has computed or drawn hangs. The child is also
what the hard time limit can kill without losing the consumer.
"""

from __future__ import annotations

import contextlib
import logging.config
import os
import signal
import threading
from typing import Any
from urllib.parse import urlsplit

import billiard
from celery import Celery
from celery.signals import setup_logging, worker_init, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amena.settings")
# Celery would have Django check all code when a worker starts, for which every page is loaded: a
# third of the time it takes, and 30 MB. `_start_on_sound_settings` checks what it needs.
os.environ.setdefault("CELERY_SKIP_CHECKS", "yes")

from django.conf import settings  # after the environment is known

QUEUE = "jobs"


def broker_settings() -> dict[str, Any]:
    """How to reach the queue that Django's settings name.

    Without an endpoint it is AWS, and the credentials come from the environment or the pod.
    """
    endpoint = urlsplit(settings.SQS_ENDPOINT_URL or "https:")
    return {
        "broker_url": f"sqs://{endpoint.netloc}",
        "broker_transport_options": {
            "region": settings.AWS_REGION,
            "is_secure": endpoint.scheme == "https",
            "predefined_queues": {QUEUE: {"url": settings.SQS_QUEUE_URL}},
            "visibility_timeout": settings.SQS_VISIBILITY_SECONDS,
            "wait_time_seconds": settings.SQS_WAIT_SECONDS,
            "polling_interval": 0.2,
            # For sending and deleting; a web request must not hang on a dead broker, since the
            # sweeper sends later what could not be sent now.
            "client-config": {
                "connect_timeout": 2,
                "read_timeout": 5,
                "retries": {"total_max_attempts": 1},
            },
        },
    }


app = Celery("amena")
app.conf.update(
    broker_settings(),
    broker_transport="amena.broker:Transport",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_default_queue=QUEUE,
    task_create_missing_queues=False,
    task_queues={QUEUE: {"exchange": QUEUE, "routing_key": QUEUE}},
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_publish_retry=False,
    task_ignore_result=True,
    task_soft_time_limit=settings.JOB_SOFT_LIMIT,
    task_time_limit=settings.JOB_HARD_LIMIT,
    worker_pool="prefork",
    worker_concurrency=1,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    # The networks load in the child before the first job; large ones take longer than the default
    # of 4 s.
    worker_proc_alive_timeout=120,
    enable_utc=True,
)
app.autodiscover_tasks()


@setup_logging.connect
def _log_like_django(**_kwargs: Any) -> None:
    """Keeps Celery from installing its own log format over ours."""
    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
def _start_on_sound_settings(**_kwargs: Any) -> None:
    """Ends the worker; whatever else a signal's receiver raises, Celery would log and go on."""
    from django.core.management.base import SystemCheckError

    from amena.starting import WORKER, refuse_to_start

    try:
        refuse_to_start(WORKER)
    except SystemCheckError as error:
        raise SystemExit(str(error)) from None


@worker_shutting_down.connect
def _limit_the_goodbye(**_kwargs: Any) -> None:
    """A job that takes longer than the machine will stay is queued again before it is cut off."""
    timer = threading.Timer(settings.WORKER_SHUTDOWN_SECONDS, _tell_children_to_leave)
    timer.daemon = True
    timer.start()


def _tell_children_to_leave() -> None:
    for child in billiard.active_children():
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGUSR2)
