"""What makes an app of the site on people's devices: its service worker, the page for when there is
no connection, and photos that other apps share with it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from amena.accounts.limits import limited

#: What the page without a connection is made of; the only static files that are kept.
_FILES: Final = (
    "css/site.css",
    "img/logo.svg",
    "img/lost.svg",
    "js/drop.js",
    "js/offline.js",
    "js/upload/store.js",
    "vendor/nunito-sans/nunito-sans-latin-wght-normal.woff2",
)


@login_not_required
@require_safe
@cache_control(no_cache=True)
def service_worker(_request: HttpRequest) -> HttpResponse:
    """The script, at the root, since a worker serves no pages above its own address. It differs
    once a file or text that it keeps has changed, by which browsers know that there is a new one.
    """
    pages = {code: f"{reverse('offline')}?lang={code}" for code, _name in settings.LANGUAGES}
    shell = {
        "pages": pages,
        "files": [static(each) for each in _FILES],
        "share": reverse("share-target"),
        "wall": reverse("wall"),
    }
    text = json.dumps([shell, *(_offline(code) for code in pages)])
    shell["version"] = hashlib.sha256(text.encode()).hexdigest()[:16]
    script = render_to_string("service-worker.js", {"shell": json.dumps(shell)})
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@login_not_required
@require_safe
def offline(_request: HttpRequest) -> HttpResponse:
    """The page for when there is no connection, which the worker keeps: the same for everybody."""
    return HttpResponse(_offline(translation.get_language() or settings.DEFAULT_LANGUAGE))


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("upload")
def share_target(request: HttpRequest) -> HttpResponse:
    """Where a device sends photos that are shared with the app. The worker takes them before they
    are sent and hands them to the page's own upload. The server takes nothing here, and therefore
    needs no proof that a POST is meant: it says that the photos have not come, and what to do.
    """
    if request.method != "POST" and "missed" not in request.GET:
        return redirect("wall")
    status = 405 if request.method == "POST" else 200
    response = render(request, "share_target.html", status=status)
    response["Allow"] = "GET, HEAD"
    return response


def _offline(code: str) -> str:
    with translation.override(code):
        text = {
            "title": _("No connection"),
            "advice": _("This page opens by itself as soon as you are online again."),
        }
        return render_to_string("offline.html", text)
