"""Addresses of photos, jobs and files. Only public ids appear in them."""

from django.urls import path

from amena.jobs.views import downloads, files, jobs, landing, photo, public, share, versions, wall

urlpatterns = [
    path("", landing.landing, name="landing"),
    path("photos/", wall.wall, name="wall"),
    path("photos/usage/", wall.usage, name="usage"),
    path("photos/<uuid:photo_id>/", photo.photo, name="photo"),
    path("photos/<uuid:photo_id>/work/", photo.work, name="work"),
    path("photos/<uuid:photo_id>/card/", wall.card, name="card"),
    path("photos/<uuid:photo_id>/delete/", photo.delete, name="delete"),
    path("photos/<uuid:photo_id>/rename/", versions.rename_photo, name="rename-photo"),
    path("photos/<uuid:photo_id>/restore/", wall.restore, name="restore"),
    path("photos/<uuid:photo_id>/restyle/", photo.restyle, name="restyle"),
    path("photos/<uuid:photo_id>/rotate/", photo.rotate, name="rotate"),
    path("photos/<uuid:photo_id>/depth/", photo.edit_depth, name="edit-depth"),
    path("photos/<uuid:photo_id>/share/", share.share, name="share"),
    path("photos/<uuid:photo_id>/share/version/", share.choose, name="share-version"),
    path("photos/<uuid:photo_id>/unshare/", share.unshare, name="unshare"),
    path("photos/<uuid:photo_id>/thumbnail.jpg", files.thumbnail, name="thumbnail"),
    path("jobs/<uuid:job_id>/cancel/", jobs.cancel, name="cancel"),
    path("jobs/<uuid:job_id>/retry/", jobs.retry, name="retry"),
    path("jobs/<uuid:job_id>/dismiss/", jobs.dismiss, name="dismiss"),
    path("jobs/<uuid:job_id>/rename/", versions.rename, name="rename-version"),
    path("jobs/<uuid:job_id>/choose/", versions.choose, name="choose-version"),
    path("jobs/<uuid:job_id>/delete/", versions.delete, name="delete-version"),
    path("jobs/<uuid:job_id>/downloads/", downloads.downloads, name="downloads"),
    path("jobs/<uuid:job_id>/export/", downloads.export, name="export"),
    path("files/<uuid:artifact_id>/", files.artifact, name="artifact"),
    path("s/<slug:token>/", public.shared, name="shared"),
    path("s/<slug:token>/embed", public.embed, name="shared-embed"),
    path("s/<slug:token>/<slug:name>", public.shared_file, name="shared-file"),
    path("oembed", public.oembed, name="oembed"),
]
