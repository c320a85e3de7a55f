"""What everybody may read of the service: help, contact, privacy, terms.

The texts name limits and times as the settings have them, so that they say what is done.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from amena.accounts import google
from amena.jobs import wording

#: When the texts on privacy and terms last changed in what they say.
LAST_CHANGED: Final = date(2026, 11, 29)


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to get a good 3D photo, and what can be done with it."""
    return render(request, "pages/help.html", _facts())


@login_not_required
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """The name of whoever runs the site, and where to write."""
    return render(request, "pages/contact.html", _facts())


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of people and their photos, why, where and for how long."""
    return render(request, "pages/privacy.html", _facts())


@login_not_required
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """What people and the operator may expect of each other."""
    return render(request, "pages/terms.html", _facts())


def _facts() -> dict[str, Any]:
    """What the texts say of this very server."""
    return {
        "operator": {
            "name": settings.OPERATOR_NAME,
            "email": settings.OPERATOR_EMAIL,
            "address": settings.OPERATOR_ADDRESS,
            "country": settings.OPERATOR_COUNTRY,
        },
        "changed": LAST_CHANGED,
        "location": _location(),
        "google": google.is_set_up(),
        "days": {
            "photos": settings.RETENTION_DAYS,
            "backups": settings.BACKUP_DAYS,
            "session": timedelta(seconds=settings.SESSION_COOKIE_AGE).days,
            "language": timedelta(seconds=settings.LANGUAGE_COOKIE_AGE).days,
            "csrf": timedelta(seconds=settings.CSRF_COOKIE_AGE).days,
        },
        "quota": {
            "active": settings.QUOTA_ACTIVE_JOBS,
            "daily": settings.QUOTA_DAILY_JOBS,
            "changes": settings.QUOTA_DAILY_CHANGES,
        },
        "limits": wording.LIMITS,
        "names": {
            "session": settings.SESSION_COOKIE_NAME,
            "csrf": settings.CSRF_COOKIE_NAME,
            "language": settings.LANGUAGE_COOKIE_NAME,
        },
    }


def _location() -> str:
    """Where the files lie: as the operator says, or as the storage is set."""
    if settings.DATA_LOCATION:
        return settings.DATA_LOCATION
    if settings.STORAGE == "s3" and not settings.S3_ENDPOINT_URL:
        return _("Amazon Web Services, region %(region)s") % {"region": settings.AWS_REGION}
    return _("the server that runs this site")
