"""Addresses of photos, jobs and files. Only public ids appear in them."""

from django.urls import path

from amena.jobs.views import files, jobs, landing, photo, wall

urlpatterns = [
    path("", landing.landing, name="landing"),
    path("photos/", wall.wall, name="wall"),
    path("photos/<uuid:photo_id>/", photo.photo, name="photo"),
    path("photos/<uuid:photo_id>/work/", photo.work, name="work"),
    path("photos/<uuid:photo_id>/card/", wall.card, name="card"),
    path("photos/<uuid:photo_id>/delete/", photo.delete, name="delete"),
    path("photos/<uuid:photo_id>/restyle/", photo.restyle, name="restyle"),
    path("photos/<uuid:photo_id>/thumbnail.jpg", files.thumbnail, name="thumbnail"),
    path("jobs/<uuid:job_id>/cancel/", jobs.cancel, name="cancel"),
    path("jobs/<uuid:job_id>/retry/", jobs.retry, name="retry"),
    path("files/<uuid:artifact_id>/", files.artifact, name="artifact"),
]
