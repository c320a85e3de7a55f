"""Command line: baseline of the machine, people on the site, lists of very many jobs."""

from __future__ import annotations

import argparse
import contextlib
import csv
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

import psutil
import requests

from benchmarks.load.service import ROOT, service, write_inputs
from benchmarks.machine import watched

if TYPE_CHECKING:
    from amena.accounts.models import User

_ENVIRONMENT = ROOT / ".venv-load"
_JOBS = 10_000
_PHOTOS = 100_000


def timed(act: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each call, one after the other."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def line(name: str, taken: list[float], extra: str = "") -> str:
    """A row of a Markdown table."""
    cuts = quantiles(taken, n=100)
    return f"| {name} | {cuts[49]:.1f} | {cuts[94]:.1f} | {cuts[98]:.1f} |{extra}"


def seconds_computed() -> float:
    """What the web server and PostgreSQL have computed so far, whoever else uses the machine."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # one of PostgreSQL's has just ended
            command = " ".join(process.cmdline())
            if "gunicorn" in command or "postgres" in command:
                total += sum(process.cpu_times()[:2])
    return total


def baseline(address: str) -> None:
    """How quick this machine is just now, before any load."""
    block = bytes(1 << 20)
    session = requests.Session()
    print("\n| baseline, one after the other | p50 ms | p95 ms | p99 ms |\n|---|---:|---:|---:|")
    print(line("SHA-256 of 1 MiB", timed(lambda: hashlib.sha256(block).digest(), 300)))
    print(line("`/healthz`", timed(lambda: session.get(f"{address}/healthz"), 300)))


def locust() -> Path:
    """Locust's program, in an environment of its own, made where it is missing."""
    program = _ENVIRONMENT / "bin" / "locust"
    if not program.exists():
        print("Installing locust …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", _ENVIRONMENT], check=True)
        pip = [_ENVIRONMENT / "bin" / "python", "-m", "pip", "install", "--quiet"]
        lock = ROOT / "requirements" / "load.txt"
        subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", lock], check=True)
    return program


def people(address: str, folder: Path, users: int, seconds: int) -> int:
    """Plays them and prints a table; gives the number of requests that went wrong."""
    command = [
        locust(), "--headless", "--host", address, "--users", users, "--spawn-rate", users // 5,
        "--run-time", f"{seconds}s", "--csv", folder / "locust", "--only-summary",
        "--locustfile", Path(__file__).with_name("people.py"), "--exit-code-on-error", 0,
    ]  # fmt: skip
    environment = {**os.environ, "LOAD_FOLDER": str(folder)}
    subprocess.run(
        list(map(str, command)), check=True, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    print(f"\n| {users} people for {seconds} s | p50 ms | p95 ms | p99 ms | requests | errors |")
    print("|---|---:|---:|---:|---:|---:|")
    failures = 0
    with (folder / "locust_stats.csv").open() as file:
        for row in csv.DictReader(file):
            name = row["Name"] if row["Name"] != "Aggregated" else "**together**"
            times = " | ".join(row[cut] for cut in ("50%", "95%", "99%"))
            print(f"| {name} | {times} | {row['Request Count']} | {row['Failure Count']} |")
            failures = int(row["Failure Count"])
    with (folder / "locust_failures.csv").open() as file:
        for row in csv.DictReader(file):
            print(f"- {row['Occurrences']} × {row['Method']} {row['Name']}: {row['Error']}")
    return failures


def lists(address: str) -> None:
    """Pages that list: while ten thousand jobs wait, and of a person with very many photos."""
    from django.conf import settings

    from amena.accounts.models import User
    from tests.jobs.many import make_finished_jobs, make_queued_jobs

    owner = User.objects.get(email="person-0@example.com")
    root = User.objects.create_superuser("root@example.com")
    owners = list(User.objects.filter(email__startswith="person-").values_list("pk", flat=True))
    make_queued_jobs(_JOBS, [owner.pk, *owners[:9]])
    admin = f"/{settings.ADMIN_PATH}jobs"
    header(f"with {_JOBS:,} queued jobs")
    for name, person, path in (
        ("wall of a person with 2,000 photos", owner, "/photos/"),
        ("API: their photos", owner, "/api/v1/photos"),
        ("API: their jobs", owner, "/api/v1/jobs"),
        ("admin: jobs", root, f"{admin}/job/"),
        (
            "admin: queued jobs of a day",
            root,
            f"{admin}/job/?state__exact=queued&age=day",
        ),
        ("admin: photos", root, f"{admin}/photo/"),
    ):
        page(name, person, f"{address}{path}")
    collector = User.objects.create_user("collector@example.com")
    make_finished_jobs(_PHOTOS, collector.pk)
    header(f"of a person with {_PHOTOS:,} finished photos")
    for name, path in (
        ("wall", "/photos/"),
        ("wall, last page", f"/photos/?page={_PHOTOS}"),
        ("wall, ready ones", "/photos/?show=ready"),
        ("wall, those in the works", "/photos/?show=working"),
        ("wall, failed ones", "/photos/?show=failed"),
        ("API: their photos", "/api/v1/photos"),
        ("API: their queued photos", "/api/v1/photos?state=queued"),
        ("API: their jobs", "/api/v1/jobs"),
    ):
        page(name, collector, f"{address}{path}")


def header(what: str) -> None:
    """Of the table whose rows `page` prints."""
    print(f"\n| {what} | p50 ms | p95 ms | p99 ms | of these computed |")
    print("|---|---:|---:|---:|---:|")


def page(name: str, person: User, url: str) -> None:
    """Asks for a page a hundred times, and prints a row of how long that took."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(person)
    session = requests.Session()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    session.cookies.set(cookie.key, cookie.value)

    def get() -> None:
        session.get(url, allow_redirects=False).raise_for_status()

    get()
    before = seconds_computed()
    taken = timed(get, 100)
    computed = (seconds_computed() - before) * 1000 / len(taken)
    print(line(name, taken, f" {computed:.0f} |"), flush=True)


def main() -> int:
    """1 where a request of the people went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60, help="0: the lists alone")
    options = parser.parse_args()
    with watched(), tempfile.TemporaryDirectory(prefix="amena-load-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user where root starts it
        with service(folder) as address:
            import django

            django.setup()
            baseline(address)
            write_inputs(folder, options.users)
            failures = 0
            if options.seconds:
                failures = people(address, folder, options.users, options.seconds)
            lists(address)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
