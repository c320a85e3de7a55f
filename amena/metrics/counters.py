"""What one web pod counts for itself. Prometheus adds the pods up.

With several processes in a pod each writes its numbers to a file (PROMETHEUS_MULTIPROC_DIR, set by
`gunicorn.conf.py`), and whichever is asked adds them together.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

# When a number began: a further series for each, which nobody asks for.
disable_created_metrics()

_OWN: Final = CollectorRegistry()

requests: Final = Counter(
    "amena_http_requests",
    "Requests that were answered.",
    ("route", "method", "status"),
    registry=_OWN,
)
request_seconds: Final = Histogram(
    "amena_http_request_seconds",
    "From a request to the beginning of its answer.",
    ("route",),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=_OWN,
)
uploads_refused: Final = Counter(
    "amena_uploads_refused",
    "Photos that were not taken in, by the code of the reason.",
    ("reason",),
    registry=_OWN,
)


def registry() -> CollectorRegistry:
    """This pod's numbers, of all its processes."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _OWN
    together = CollectorRegistry()
    MultiProcessCollector(together)
    return together


@contextmanager
def counting_refusals(kind: type[Exception]) -> Iterator[None]:
    """Counts an upload as refused where the body, or the function decorated, raises `kind`."""
    try:
        yield
    except kind as refusal:
        uploads_refused.labels(getattr(refusal, "code", "other")).inc()
        raise
