"""Emails when photos are ready: asking for them, and ending them, also by the link in an email."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from amena.notifications import subscriptions
from amena.site.views.account import answer


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Switches emails on (`wanted`) or off, and goes back to the page `next` that asked."""
    wanted = "wanted" in request.POST
    if wanted and not subscriptions.is_offered():
        raise Http404
    if wanted:
        subscriptions.subscribe(request.user)
    else:
        subscriptions.unsubscribe(request.user)
    page = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        return redirect(page)
    text = _("Emails are on.") if wanted else _("You will get no more emails.")
    return answer(request, "email", text)


# Neither a session nor a cookie counts here, so no other site can abuse one: whoever has the link
# may end the emails, as mail programs do by themselves (RFC 8058).
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, signature: str) -> HttpResponse:
    """Shows a button, since programs follow links in emails to look at them; the button, and a mail
    program's own, ends the emails. A link that is not ours is a 404.
    """
    public_id = subscriptions.person(signature)
    if public_id is None:
        raise Http404
    asked = request.POST.get("List-Unsubscribe") == "One-Click"
    if asked:
        subscriptions.unsubscribe_by_link(public_id)
    status = 400 if request.method == "POST" and not asked else 200
    return render(request, "accounts/unsubscribe.html", {"ended": asked}, status=status)
