"""Who is sent an email, when, and how often: by the real command to a real mail server."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models.functions import Now

from amena.accounts.models import User
from amena.jobs import states
from amena.jobs.models import Job, Photo, State
from amena.local.process import free_port
from amena.metrics.models import Tally
from amena.notifications import sending, subscriptions
from amena.notifications.models import EmailSubscription
from tests.mail_server import MailServer, receiving_mail
from tests.notifications.conftest import offer

pytestmark = pytest.mark.django_db
WaitFor = Callable[..., Job]
LONG_AGO = timedelta(days=1)


def send(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("send_emails", *arguments, stdout=out)
    return json.loads(out.getvalue())


def subscribe(user: User, ago: timedelta = LONG_AGO) -> None:
    """Before anything of the test was ordered, unless it says otherwise."""
    subscriptions.subscribe(user)
    EmailSubscription.objects.filter(user=user).update(created_at=Now() - ago)


def wait_is_over(user: User) -> None:
    EmailSubscription.objects.filter(user=user).update(deliver_at=Now())


def test_one_email_tells_of_all_once(
    user: User, mail_server: MailServer, wait_for: WaitFor, sent: list[str]
) -> None:
    subscribe(user)
    jobs = [wait_for(State.SUCCEEDED), wait_for(State.FAILED), wait_for(State.SUCCEEDED)]
    assert send("--dry-run") == {"dry_run": True, "due": 1}
    assert send() == {"dry_run": False, "sent": 1, "deferred": 0, "refused": 0}
    assert send()["sent"] == 0
    (email,) = mail_server.emails
    assert mail_server.recipients == [user.email]
    text = email.get_body(("plain",)).get_content()
    assert all(str(job.photo.public_id) in text for job in jobs)
    assert not Job.objects.filter(email_due=True).exists()


def test_nothing_is_sent_before_all_has_ended(
    user: User, mail_server: MailServer, wait_for: WaitFor, make_job: Callable[..., Job]
) -> None:
    subscribe(user)
    wait_for(State.SUCCEEDED)
    for state in (State.HELD, State.QUEUED, State.RUNNING):
        working = make_job(state)
        assert send()["sent"] == 0, state
        Job.objects.filter(pk=working.pk).update(
            state=State.CANCELLED, lease_token=None, finished_at=Now()
        )
    assert send()["sent"] == 1


def test_a_moment_after_the_last_end_so_that_the_next_photo_can_come(
    user: User, mail_server: MailServer, wait_for: WaitFor
) -> None:
    subscribe(user)
    wait_for(State.SUCCEEDED)
    last = wait_for(State.SUCCEEDED, ago=5)
    assert send()["sent"] == 0
    Job.objects.filter(pk=last.pk).update(finished_at=Now() - timedelta(seconds=20))
    assert send()["sent"] == 1


def test_what_was_watched_stopped_deleted_or_read_is_not_told(
    user: User, other: User, mail_server: MailServer, wait_for: WaitFor
) -> None:
    subscribe(user)
    wait_for(State.SUCCEEDED, waited=50)
    wait_for(State.CANCELLED)
    wait_for(State.FAILED)
    Job.objects.filter(state=State.FAILED).update(dismissed=True)
    Photo.objects.filter(pk=wait_for(State.SUCCEEDED).photo_id).update(deleted_at=Now())
    wait_for(State.SUCCEEDED, photo=wait_for(State.EXPIRED).photo, waited=10)
    User.objects.filter(pk=other.pk).update(is_active=False)
    subscribe(other)
    Photo.objects.filter(pk=wait_for(State.SUCCEEDED).photo_id).update(owner=other)
    assert send()["sent"] == 0
    assert mail_server.emails == []
    assert not Job.objects.filter(email_due=True).exists()


def test_whoever_asks_while_waiting_hears_of_that_photo_however_soon_it_is_ready(
    user: User, mail_server: MailServer, wait_for: WaitFor
) -> None:
    job = wait_for(State.SUCCEEDED, waited=30)
    subscribe(user, ago=timedelta(seconds=70))
    assert send()["sent"] == 1
    assert job.photo.name in mail_server.emails[0]["Subject"]


def test_what_was_done_before_is_not_told(
    user: User, mail_server: MailServer, wait_for: WaitFor
) -> None:
    wait_for(State.SUCCEEDED)
    assert send()["sent"] == 0  # nobody has asked, and it is not kept for later
    wait_for(State.SUCCEEDED)
    subscribe(user, ago=timedelta(seconds=59))  # before the sweeper has come by
    assert send()["sent"] == 0
    assert not Job.objects.filter(email_due=True).exists()


def test_a_photo_that_is_tried_again_counts_from_there(
    user: User, mail_server: MailServer, wait_for: WaitFor, sent: list[str]
) -> None:
    subscribe(user)
    job = wait_for(State.FAILED)
    states.retry(job.public_id)
    assert send()["sent"] == 0
    lease = states.claim(job.public_id)
    assert lease
    states.succeed(lease)
    Job.objects.update(finished_at=Now() + timedelta(seconds=50) - timedelta(seconds=70))
    assert send()["sent"] == 0  # it took less than a minute
    assert not Job.objects.filter(email_due=True).exists()


@pytest.mark.fault("the mail server is away", "the email is sent later, no attempt is lost")
def test_a_dead_mail_server_loses_nothing_and_costs_no_attempt(
    user: User, settings: Any, wait_for: WaitFor
) -> None:
    port = free_port()
    offer(settings, port)
    subscribe(user)
    wait_for(State.SUCCEEDED)
    for _ in range(3):
        with pytest.raises(CommandError, match="ConnectionRefusedError"):
            send()
    assert EmailSubscription.objects.get().attempts == 0
    with receiving_mail(port) as server:
        assert send()["sent"] == 1
        assert send()["sent"] == 0
        assert len(server.emails) == 1


def test_an_email_that_is_put_off_is_sent_later(
    user: User, mail_server: MailServer, wait_for: WaitFor
) -> None:
    subscribe(user)
    wait_for(State.SUCCEEDED)
    mail_server.refusal = "450 4.2.1 Try again later"
    assert send()["deferred"] == 1
    mail_server.refusal = ""
    assert send() == {"dry_run": False, "sent": 0, "deferred": 0, "refused": 0}  # not at once
    wait_is_over(user)
    assert send()["sent"] == 1
    assert EmailSubscription.objects.get().attempts == 0


def test_the_pauses_grow_up_to_an_hour() -> None:
    minutes = [sending.pause(number) / timedelta(minutes=1) for number in (1, 2, 6, 7, 2_000)]
    assert minutes == [1, 2, 32, 60, 60]


def test_news_of_days_ago_is_given_up(
    user: User, mail_server: MailServer, wait_for: WaitFor
) -> None:
    subscribe(user, ago=timedelta(days=9))
    wait_for(State.SUCCEEDED, ago=4 * 24 * 3600)
    mail_server.refusal = "450 4.2.1 Try again later"
    assert send()["refused"] == 1
    assert not Job.objects.filter(email_due=True).exists()
    assert EmailSubscription.objects.get().refused_at is None


def test_an_address_that_is_refused_gets_no_more_emails_until_it_is_asked_for(
    user: User, mail_server: MailServer, wait_for: WaitFor
) -> None:
    subscribe(user)
    wait_for(State.SUCCEEDED)
    mail_server.refusal = "550 5.1.1 No such user"
    assert send()["refused"] == 1
    mail_server.refusal = ""
    wait_for(State.SUCCEEDED)
    assert send()["sent"] == 0
    subscribe(user)
    wait_for(State.SUCCEEDED)
    assert send()["sent"] == 1


def test_one_email_that_cannot_be_sent_holds_up_no_other(
    user: User, other: User, mail_server: MailServer, wait_for: WaitFor
) -> None:
    User.objects.filter(pk=user.pk).update(email="ada@example.com\nBcc: all@example.com")
    for each in (user, other):
        subscribe(each)
        Photo.objects.filter(pk=wait_for(State.SUCCEEDED).photo_id).update(owner=each)
    assert send() == {"dry_run": False, "sent": 1, "deferred": 1, "refused": 0}
    assert mail_server.recipients == [other.email]


@pytest.mark.fault("two sweepers at once tell of the same photos", "one email")
@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_send_one_email(
    user: User, mail_server: MailServer, wait_for: WaitFor
) -> None:
    subscribe(user)
    wait_for(State.SUCCEEDED)
    mail_server.held.clear()
    ready = threading.Barrier(2)

    def sweep() -> int:
        try:
            ready.wait()
            return sending.send_due().sent
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        sweepers = [pool.submit(sweep) for _ in range(2)]
        assert mail_server.arrived.wait(60)
        # The first has sent and has no answer yet: a third that comes now finds nothing to do.
        assert sending.send_due().sent == 0
        mail_server.held.set()
        assert sorted(each.result(60) for each in sweepers) == [0, 1]
    assert len(mail_server.emails) == 1
    assert Tally.objects.get(name="emails").labels == {"outcome": "sent"}


def test_where_no_email_can_be_sent_none_is_kept_for_later(
    user: User, settings: Any, wait_for: WaitFor
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = subscriptions.SMTP, ""
    wait_for(State.SUCCEEDED)
    assert send()["sent"] == 0
    assert not Job.objects.filter(email_due=True).exists()
