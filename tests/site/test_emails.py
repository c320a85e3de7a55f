"""Asking for an email beside a photo that waits, on a phone, and ending them by their link."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db.models.functions import Now
from playwright.sync_api import expect

from amena.jobs import states
from amena.jobs.models import Job, State
from amena.notifications import sending
from amena.notifications.models import EmailSubscription
from tests.mail_server import receiving_mail
from tests.notifications.conftest import offer
from tests.site.gallery import Gallery, make_photo
from tests.site.test_pages import AXE, COLOURS, RULES, faults

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
LONGER = {
    "en": "This is taking longer than usual.",
    "ja": "通常より時間がかかっています。",
}
ASK = {"en": "Email me when it is ready", "ja": "完成したらメールで知らせる"}
TOLD = {"en": "We will email you when it is ready.", "ja": "完成したらメールでお知らせします。"}
ASK_ALL = {"en": "Email me when ready", "ja": "完成したらメールで知らせる"}
TOLD_ALL = {
    "en": "We will email you when everything is ready.",
    "ja": "すべて完成したらメールでお知らせします。",
}
STOP = {"en": "Stop these emails", "ja": "メールをオフにする"}
OFF = {"en": "Emails are off", "ja": "メールはオフになりました"}
READY = {"en": "raccoon.jpg is ready", "ja": "「raccoon.jpg」が完成しました"}


def is_made(job: Job) -> None:
    """As when a worker has come back after a while, and some seconds have passed."""
    lease = states.claim(job.public_id)
    assert lease
    states.succeed(lease)
    EmailSubscription.objects.update(created_at=Now() - timedelta(minutes=1))
    Job.objects.filter(pk=job.pk).update(finished_at=Now() - timedelta(seconds=20))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_asked_for_on_a_phone_sent_and_ended_by_the_link(
    visit: Callable[..., Page],
    gallery: Gallery,
    live_server: LiveServer,
    settings: Any,
    language: str,
) -> None:
    settings.SITE_ROOT = live_server.url
    type(gallery.user).objects.filter(pk=gallery.user.pk).update(language=language)
    Job.objects.filter(state=State.RUNNING).delete()
    photo = make_photo(gallery.user, "raccoon", State.QUEUED)
    job = photo.jobs.get()
    sending.send_due()  # as the sweeper does all the time: of the gallery nobody is to hear
    an_hour_ago = Now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(queued_at=an_hour_ago, ordered_at=an_hour_ago)
    with receiving_mail() as server:
        page = visit(f"/photos/{photo.public_id}/", **PHONE)
        expect(page.get_by_text(LONGER[language])).to_be_visible()
        expect(page.locator("#tell-me")).to_have_count(0)
        offer(settings, server.port)
        button = page.locator("#tell-me")  # by the poll
        expect(button).to_have_text(ASK[language])
        expect(button).to_be_in_viewport(ratio=1)
        button.click()
        expect(page.get_by_text(TOLD[language])).to_be_in_viewport(ratio=1)
        expect(page.get_by_text(LONGER[language])).to_be_in_viewport(ratio=1)
        expect(button).to_have_count(0)
        page.evaluate(AXE)
        assert faults(page, RULES) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

        page.goto("about:blank")  # the page is closed, as it says that it may be
        is_made(job)
        assert sending.send_due().sent == 1
        (email,) = server.emails
    assert email["Subject"] == READY[language]
    text = str(email.get_body(("plain",)).get_content())
    link, off = (
        next(url for url in re.findall(r"\S+://\S+", text) if part in url)
        for part in (str(photo.public_id), "/email/off/")
    )
    assert link == f"{live_server.url}/photos/{photo.public_id}/"

    page.set_content(str(email.get_body(("html",)).get_content()))
    page.evaluate(AXE)
    for scheme, ground in (("light", "rgb(250, 251, 253)"), ("dark", "rgb(27, 32, 36)")):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
        assert faults(page, COLOURS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(color_scheme="light")

    page.context.clear_cookies()  # as on another device
    page.goto(f"{off}?lang={language}")
    assert EmailSubscription.objects.exists()
    page.get_by_role("button", name=STOP[language]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(OFF[language])
    assert not EmailSubscription.objects.exists()
    page.evaluate(AXE)
    assert faults(page, RULES) == []


def test_switched_on_and_off_on_the_account_page(
    visit: Callable[..., Page], gallery: Gallery, settings: Any
) -> None:
    page = visit("/account/", **PHONE)
    part = page.get_by_role("region", name="Email when photos are ready")
    expect(part).to_have_count(0)  # where no email can be sent
    settings.DEFAULT_FROM_EMAIL = "photos@amena.example"
    page.reload()
    part.get_by_role("button", name="Email me when ready").click()
    expect(part.get_by_role("status")).to_be_focused()
    expect(part.get_by_role("status")).to_have_text("Emails are on.")
    EmailSubscription.objects.update(refused_at=Now())
    page.reload()
    expect(part.get_by_role("alert")).to_contain_text("refused our last email")
    part.get_by_role("button", name="Try again").click()
    expect(part.get_by_role("alert")).to_have_count(0)
    settings.DEFAULT_FROM_EMAIL = ""  # an operator's whim takes nobody the way out
    page.reload()
    part.get_by_role("button", name="Stop these emails").click()
    expect(part).to_have_count(0)
    assert not EmailSubscription.objects.exists()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_asked_for_on_the_wall_while_photos_wait(
    visit: Callable[..., Page], gallery: Gallery, settings: Any, language: str
) -> None:
    type(gallery.user).objects.filter(pk=gallery.user.pk).update(language=language)
    page = visit("/photos/", **PHONE)
    expect(page.locator("#tell-all")).to_be_empty()  # where no email can be sent
    settings.DEFAULT_FROM_EMAIL = "photos@amena.example"
    page.evaluate("htmx.trigger(document.body, 'photos-changed')")  # as after an upload
    offered = page.locator("#tell-all")
    button = offered.get_by_role("button").filter(has_text=ASK_ALL[language])
    expect(button).to_be_visible()
    page.evaluate(AXE)
    assert faults(page, RULES) == []
    page.evaluate("window.stayed = true")
    button.dblclick()
    expect(offered.get_by_role("status")).to_contain_text(TOLD_ALL[language])
    expect(button).to_have_count(0)
    assert page.evaluate("stayed"), "What is still being uploaded goes on."
    assert EmailSubscription.objects.filter(user=gallery.user).count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.reload()
    expect(offered.get_by_role("status")).to_contain_text(TOLD_ALL[language])
    before = page.locator("#wall").bounding_box()
    running = Job.objects.filter(state=State.RUNNING)
    running.update(state=State.CANCELLED, lease_token=None, lease_expires_at=None)
    expect(page.locator(".card[data-state=running]")).to_have_count(0)
    expect(offered.locator("p").first).to_be_hidden()
    word = offered.evaluate("each => getComputedStyle(each, '::after').content")
    assert word == {"en": '"Done"', "ja": '"完了"'}[language]
    assert page.locator("#wall").bounding_box() == before, "Its place stays."
    page.reload()
    expect(offered).to_be_empty()
