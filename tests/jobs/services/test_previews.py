"""The scene that its owner sees while the film is made: there in time, gone with the attempt."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from amena.accounts.models import User
from amena.engine.errors import EncodeError, PhotoError
from amena.engine.progress import Progress
from amena.jobs import heartbeat, states, storage
from amena.jobs.models import Job, State
from amena.jobs.services import deletion, measuring, reaping, running
from tests.faults import engines

pytestmark = pytest.mark.django_db(transaction=True)

Filming = Callable[..., None]


@pytest.fixture
def filming(job: Job, monkeypatch: pytest.MonkeyPatch) -> Filming:
    """Works on the job; what is given happens once, between its scene and its film; further things
    happen at the beginning of the stages whose names they have.
    """

    def run(happen: Callable[[], object], **at: Callable[[], object]) -> None:
        class Engine(engines.QuickEngine):
            def work(self, stage: str, progress: Progress) -> None:
                ({"render": happen} | at).get(stage, lambda: None)()
                progress(stage, 0.5)

        monkeypatch.setattr(running, "engine", lambda: Engine("cpu"))
        running.run(job.public_id)
        job.refresh_from_db()

    return run


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def stored(job: Job, media: Path) -> list[str]:
    folder = media / storage.job_prefix(job.photo.public_id, job.public_id)
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_the_scene_is_seen_before_the_film_and_keeps_its_address(
    job: Job, user: User, other: User, filming: Filming
) -> None:
    seen: dict[str, Any] = {}
    page = reverse("photo", args=[job.photo.public_id])

    def look() -> None:
        browser = browser_of(user)
        html = browser.get(page).content.decode()
        view = re.search(r'<photo-3d [^>]*src="([^"]+)" motion="swing" amplitude="0.03"', html)
        assert view
        assert "<video" not in html
        seen["address"] = view[1]
        seen["content"] = b"".join(browser.get(view[1]))
        assert browser_of(other).get(view[1]).status_code == 404
        answer = browser.get(f"/api/v1/jobs/{job.public_id}").json()
        assert (answer["state"], answer["artifacts"]) == ("running", [])
        assert answer["preview"]["amplitude"] == 0.03
        assert answer["preview"]["frame"] == [1.02, 0.001, -0.002]
        assert b"".join(browser.get(answer["preview"]["glb_url"])) == seen["content"]

    filming(look)
    assert seen["content"] == b"scene.glb of swing"
    assert (job.state, job.preview) == (State.SUCCEEDED, None)
    browser = browser_of(user)
    assert f'src="{seen["address"]}"' in browser.get(page).content.decode()
    assert b"".join(browser.get(seen["address"])) == seen["content"]


def test_a_draft_is_seen_before_the_scene_and_leaves_nothing(
    job: Job, user: User, other: User, filming: Filming, media: Path
) -> None:
    seen: list[str] = []
    page = reverse("photo", args=[job.photo.public_id])

    def look() -> None:
        browser = browser_of(user)
        view = re.search(r'<photo-3d [^>]*src="([^"]+)"[^>]*>', browser.get(page).content.decode())
        assert view
        assert " data-draft" in view[0]
        seen.append(view[1])
        assert b"".join(browser.get(view[1])) == b"scene.glb of swing"
        assert browser_of(other).get(view[1]).status_code == 404
        preview = browser.get(f"/api/v1/jobs/{job.public_id}").json()["preview"]
        assert preview["draft"] is True
        assert stored(job, media) == ["draft.glb"]

    def look_again() -> None:
        browser = browser_of(user)
        view = re.search(r'<photo-3d [^>]*src="([^"]+)"[^>]*>', browser.get(page).content.decode())
        assert view
        assert view[1] != seen[0]
        assert " data-draft" not in view[0]
        assert browser.get(seen[0]).status_code == 404
        assert browser.get(f"/api/v1/jobs/{job.public_id}").json()["preview"]["draft"] is False

    filming(look_again, mesh=look)
    assert seen
    assert "draft.glb" not in stored(job, media)
    assert job.state == State.SUCCEEDED


def test_the_page_is_sent_the_picture_once_and_again_when_it_has_changed(
    job: Job, user: User, filming: Filming
) -> None:
    work = reverse("work", args=[job.photo.public_id])

    def look() -> None:
        browser = browser_of(user)
        first = browser.get(work).content.decode()
        assert 'hx-swap-oob="outerHTML"' in first
        again = re.search(r'hx-get="([^"]*shown=[^"]*)"', first)
        assert again
        assert "<photo-3d" not in browser.get(again[1]).content.decode()
        # The attempt comes to nothing: the photo itself is back.
        Job.objects.filter(pk=job.pk).update(preview=None)
        back = browser.get(again[1]).content.decode()
        assert 'hx-swap-oob="outerHTML"' in back
        assert "<photo-3d" not in back

    filming(look)


def raising(error: Exception) -> Callable[[Job], None]:
    def fail(_job: Job) -> None:
        raise error

    return fail


def leave(_job: Job) -> None:
    heartbeat._leaving.set()


def lose(job: Job) -> None:
    """Staff ends the job; the worker finds its lease gone."""
    states.reject(job.public_id, "stopped_by_staff", "Stopped.")
    raise EncodeError("The encoder stopped.")


@pytest.mark.parametrize(
    ("happens", "state"),
    [
        (raising(PhotoError("No.", code="nothing")), State.FAILED),
        (raising(EncodeError("The encoder stopped.")), State.QUEUED),
        (raising(ZeroDivisionError()), State.QUEUED),
        (raising(SoftTimeLimitExceeded()), State.FAILED),
        (leave, State.QUEUED),
        (lose, State.FAILED),
    ],
)
def test_an_attempt_that_comes_to_nothing_takes_its_scene_with_it(
    job: Job,
    user: User,
    filming: Filming,
    media: Path,
    happens: Callable[[Job], None],
    state: State,
) -> None:
    address = []

    def happen() -> None:
        found = Job.objects.get(pk=job.pk)
        assert found.preview
        address.append(reverse("artifact", args=[found.preview["glb"]]))
        assert b"".join(browser_of(user).get(address[0])) == b"scene.glb of swing"
        happens(found)

    try:
        filming(happen)
    finally:
        heartbeat._leaving.clear()
    assert (job.state, job.preview) == (state, None)
    assert stored(job, media) == []
    assert browser_of(user).get(address[0]).status_code == 404


def test_a_deleted_photo_shows_no_scene(job: Job, user: User, filming: Filming) -> None:
    def delete() -> None:
        found = Job.objects.get(pk=job.pk)
        deletion.delete(found.photo, undoable=True)
        assert found.preview
        address = reverse("artifact", args=[found.preview["glb"]])
        assert browser_of(user).get(address).status_code == 404

    filming(delete)


def test_what_a_dead_worker_has_shown_goes_with_the_job(job: Job, media: Path) -> None:
    Job.objects.update(attempts_left=1)
    lease = states.claim(job.public_id)
    assert lease
    key = f"{storage.attempt_prefix(job.photo.public_id, job.public_id, 1)}/scene.glb"
    storage.save(key, b"scene")
    assert states.show(lease, {"glb": str(uuid.uuid4()), "size": 5})
    Job.objects.update(lease_expires_at=Now())
    assert reaping.reap().failed == 1
    job.refresh_from_db()
    assert job.preview is None
    assert stored(job, media) == []


def test_a_time_limit_that_strikes_after_success_takes_nothing_back(
    job: Job, filming: Filming, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_given: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(measuring, "note_success", late)
    filming(lambda: None)
    assert job.state == State.SUCCEEDED
    assert len(stored(job, media)) == job.artifacts.count() > 3


def test_a_scene_that_cannot_be_shown_early_is_there_at_the_end(
    job: Job, filming: Filming, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = storage.save_path
    refused: list[str] = []

    def full(key: str, path: Path) -> None:
        if len(refused) < 2:
            refused.append(key.rpartition("/")[2])
            raise OSError(28, "No space left on device")
        save(key, path)

    monkeypatch.setattr(storage, "save_path", full)
    filming(lambda: None)
    assert job.state == State.SUCCEEDED
    assert refused == ["draft.glb", "scene.glb"]
    assert "scene.glb" in stored(job, media)
