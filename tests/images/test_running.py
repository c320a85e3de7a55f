"""The images at work: read-only, without rights, in the chart's memory; a photo is made."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import yaml

from amena.local.aws import aws
from amena.local.postgres import THROWAWAY, postgres
from amena.local.process import free_port
from tests.images.container import Container, Image, container

ROOT = Path(__file__).parent.parent.parent
PHOTO = ROOT / "static/img/examples/dandelion.jpg"
UNITS = {"Mi": 2**20, "Gi": 2**30}
#: The database has the usual port on an address of this machine's that nobody else uses.
ADDRESS = "127.0.0.77"
KEY = "a-key-that-nobody-guesses-0123456789-abcdefghijklmnop"
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


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables as a deployment has them, and the servers that they name."""
    folder = tmp_path_factory.mktemp("servers")
    options = THROWAWAY | {"listen_addresses": ADDRESS}
    with postgres(folder / "postgres", options=options), aws(folder / "aws.log") as server:
        yield {
            **server.environment(),
            "DATABASE_URL": f"postgresql://postgres@{ADDRESS}/amena",
            "SECRET_KEY": KEY,
            "SITE_ROOT": "https://amena.example",
            "ALLOWED_HOSTS": "amena.example,127.0.0.1",
            "GOOGLE_CLIENT_ID": "from-google",
            "GOOGLE_CLIENT_SECRET": "from-google",
            "METRICS_TOKEN": "let-me-see",
            "TRUSTED_PROXIES": "1",
            "STORAGE": "s3",
            "SQS_WAIT_SECONDS": "1",
        }


@pytest.fixture(scope="module")
def site(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    run(folder / "migrate.log", environment, "python", "manage.py", "migrate", "--no-input")
    printed = run(
        folder / "token.log", environment, "python", "manage.py", "shell", "-c",
        "from amena.accounts import models, tokens\n"
        "user = models.User.objects.create_user('me@amena.example')\n"
        "print(tokens.issue(user, 'check', models.Token.Scope.WRITE, None))",
    )  # fmt: skip
    token = re.search(r"amena_[\w-]{43}", printed)
    assert token, printed

    port = free_port()
    command = [word.replace(":8000", f":{port}") for word in WEB.command]
    assert command != WEB.command
    own = {"WEB_CONCURRENCY": "2"}
    with (
        container(WEB, folder / "web.log", environment | own, memory("web"), command) as web,
        container(WORKER, folder / "worker.log", environment, memory("worker")) as worker,
    ):
        found = Site(f"http://127.0.0.1:{port}", web, worker, token[0])
        wait_until(lambda: "Listening at" in web.log.read_text(), web)
        wait_until(lambda: "The engine is ready." in worker.log.read_text(), worker)
        yield found


def test_the_probes_are_answered(site: Site) -> None:
    for path in ("/healthz", "/readyz"):
        assert requests.get(site.address + path, timeout=20).status_code == 200
    assert site.worker.run("worker-alive") == 0


def test_a_photo_is_made(site: Site) -> None:
    with PHOTO.open("rb") as photo:
        answer = site.ask("POST", "/api/v1/photos", files={"photo": photo})
    assert answer.status_code == 202, answer.text
    job = f"/api/v1/jobs/{answer.json()['job']['id']}"
    wait_until(
        lambda: site.ask("GET", job).json()["state"] in ("succeeded", "failed", "cancelled"),
        site.web, site.worker,
    )  # fmt: skip
    made = site.ask("GET", job).json()
    assert made["state"] == "succeeded", made
    assert {"video", "poster", "glb"} <= {artifact["kind"] for artifact in made["artifacts"]}
    for process in (site.web, site.worker):
        assert process.popen.poll() is None
        used = (process.peak() or 0) // 2**20
        sys.stdout.write(f"{process.log.stem} held {used} MiB at most\n")


OUT = "/tmp/out"  # noqa: S108 of a container that nobody else is in


def test_the_processes_have_no_rights_and_a_root_that_can_only_be_read(site: Site) -> None:
    for process in (site.web, site.worker):
        status = process.status()
        assert status["Uid"].split() == ["10001"] * 4
        assert status["Gid"].split() == ["10001"] * 4
        assert status["NoNewPrivs"] == "1"
        assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")} == {0}
        assert process.run("touch", OUT) == 0
        assert process.run("touch", "/app/may-not-be-written") != 0


def test_vispy_draws(environment: dict[str, str], tmp_path: Path) -> None:
    """With Mesa, through every library that it loads by name."""
    (WORKER.root / "app/photo.jpg").write_bytes(PHOTO.read_bytes())
    printed = run(
        tmp_path / "gl.log", environment, "python", "-m", "amena.engine", "photo.jpg",
        "--out", OUT, "--renderer", "gl", "--duration", "2", image=WORKER,
    )  # fmt: skip
    assert "frames" in printed


@pytest.mark.parametrize("image", [WEB, WORKER], ids=["web", "worker"])
def test_no_process_starts_on_unsafe_settings(
    environment: dict[str, str], tmp_path: Path, image: Image
) -> None:
    log = tmp_path / "refused.log"
    with container(image, log, environment | {"DEBUG": "1"}, memory("web")) as started:
        assert started.popen.wait(timeout=120) != 0
    assert "amena.E005" in log.read_text()
