"""The service as processes of this machine, with data that a load can work on."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from PIL import Image

from amena.local.aws import aws
from amena.local.postgres import postgres
from amena.local.process import Program, answers, free_port, running

ROOT = Path(__file__).resolve().parent.parent.parent
_MANAGE = (sys.executable, str(ROOT / "manage.py"))


QUICK: Final = "tests.faults.engines.QuickEngine"


@contextmanager
def service(folder: Path, engine: str = QUICK, web_processes: int = 2) -> Iterator[str]:
    """All processes, ready; gives the address. This process's Django uses the same database."""
    port = free_port()
    with ExitStack() as stack:
        url = stack.enter_context(postgres(folder / "postgres"))
        server = stack.enter_context(aws(folder / "aws.log"))
        os.environ.update(
            server.environment(),
            DATABASE_URL=url,
            DJANGO_SETTINGS_MODULE="amena.settings",
            SECRET_KEY="for-this-run-alone",  # noqa: S106
            DEBUG="",
            SITE_ROOT=f"http://127.0.0.1:{port}",
            ALLOWED_HOSTS="127.0.0.1",
            STORAGE="local",
            MEDIA_ROOT=str(folder / "media"),
            STATIC_ROOT=str(folder / "static"),
            ENGINE=engine,
            PYTHONPATH=str(ROOT),
            PYTHONUNBUFFERED="1",
            LOG_LEVEL="WARNING",
            SQS_WAIT_SECONDS="1",
            # The load comes from one address and, as people go, from few of them.
            LIMIT_UPLOAD_ADDRESS="100000/60",
            LIMIT_UPLOAD_PERSON="1000/60",
            QUOTA_ACTIVE_JOBS="1000",
            QUOTA_DAILY_JOBS="100000",
            QUOTA_SYSTEM_JOBS="1000000",
        )
        for command in (("migrate", "--no-input"), ("collectstatic", "--no-input")):
            subprocess.run([*_MANAGE, *command], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        for program in _programs(port, folder, web_processes):
            stack.enter_context(running(program))
        yield f"http://127.0.0.1:{port}"


def _programs(port: int, folder: Path, web_processes: int) -> Iterator[Program]:
    python = (sys.executable, "-m")
    web = (
        *python, "gunicorn", "amena.wsgi", "--bind", f"127.0.0.1:{port}", "--workers",
        str(web_processes), "--threads", "8", "--no-control-socket", "--chdir", str(ROOT),
    )  # fmt: skip
    yield Program("web", web, folder / "web.log", ready=lambda: answers(port))
    log = folder / "worker.log"
    worker = (*python, "celery", "-A", "amena", "worker", "-l", "INFO")
    ready = {"LOG_LEVEL": "INFO"}
    yield Program(
        "worker", worker, log, os.environ | ready, ready=lambda: b" ready." in log.read_bytes()
    )
    yield Program("sweeper", (*_MANAGE, "sweep", "--interval", "5"), folder / "sweeper.log")


def sessions(people: int) -> list[dict[str, str]]:
    """Signs that many people in, and gives their cookies."""
    from django.conf import settings
    from django.test import Client

    from amena.accounts.models import User

    found = []
    for number in range(people):
        client = Client()
        client.force_login(User.objects.create_user(f"person-{number}@example.com"))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        found.append({"name": cookie.key, "value": cookie.value})
    return found


def write_inputs(folder: Path, people: int) -> None:
    """What `people.py` reads: cookies, and a photo of two megapixels and some 1.5 MB."""
    (folder / "sessions.json").write_text(json.dumps(sessions(people)))
    photo = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(photo, "JPEG", quality=90)
    (folder / "photo.jpg").write_bytes(photo.getvalue())
