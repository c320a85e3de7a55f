"""Further files of a finished job, by program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from amena.jobs.models import Job, State
from amena.jobs.services import running
from tests.faults.engines import QuickEngine
from tests.fixtures.programs import Program, problem

pytestmark = pytest.mark.django_db


def where(job: Job) -> str:
    return f"/api/v1/jobs/{job.public_id}/exports"


def test_an_export_is_a_job_with_the_files_asked_for(
    program: Program, done: Job, use_engine: Callable[[type], None]
) -> None:
    response = program.post(where(done), {"outputs": ["gif", "sbs"]})
    assert response.status_code == 202, response.content
    told = response.json()
    assert (told["kind"], told["source"], told["state"]) == (
        "export", str(done.public_id), "queued",
    )  # fmt: skip
    assert response["Location"] == told["url"]
    use_engine(QuickEngine)
    running.run(Job.objects.get(kind="export").public_id)
    made = program.get(told["url"]).json()["artifacts"]
    names = {each["kind"]: each["filename"] for each in made}
    assert names == {"gif": "holiday-loop.gif", "sbs": "holiday-sbs.mp4"}
    for each in made:
        file = program.get(each["content_url"])
        assert file.getvalue().endswith(b" of circle")
        assert f'filename="{each["filename"]}"' in file["Content-Disposition"]
    photo = program.get(f"/api/v1/photos/{done.photo.public_id}").json()
    assert (photo["job"]["id"], photo["result"]["id"]) == (str(done.public_id),) * 2
    assert [each["id"] for each in photo["exports"]] == [told["id"]]
    listed = program.get(f"/api/v1/jobs?source={done.public_id}").json()["results"]
    assert [each["id"] for each in listed] == [told["id"]]


def test_the_same_export_again_is_the_same_job(program: Program, done: Job) -> None:
    first = program.post(where(done), {"outputs": ["gif"]})
    second = program.post(where(done), {"outputs": ["gif"]})
    assert first.json()["id"] == second.json()["id"]
    assert second.status_code == 202


def test_a_print_is_made_again_for_another_sheet(program: Program, done: Job) -> None:
    def ordered(**how: Any) -> Any:
        return program.post(where(done), {"outputs": ["lenticular"], **how}).json()

    usual = ordered()
    assert "lpi" not in usual["options"]
    assert ordered(lpi=60)["id"] == usual["id"]
    # What another file hangs on makes no difference.
    assert ordered(loop_limit=2)["id"] == usual["id"]
    finer = ordered(lpi=75.2, dpi=720)
    assert finer["id"] != usual["id"]
    assert (finer["options"]["lpi"], finer["options"]["dpi"]) == (75.2, 720)
    assert ordered(lpi=75.2, dpi=720)["id"] == finer["id"]
    # The newest is the one that is shown, so that going back makes it once more.
    assert ordered()["id"] not in (usual["id"], finer["id"])
    assert problem(program.post(where(done), {"outputs": ["lenticular"], "lpi": 500})) == "invalid"
    response = program.post(where(done), {"outputs": ["lenticular"], "lpi": 120, "dpi": 300})
    assert response.json()["errors"][0]["field"] == "lpi"


def test_a_key_makes_it_the_same_answer(program: Program, done: Job) -> None:
    first = program.post(where(done), {"outputs": ["gif"]}, Idempotency_Key="k")
    second = program.post(where(done), {"outputs": ["gif"]}, Idempotency_Key="k")
    assert second["Idempotency-Replayed"] == "true"
    assert first.content == second.content


@pytest.mark.parametrize("body", [{}, {"outputs": []}, {"outputs": ["poem"]}, {"files": ["gif"]}])
def test_a_wrong_wish_is_refused(program: Program, done: Job, body: Any) -> None:
    assert problem(program.post(where(done), body)) == "invalid"


def test_a_job_without_a_3d_photo_has_nothing_to_export(
    program: Program, make_job: Callable[..., Job]
) -> None:
    for state in State:
        response = program.post(where(make_job(state)), {"outputs": ["gif"]})
        assert problem(response) == "not_ready"


def test_exports_count_in_the_quota(program: Program, done: Job, settings: Any) -> None:
    settings.QUOTA_ACTIVE_JOBS = settings.QUOTA_HELD_JOBS = 1
    orders = [program.post(where(done), {"outputs": [each]}) for each in ("gif", "webm")]
    assert [each.json()["state"] for each in orders] == ["queued", "held"]
    assert problem(program.post(where(done), {"outputs": ["sbs"]})) == "quota_held_jobs"
    assert program.post(where(done), {"outputs": ["gif"]}).status_code == 202


def test_photos_are_filtered_by_the_newest_job_that_is_no_export(
    program: Program, done: Job
) -> None:
    program.post(where(done), {"outputs": ["gif"]})
    for state, count in (("succeeded", 1), ("queued", 0)):
        assert len(program.get(f"/api/v1/photos?state={state}").json()["results"]) == count
