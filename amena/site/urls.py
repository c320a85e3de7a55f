"""Every address of the service."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from amena.site import crawlers, health, installed
from amena.site.views import account, emails, pages, webhooks
from amena.site.views.metrics import metrics

urlpatterns = [
    path("", include("amena.jobs.urls")),
    path("", include("amena.accounts.urls")),
    path("help/", pages.help_page, name="help"),
    path("contact/", pages.contact, name="contact"),
    path("privacy/", pages.privacy, name="privacy"),
    path("terms/", pages.terms, name="terms"),
    path("account/", account.account, name="account"),
    path("account/language/", account.choose_language, name="account-language"),
    path("account/sessions/end/", account.end_sessions, name="end-sessions"),
    path("account/email/", emails.choose, name="email-notification"),
    path("account/export/", account.export_account, name="export-account"),
    path("account/delete/", account.delete_account, name="delete-account"),
    path("email/off/<str:signature>/", emails.unsubscribe, name="unsubscribe"),
    path("tokens/", account.tokens_page, name="tokens"),
    path("tokens/<uuid:token_id>/revoke/", account.revoke_token, name="revoke-token"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<uuid:webhook_id>/delete/", webhooks.delete, name="delete-webhook"),
    path("webhooks/<uuid:webhook_id>/enable/", webhooks.enable, name="enable-webhook"),
    path("webhooks/<uuid:webhook_id>/ping/", webhooks.ping, name="ping-webhook"),
    path("api/", include("amena.api.urls")),
    path("robots.txt", crawlers.robots, name="robots"),
    path("manifest.webmanifest", crawlers.manifest, name="manifest"),
    path("service-worker.js", installed.service_worker, name="service-worker"),
    path("offline/", installed.offline, name="offline"),
    path("share-target/", installed.share_target, name="share-target"),
    path("favicon.ico", crawlers.favicon, name="favicon"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path(settings.ADMIN_PATH, admin.site.urls),
]

handler400 = "amena.site.handlers.bad_request"
handler403 = "amena.site.handlers.forbidden"
handler404 = "amena.site.handlers.not_found"
handler500 = "amena.site.handlers.server_error"
