"""System checks: what must not start. `manage.py check --tag amena --deploy` runs them all."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

TAG = "amena"


@register(TAG)
def development_login(**_kwargs: Any) -> list[CheckMessage]:
    """The sign-in without a password exists on developers' machines alone."""
    if settings.DEV_LOGIN and not settings.DEBUG:
        return [
            Error(
                "DEV_LOGIN is on without DEBUG: anybody could sign in as anybody.",
                hint="Unset DEV_LOGIN.",
                id="amena.E001",
            )
        ]
    return []


@register(TAG)
def time_limits(**_kwargs: Any) -> list[CheckMessage]:
    """A job ends before its pod is killed, and the pod before SQS gives the message away."""
    chain = (
        settings.JOB_SOFT_LIMIT,
        settings.JOB_HARD_LIMIT,
        settings.WORKER_GRACE_SECONDS,
        settings.SQS_VISIBILITY_SECONDS,
    )
    if all(shorter < longer for shorter, longer in pairwise(chain)):
        return []
    return [
        Error(
            "JOB_SOFT_LIMIT < JOB_HARD_LIMIT < WORKER_GRACE_SECONDS < SQS_VISIBILITY_SECONDS "
            f"must hold; they are {', '.join(map(str, chain))} seconds.",
            id="amena.E002",
        )
    ]


@register(TAG)
def queue_named(**_kwargs: Any) -> list[CheckMessage]:
    """Without a queue every job would wait for ever."""
    if settings.SQS_QUEUE_URL:
        return []
    return [
        Error(
            "SQS_QUEUE_URL is missing: no job could be sent.",
            hint="Set it to the address of the SQS queue.",
            id="amena.E003",
        )
    ]


@register(TAG, deploy=True)
def secrets(**_kwargs: Any) -> list[CheckMessage]:
    """A short key can be guessed, and sessions be forged with it."""
    if len(settings.SECRET_KEY) >= 50:
        return []
    return [
        Error(
            "SECRET_KEY is shorter than 50 characters.",
            hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="amena.E004",
        )
    ]


@register(TAG, deploy=True)
def debug_leftovers(**_kwargs: Any) -> list[CheckMessage]:
    """What is right on a developer's machine only."""
    found = []
    if settings.DEBUG:
        found.append(Error("DEBUG is on.", hint="Unset DEBUG.", id="amena.E005"))
    if not settings.SITE_ROOT.startswith("https://"):
        found.append(
            Error(
                "SITE_ROOT is not an https:// address, so cookies travel in the clear.",
                id="amena.E006",
            )
        )
    if settings.STORAGE == "local":
        found.append(
            Error(
                "STORAGE is local: web and worker on two machines would not share their files.",
                hint="Set STORAGE=s3 and S3_BUCKET.",
                id="amena.E007",
            )
        )
    return found
