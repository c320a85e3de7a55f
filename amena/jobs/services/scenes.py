"""The kept scenes, from which further work starts."""

from __future__ import annotations

from django.db.models import QuerySet

from amena.jobs.models import Artifact, Job, Photo

#: The artifact that holds a scene.
KIND = "scene"


def newest(photo: Photo) -> str | None:
    """Where the scene of the photo's newest 3D photo lies; None while none is kept."""
    return _keys(Artifact.objects.filter(job__photo=photo)).order_by("-job__created_at").first()


def of_job(job: Job) -> str | None:
    """Where the scene that a job has left lies; None where none is kept."""
    return _keys(job.artifacts.all()).first()


def beside(scene: str) -> QuerySet[Artifact, str]:
    """Where the files lie that were made from the scene alone, and go with it."""
    siblings = Artifact.objects.filter(job__artifacts__key=scene, kind__in=("glb", "disparity"))
    return siblings.values_list("key", flat=True)


def _keys(artifacts: QuerySet[Artifact]) -> QuerySet[Artifact, str]:
    return artifacts.filter(kind=KIND).values_list("key", flat=True)
