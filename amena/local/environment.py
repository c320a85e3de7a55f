"""The environment in which web, worker and sweeper run locally."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from amena.local.aws import AwsServer

# What a person may set differently before `make run`; the rest is where things listen.
_DEFAULTS = {
    "DEBUG": "true",
    "DEV_LOGIN": "true",
    "STORAGE": "local",
    # The SQS server forgets its messages when it restarts, so queued jobs are sent again soon.
    "JOB_DISPATCH_SECONDS": "30",
    "SQS_WAIT_SECONDS": "2",
    # The sweeper prints emails to the terminal; whoever names a mail server has them sent.
    "DEFAULT_FROM_EMAIL": "Amena <amena@localhost.localdomain>",
    # Before the supervisor loses patience with the worker.
    "WORKER_SHUTDOWN_SECONDS": "20",
}

_CONSOLE = "django.core.mail.backends.console.EmailBackend"


def environment(var: Path, port: int, database: str, aws: AwsServer) -> dict[str, str]:
    """This process's own environment with the local services' addresses laid over it.

    `var` is the folder for all data, `port` the web server's, `database` the `DATABASE_URL`.
    """
    inherited = {
        k: v for k, v in os.environ.items() if k not in ("AWS_PROFILE", "AWS_SESSION_TOKEN")
    }
    printed = {} if os.environ.get("EMAIL_HOST") else {"EMAIL_BACKEND": _CONSOLE}
    return {
        **_DEFAULTS,
        **printed,
        "MEDIA_ROOT": str(var / "media"),
        **inherited,
        "DJANGO_SETTINGS_MODULE": "amena.settings",
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(var / "secret_key"),
        "SITE_ROOT": f"http://localhost:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DATABASE_URL": database,
        **aws.environment(),
    }


def secret_key(file: Path) -> str:
    """The key kept in `file`, made on first use, so that sign-ins survive a restart."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text()
