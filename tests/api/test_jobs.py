"""Jobs: read, waited for, stopped, tried again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from amena.api import longpoll
from amena.jobs import states
from amena.jobs.models import Job, State
from tests.fixtures.programs import LongPoll, Program, problem

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., Job]


def address(job: Job, action: str = "") -> str:
    return f"/api/v1/jobs/{job.public_id}{action}"


def test_a_job_at_work_shows_stage_and_progress(program: Program, make_job: MakeJob) -> None:
    job = make_job(State.RUNNING)
    Job.objects.update(stage="inpaint", progress=41)
    response = program.get(address(job))
    found = response.json()
    assert (found["state"], found["stage"], found["progress"]) == ("running", "inpaint", 41)
    assert response["Retry-After"] == "2"


def test_a_queued_job_knows_its_place_and_wait(program: Program, make_job: MakeJob) -> None:
    first, job = make_job(), make_job()
    assert program.get(address(job)).json()["expected_wait"] is None
    make_job(State.SUCCEEDED)
    Job.objects.filter(state="succeeded").update(started_at=F("finished_at") - timedelta(seconds=9))
    found = program.get(address(job)).json()
    assert (found["ahead"], found["expected_wait"]) == (1, 9)
    assert program.get(address(first)).json()["expected_wait"] == 0
    make_job(State.RUNNING)
    assert program.get(address(job)).json()["expected_wait"] == 18
    make_job(State.RUNNING)
    assert program.get(address(job)).json()["expected_wait"] == 9


def test_a_failed_job_says_why(program: Program, make_job: MakeJob) -> None:
    found = program.get(address(make_job(State.FAILED))).json()
    assert found["failure"] == {"code": "broken", "detail": "It is broken."}


def test_a_finished_job_lists_its_files_but_not_the_scene(program: Program, done: Job) -> None:
    found = program.get(address(done)).json()["artifacts"]
    assert {each["kind"] for each in found} == {"video", "poster", "glb", "disparity", "report"}
    assert program.get(address(done, "/artifacts")).json() == found


def test_jobs_are_filtered(program: Program, make_job: MakeJob, done: Job) -> None:
    restyle = make_job(State.QUEUED, photo=done.photo, kind="restyle")
    make_job(State.QUEUED)

    def ids(query: str) -> list[str]:
        return [job["id"] for job in program.get(f"/api/v1/jobs?{query}").json()["results"]]

    assert ids(f"photo={done.photo.public_id}") == [str(restyle.public_id), str(done.public_id)]
    assert ids("state=succeeded") == [str(done.public_id)]
    assert ids("kind=restyle&state=queued") == [str(restyle.public_id)]
    assert len(ids("")) == 3
    assert problem(program.get("/api/v1/jobs?photo=7")) == "invalid"


def test_a_queued_job_is_cancelled_at_once_and_can_be_tried_again(
    program: Program, make_job: MakeJob
) -> None:
    job = make_job()
    response = program.post(address(job, "/cancel"))
    assert (response.status_code, response.json()["state"]) == (202, "cancelled")
    assert response["Location"].endswith(address(job))
    assert problem(program.post(address(job, "/cancel"))) == "job_ended"
    response = program.post(address(job, "/retry"))
    assert (response.status_code, response.json()["state"]) == (202, "queued")
    assert problem(program.post(address(job, "/retry"))) == "not_retryable"


def test_a_running_job_is_asked_to_stop(program: Program, make_job: MakeJob) -> None:
    job = make_job(State.RUNNING)
    found = program.post(address(job, "/cancel")).json()
    assert (found["state"], found["cancel_requested"]) == ("running", True)


def test_the_same_answer_is_a_304(program: Program, make_job: MakeJob) -> None:
    job = make_job()
    tag = program.get(address(job))["ETag"]
    again = program.get(address(job), headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    states.cancel(job.public_id)
    assert program.get(address(job), headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_waiting_ends_with_the_job(
    program: Program, make_job: MakeJob, long_poll: LongPoll
) -> None:
    job = make_job()
    thread = long_poll.meanwhile(lambda: states.cancel(job.public_id))
    found = program.get(address(job, "?wait=30")).json()
    thread.join()
    assert (found["state"], long_poll.found) == ("cancelled", True)


@pytest.mark.django_db(transaction=True)
def test_waiting_with_an_etag_ends_with_any_change(
    program: Program, make_job: MakeJob, long_poll: LongPoll
) -> None:
    job = make_job(State.RUNNING)
    tag = program.get(address(job))["ETag"]
    thread = long_poll.meanwhile(lambda: Job.objects.update(progress=5))
    response = program.get(address(job, "?wait=30"), headers={"If-None-Match": tag})
    thread.join()
    assert (response.status_code, response.json()["progress"]) == (200, 5)
    assert long_poll.found


def test_waiting_in_vain_ends_in_time(program: Program, make_job: MakeJob) -> None:
    job = make_job()
    began = time.monotonic()
    assert program.get(address(job, "?wait=1")).json()["state"] == "queued"
    assert time.monotonic() - began >= 1
    for wrong in ("31", "-1", "long"):
        assert problem(program.get(address(job, f"?wait={wrong}"))) == "invalid"


def test_where_too_many_wait_the_next_is_answered_at_once(
    program: Program, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, long_poll: LongPoll
) -> None:
    monkeypatch.setattr(longpoll, "_places", threading.BoundedSemaphore(1))
    longpoll._places.acquire()
    response = program.get(address(make_job(), "?wait=30"))
    assert response["Retry-After"] == "2"
    assert not long_poll.begun.is_set()


def test_a_version_is_named_chosen_and_deleted(
    program: Program, stranger: Program, done: Job, make_job: MakeJob
) -> None:
    newer = make_job(State.SUCCEEDED, photo=done.photo, kind="restyle")

    def send(who: Program, method: str, job: Job, **body: Any) -> Any:
        return who.client.generic(
            method,
            address(job),
            json.dumps(body),
            content_type="application/json",
        )

    photo = f"/api/v1/photos/{done.photo.public_id}"
    assert program.get(photo).json()["result"]["id"] == str(newer.public_id)
    told = send(program, "PATCH", done, chosen=True, name="The calm one").json()
    assert told["name"] == "The calm one"
    assert program.get(photo).json()["result"]["id"] == str(done.public_id)
    for wrong in ({"chosen": False}, {"name": 0}, {"name": ["calm"]}):
        assert problem(send(program, "PATCH", done, **wrong)) == "invalid"
    for method in ("PATCH", "DELETE"):
        assert send(stranger, method, done).status_code == 404
    assert send(program, "DELETE", newer).status_code == 204
    assert program.get(address(newer)).status_code == 404
    assert problem(send(program, "DELETE", done)) == "only_version"
    assert problem(send(program, "PATCH", make_job(State.FAILED), chosen=True)) == "not_ready"
