"""`/metrics`, for operators' programs that know the token."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from amena.metrics import counters
from amena.site.collector import JobsCollector


@login_not_required  # the token is the key
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All numbers in Prometheus' text format; a 404 without the token, or where none is set."""
    if not _may_read(request):
        raise Http404
    jobs = CollectorRegistry(auto_describe=False)
    jobs.register(JobsCollector())
    text = generate_latest(counters.registry()) + generate_latest(jobs)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    return bool(settings.METRICS_TOKEN) and secrets.compare_digest(given.encode(), wanted.encode())
