"""A finished 3D photo and its page, as its owner sees it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

# Models can be imported only after Django is set up, which is later than this file is read.
if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.jobs.models import Artifact, Job

MakeJob = Callable[..., "Job"]


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def keep() -> Callable[..., Artifact]:
    """Stores one file of a job."""
    from amena.jobs import storage
    from amena.jobs.files import FILE_TYPES
    from amena.jobs.models import Artifact

    def one(job: Job, name: str, content: bytes) -> Artifact:
        key = f"{storage.attempt_prefix(job.photo.public_id, job.public_id, 1)}/{name}"
        storage.save(key, content)
        kind, content_type, _output = FILE_TYPES[name]
        fields = {"key": key, "size": len(content), "content_type": content_type}
        return Artifact.objects.create(job=job, kind=kind, **fields)

    return one


@pytest.fixture
def done(make_job: MakeJob, keep: Callable[..., Artifact]) -> Job:
    """A finished job with all its files."""
    from amena.jobs.models import State
    from tests.jobs.samples import STANDARD_FILES

    job = make_job(State.SUCCEEDED, options={"motion": "swing"})
    report = {"amplitude": 0.021, "focus": 0.62, "notes": ["stretched", "from_the_future"]}
    for name in STANDARD_FILES:
        keep(job, name, json.dumps(report).encode() if name == "report.json" else name.encode())
    return job


def page_of(client: Client, job: Job, query: str = "") -> str:
    address = reverse("photo", args=[job.photo.public_id]) + query
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def grey_png(size: tuple[int, int] = (96, 72)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("L", size, 128).save(out, "PNG")
    return SimpleUploadedFile("brush.png", out.getvalue(), "image/png")


def viewer_of(page: str) -> dict[str, str]:
    tag = re.search(r"<photo-3d ([^>]*)>", page)
    assert tag
    return dict(re.findall(r'([\w-]+)="([^"]*)"', tag[1]))
