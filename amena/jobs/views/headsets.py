"""Which pages may show the 3D view in a headset, as the header Permissions-Policy says."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

#: What no page may use.
DENIED: Final = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def for_headsets(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets the page follow head and device, which `amena.site.middleware` forbids all others."""

    @wraps(view)
    def allowed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Permissions-Policy"] = DENIED
        return response

    return allowed
