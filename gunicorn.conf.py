"""What gunicorn does beside serving; it reads this file where it is started.

The processes of one server add up their numbers for `/metrics` in files of a folder of their own.
"""

import gc
import os
import shutil
import tempfile

# Longer than the load balancer keeps an idle connection: where the server closes first, just as a
# request comes, somebody gets an error.
keepalive = int(os.environ.get("LOAD_BALANCER_IDLE_SECONDS", "120")) + 15
# Threads that wait for no client, so that slow ones take none.
worker_class = "amena.buffered_worker.BufferedWorker"

_folder = tempfile.mkdtemp(prefix="amena-metrics-")
# Nobody waits longer for a page, and a query that does holds a thread and a connection.
os.environ.setdefault("DATABASE_STATEMENT_SECONDS", "20")
# Before any worker imports prometheus_client, which decides by it how to count.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _folder


def on_exit(_server: object) -> None:
    """Leaves nothing behind."""
    shutil.rmtree(_folder, ignore_errors=True)


def post_worker_init(_worker: object) -> None:
    """Lets the garbage collector pass over what was loaded to stay: a tenth of a second each time,
    in the middle of somebody's request.
    """
    gc.collect()
    gc.freeze()
