"""What lies over a page is seen wherever somebody is on it, and can be got out of the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from amena.jobs import states
from amena.jobs.models import Job, Photo
from tests.jobs.samples import jpeg
from tests.site.gallery import Gallery
from tests.site.test_uploads import never_answered
from tests.site.test_wall import choose, file

PHONE: ViewportSize = {"width": 390, "height": 844}
WINDOWS: list[ViewportSize] = [PHONE, {"width": 1366, "height": 657}]
#: Whether an element's middle is in the window, with nothing over it.
IS_ON_TOP = """element => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const there = document.elementFromPoint(x + width / 2, y + height / 2);
  return Boolean(there) && element.contains(there);
}"""


def is_on_top(element: Locator) -> bool:
    """Whether somebody sees it, and would hit it."""
    on_top: bool = element.evaluate(IS_ON_TOP)
    return on_top


def photo_page(visit: Callable[..., Page], gallery: Gallery, window: ViewportSize) -> Page:
    """Of a finished photo."""
    return visit(f"/photos/{gallery.finished.public_id}/", viewport=window)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_list_of_uploads_can_be_put_away(enter: Callable[..., Page], language: str) -> None:
    page = enter(language, viewport=PHONE)
    page.route("**/photos/", never_answered)
    refused = [file(f"{name}.txt", f"no photo {name}".encode()) for name in "ab"]
    page.unroute("**/photos/")
    choose(page, *refused)
    expect(page.locator(".upload-row.refused")).to_have_count(2)
    page.route("**/photos/", never_answered)
    choose(page, *(file(f"{n}.jpg", jpeg(96 + n, 72)) for n in range(9)))
    counts = page.locator(".sending summary")
    said = {
        "en": "9 to upload · 2 not uploaded",
        "ja": "アップロード待ち：9\u2060枚・失敗：2\u2060枚",
    }
    expect(counts).to_have_text(said[language])
    expect(page.locator(".upload-row").first).to_be_visible()
    # However far the list is scrolled, it can be put away, and then leaves the page to the photos.
    page.locator(".sending").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    assert is_on_top(counts)
    counts.click()
    expect(page.locator(".upload-row").first).to_be_hidden()
    box = page.locator(".sending").bounding_box()
    assert box is not None
    assert box["height"] < 0.1 * PHONE["height"]
    # It stays away after a reload, and goes on saying how many are left.
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(counts).to_contain_text("9")
    expect(page.locator(".upload-row").first).to_be_hidden()
    counts.click()
    expect(page.locator(".upload-row").first).to_be_visible()


@pytest.mark.parametrize("window", WINDOWS)
def test_an_order_that_cannot_be_sent_says_so_where_somebody_is(
    visit: Callable[..., Page], gallery: Gallery, window: ViewportSize
) -> None:
    page = photo_page(visit, gallery, window)
    before = Job.objects.count()
    alert = page.locator("#problem").get_by_role("alert")
    for order in ("#style button:not([type=button])", "#download-gif button", "#share form button"):
        page.context.set_offline(True)
        page.locator(order).last.scroll_into_view_if_needed()
        page.locator(order).last.click()
        expect(alert).to_contain_text("Try again")
        assert is_on_top(alert)
        # Nothing else on this page asks for anything, and yet the alert goes once it is not so.
        page.context.set_offline(False)
        expect(alert).to_have_count(0)
    assert Job.objects.count() == before, "Nothing was ordered that nobody would expect any more."
    page.locator("#share form button").last.click()
    expect(page.locator("#share-link")).to_be_visible()


def test_the_button_of_an_order_on_its_way_takes_no_second_click(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    page = photo_page(visit, gallery, PHONE)
    sent: list[Route] = []
    page.route("**/export/", lambda route: sent.append(route))
    button = page.locator("#download-gif .order > button[name=output]")
    button.dblclick()
    expect(button).to_be_disabled()
    assert len(sent) == 1
    sent[0].fulfill(status=503, body="Away")
    expect(button).to_be_enabled()


def test_a_proxy_s_own_page_takes_the_place_of_nothing(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    page = photo_page(visit, gallery, PHONE)
    statuses = [404, 413, 422, 502, 503, 520]
    left = iter(statuses)
    page.route("**/share/", lambda route: route.fulfill(status=next(left), body="<h1>Bad gateway"))
    alert = page.locator("#problem").get_by_role("alert")
    for _ in statuses:
        page.locator("#share form button").scroll_into_view_if_needed()
        page.locator("#share form button").click()
        expect(alert).to_contain_text("went wrong")
        assert is_on_top(alert)
        expect(page.get_by_text("Bad gateway")).to_have_count(0)
        # It is said until somebody goes on.
        page.locator("h2", has_text="Share").click()
        expect(alert).to_have_count(0)
        expect(page.locator("#share form button")).to_be_enabled()
    assert not list(left), "Each was answered once."


def test_what_asks_by_itself_goes_on_after_a_proxy_s_page(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    page = visit(f"/photos/{gallery.working.public_id}/", viewport=PHONE)
    alert = page.locator("#problem").get_by_role("alert")
    page.route("**/work/*", lambda route: route.fulfill(status=502, body="<h1>Bad gateway"))
    expect(alert).to_contain_text("went wrong")
    expect(page.locator("#work progress")).to_be_visible()
    page.unroute("**/work/*")
    expect(alert).to_have_count(0)


def test_a_failed_change_hides_nothing_of_the_page_for_good(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    job = Job.objects.create(
        photo=gallery.finished, options={"motion": "swing"}, dispatch_at=states.soon()
    )
    lease = states.claim(job.public_id)
    assert lease is not None
    states.fail(lease, "too_slow", "This photo took too long. Try again at a smaller size.")
    page = photo_page(visit, gallery, PHONE)
    expect(page.locator(".setback")).to_be_visible()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert is_on_top(page.get_by_role("button", name="Delete this photo"))
    last = page.locator(".delete p").last
    assert is_on_top(last)


def test_a_long_name_leaves_the_picture_in_sight(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    page = photo_page(visit, gallery, PHONE)
    stage = page.locator("photo-3d")

    def tops() -> list[float]:
        """Of the picture, in each window."""
        found = []
        for window in WINDOWS:
            page.set_viewport_size(window)
            box = stage.bounding_box()
            assert box is not None
            found.append(box["y"])
        return found

    short = tops()
    Photo.objects.filter(pk=gallery.finished.pk).update(name="IMG_" + 111 * "w" + ".jpg")
    page.reload()
    for before, now in zip(short, tops(), strict=True):
        assert now < before + 60, "Two lines at most."
    expect(page.get_by_label("Name of the photo")).to_have_value("IMG_" + 111 * "w" + ".jpg")


def test_a_plain_form_without_a_connection_leaves_the_page_as_it_is(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    """Of every page: the browser would go to its own page about that, and forget what was typed."""
    photo, working = gallery.finished.public_id, gallery.working.public_id
    forms = (
        (f"/photos/{photo}/", ".delete button"),
        (f"/photos/{working}/", "#stop"),
        ("/photos/", ".card-actions form button"),
        ("/account/", "#main button:has-text('Save')"),
        ("/account/", ".head button"),
    )
    before = Photo.objects.filter(deleted_at=None).count()
    for path, button in forms:
        page = visit(path, viewport=PHONE)
        page.context.set_offline(True)
        page.locator(button).first.dblclick()
        alert = page.get_by_role("alert").filter(has_text="Try again when you are back online.")
        expect(alert).to_have_count(1)
        assert is_on_top(alert)
        assert page.url.endswith(path)
        page.context.set_offline(False)
        expect(alert).to_have_count(0)
        page.context.close()
    assert Photo.objects.filter(deleted_at=None).count() == before
    assert not Job.objects.filter(cancel_requested=True).exists()
