"""How soon the running service answers: start-up, waiting and restyling, with its real parts."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT
from benchmarks.speed import browser

#: Times that a short command is started.
_STARTS = 5
#: In the web process these would say that it has loaded the engine.
_ENGINE_LIBRARIES = ("libtorch", "cv2", "vispy")


def measure(photo: Path, work: Path, jobs: int) -> dict[str, Any]:
    """Start the whole service, give it `jobs` photos one by one and as many restyles."""
    found: dict[str, Any] = {"help_seconds": help_seconds()}
    with local_service(work / "service", found) as env:
        command = [sys.executable, "-m", "benchmarks.speed.submit", str(photo), str(jobs)]
        done = subprocess.run(
            command, cwd=ROOT, env=dict(env), stdout=subprocess.PIPE, text=True, check=True
        )
        found |= json.loads(done.stdout.splitlines()[-1])
        found["browser"] = browser.measure(env["SITE_ROOT"], photo, jobs)
    return found


def help_seconds() -> float:
    """The fastest of some starts of the command line that only explains itself."""
    command = [sys.executable, "-m", "amena.engine", "--help"]
    seconds = []
    for _ in range(_STARTS):
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        seconds.append(time.perf_counter() - began)
    return round(min(seconds), 3)


@contextlib.contextmanager
def local_service(folder: Path, found: dict[str, Any]) -> Iterator[Mapping[str, str]]:
    """What `make run` starts; `found` gets the seconds to readiness and the web's memory.

    Gives the environment that Django needs to take part.
    """
    from amena.local import aws
    from amena.local.__main__ import programs
    from amena.local.environment import environment
    from amena.local.postgres import database_url, ensure_database, prepared
    from amena.local.process import free_port, running

    port, server = free_port(), aws.AwsServer(free_port())
    with contextlib.ExitStack() as stack:
        database, sockets = stack.enter_context(
            prepared(folder / "postgres", folder / "postgres.log")
        )
        stack.enter_context(running(database))
        ensure_database(sockets)
        stack.enter_context(running(aws.program(server, folder / "sqs.log")))
        # Limits are not what is measured.
        limits = {"QUOTA_DAILY_JOBS": "1000"}
        env = environment(folder, port, database_url(sockets), server) | limits
        migrate = [sys.executable, "manage.py", "migrate", "--no-input"]
        subprocess.run(migrate, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, check=True)
        for program in programs(port, env, folder):
            began = time.perf_counter()
            child = stack.enter_context(running(program, 120))
            found[f"{program.name}_ready_seconds"] = round(time.perf_counter() - began, 2)
            if program.name == "web":
                found |= web_process(child.pid, port)
        yield env


def web_process(pid: int, port: int) -> dict[str, Any]:
    """Memory of the process that serves pages, after it has served some, and what it has loaded."""
    for _ in range(20):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).read()
    workers = _children(pid)
    maps = "".join(Path(f"/proc/{each}/maps").read_text(encoding="utf-8") for each in workers)
    return {
        "web_memory_mb": round(max(map(_resident_mb, workers)), 1),
        "web_engine_libraries": [name for name in _ENGINE_LIBRARIES if name in maps],
    }


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in text.split()]


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def table(found: dict[str, Any]) -> str:
    """The figures as a table of text."""
    libraries = ", ".join(found["web_engine_libraries"]) or "nothing"
    return "\n".join(
        (
            f"python -m amena.engine --help: {found['help_seconds']:.2f} s",
            f"web: {found['web_memory_mb']:.0f} MiB, of the engine it has loaded {libraries}",
            f"worker: ready after {found['worker_ready_seconds']:.1f} s",
            f"submit to start: median {found['wait_median']:.3f} s, p95 {found['wait_p95']:.3f} s",
            f"a photo {found['create_seconds']:.2f} s, another motion "
            f"{found['restyle_seconds']:.2f} s: {', '.join(found['restyle_stages'])}",
            f"submit to the scene: median {found['scene_median']:.2f} s",
            browser.table(found["browser"]),
        )
    )
