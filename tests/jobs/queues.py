"""A real queue for tests that run in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kombu import pools

from amena.celery import app, broker_settings
from amena.local.aws import AwsServer


@contextmanager
def sending_to(server: AwsServer, settings: Any) -> Iterator[None]:
    """Sends this process's messages to the server's queue meanwhile."""
    settings.SQS_ENDPOINT_URL = server.endpoint_url
    settings.SQS_QUEUE_URL = server.queue_url
    settings.SQS_DEAD_LETTER_URL = server.dead_letter_url
    before = {name: app.conf[name] for name in broker_settings()}
    app.conf.update(broker_settings())
    forget_connections()
    try:
        yield
    finally:
        app.conf.update(before)
        forget_connections()


def forget_connections() -> None:
    """Makes Celery in this process connect anew, to where its settings point now."""
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None
