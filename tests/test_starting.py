"""Processes of a deployment refuse to start on settings that `check --deploy` calls errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import SystemCheckError

from amena.local.process import free_port
from amena.starting import WEB, refuse_to_start
from tests.test_checks import ROOT, production, sound

pytestmark = pytest.mark.service

__all__ = ["sound"]  # the fixture: settings as a deployment has them

PROCESSES = {
    "web": ("gunicorn", "amena.wsgi", "--no-control-socket", "--bind", "127.0.0.1:0"),
    "worker": ("celery", "-A", "amena", "worker", "--concurrency", "1"),
    "job": ("python", "manage.py", "sweep"),
    "migration": ("python", "manage.py", "migrate", "--check"),
}


@pytest.mark.parametrize("name", PROCESSES)
def test_each_process_ends_at_once_and_says_why(name: str, tmp_path: Path) -> None:
    program, *arguments = PROCESSES[name]
    run = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments],
        cwd=ROOT,
        # No server is there: it ends before it looks for one.
        env=production(f"postgresql://amena@127.0.0.1:{free_port()}/amena", free_port())
        | {"DEPLOYED": "1", "DEBUG": "1", "SITE_ROOT": "http://amena.example"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode != 0
    for error in ("This deployment is not safe to start.", "amena.E005", "amena.E006"):
        assert error in run.stderr


STARTED = {
    "worker": (
        "-c",
        "from celery.fixups.django import DjangoWorkerFixup; from amena.celery import app; "
        "DjangoWorkerFixup(app).validate_models()",
    ),
    "sweeper": ("manage.py", "sweep"),
}


@pytest.mark.parametrize("name", STARTED)
def test_what_shows_no_pages_loads_none(name: str) -> None:
    """It would take a third more time and memory to start."""
    # No server is there: they end, or have started, before they need one.
    variables = production(f"postgresql://amena@127.0.0.1:{free_port()}/amena", free_port())
    variables.pop("CELERY_SKIP_CHECKS", None)  # set where this process has loaded amena.celery
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *STARTED[name]],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "amena.jobs.services.dispatch\n" in run.stderr
    assert "amena.jobs.views" not in run.stderr


def test_a_sound_deployment_starts_although_nothing_answers(sound: Any) -> None:
    """A server that is away is no reason to be away too."""

    def away(*_: object) -> None:
        raise OSError

    sound.DEPLOYED = True
    with pytest.MonkeyPatch.context() as patch:
        for part in ("health.database", "health.broker", "health.storage"):
            patch.setattr(f"amena.site.{part}", away)
        refuse_to_start(WEB)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SOCIAL_AUTH_GOOGLE_SECRET", ""),
        ("SECRET_KEY", "short"),
        ("ALLOWED_HOSTS", ["*"]),
    ],
)
def test_the_worker_needs_nothing_of_the_web_s(sound: Any, setting: str, value: object) -> None:
    sound.DEPLOYED = True
    setattr(sound, setting, value)
    with pytest.raises(SystemCheckError, match="not safe to start"):
        refuse_to_start(WEB)
    refuse_to_start()


def test_what_is_no_deployment_starts_as_it_is(sound: Any) -> None:
    sound.DEVELOPMENT = True
    refuse_to_start(WEB)


def test_the_images_are_deployments() -> None:
    for image in ("web", "worker"):
        last = (ROOT / f"docker/{image}.Dockerfile").read_text().rpartition("\nFROM ")[2]
        assert " DEPLOYED=1" in last
