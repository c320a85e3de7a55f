"""Which pages may show the 3D view in a headset."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse


def for_headsets(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets the page follow head and device; `amena.site.middleware` forbids it everywhere else."""

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.for_headsets = True  # type: ignore[attr-defined]
        return response

    return marked
