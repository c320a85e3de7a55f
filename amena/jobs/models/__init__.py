"""A photo, the jobs that work on it, and the artifacts they leave.

Rows are read through `for_user` and changed by `amena.jobs.states` and `amena.jobs.services` only.
"""

from amena.jobs.models.artifact import Artifact, ArtifactQuerySet
from amena.jobs.models.job import ACTIVE, PLACED, Job, JobQuerySet, State
from amena.jobs.models.photo import Photo, PhotoQuerySet
from amena.jobs.models.share import Share

__all__ = [
    "ACTIVE",
    "PLACED",
    "Artifact",
    "ArtifactQuerySet",
    "Job",
    "JobQuerySet",
    "Photo",
    "PhotoQuerySet",
    "Share",
    "State",
]
