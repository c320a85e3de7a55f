"""Addresses of photos, jobs and files. Only public ids appear in them."""

from django.urls import path

from amena.jobs import views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("photos/", views.wall, name="wall"),
    path("photos/<uuid:photo_id>/", views.photo, name="photo"),
    path("photos/<uuid:photo_id>/work/", views.work, name="work"),
    path("photos/<uuid:photo_id>/card/", views.card, name="card"),
    path("photos/<uuid:photo_id>/delete/", views.delete, name="delete"),
    path("photos/<uuid:photo_id>/restyle/", views.restyle, name="restyle"),
    path("photos/<uuid:photo_id>/thumbnail.jpg", views.thumbnail, name="thumbnail"),
    path("jobs/<uuid:job_id>/cancel/", views.cancel, name="cancel"),
    path("jobs/<uuid:job_id>/retry/", views.retry, name="retry"),
    path("files/<uuid:artifact_id>/", views.artifact, name="artifact"),
]
