"""What gunicorn does beside serving; it reads this file where it is started.

The processes of one server add up their numbers for `/metrics` in files of a folder of their own.
"""

import gc
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

# Longer than the load balancer keeps an idle connection: where the server closes first, just as a
# request comes, somebody gets an error.
keepalive = int(os.environ.get("LOAD_BALANCER_IDLE_SECONDS", "120")) + 15
# Threads that wait for no client, so that slow ones take none.
worker_class = "amena.buffered_worker.BufferedWorker"

# Named after the process, so that the next one finds what a killed one has left. In a container
# that is started again, it has the same number.
_PREFIX = "amena-web-"
for _left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
    _pid = _left.name.removeprefix(_PREFIX).partition("-")[0]
    if _pid == str(os.getpid()) or not Path("/proc", _pid).exists():
        shutil.rmtree(_left, ignore_errors=True)
_folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
# Nobody waits longer for a page, and a query that does holds a thread and a connection.
os.environ.setdefault("DATABASE_STATEMENT_SECONDS", "20")
# Before any worker imports prometheus_client, which decides by it how to count.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _folder


def on_exit(_server: object) -> None:
    """Leaves nothing behind."""
    shutil.rmtree(_folder, ignore_errors=True)


def _uploads(worker: Any) -> Path:
    return Path(_folder, f"uploads-{worker.age}")


def post_fork(_server: object, worker: object) -> None:
    """Gives a process a folder of its own for photos that come in, before it reads its settings."""
    _uploads(worker).mkdir()
    os.environ["UPLOAD_FOLDER"] = str(_uploads(worker))


def child_exit(_server: object, worker: object) -> None:
    """Removes what a process has left that was killed with somebody's photo in hand."""
    shutil.rmtree(_uploads(worker), ignore_errors=True)


def post_worker_init(_worker: object) -> None:
    """Readies a process for its first request, once the application is loaded.

    The garbage collector is to pass over what was loaded to stay: a tenth of a second each time, in
    the middle of somebody's request. And the first photo is not to wait for the server of the
    children that look into photos; pages need not wait for it either.
    """
    from amena.jobs import sandbox

    gc.collect()
    gc.freeze()
    threading.Thread(target=sandbox.start, name="sandbox", daemon=True).start()
