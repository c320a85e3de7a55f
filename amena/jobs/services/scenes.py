"""The kept scenes, from which further work starts."""

from __future__ import annotations

from django.db.models import QuerySet

from amena.jobs.models import Artifact, Job, Photo

#: The artifact that holds a scene.
KIND = "scene"


def newest(photo: Photo) -> Artifact | None:
    """The scene of the photo's newest 3D photo; None while none is kept."""
    scenes = Artifact.objects.filter(job__photo=photo, kind=KIND)
    return scenes.order_by("-job__created_at").first()


def of_job(job: Job) -> Artifact | None:
    """The scene that a job has left; None where none is kept."""
    return job.artifacts.filter(kind=KIND).first()


def beside(scene: Artifact) -> QuerySet[Artifact]:
    """The files that were made from the scene alone, and go with it."""
    return Artifact.objects.filter(job=scene.job_id, kind__in=("glb", "disparity"))
