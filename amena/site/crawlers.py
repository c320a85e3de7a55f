"""What browsers and search engines ask for at fixed addresses, before they have read any page."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

#: Shared pages may be read, since only a page that is read can say that it is not to be listed.
_ROBOTS: Final = """\
User-agent: *
Disallow: /photos/
Disallow: /account/
Disallow: /api/
Allow: /
"""


@login_not_required
@require_safe
@cache_control(public=True, max_age=86400)
def robots(_request: HttpRequest) -> HttpResponse:
    """What search engines need not ask for."""
    return HttpResponse(_ROBOTS, content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
@cache_control(public=True, max_age=86400)
def favicon(_request: HttpRequest) -> HttpResponse:
    """The icon, for what looks in the old place."""
    return HttpResponseRedirect(static("img/favicon.ico"))
