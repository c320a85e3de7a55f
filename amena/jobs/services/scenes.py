"""The kept scenes, from which further work starts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from amena.jobs.models import Artifact, Job, Photo, State

#: The artifact that holds a scene.
KIND = "scene"


def newest(photo: Photo) -> Artifact | None:
    """The scene of the photo's version that counts; None while none is kept."""
    job = photo.jobs.filter(artifacts__kind=KIND).by_standing().first()
    return of_job(job) if job else None


def of_job(job: Job) -> Artifact | None:
    """The scene that a job has left; None where none is kept."""
    return job.artifacts.filter(kind=KIND).first()


def of_id(photo: Photo, job_id: str) -> Artifact | None:
    """The scene that one of the photo's jobs has left; None where none is kept."""
    return Artifact.objects.filter(job__photo=photo, job__public_id=job_id, kind=KIND).first()


def corrected(photo: Photo, rotate: int) -> dict[str, Any] | None:
    """Where a person has corrected the depth of the photo's newest scene: that scene, and by how
    many degrees a photo turned by `rotate` is turned against it. None where nobody has.
    """
    scene = newest(photo)
    if scene is None:
        return None
    made = photo.jobs.filter(state=State.SUCCEEDED, created_at__lte=scene.job.created_at)
    by_hand = False
    for job in made.order_by("-created_at", "-pk"):
        by_hand |= job.kind == Job.Kind.EDIT or job.depth_edit is not None
        if job.kind == Job.Kind.CREATE:
            turn = (rotate - job.options.get("rotate", 0)) % 360
            return {"scene": str(scene.job.public_id), "turn": turn} if by_hand else None
    return None


def beside(scene: Artifact) -> QuerySet[Artifact]:
    """The files that were made from the scene alone, and go with it."""
    return Artifact.objects.filter(job=scene.job_id, kind__in=("glb", "disparity"))
