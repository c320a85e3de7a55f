"""Quotas hold exactly, also when everybody comes at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from amena.accounts.models import Quota, User
from amena.jobs import states
from amena.jobs.models import Artifact, Job, Photo, State
from amena.jobs.services import deletion, exports, places, quotas, staff_actions, submission
from amena.jobs.uploads import Upload, accept
from tests.jobs.samples import uploaded

MakeJob = Callable[..., Job]


def submit(user: User) -> Photo:
    """One more photo of that person, as the upload page does it."""
    return order(user, accept(uploaded()))


def order(user: User, photo: Upload, token: uuid.UUID | None = None) -> Photo:
    """The same with a photo that has been looked at: files are looked at one by one."""
    return submission.submit(user, photo, {}, token or uuid.uuid4())


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """Results and refusals of `count` threads that start together."""
    together = Barrier(count)

    def one(number: int) -> object:
        together.wait()
        try:
            return act(number)
        except quotas.QuotaExceededError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_of_fifty_uploads_at_once_three_start_and_as_many_are_held_as_may_be(
    user: User, settings: Any, sent: list[str]
) -> None:
    settings.QUOTA_HELD_JOBS = 20
    photos = [accept(uploaded()) for _ in range(50)]
    outcomes = at_once(50, lambda number: order(user, photos[number]))
    assert [type(each) for each in outcomes].count(Photo) == 23
    assert outcomes.count("held_jobs") == 27
    assert Photo.objects.count() == Job.objects.count() == Quota.objects.get(user=user).used == 23
    queued, held = (Job.objects.filter(state=each) for each in (State.QUEUED, State.HELD))
    assert (queued.count(), held.count(), len(sent)) == (3, 20, 3)


@pytest.mark.django_db(transaction=True)
def test_the_system_s_cap_holds_for_many_people_at_once(settings: Any, sent: list[str]) -> None:
    settings.QUOTA_SYSTEM_JOBS = 5
    people = [User.objects.create_user(f"p{number}@example.com") for number in range(12)]
    photos = [accept(uploaded()) for _ in people]
    outcomes = at_once(12, lambda number: order(people[number], photos[number]))
    assert [type(each) for each in outcomes].count(Photo) == 5
    assert outcomes.count("system_jobs") == 7


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_ten_times_at_once_is_one_photo(user: User, sent: list[str]) -> None:
    token = uuid.uuid4()
    sent_in = [accept(uploaded()) for _ in range(10)]
    photos = at_once(10, lambda number: order(user, sent_in[number], token))
    assert len({photo.pk for photo in photos}) == 1
    assert len(sent) == 1
    assert Quota.objects.get(user=user).used == 1


@pytest.mark.django_db
def test_a_refused_upload_leaves_no_file(user: User, media: Any) -> None:
    Quota.objects.filter(user=user).update(active_jobs=0)
    with pytest.raises(quotas.QuotaExceededError):
        submit(user)
    assert [path for path in media.rglob("*") if path.is_file()] == []


@pytest.mark.django_db
def test_an_ended_job_makes_room(user: User, make_job: MakeJob) -> None:
    for state in State:
        make_job(state)
    with transaction.atomic():
        places.fill(quotas.take(user).quota)
    assert (quotas.usage(user).active, quotas.usage(user).held) == (3, 0)


@pytest.mark.django_db
def test_deleting_what_was_worked_on_does_not_give_the_day_s_photo_back(
    user: User, settings: Any, sent: list[str]
) -> None:
    settings.QUOTA_DAILY_JOBS = 1
    photo = submit(user)
    states.claim(photo.jobs.get().public_id)
    deletion.delete(photo)
    with pytest.raises(quotas.QuotaExceededError) as refusal:
        submit(user)
    assert refusal.value.code == "daily_jobs"
    assert "You can make more in" in refusal.value.message
    assert timedelta(0) < refusal.value.retry_after <= timedelta(days=1)


def used(user: User) -> tuple[int, int]:
    """New photos and changes of today."""
    usage = quotas.usage(user)
    return usage.today, usage.changes_today


def ended(job: Job) -> Job:
    """The job as a worker leaves it when it was stopped while it ran."""
    lease = states.claim(job.public_id)
    assert lease and states.stop(lease)
    job.refresh_from_db()
    return job


@pytest.mark.django_db
def test_only_new_photos_use_up_the_day_s_photos(
    user: User, settings: Any, sent: list[str], make_job: MakeJob
) -> None:
    settings.QUOTA_DAILY_JOBS, settings.QUOTA_ACTIVE_JOBS = 1, 9
    submit(user)
    done = make_job(State.SUCCEEDED)
    Artifact.objects.create(job=done, kind="scene", key="s", size=1, content_type="x")
    submission.restyle(done.photo, {})
    exports.order(done, ["gif"])
    submission.rotate(done.photo, 90)
    submission.retry(ended(exports.order(done, ["webm"])))
    assert used(user) == (1, 4), "the turn took the place of the other motion"
    with pytest.raises(quotas.QuotaExceededError, match="limit of 1\u00a0new photo"):
        submit(user)


@pytest.mark.django_db
def test_changes_have_a_limit_of_their_own(
    user: User, settings: Any, sent: list[str], make_job: MakeJob
) -> None:
    settings.QUOTA_DAILY_CHANGES = 1
    done = make_job(State.SUCCEEDED)
    Artifact.objects.create(job=done, kind="scene", key="s", size=1, content_type="x")
    exports.order(done, ["gif"])
    with pytest.raises(quotas.QuotaExceededError, match="1\u00a0change or further file") as refusal:
        submission.restyle(done.photo, {})
    assert refusal.value.code == "daily_changes"
    with pytest.raises(quotas.QuotaExceededError):
        quotas.check(user, done.photo)
    submit(user)
    assert used(user) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "stop",
    [
        lambda photo: places.cancel(photo.jobs.latest("pk").public_id),
        lambda photo: staff_actions.fail(photo.jobs.latest("pk").public_id),
        lambda photo: deletion.delete(photo),
    ],
)
def test_what_is_stopped_before_it_starts_is_given_back(
    user: User, settings: Any, sent: list[str], stop: Callable[[Photo], Any]
) -> None:
    settings.QUOTA_DAILY_JOBS = settings.QUOTA_ACTIVE_JOBS = 1
    photo = submit(user)
    assert used(user) == (1, 0)
    stop(photo)
    stop(photo)  # once more: it has ended already
    assert used(user) == (0, 0)
    submit(user)
    assert used(user) == (1, 0)


@pytest.mark.django_db
def test_what_is_given_back_counts_again_when_it_is_tried_again(
    user: User, settings: Any, sent: list[str]
) -> None:
    settings.QUOTA_DAILY_JOBS = 1
    job = submit(user).jobs.get()
    places.cancel(job.public_id)
    submission.retry(Job.objects.get(pk=job.pk))
    assert used(user) == (1, 0)
    with pytest.raises(quotas.QuotaExceededError):
        submit(user)
    ended(job)
    places.cancel(job.public_id)
    assert used(user) == (1, 0), "it had begun"
    submission.retry(Job.objects.get(pk=job.pk))
    assert used(user) == (1, 1), "it is no new photo"


@pytest.mark.django_db
def test_a_photo_turned_before_it_starts_is_still_one(
    user: User, settings: Any, sent: list[str]
) -> None:
    settings.QUOTA_DAILY_JOBS = 1
    photo = submit(user)
    for _turn in range(3):
        submission.rotate(photo, 90)
    assert used(user) == (1, 0)
    places.cancel(photo.jobs.latest("pk").public_id)
    assert used(user) == (0, 0)


@pytest.mark.django_db
def test_yesterday_s_stopped_job_gives_nothing_back_today(
    user: User, settings: Any, sent: list[str]
) -> None:
    old, _new = submit(user).jobs.get(), submit(user)
    Job.objects.filter(pk=old.pk).update(counted_on=timezone.now().date() - timedelta(days=1))
    places.cancel(old.public_id)
    assert used(user) == (2, 0)


@pytest.mark.django_db
def test_a_new_day_starts_from_nothing(user: User, settings: Any) -> None:
    settings.QUOTA_DAILY_JOBS = 1
    yesterday = timezone.now().date() - timedelta(days=1)
    Quota.objects.filter(user=user).update(day=yesterday, used=1, changes=300)
    with transaction.atomic():
        quotas.take(user)
    assert used(user) == (1, 0)


@pytest.mark.django_db
def test_a_person_s_own_limits_win_over_the_settings(user: User, sent: list[str]) -> None:
    Quota.objects.filter(user=user).update(active_jobs=1)
    first, second = submit(user), submit(user)
    assert [each.jobs.get().state for each in (first, second)] == [State.QUEUED, State.HELD]
    Quota.objects.filter(user=user).update(active_jobs=0)
    with pytest.raises(quotas.QuotaExceededError, match="cannot make photos"):
        submit(user)
