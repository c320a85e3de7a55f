"""The service worker in a real browser: no connection, deployments, photos from other apps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from amena.jobs.models import Photo
from amena.site import installed
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg
from tests.site.test_drops import drop
from tests.site.test_wall import PICTURES, choose, file

SHARE = """([bytes, names, where]) => {
  const form = document.createElement("form");
  Object.assign(form, {method: "POST", action: where, enctype: "multipart/form-data"});
  const field = Object.assign(document.createElement("input"), {type: "file", name: "photo"});
  const data = new DataTransfer();
  const content = new Uint8Array(bytes);
  names.forEach((name) => data.items.add(new File([content, name], name, {type: "image/jpeg"})));
  field.multiple = true;
  field.files = data.files;
  form.append(field);
  document.body.append(form);
  form.submit();
}"""
#: As telephones have it: no page shows a notification by itself. The browser without windows, in
#: which tests run, refuses them; what its worker is asked to show is kept instead.
TELEPHONE = """window.told = [];
ServiceWorkerRegistration.prototype.showNotification = async (title, { data }) => {
  window.told.push({ title, data });
};
window.Notification = class {
  static permission = "granted";
  constructor() { throw new TypeError("Illegal constructor"); }
};"""
#: What a touch of a notification does, with its data.
TOUCH = """(data) => new Promise((done) => {
  const notification = { data, close() {} };
  const event = Object.assign(new Event("notificationclick"), { notification, waitUntil: done });
  dispatchEvent(event);
})"""
WALL = re.compile(r"/photos/(\?shared=[0-9a-f-]{36})?$")


@pytest.fixture
def controlled(enter: Callable[..., Page]) -> Callable[..., Page]:
    """The wall of somebody who has just signed in, with the worker at work."""

    def go(language: str = "en", **options: Any) -> Page:
        page = enter(language, service_workers="allow", **options)
        ready(page)
        return page

    return go


def ready(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # it may have become active while this page was still on its way
    assert page.evaluate("Boolean(navigator.serviceWorker.controller)")


def share(page: Page, *names: str) -> None:
    """What the device does when photos are shared with the app."""
    page.evaluate(SHARE, [list(jpeg()), list(names), "/share-target/"])


def kept(page: Page) -> dict[str, str]:
    """Address and text of all that the worker keeps."""
    found: dict[str, str] = page.evaluate(
        """async () => {
          const found = {};
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
              const { pathname, search } = new URL(request.url);
              found[pathname + search] = await (await cache.match(request)).text();
            }
          }
          return found;
        }"""
    )
    return found


@pytest.mark.parametrize(
    ("language", "title", "again"),
    [("en", "No connection", "Try again"), ("ja", "接続できません", "もう一度試す")],
)
def test_without_a_connection_a_page_says_so_and_opens_by_itself(
    controlled: Callable[..., Page], service: Service, language: str, title: str, again: str
) -> None:
    page = controlled(language, viewport={"width": 390, "height": 844})
    page.goto("/account/")
    page.context.set_offline(True)
    page.goto("/photos/?show=ready")
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("link", name=again)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    # Its style is there, and its policy: nothing from elsewhere runs.
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.button')).borderRadius") != "0px"
    )
    assert not page.evaluate("Boolean(document.querySelector('style, [style]'))")
    page.context.set_offline(False)
    page.wait_for_url("**/photos/?show=ready")
    expect(page.locator("#upload")).to_be_visible()


def test_cut_on_a_photo_s_page_it_stays_and_a_drop_without_connection_is_made_later(
    controlled: Callable[..., Page], service: Service
) -> None:
    service.start("queue")
    page = controlled()
    page.locator("#upload input[type=file]").set_input_files(
        [{"name": "first.jpg", "mimeType": "image/jpeg", "buffer": jpeg(97)}]
    )
    page.wait_for_url(re.compile(r"/photos/[0-9a-f-]{36}/$"))
    page.context.set_offline(True)
    expect(page.get_by_role("heading", level=1)).to_contain_text("first.jpg")
    page.get_by_role("link", name="My photos", exact=True).click()
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    drop(page, "later.jpg")
    page.wait_for_url("**/photos/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    page.context.set_offline(False)
    # Not `wait_for_url`, which ends with the first of several loads that another one cuts off.
    expect(page).to_have_url(re.compile(r"/photos/[0-9a-f-]{36}/$"))
    assert Photo.objects.latest("pk").name == "later.jpg"


def test_nothing_private_is_kept_and_after_signing_out_nothing_is_shown(
    controlled: Callable[..., Page], service: Service
) -> None:
    service.start("queue")
    page = controlled()
    page.goto("/account/")
    expect(page.get_by_text("ada@example.com").first).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(re.compile(r"//localhost:\d+/$"))
    ready(page)
    wait_until(lambda: "/" in kept(page))
    found = kept(page)
    pages = {"/", "/offline/?lang=en", "/offline/?lang=ja"}
    assert {each for each in found if not each.startswith("/static/")} == pages
    assert found["/"] == "en", "Of the pages that were seen the language alone."
    assert not [text for text in found.values() if "ada@example" in text or "csrf" in text]
    page.context.set_offline(True)
    page.goto("/account/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("ada@example.com")).to_have_count(0)


def test_after_a_deployment_the_new_worker_takes_over(
    controlled: Callable[..., Page], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = controlled()
    before = set(kept(page))
    monkeypatch.setattr(installed, "_FILES", ("img/tick.svg", "css/site.css"))
    page.reload()
    wait_until(lambda: "/static/img/tick.svg" in kept(page))
    wait_until(lambda: "/static/js/offline.js" not in kept(page))
    assert "/static/js/offline.js" in before


def test_shared_photos_go_the_way_of_a_drop(
    controlled: Callable[..., Page], service: Service
) -> None:
    service.start("queue")
    page = controlled()
    manifest = page.request.get("/manifest.webmanifest").json()["share_target"]
    assert (manifest["action"], manifest["params"]["files"][0]["name"]) == (
        "/share-target/",
        "photo",
    )
    page.goto("/account/")
    share(page, "a.jpg", "b.jpg", "c.jpg", "d.jpg")
    page.wait_for_url(WALL)
    expect(page.locator(".card")).to_have_count(4)
    share(page, "alone.jpg")
    page.wait_for_url(re.compile(r"/photos/[0-9a-f-]{36}/$"))
    names = list(Photo.objects.order_by("pk").values_list("name", flat=True))
    assert names == ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "alone.jpg"]


def test_shared_by_who_is_signed_out_they_wait_for_the_sign_in(
    controlled: Callable[..., Page], service: Service
) -> None:
    service.start("queue")
    page = controlled()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(re.compile(r"//localhost:\d+/$"))
    ready(page)
    share(page, "a.jpg", "b.jpg")
    page.wait_for_url("**/login/**")
    expect(page.locator("[data-kept]")).to_contain_text("a.jpg, b.jpg")
    assert not Photo.objects.exists()
    page.get_by_label("Email address").fill("ada@example.com")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(WALL)
    expect(page.locator(".card")).to_have_count(2)


def test_without_a_worker_the_server_takes_nothing_and_says_so(
    page: Page, live_server: LiveServer
) -> None:
    page.goto("/")
    share(page, "a.jpg", "b.jpg")
    expect(page.get_by_role("heading", name="Photo not received")).to_be_visible()
    expect(page.get_by_text("Share the photo again")).to_be_visible()
    assert not Photo.objects.exists()


def test_a_photo_that_is_ready_is_told_by_the_worker_and_leads_to_it(
    controlled: Callable[..., Page], service: Service
) -> None:
    service.start("queue")
    page = controlled(alone=True)
    page.add_init_script(TELEPHONE)
    page.goto("/photos/")
    choose(page, file("a.jpg"), file("c.jpg"))
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator("[data-notify]")).to_have_css("display", "none")  # asked and answered
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
    service.start("worker", ENGINE=PICTURES)
    wait_until(lambda: page.evaluate("told.length == 2"))
    told = {each["title"]: each["data"] for each in page.evaluate("told")}
    assert told.keys() == {"Ready: a.jpg", "Ready: c.jpg"}
    [worker] = page.context.service_workers
    worker.evaluate(TOUCH, told["Ready: c.jpg"])
    page.wait_for_url(re.compile(r"/photos/[0-9a-f-]{36}/$"))
    expect(page.get_by_role("heading", name="c.jpg")).to_be_visible()
