"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from amena import health
from amena.metrics.views import metrics

urlpatterns = [
    path("", include("amena.jobs.urls")),
    path("", include("amena.accounts.urls")),
    path("api/", include("amena.api.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path(settings.ADMIN_PATH, admin.site.urls),
]

handler400 = "amena.errors.bad_request"
handler403 = "amena.errors.forbidden"
handler404 = "amena.errors.not_found"
handler500 = "amena.errors.server_error"
