"""What an email says, in which language, and what it must not."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client

from amena.accounts.models import User
from amena.jobs.models import Job, Photo, State
from amena.notifications import sending, subscriptions
from amena.notifications.models import EmailSubscription
from tests.mail_server import MailServer
from tests.notifications.test_sending import subscribe
from tests.test_access import EVIL_NAME

pytestmark = pytest.mark.django_db
WaitFor = Callable[..., Job]
_CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\u202a-\\u202e\\u2066-\\u2069]")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def told(user: User, mail_server: MailServer) -> Callable[[], EmailMessage]:
    """Sends what is due to somebody who has asked for it; the email."""
    subscribe(user)

    def send() -> EmailMessage:
        assert sending.send_due().sent == 1
        return mail_server.emails[-1]

    return send


def body(email: EmailMessage, kind: str = "plain") -> str:
    part = email.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def fail(job: Job, code: str) -> None:
    Job.objects.filter(pk=job.pk).update(error_code=code)


def test_it_says_what_is_ready_what_failed_and_what_to_do(
    told: Callable[[], EmailMessage], wait_for: WaitFor, settings: Any
) -> None:
    settings.SITE_ROOT, settings.OPERATOR_EMAIL = "https://amena.example", "help@amena.example"
    ready, broken = wait_for(State.SUCCEEDED), wait_for(State.FAILED)
    Photo.objects.filter(pk=broken.photo_id).update(name="cat & dog.jpg")
    fail(broken, "truncated")
    email = told()
    assert email["Subject"] == "1 of 2 photos are ready"
    assert email["From"] == "Amena <photos@amena.example>"
    assert email["Reply-To"] == "help@amena.example"
    assert email["Auto-Submitted"] == "auto-generated"
    for text in (body(email), body(email, "html")):
        for job in (ready, broken):
            assert f"https://amena.example/photos/{job.photo.public_id}/" in text
        assert "Upload it again, or copy it again first." in text
    assert "cat & dog.jpg" in body(email)
    assert "cat &amp; dog.jpg" in body(email, "html")
    # Nothing is fetched when it is read, and nothing hangs on it.
    assert not re.search(r"<img|src=|url\(|<link|<script", body(email, "html"))
    assert list(email.iter_attachments()) == []


@pytest.mark.parametrize(
    ("states", "subject"),
    [
        ((State.SUCCEEDED,), "holiday.jpg is ready"),
        ((State.FAILED,), "holiday.jpg could not be made"),
        ((State.SUCCEEDED,) * 2, "2 photos are ready"),
        ((State.FAILED,) * 2, "2 photos could not be made"),
    ],
)
def test_its_subject_tells_how_it_went(
    told: Callable[[], EmailMessage], wait_for: WaitFor, states: tuple[State, ...], subject: str
) -> None:
    for state in states:
        wait_for(state)
    assert told()["Subject"] == subject


def test_a_photo_with_several_jobs_is_one_line(
    told: Callable[[], EmailMessage], wait_for: WaitFor
) -> None:
    first = wait_for(State.SUCCEEDED)
    export = wait_for(State.FAILED, photo=first.photo, kind="export", source=first)
    wait_for(State.SUCCEEDED, photo=first.photo, kind="restyle")
    fail(export, "worker_lost")
    text = body(told())
    assert text.count(str(first.photo.public_id)) == 1
    assert "The file could not be made. " in text


def test_of_a_large_batch_the_first_are_named_and_the_rest_counted(
    told: Callable[[], EmailMessage], wait_for: WaitFor
) -> None:
    for _ in range(23):
        wait_for(State.SUCCEEDED)
    email = told()
    assert email["Subject"] == "23 photos are ready"
    assert body(email).count("holiday.jpg") == 20
    assert "and 3 more" in body(email)


def test_it_speaks_the_person_s_language(
    told: Callable[[], EmailMessage], wait_for: WaitFor, user: User
) -> None:
    User.objects.filter(pk=user.pk).update(language="ja")
    wait_for(State.SUCCEEDED)
    wait_for(State.FAILED)
    email = told()
    for text in (email["Subject"], body(email), body(email, "html")):
        shown = re.sub(r"(?s:<style.*?</style>)|<[^>]*>|https?://\S+|holiday\.jpg|Amena", "", text)
        assert re.search("[ぁ-ん]", shown)
        assert not re.search(r"[A-Za-z]{4}", shown.replace("JPEG", "")), shown
    assert '<html lang="ja">' in body(email, "html")


@pytest.mark.attack(
    "a name of HTML, line ends and control characters in an email",
    "plain text in the body, nothing in the headers",
)
def test_a_name_is_shown_and_nothing_else(
    told: Callable[[], EmailMessage], wait_for: WaitFor
) -> None:
    # As a row of old may have it: new names are cleaned when they come.
    name = EVIL_NAME.replace("\x00", "") + "\r\nBcc: all@example.com"
    Photo.objects.filter(pk=wait_for(State.SUCCEEDED).photo_id).update(name=name)
    email = told()
    assert set(email.keys()) == {
        "Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID",
        "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post",
    }  # fmt: skip
    assert email["Subject"].strip().startswith("<img src=x onerror=alert(1)>")
    assert len(email["Subject"]) < 80
    assert "<img" not in body(email, "html")
    for text in (email["Subject"], body(email), body(email, "html")):
        assert not _CONTROL.search(text)


def test_the_same_news_has_the_same_id(told: Callable[[], EmailMessage], wait_for: WaitFor) -> None:
    """A sweeper that is killed between the server's answer and its own note sends it again."""
    job = wait_for(State.SUCCEEDED)
    first = told()
    Job.objects.filter(pk=job.pk).update(email_due=True)
    assert told()["Message-ID"] == first["Message-ID"]
    wait_for(State.SUCCEEDED)
    assert told()["Message-ID"] != first["Message-ID"]


def test_a_mail_program_ends_the_emails_by_one_click(
    told: Callable[[], EmailMessage], wait_for: WaitFor, mail_server: MailServer
) -> None:
    wait_for(State.SUCCEEDED)
    email = told()
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = email["List-Unsubscribe"].strip(" <>")
    assert f"<{link}>\r\n".encode() in mail_server.received[-1]  # a link in no encoding
    assert link in body(email)
    assert link in body(email, "html")
    path = link.removeprefix("http://localhost")
    strict = Client(enforce_csrf_checks=True)
    assert b'value="One-Click"' in strict.get(path).content
    assert strict.post(path, {"something": "else"}).status_code == 400
    assert strict.head(path).status_code == 200
    assert EmailSubscription.objects.exists()  # programs look at links and change nothing
    assert strict.post(path, ONE_CLICK).status_code == 200
    assert not EmailSubscription.objects.exists()
    assert b"Emails are off" in strict.post(path, ONE_CLICK).content


def test_a_link_ends_the_emails_of_its_own_person_alone(
    user: User, other: User, client: Client
) -> None:
    for each in (user, other):
        subscriptions.subscribe(each)
    link = subscriptions.unsubscribe_address(user).removeprefix("http://localhost")
    name, _, proof = link.strip("/").rpartition("/")[2].partition(".")
    for signature in (
        name, f"{name}.", f"{name}.{proof[:-1]}", f"{other.public_id.hex}.{proof}", f"x.{proof}",
    ):  # fmt: skip
        for ask in (client.get, client.post):
            assert ask(f"/email/off/{signature}/", ONE_CLICK).status_code == 404, signature
    assert EmailSubscription.objects.count() == 2
    client.force_login(other)  # whoever has the link, signed in as whoever they are
    client.post(link, ONE_CLICK)
    assert EmailSubscription.objects.get().user == other
    user.delete()
    assert client.post(link, ONE_CLICK).status_code == 200


def test_a_link_holds_after_the_key_has_changed(user: User, settings: Any, client: Client) -> None:
    subscriptions.subscribe(user)
    link = subscriptions.unsubscribe_address(user).removeprefix("http://localhost")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert client.post(link, ONE_CLICK).status_code == 200
    assert not EmailSubscription.objects.exists()
