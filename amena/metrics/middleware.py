"""Counts and times every request."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from amena.metrics import counters

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetricsMiddleware:
    """First in the list, so that it sees the time that all others take, and their refusals."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Names the route by its view, never by its path: paths hold ids, and have no end."""
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = match.view_name if match else "none"
        method = request.method if request.method in _METHODS else "other"
        counters.requests.labels(route, method, str(response.status_code)).inc()
        counters.request_seconds.labels(route).observe(time.perf_counter() - began)
        return response
