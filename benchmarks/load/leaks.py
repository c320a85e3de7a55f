"""Whether anything grows: `python -m benchmarks.load.leaks`.

Many photos, one after the other, through one worker with the real engine, then many pages through
one web process. Meanwhile it prints what the processes hold: memory, open files (connections among
them), threads, files in the temporary folder and connections to the database. It ends with 1 where
something has grown that must not.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pillow_heif
import psutil
import requests
from PIL import Image

from benchmarks.load.service import service
from benchmarks.machine import watched

_ENGINE: Final = "amena.engine.pipeline.Engine"
#: Looks on the way; the first of them is what later ones are measured by: caches are full by then.
_LOOKS: Final = 6
#: Requests at once.
_BROWSERS: Final = 4
#: What memory may grow by and still be called flat: allocators keep what they once had.
_FLAT: Final = 1.1
_FLAT_BYTES: Final = 16_000_000


@dataclass(frozen=True)
class Look:
    """What the service holds at one moment.

    Attributes:
        done: photos or pages so far.
        memory: bytes resident, of the process that does the work.
        reader: the same of the process from which readers of strangers' files are forked.
        files: open ones, of both: files, pipes, connections.
        threads: of both.
        temporary: files in the temporary folder.
        database: connections that PostgreSQL has, but for this program's.
    """

    done: int
    memory: int
    reader: int
    files: int
    threads: int
    temporary: int
    database: int


def grown(looks: list[Look], connections: int = 0) -> list[str]:
    """What holds more at the last look than at the first, by name.

    Args:
        looks: from the first to the last.
        connections: of clients, that come and go: so many files more or less mean nothing.
    """
    first, last = looks[0], looks[-1]
    memory = [
        name
        for name in ("memory", "reader")
        if getattr(last, name)
        > max(getattr(first, name) * _FLAT, getattr(first, name) + _FLAT_BYTES)
    ]
    spare = {"files": connections, "threads": 0, "temporary": 0, "database": 0}
    return memory + [
        name for name, more in spare.items() if getattr(last, name) > getattr(first, name) + more
    ]


def row(look: Look) -> str:
    """A row of a Markdown table."""
    done, memory, reader, *rest = astuple(look)
    return (
        f"| {done:,} | {memory / 2**20:.0f} | {reader / 2**20:.0f} | {' | '.join(map(str, rest))} |"
    )


def processes(words: str) -> tuple[psutil.Process, psutil.Process | None]:
    """The process that works, of a program with a parent that only watches over it, and the server
    of its readers.
    """
    parent = next(
        each
        for each in psutil.Process().children(recursive=True)
        if words in " ".join(each.cmdline()) and "setpriv" not in each.name()
    )
    (worker,) = parent.children()
    readers = [each for each in worker.children() if "confined" in " ".join(each.cmdline())]
    return worker, readers[0] if readers else None


def look(done: int, words: str, temporary: Path) -> Look:
    """At the service, when nothing is under way."""
    from django.db import connection

    worker, reader = processes(words)
    both = [worker, reader] if reader else [worker]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        (connections,) = cursor.fetchone()
    return Look(
        done,
        worker.memory_info().rss,
        reader.memory_info().rss if reader else 0,
        sum(each.num_fds() for each in both),
        sum(each.num_threads() for each in both),
        sum(1 for each in temporary.rglob("*") if each.is_file()),
        connections,
    )


def pictures() -> Iterator[tuple[str, bytes]]:
    """Small photos without end, each of another colour, in the formats that people send."""
    pillow_heif.register_heif_opener()
    random = np.random.default_rng(0)
    for number in range(10**9):
        rough = random.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        width = 640 + 16 * (number % 7)
        image = Image.fromarray(rough).resize((width, 480), Image.Resampling.BICUBIC)
        kind = ("JPEG", "HEIF", "PNG", "WEBP")[number % 4]
        file = io.BytesIO()
        image.save(file, kind)
        yield f"photo.{kind.lower()}", file.getvalue()


def send(session: requests.Session, address: str, name: str, data: bytes) -> requests.Response:
    """Uploads a photo for a brief small video."""
    return session.post(
        f"{address}/api/v1/photos",
        {"motion": "circle", "size": 960, "duration": 1, "fps": 24},
        files={"photo": (name, data)},
        headers={"Idempotency-Key": str(uuid.uuid4())},
        timeout=60,
    )


def photos(address: str, session: requests.Session, number: int) -> Iterator[int]:
    """Has so many made, one after the other; tells how many have been."""
    for done, (name, data) in enumerate(islice(pictures(), number), 1):
        answer = send(session, address, name, data)
        if answer.status_code != 202:
            raise RuntimeError(f"{name}: {answer.status_code} {answer.text[:500]}")
        job: dict[str, Any] = {"state": "queued"}
        while job["state"] in ("queued", "running"):
            time.sleep(0.2)
            job = session.get(answer.json()["job"]["url"], timeout=60).json()
        if job["state"] != "succeeded":
            raise RuntimeError(f"A photo is {job['state']}: {job}")
        yield done


def addresses(address: str, session: requests.Session) -> list[tuple[str, int]]:
    """Pages and the status that each has: for everybody, of one's own, files, and refusals."""
    photo = session.get(f"{address}/api/v1/photos", timeout=60).json()["results"][0]
    video = next(each for each in photo["result"]["artifacts"] if each["kind"] == "video")
    paths = [
        *("/", "/login/", "/help/", "/privacy/", "/healthz", "/api/docs", "/photos/", "/tokens/"),
        *("/account/", f"/photos/{photo['id']}/", f"/photos/{photo['id']}/work/"),
        *("/api/v1/photos", "/api/v1/jobs", "/api/v1/me", "/api/v1/options"),
        photo["thumbnail_url"],
        video["content_url"],
    ]
    refused = [("/no-such-page/", 404), (f"/photos/{uuid.uuid4()}/", 404)]
    return [(each, 200) for each in paths] + refused


def pages(address: str, session: requests.Session, number: int) -> Iterator[int]:
    """Asks for so many, some at once; every twentieth is an upload that is no photo."""
    ways = addresses(address, session)

    def get(turn: int) -> None:
        if turn % 20 == 19:
            answer, wanted = send(session, address, "page.html", b"no photo" * 64), 400
        else:
            path, wanted = ways[turn % len(ways)]
            answer = session.get(path if "://" in path else f"{address}{path}", timeout=60)
        if answer.status_code != wanted:
            raise RuntimeError(f"{answer.url} says {answer.status_code}: {answer.text[:500]}")

    with ThreadPoolExecutor(_BROWSERS) as pool:
        yield from (done for done, _ in enumerate(pool.map(get, range(number)), 1))


def watch(
    name: str,
    steps: Iterator[int],
    number: int,
    words: str,
    temporary: Path,
    connections: int = 0,
) -> bool:
    """Prints looks at even distances; gives whether nothing has grown."""
    print(
        f"\n| {name} | memory MiB | of its reader | open files | threads | temporary files |",
        end="",
    )
    print(" database |\n|---:|---:|---:|---:|---:|---:|---:|")
    looks: list[Look] = []
    for done in steps:
        if done % max(number // _LOOKS, 1) == 0:
            looks.append(look(done, words, temporary))
            print(row(looks[-1]), flush=True)
    if worse := grown(looks, connections):
        print(f"\nMore at the end than after the first {looks[0].done:,}: {', '.join(worse)}.")
    return not worse


def main() -> int:
    """1 where something has grown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--pages", type=int, default=3000)
    options = parser.parse_args()
    with watched(), tempfile.TemporaryDirectory(prefix="amena-leaks-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user where root starts it
        temporary = folder / "tmp"
        temporary.mkdir()
        temporary.chmod(0o1777)
        many = {"API_READS_PER_MINUTE": "1000000", "API_WRITES_PER_MINUTE": "1000000"}
        os.environ.update(many, TMPDIR=str(temporary))
        with service(folder, _ENGINE, web_processes=1) as address:
            import django

            django.setup()
            from amena.accounts.models import User
            from benchmarks.load.service import sessions
            from tests.api.conftest import token

            cookie = sessions(1)[0]
            session = requests.Session()
            session.cookies.set(cookie["name"], cookie["value"])
            session.headers["Authorization"] = f"Bearer {token(User.objects.get())}"
            steps = photos(address, session, options.photos)
            flat = watch("photos", steps, options.photos, "celery", temporary)
            steps = pages(address, session, options.pages)
            flat &= watch("pages", steps, options.pages, "gunicorn", temporary, _BROWSERS)
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
