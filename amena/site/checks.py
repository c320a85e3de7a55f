"""System checks: what must not start. `manage.py check --tag amena --deploy` runs them all.

In a deployment no process starts on an error of these (`amena.starting`), which are about settings.
Whether database, queue and storage answer is asked by that command alone (`amena.site.reachable`).
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Advice

from amena.engine.confined.limits import system_calls_are_filtered
from amena.engine.depth.description import describe
from amena.engine.depth.hub import fetched_folder
from amena.engine.errors import WeightsError
from amena.engine.estimators import parse_estimator
from amena.jobs import links
from amena.notifications import subscriptions
from amena.starting import EVERY_PROCESS, WEB, WORKER

TAG: Final = "amena"


@register(TAG, EVERY_PROCESS)
def development_login(**_kwargs: Any) -> list[CheckMessage]:
    """The sign-in without a password exists on developers' machines alone."""
    if settings.DEV_LOGIN and not settings.DEVELOPMENT:
        return [
            Error(
                "DEV_LOGIN is on without DEBUG: anybody could sign in as anybody.",
                hint="Unset DEV_LOGIN.",
                id="amena.E001",
            )
        ]
    return []


@register(TAG, EVERY_PROCESS)
def outbound_loopback(**_kwargs: Any) -> list[CheckMessage]:
    """A webhook to this machine itself would reach what is not meant for strangers."""
    if settings.OUTBOUND_LOOPBACK and not settings.DEVELOPMENT:
        return [
            Error(
                "OUTBOUND_LOOPBACK is on without DEBUG: webhooks could reach this machine itself.",
                hint="Unset OUTBOUND_LOOPBACK.",
                id="amena.E020",
            )
        ]
    return []


@register(TAG, EVERY_PROCESS)
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


@register(TAG, EVERY_PROCESS)
def goodbye(**_kwargs: Any) -> list[CheckMessage]:
    """A worker told to stop queues its job again before it is killed."""
    if settings.WORKER_SHUTDOWN_SECONDS < settings.WORKER_GRACE_SECONDS:
        return []
    return [
        Error("WORKER_SHUTDOWN_SECONDS < WORKER_GRACE_SECONDS must hold.", id="amena.E015"),
    ]


@register(TAG, EVERY_PROCESS)
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


@register(TAG, EVERY_PROCESS)
def sender(**_kwargs: Any) -> list[CheckMessage]:
    """An email needs a sender, and a way."""
    if subscriptions.is_configured() and not settings.DEFAULT_FROM_EMAIL:
        return [
            Error(
                "EMAIL_HOST or EMAIL_BACKEND is set, but DEFAULT_FROM_EMAIL is missing: emails "
                "would have no sender, so none are offered.",
                hint="Set it to an address that the mail server may send from: "
                "Amena <photos@amena.example>.",
                id="amena.E025",
            )
        ]
    if settings.DEFAULT_FROM_EMAIL and not subscriptions.is_configured():
        return [
            Advice(
                "DEFAULT_FROM_EMAIL is set, but EMAIL_HOST is missing: no emails are offered.",
                id="amena.W006",
            )
        ]
    return []


@register(WORKER, deploy=True)
def depth_models(**_kwargs: Any) -> list[CheckMessage]:
    """Every model that people may choose is whole and may be used: no job finds out first."""
    found: list[CheckMessage] = []
    for name in settings.DEPTH_ESTIMATORS.values():
        estimator = parse_estimator(name)
        if not estimator.model:
            continue
        try:
            folder = fetched_folder(estimator) if estimator.is_on_hub else Path(estimator.model)
            if folder is None:
                raise WeightsError(f"The depth model “{estimator.model}” has not been fetched.")
            describe(folder, estimator)
        except WeightsError as error:
            found.append(
                Error(
                    error.message,
                    hint=f"Fetch it: python -m amena.engine.depth.hub '{name}', or name another in "
                    "DEPTH_ESTIMATOR and DEPTH_ESTIMATORS.",
                    id="amena.E021",
                )
            )
    return found


@register(WORKER, WEB, deploy=True)
def confinement(**_kwargs: Any) -> list[CheckMessage]:
    """A decoder that a stranger's file has taken over must reach nothing."""
    if system_calls_are_filtered():
        return []
    return [
        Error(
            "There is no libseccomp, or the kernel takes no filter: what reads strangers' files "
            "could open files and connections.",
            hint="Install libseccomp2, and run on Linux itself, not on an emulation of it.",
            id="amena.E022",
        )
    ]


@register(TAG, WEB, deploy=True)
def secrets(**_kwargs: Any) -> list[CheckMessage]:
    """What must be there, and hard to guess."""
    found: list[CheckMessage] = []
    if len(settings.SECRET_KEY) < 50 or len(set(settings.SECRET_KEY)) < 10:
        found.append(
            Error(
                "SECRET_KEY can be guessed: it is shorter than 50 characters, or nearly all alike.",
                hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
                id="amena.E004",
            )
        )
    if not (settings.SOCIAL_AUTH_GOOGLE_KEY and settings.SOCIAL_AUTH_GOOGLE_SECRET):
        found.append(
            Error(
                "GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET is missing: nobody could sign in.",
                hint="Make an OAuth client in Google's console and set both.",
                id="amena.E008",
            )
        )
    if not settings.SOCIAL_AUTH_GOOGLE_OIDC_ENDPOINT.startswith("https://"):
        found.append(
            Error(
                "GOOGLE_ENDPOINT is not an https:// address: anybody on the way could sign in.",
                hint="Unset GOOGLE_ENDPOINT.",
                id="amena.E016",
            )
        )
    if not settings.TRUSTED_PROXIES:
        found.append(
            Advice(
                "TRUSTED_PROXIES is 0: behind a load balancer all people would share one address, "
                "and its limits.",
                hint="Set it to the number of proxies before the service, 1 for a load balancer.",
                id="amena.W004",
            )
        )
    unnamed = [name for name in ("OPERATOR_NAME", "OPERATOR_EMAIL") if not getattr(settings, name)]
    if unnamed:
        found.append(
            Advice(
                f"{' and '.join(unnamed)} is missing: the pages on privacy, terms and contact say "
                "that nobody has put their name to this site.",
                hint="Set them; laws and Google's review of the sign-in ask for both.",
                id="amena.W005",
            )
        )
    if not settings.METRICS_TOKEN:
        found.append(
            Advice(
                "METRICS_TOKEN is missing, so nobody may read /metrics and no alarm goes off.",
                id="amena.W001",
            )
        )
    if not settings.SQS_DEAD_LETTER_URL:
        found.append(
            Advice(
                "SQS_DEAD_LETTER_URL is missing: jobs that are given up are in the log alone.",
                id="amena.W002",
            )
        )
    return found


@register(TAG, EVERY_PROCESS, deploy=True)
def debug_leftovers(**_kwargs: Any) -> list[CheckMessage]:
    """What is right on a developer's machine only."""
    found: list[CheckMessage] = []
    if settings.DEVELOPMENT:
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
    if settings.ENGINE != "amena.engine.pipeline.Engine":
        found.append(Error("ENGINE is not the real one.", hint="Unset ENGINE.", id="amena.E010"))
    if settings.EMAIL_BACKEND == "django.core.mail.backends.console.EmailBackend":
        found.append(
            Error(
                "EMAIL_BACKEND prints emails, with people's addresses, and sends none.",
                hint="Unset EMAIL_BACKEND.",
                id="amena.E023",
            )
        )
    found += [
        Advice(f"{name} points at this machine.", id="amena.W003")
        for name in ("S3_ENDPOINT_URL", "SQS_ENDPOINT_URL")
        if urlsplit(getattr(settings, name) or "").hostname in _THIS_MACHINE
    ]
    return found


@register(TAG, WEB, deploy=True)
def hosts(**_kwargs: Any) -> list[CheckMessage]:
    """The public address is among the host names that the server answers to."""
    if urlsplit(settings.SITE_ROOT).hostname in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "ALLOWED_HOSTS does not name the host of SITE_ROOT, or names every host.",
            id="amena.E009",
        )
    ]


@register(TAG, WEB)
def cdn(**_kwargs: Any) -> list[CheckMessage]:
    """Without all of it no link by way of the CDN leads to a file."""
    parts = ("CDN_HOST", "CDN_KEY_ID", "CDN_PRIVATE_KEY")
    missing = [name for name in parts if not getattr(settings, name)]
    if len(missing) == len(parts):
        return []
    problem = hint = ""
    if missing:
        problem, hint = f"{' and '.join(missing)} missing for the CDN.", "Set all three, or none."
    elif settings.STORAGE != "s3":
        problem, hint = "A CDN stands before a bucket, and STORAGE is local.", "Set STORAGE=s3."
    else:
        try:
            links.signing_key(settings.CDN_PRIVATE_KEY)
        except ValueError as error:
            problem, hint = f"CDN_PRIVATE_KEY: {error}.", "Make one with openssl genrsa 2048."
    return [Error(problem, hint=hint, id="amena.E026")] if problem else []


_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
