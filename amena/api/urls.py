"""Addresses of the API. No trailing slashes; only public ids appear in them."""

from django.urls import path, re_path

from amena.api import schema  # noqa: F401  tells drf-spectacular how tokens are described
from amena.api.docs import Docs, OpenApi
from amena.api.views import archives, artifacts, discovery, jobs, photos, webhooks

app_name = "api"
urlpatterns = [
    path("docs", Docs.as_view(), name="docs"),
    path("v1/openapi.yaml", OpenApi.as_view(), name="openapi"),
    path("v1/photos", photos.Photos.as_view(), name="photos"),
    path("v1/photos/archive", archives.PhotosArchive.as_view(), name="photos-archive"),
    path("v1/photos/<uuid:photo_id>", photos.Photo.as_view(), name="photo"),
    path("v1/photos/<uuid:photo_id>/thumbnail", photos.Thumbnail.as_view(), name="thumbnail"),
    path("v1/photos/<uuid:photo_id>/jobs", photos.PhotoJobs.as_view(), name="photo-jobs"),
    path("v1/photos/<uuid:photo_id>/depth", photos.PhotoDepth.as_view(), name="photo-depth"),
    path("v1/photos/<uuid:photo_id>/share", photos.PhotoShare.as_view(), name="photo-share"),
    path("v1/jobs", jobs.Jobs.as_view(), name="jobs"),
    path("v1/jobs/<uuid:job_id>", jobs.Job.as_view(), name="job"),
    path("v1/jobs/<uuid:job_id>/artifacts", jobs.JobArtifacts.as_view(), name="job-artifacts"),
    path("v1/jobs/<uuid:job_id>/exports", jobs.JobExports.as_view(), name="job-exports"),
    path("v1/jobs/<uuid:job_id>/cancel", jobs.JobCancel.as_view(), name="job-cancel"),
    path("v1/jobs/<uuid:job_id>/retry", jobs.JobRetry.as_view(), name="job-retry"),
    path("v1/artifacts/<uuid:artifact_id>", artifacts.Artifact.as_view(), name="artifact"),
    path(
        "v1/artifacts/<uuid:artifact_id>/content",
        artifacts.ArtifactContent.as_view(),
        name="artifact-content",
    ),
    path("v1/webhooks", webhooks.Webhooks.as_view(), name="webhooks"),
    path("v1/webhooks/<uuid:webhook_id>", webhooks.Webhook.as_view(), name="webhook"),
    path(
        "v1/webhooks/<uuid:webhook_id>/secret",
        webhooks.WebhookSecret.as_view(),
        name="webhook-secret",
    ),
    path(
        "v1/webhooks/<uuid:webhook_id>/enable",
        webhooks.WebhookEnable.as_view(),
        name="webhook-enable",
    ),
    path("v1/webhooks/<uuid:webhook_id>/ping", webhooks.WebhookPing.as_view(), name="webhook-ping"),
    path(
        "v1/webhooks/<uuid:webhook_id>/deliveries",
        webhooks.Deliveries.as_view(),
        name="deliveries",
    ),
    path(
        "v1/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>",
        webhooks.DeliveryLog.as_view(),
        name="delivery",
    ),
    path(
        "v1/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/redeliver",
        webhooks.Redelivery.as_view(),
        name="redelivery",
    ),
    path("v1/me", discovery.Me.as_view(), name="me"),
    path("v1/motions", discovery.Motions.as_view(), name="motions"),
    path("v1/options", discovery.OptionsList.as_view(), name="options"),
    path("v1/formats", discovery.Formats.as_view(), name="formats"),
    re_path("", discovery.Nothing.as_view()),
]
