"""SQS for what Celery does not do: asking how the queues stand, and reading dead letters."""

from __future__ import annotations

from typing import Any, Final

import boto3
from botocore.config import Config
from django.conf import settings

# Requests and probes wait for the answer, so it is now or not at all.
_TIMEOUTS: Final = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})


def client() -> Any:
    """boto3's client for the queues that the settings name."""
    return boto3.client(
        "sqs",
        region_name=settings.AWS_REGION,
        endpoint_url=settings.SQS_ENDPOINT_URL,
        config=_TIMEOUTS,
    )


def waiting(url: str) -> dict[str, int]:
    """About how many messages of a queue wait (`visible`) and are in some worker's hands.

    Raises:
        BotoCoreError, ClientError: the queue does not answer.
    """
    names = {
        "visible": "ApproximateNumberOfMessages",
        "in_flight": "ApproximateNumberOfMessagesNotVisible",
    }
    found = client().get_queue_attributes(QueueUrl=url, AttributeNames=list(names.values()))
    return {name: int(found["Attributes"][theirs]) for name, theirs in names.items()}
