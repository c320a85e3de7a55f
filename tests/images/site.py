"""Both images as a site: what the chart gives their processes, and how they are asked."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests
import yaml

from tests.images.container import Container, Image, container

ROOT = Path(__file__).parent.parent.parent
PHOTO = ROOT / "static/img/examples/dandelion.jpg"
UNITS = {"Mi": 2**20, "Gi": 2**30}
#: As the load balancer says it.
HTTPS = {"X-Forwarded-Proto": "https"}

WEB, WORKER = (Image(Path(os.environ["AMENA_IMAGES"], name)) for name in ("web", "worker"))


def memory(process: str) -> int:
    """Bytes that the chart gives a process."""
    values = yaml.safe_load((ROOT / "helm/amena/values.yaml").read_text())
    amount, unit = re.fullmatch(
        r"(\d+)(Mi|Gi)", values[process]["resources"]["limits"]["memory"]
    ).groups()
    return int(amount) * UNITS[unit]


def wait_until(answers: Callable[[], object], *processes: Container, seconds: float = 600) -> None:
    """Asks every half second."""
    deadline = time.monotonic() + seconds
    while not answers():
        for process in processes:
            assert process.popen.poll() is None, process.log.read_text()
        assert time.monotonic() < deadline, [
            process.log.read_text()[-4000:] for process in processes
        ]
        time.sleep(0.5)


def run(log: Path, environment: Mapping[str, str], *command: str, image: Image = WEB) -> str:
    """Runs a command to its end; gives what it printed."""
    process = "web" if image is WEB else "worker"
    with container(image, log, environment, memory(process), list(command)) as started:
        code = started.popen.wait(timeout=600)
    printed = log.read_text()
    assert code == 0, printed
    return printed


@dataclass
class Site:
    """Both processes, started as the chart does."""

    address: str
    web: Container
    worker: Container
    token: str

    def ask(self, method: str, path: str, **more: object) -> requests.Response:
        return requests.request(
            method, self.address + path, timeout=60,
            headers={**HTTPS, "Authorization": f"Bearer {self.token}"}, **more,
        )  # fmt: skip
