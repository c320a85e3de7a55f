"""A WSGI application that answers with what has reached it, so that the server alone is tested."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amena.settings")  # the server's limits are there


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """How many bytes came, and why the others did not; for `/large`, ten megabytes."""
    if environ["PATH_INFO"] == "/large":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [bytes(10 << 20)]
    length = len(environ["wsgi.input"].read())
    text = f"{length} {environ.get('amena.body_refused', '')}".encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]
