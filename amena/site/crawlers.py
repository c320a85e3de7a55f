"""What browsers and search engines ask for at fixed addresses, before they have read any page."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from amena.engine.photo.kinds import ACCEPT

#: Shared pages may be read, since only a page that is read can say that it is not to be listed.
_ROBOTS: Final = """\
User-agent: *
Allow: /api/docs
Disallow: /api/
Disallow: /photos/
Disallow: /jobs/
Disallow: /files/
Disallow: /account/
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
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to know to put Amena among its apps."""
    kinds = (("icon-192", 192, "any"), ("icon-512", 512, "any"), ("icon-maskable", 512, "maskable"))
    described = {
        "id": reverse("landing"),
        "name": "Amena",
        "short_name": "Amena",
        "description": _("Turn one still photo into a moving 3D photo."),
        "lang": get_language(),
        "start_url": reverse("wall"),
        "scope": reverse("landing"),
        "display": "standalone",
        "share_target": {
            "action": reverse("share-target"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {"files": [{"name": "photo", "accept": ["image/*", *ACCEPT.split(",")]}]},
        },
        "background_color": "#FAFBFD",
        "theme_color": "#FAFBFD",
        "icons": [
            {
                "src": static(f"img/{name}.png"),
                "sizes": f"{side}x{side}",
                "type": "image/png",
                "purpose": purpose,
            }
            for name, side, purpose in kinds
        ],
    }
    return JsonResponse(described, content_type="application/manifest+json")


@login_not_required
@require_safe
@cache_control(public=True, max_age=86400)
def favicon(_request: HttpRequest) -> HttpResponse:
    """The icon, for what looks in the old place."""
    return HttpResponseRedirect(static("img/favicon.ico"))
