"""Amena from Python, and from the command line: `python -m amena.client --help`.

    from amena.client import Client

    with Client("https://amena.example", token="amena_…") as client:
        photo = client.upload("photo.jpg", motion="swing")
        job = client.wait(photo.job)
        for artifact in job.artifacts:
            client.download(artifact, "out")

It needs the packages of the set `client` alone, and nothing else of Amena.
"""

from amena.client.client import Client
from amena.client.errors import AmenaError, JobFailedError, NoAnswerError, RefusedError
from amena.client.types import (
    Artifact,
    Delivery,
    Failure,
    Format,
    Job,
    Me,
    Motion,
    Option,
    Photo,
    Preview,
    Quota,
    Share,
    Webhook,
)

__all__ = [
    "AmenaError",
    "Artifact",
    "Client",
    "Delivery",
    "Failure",
    "Format",
    "Job",
    "JobFailedError",
    "Me",
    "Motion",
    "NoAnswerError",
    "Option",
    "Photo",
    "Preview",
    "Quota",
    "RefusedError",
    "Share",
    "Webhook",
]
