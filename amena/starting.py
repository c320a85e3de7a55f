"""No process of a deployment starts on unsafe settings; the images set `DEPLOYED`."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.checks import run_checks
from django.core.management.base import SystemCheckError

#: Tags of checks: of settings that every process has, and of those that only the web server needs.
#: The worker is not given the others' secrets.
EVERY_PROCESS: Final = "amena-every-process"
WEB: Final = "amena-web"
#: Of what only workers have: the depth models.
WORKER: Final = "amena-worker"


def refuse_to_start(*more: str) -> None:
    """Raises SystemCheckError with every error that `check --deploy` finds in the settings of every
    process, and of the tags `more`. Django must be set up.
    """
    if not settings.DEPLOYED:
        return
    found = run_checks(tags=[EVERY_PROCESS, *more], include_deployment_checks=True)
    errors = [
        str(message) for message in found if message.is_serious() and not message.is_silenced()
    ]
    if errors:
        raise SystemCheckError("\n".join(["This deployment is not safe to start.", *errors]))
