"""The images at work: read-only, without rights, in the chart's memory; a photo is made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import requests

from tests.images.container import Image, container
from tests.images.site import PHOTO, WEB, WORKER, Site, memory, run, wait_until


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
        # The runtime's filter; it must take the one of our own besides that holds a decoder.
        assert (status["Seccomp"], status["Seccomp_filters"]) == ("2", "1")
        assert "libseccomp" not in process.log.read_text()
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
