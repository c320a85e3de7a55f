"""The admin: staff find jobs, act on them by the services' rules, and change nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from amena.accounts.models import User
from amena.jobs import states, storage
from amena.jobs.models import Job, Photo, State
from tests.jobs.many import make_queued_jobs
from tests.jobs.samples import jpeg

MakeJob = Callable[..., Job]
JOBS = "admin:jobs_job_changelist"


@pytest.fixture
def staff(db: None) -> Client:
    """Signed in with all rights."""
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client


@pytest.fixture
def onlooker(db: None) -> Client:
    """Staff who may look at jobs and photos alone."""
    user = User.objects.create_user("look@example.com", is_staff=True)
    look = Permission.objects.filter(codename__in=["view_job", "view_photo"])
    user.user_permissions.set(look)
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, action: str, *jobs: Job, **extra: str) -> str:
    data = {"action": action, "_selected_action": [job.pk for job in jobs], **extra}
    return client.post(reverse(JOBS), data, follow=True).content.decode()


def shown(client: Client, **query: object) -> set[Job]:
    return set(client.get(reverse(JOBS), query).context["cl"].result_list)


@pytest.mark.django_db
def test_failed_and_cancelled_jobs_are_queued_again_and_others_stay(
    staff: Client, make_job: MakeJob, sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    jobs = {state: make_job(state) for state in State}
    with django_capture_on_commit_callbacks(execute=True):
        page = act(staff, "requeue", *jobs.values())
    assert "4 jobs queued again." in page
    assert "3 stay as they are" in page
    again = {jobs[state] for state in (State.HELD, State.QUEUED, State.FAILED, State.CANCELLED)}
    assert set(Job.objects.filter(state=State.QUEUED)) == again
    assert set(sent) == {str(job.public_id) for job in again}


@pytest.mark.django_db
def test_jobs_are_cancelled_as_their_owner_would(staff: Client, make_job: MakeJob) -> None:
    queued, running, done = make_job(), make_job(State.RUNNING), make_job(State.SUCCEEDED)
    assert "2 jobs cancelled." in act(staff, "cancel", queued, running, done)
    for job in (queued, running, done):
        job.refresh_from_db()
    assert queued.state == State.CANCELLED
    assert (running.state, running.cancel_requested) == (State.RUNNING, True)
    assert done.state == State.SUCCEEDED


@pytest.mark.django_db
def test_a_job_that_staff_fail_ends_at_once_and_its_worker_has_lost_it(
    staff: Client, make_job: MakeJob
) -> None:
    queued, running, done = make_job(), make_job(State.RUNNING), make_job(State.SUCCEEDED)
    lease = states.Lease(running.public_id, running.lease_token, 1)
    assert "2 jobs ended as failed." in act(staff, "fail", queued, running, done)
    for job in (queued, running):
        job.refresh_from_db()
        assert (job.state, job.error_code) == (State.FAILED, "stopped_by_staff")
        assert "contact us" in job.error_message
    assert states.beat(lease, "depth", 1) is states.Beat.LOST
    assert not states.succeed(lease)


@pytest.mark.django_db
def test_every_action_leaves_who_did_what_to_which_job(staff: Client, make_job: MakeJob) -> None:
    first, second, done = make_job(), make_job(), make_job(State.SUCCEEDED)
    act(staff, "cancel", first, second, done)
    entries = LogEntry.objects.order_by("object_id")
    assert [entry.object_id for entry in entries] == [str(first.pk), str(second.pk)]
    assert {entry.user.email for entry in entries} == {"root@example.com"}
    assert {entry.change_message for entry in entries} == {"Cancelled"}
    assert "Cancelled" in staff.get(reverse("admin:jobs_job_history", args=[first.pk])).text


@pytest.mark.django_db
def test_who_may_only_look_gets_no_actions(onlooker: Client, make_job: MakeJob) -> None:
    job = make_job()
    assert shown(onlooker) == {job}
    act(onlooker, "cancel", job)
    job.refresh_from_db()
    assert job.state == State.QUEUED
    assert not LogEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["job", "photo", "share"])
def test_rows_are_read_only(staff: Client, make_job: MakeJob, model: str) -> None:
    job = make_job()
    share = job.photo.shares.create(token="t" * 32)
    row = {"job": job, "photo": job.photo, "share": share}[model]
    for page in ("add", "delete"):
        arguments = [] if page == "add" else [row.pk]
        address = reverse(f"admin:jobs_{model}_{page}", args=arguments)
        assert staff.post(address, {"post": "yes"}).status_code == 403
    change = reverse(f"admin:jobs_{model}_change", args=[row.pk])
    page = staff.get(change)
    assert page.status_code == 200
    assert 'name="_save"' not in page.text
    assert share.token not in page.text
    assert staff.post(change, {"state": "succeeded"}).status_code == 403
    job.refresh_from_db()
    assert job.state == State.QUEUED


@pytest.mark.django_db
def test_jobs_are_found_by_state_age_error_and_person(
    staff: Client, make_job: MakeJob, make_photo: Callable[..., Photo], other: User
) -> None:
    queued, old, failed = make_job(), make_job(), make_job(State.FAILED)
    theirs = make_job(photo=make_photo(other))
    Job.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(hours=2))
    assert shown(staff, state__exact="queued") == {queued, old, theirs}
    assert shown(staff, age="old-hour") == {old}
    assert shown(staff, age="quarter") == {queued, failed, theirs}
    assert shown(staff, age="nonsense") == {queued, old, failed, theirs}
    assert shown(staff, error="broken") == {failed}
    assert shown(staff, q=other.email) == {theirs}
    assert shown(staff, q=str(old.public_id)) == {old}
    assert shown(staff, photo__owner__public_id=other.public_id) == {theirs}


@pytest.mark.attack(
    "staff who leaf through people's photos",
    "no picture in any list; each look is a line in the photo's history and in the log",
)
@pytest.mark.django_db
def test_staff_see_thumbnails_when_they_ask_and_the_log_says_so(
    staff: Client, onlooker: Client, make_job: MakeJob, user: User
) -> None:
    job = make_job()
    storage.save(storage.thumbnail_key(job.photo.public_id), jpeg())
    address = reverse("admin:jobs_photo_thumbnail", args=[job.photo.public_id])
    photos = reverse("admin:jobs_photo_changelist")
    page = reverse("admin:jobs_photo_change", args=[job.photo.pk])
    for each in (reverse(JOBS), photos, page):
        assert f'src="{address}' not in staff.get(each).text
        assert (address in staff.get(each).text) is (each == page)
    for client in (staff, onlooker):
        response = client.get(address)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert b"".join(response) == jpeg()
    looks = LogEntry.objects.filter(object_id=str(job.photo.pk), change_message__contains="Looked")
    assert {each.user.email for each in looks} == {"root@example.com", "look@example.com"}
    owner = Client()
    owner.force_login(user)
    assert owner.get(address).status_code == 302  # to the admin's own sign-in
    blind = User.objects.create_user("blind@example.com", is_staff=True)
    owner.force_login(blind)
    assert owner.get(address).status_code == 403
    Photo.objects.update(deleted_at=Now())
    assert staff.get(address).status_code == 404
    assert address not in staff.get(page).text
    assert looks.count() == 2


@pytest.mark.django_db
def test_quotas_are_edited_with_the_person(staff: Client, user: User) -> None:
    address = reverse("admin:accounts_user_change", args=[user.pk])
    form = staff.get(address).context["adminform"].form.initial
    data = {name: value for name, value in form.items() if value not in (None, False)}
    quota = {
        "quota-TOTAL_FORMS": 1, "quota-INITIAL_FORMS": 1, "quota-0-id": user.quota.pk,
        "quota-0-user": user.pk, "quota-0-active_jobs": 7, "quota-0-daily_jobs": "",
        "quota-0-used": 99,
    }  # fmt: skip
    response = staff.post(address, {**data, "is_active": "on", **quota})
    assert response.status_code == 302, response.context["errors"]
    user.quota.refresh_from_db()
    assert (user.quota.active_limit, user.quota.daily_jobs, user.quota.used) == (7, None, 0)
    assert (
        staff.post(
            reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"}
        ).status_code
        == 403
    )


@pytest.fixture
def ten_thousand_jobs(user: User) -> None:
    """Queued all of them, of ten people."""
    people = [user, *(User.objects.create_user(f"p{n}@example.com") for n in range(9))]
    make_queued_jobs(10_000, [person.pk for person in people])


@pytest.mark.django_db
def test_lists_of_ten_thousand_jobs_take_as_few_queries_as_of_one(
    staff: Client, user: User, ten_thousand_jobs: None, django_assert_max_num_queries: Any
) -> None:
    owner = Client()
    owner.force_login(user)
    for client, address in (
        (staff, reverse(JOBS)),
        (staff, reverse(JOBS) + "?state__exact=queued&age=day&q=p3@example.com"),
        (staff, reverse("admin:jobs_photo_changelist")),
        (owner, reverse("wall")),
        (owner, "/api/v1/photos"),
        (owner, "/api/v1/jobs"),
    ):
        with django_assert_max_num_queries(13, info=address):
            assert client.get(address).status_code == 200, address
