"""Who clicks twice, or once more because nothing seems to happen, orders one thing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from amena.jobs import states
from amena.jobs.models import Job, Photo
from amena.jobs.services import sharing
from tests.faults.observing import wait_until
from tests.site.gallery import Gallery, keep_files

#: The buttons of a page that order something; of the many files' one.
ORDERS = (
    "main button:not([type=button]):not(#downloads li + li button):not(#upload button):visible, "
    "header button:visible"
)
CAN_BE_SENT = "button => !button.disabled && button.form.checkValidity()"


def orders(page: Page) -> list[str]:
    """What the page sends from now on. It is told to stay as it is."""
    sent: list[str] = []

    def note(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
            route.fulfill(status=204)
        else:
            route.continue_()

    page.route("**/*", note)
    return sent


def agree(page: Page) -> list[str]:
    """Says yes to whatever the page asks; what that was."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", answer)
    return asked


def heard(page: Page, happened: Callable[[], object]) -> None:
    """Waits for what the browser tells of: it is listened to only while the page is waited for."""
    wait_until(lambda: page.wait_for_timeout(50) or happened())


@pytest.mark.parametrize("where", ["wall", "photo", "photo-working", "photo-failed", "account"])
def test_a_double_click_on_any_button_orders_once(
    visit: Callable[..., Page], gallery: Gallery, where: str
) -> None:
    path = gallery.pages[where][0]
    if where == "photo":
        with_versions_a_link_and_a_setback(gallery.finished)
    page = visit(path, viewport={"width": 1366, "height": 900})
    page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    fill(page)
    asked = agree(page)
    sent = orders(page)
    buttons = [each for each in page.locator(ORDERS).all() if each.evaluate(CAN_BE_SENT)]
    assert len(buttons) >= {"photo-working": 6, "photo-failed": 4}.get(where, 4)
    for n, button in enumerate(buttons):
        name = button.inner_text() or button.get_attribute("aria-label")
        questions = len(asked)
        button.dblclick()
        heard(page, lambda n=n: len(sent) > n)
        page.wait_for_timeout(100)
        assert len(sent) == n + 1, name
        assert len(asked) <= questions + 1, name


def with_versions_a_link_and_a_setback(photo: Photo) -> None:
    """All that the page of a finished photo can offer."""
    sharing.share(photo)
    for motion in ("swing", "zoom"):
        job = Job.objects.create(photo=photo, options={"motion": motion}, dispatch_at=states.soon())
        lease = states.claim(job.public_id)
        assert lease is not None
        if motion == "zoom":
            states.fail(lease, "too_slow", "This photo took too long. Try again at a smaller size.")
        else:
            keep_files(job, "dandelion")
            states.succeed(lease)


def fill(page: Page) -> None:
    """What no form can be sent without."""
    for label in ("Name", "URL"):
        if page.get_by_label(label, exact=True).count():
            page.get_by_label(label, exact=True).fill("https://example.com/")


def test_who_is_asked_is_asked_once_and_who_says_no_is_left_alone(
    visit: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amena.jobs.pages.SIZE", 4)
    page = visit("/photos/", viewport={"width": 1366, "height": 800})
    page.locator("[data-select]").click()
    page.get_by_label("All photos").check()
    answers = [False, True]
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        (dialog.accept if answers[len(asked) - 1] else dialog.dismiss)()

    page.on("dialog", answer)
    button = page.get_by_role("button", name="Delete", exact=True)
    button.dblclick()
    heard(page, lambda: asked)
    page.wait_for_timeout(300)
    assert len(asked) == 1
    button.dblclick()
    expect(page.get_by_text("8 photos deleted")).to_be_visible()
    assert len(asked) == 2


def test_enter_twice_makes_one_token(visit: Callable[..., Page], gallery: Gallery) -> None:
    page = visit("/account/")
    sent = orders(page)
    field = page.get_by_label("Name", exact=True)
    field.fill("Laptop")
    for _ in range(3):
        field.press("Enter")
    heard(page, lambda: sent)
    page.wait_for_timeout(300)
    assert len(sent) == 1


def test_a_double_click_downloads_once_and_more_can_be_downloaded_soon(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    page = visit(f"/photos/{gallery.finished.public_id}/", viewport={"width": 1366, "height": 900})
    got: list[str] = []
    page.on("download", lambda download: got.append(download.suggested_filename))
    page.locator(".rail-head a[download]").dblclick()
    heard(page, lambda: got)
    page.wait_for_timeout(500)
    assert len(got) == 1

    page.goto("/photos/")
    page.locator("[data-select]").click()
    page.locator(".card[data-name='dandelion.jpg'] .pick input").check()
    button = page.get_by_role("button", name="Download", exact=True)
    button.dblclick()
    heard(page, lambda: len(got) > 1)
    page.wait_for_timeout(1500)
    assert len(got) == 2
    button.click()
    heard(page, lambda: len(got) > 2)
    # The same form deletes, at once.
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("dandelion.jpg deleted")).to_be_visible()


def test_who_stays_after_all_can_order_again(visit: Callable[..., Page]) -> None:
    """A page that has asked whether to leave, and was not left, is as it was."""
    page = visit("/photos/")
    page.evaluate("addEventListener('beforeunload', (event) => event.preventDefault())")
    page.locator("#upload").click(position={"x": 5, "y": 5})
    sent: list[str] = []

    def note(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
        route.continue_()

    page.route("**/*", note)
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Delete cat.jpg").click()
    page.wait_for_timeout(300)
    assert not sent
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete cat.jpg").click()
    expect(page.get_by_text("cat.jpg deleted")).to_be_visible()
