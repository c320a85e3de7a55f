"""A photo that is dropped on any page is made."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from amena.jobs.models import Photo
from tests.faults.conftest import Service
from tests.jobs.samples import jpeg

DROP = """([bytes, names]) => {
  const data = new DataTransfer();
  const content = new Uint8Array(bytes);
  names.forEach((name) => data.items.add(new File([content], name, {type: "image/jpeg"})));
  const options = {dataTransfer: data, bubbles: true, cancelable: true};
  const at = document.querySelector("h1");
  at.dispatchEvent(new DragEvent("dragenter", options));
  const marked = document.body.classList.contains("dropping");
  const taken = !at.dispatchEvent(new DragEvent("drop", options));
  return [marked, taken];
}"""


def drop(page: Page, *names: str) -> None:
    assert page.evaluate(DROP, [list(jpeg()), list(names)]) == [True, True]


@pytest.mark.parametrize("where", ["/account/", "/", "photo", "/no/such/page/"])
def test_on_every_page_of_who_is_signed_in(
    enter: Callable[..., Page], service: Service, where: str
) -> None:
    service.start("queue")
    page = enter()
    if where == "photo":
        page.locator("#upload input[type=file]").set_input_files(
            [{"name": "first.jpg", "mimeType": "image/jpeg", "buffer": jpeg(97)}]
        )
        page.wait_for_url(re.compile(r"/photos/[0-9a-f-]{36}/$"))
        at = page.url
    else:
        page.goto(where)
        at = ""
    drop(page, "a.jpg")
    page.wait_for_url(lambda url: bool(re.search(r"/photos/[0-9a-f-]{36}/$", url)) and url != at)
    assert Photo.objects.latest("pk").name == "a.jpg"
    page.goto("/account/")
    drop(page, "b.jpg", "c.jpg")
    page.wait_for_url("**/photos/")
    expect(page.locator(".card[data-name='b.jpg'], .card[data-name='c.jpg']")).to_have_count(2)
