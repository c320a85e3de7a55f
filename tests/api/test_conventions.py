"""What holds for all addresses alike: keys on every POST, validators on every GET, Location."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from amena.api.urls import urlpatterns
from amena.jobs.models import Job
from tests.fixtures.programs import Program, problem
from tests.jobs.samples import uploaded
from tests.jobs.services.test_depth_edits import picture

pytestmark = pytest.mark.django_db

FILES = {"thumbnail", "artifact-content", "photos-archive", "docs", "openapi"}
VIEWS = {pattern.name: pattern.callback.view_class for pattern in urlpatterns if pattern.name}
POSTS = sorted(name for name, view in VIEWS.items() if hasattr(view, "post"))
GETS = sorted(name for name, view in VIEWS.items() if hasattr(view, "get") and name not in FILES)


def body(name: str) -> dict[str, Any]:
    """A request that is in order."""
    match name:
        case "photos":
            return {"data": {"photo": uploaded()}}
        case "photo-depth":
            return {"data": {"depth": uploaded(picture(), "d.png"), "mode": "brush"}}
    data = {"job-exports": {"outputs": ["gif"]}, "webhooks": {"url": "https://8.8.8.8/"}}
    return {"data": data.get(name, {}), "content_type": "application/json"}


def addresses(job: Job) -> dict[str, str]:
    """Every address of the API by name, filled with one person's ids."""
    from amena.webhooks.models import Delivery, Endpoint

    endpoint = Endpoint.objects.create(user=job.photo.owner, url="https://hooks.example/")
    delivery = Delivery.objects.create(endpoint=endpoint, event="ping", deliver_at=job.created_at)
    ids: dict[str, Any] = {
        "webhook_id": endpoint.public_id,
        "delivery_id": delivery.public_id,
        "photo_id": job.photo.public_id,
        "job_id": job.public_id,
        "artifact_id": job.artifacts_by_kind["video"].public_id,
    }
    return {
        pattern.name: reverse(
            f"api:{pattern.name}", kwargs={name: ids[name] for name in pattern.pattern.converters}
        )
        for pattern in urlpatterns
        if pattern.name
    }


@pytest.fixture
def ready(done: Job) -> dict[str, str]:
    """Addresses at which every POST is possible."""
    where = addresses(done)
    failed = Job.objects.create(
        photo=done.photo, kind="restyle", state="failed", dispatch_at=done.created_at
    )
    queued = Job.objects.create(photo=done.photo, kind="restyle", dispatch_at=done.created_at)
    from amena.webhooks.models import Delivery

    Delivery.objects.update(state="failed")
    where["job-retry"] = f"/api/v1/jobs/{failed.public_id}/retry"
    where["job-cancel"] = f"/api/v1/jobs/{queued.public_id}/cancel"
    return where


@pytest.mark.parametrize("name", POSTS)
def test_every_post_is_done_once_under_its_key(
    program: Program, ready: dict[str, str], name: str
) -> None:
    headers = {"Idempotency-Key": "k"}
    first = program.client.post(ready[name], headers=headers, **body(name))
    assert first.status_code in (200, 201, 202), first.content
    again = program.client.post(ready[name], headers=headers, **body(name))
    assert again["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.get("Location") == first.get("Location")
    if first.status_code in (201, 202):
        assert program.get(first["Location"]).status_code == 200
    other = program.client.post(f"{ready[name]}?x=1", headers=headers, **body(name))
    assert problem(other) == "idempotency_mismatch"


@pytest.mark.parametrize("name", GETS)
def test_every_get_has_a_validator_and_answers_304(
    program: Program, ready: dict[str, str], name: str
) -> None:
    if name == "photo-share":
        program.put(ready[name])
    response = program.get(ready[name])
    assert response.status_code == 200, response.content
    assert response["Cache-Control"] == "private, no-cache"
    again = program.get(ready[name], headers={"If-None-Match": f'"x", W/{response["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["photos", "jobs", "webhooks", "deliveries"])
def test_every_list_goes_by_cursor(program: Program, ready: dict[str, str], name: str) -> None:
    page = program.get(f"{ready[name]}?limit=1").json()
    assert set(page) == {"next", "previous", "results"}
    assert problem(program.get(f"{ready[name]}?limit=0")) == "invalid"
    assert problem(program.get(f"{ready[name]}?cursor=x")) == "invalid"
