"""The same photo given twice is made once, unless somebody wants two."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from amena.jobs.models import Photo
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg
from tests.site.test_wall import choose, file

Enter = Callable[..., Page]

CAT = file("cat.jpg", jpeg() + b"\0")
#: As many bytes, of which one differs.
DOG = file("dog.jpg", jpeg() + b"\1")


@pytest.fixture
def page(enter: Enter, service: Service) -> Page:
    service.start("queue")
    return enter()


def names() -> list[str]:
    return list(Photo.objects.order_by("pk").values_list("name", flat=True))


def test_one_that_is_given_twice_is_made_once(page: Page) -> None:
    choose(page, CAT, DOG, {**CAT, "name": "copy.jpg"})
    twin = page.locator(".upload-row.twin")
    expect(twin.locator(".upload-name")).to_have_text("copy.jpg")
    expect(twin.get_by_role("status")).to_have_text("You have already added this photo.")
    expect(page.locator("[data-fold] summary")).to_have_text("1 already added")
    assert names() == ["cat.jpg", "dog.jpg"]

    # Also once it is with the server; and who has read it puts it away.
    choose(page, DOG)
    expect(twin).to_have_count(2)
    twin.last.get_by_role("button", name="Cancel").click()
    expect(twin).to_have_count(1)

    # Who wants two gets two, and a reload in between changes nothing about that.
    page.context.set_offline(True)
    twin.get_by_role("button", name="Make it again").click()
    expect(twin).to_have_count(0)
    expect(page.locator("[data-fold] summary")).to_have_text("1 to upload")
    page.context.set_offline(False)
    wait_until(lambda: names() == ["cat.jpg", "dog.jpg", "copy.jpg"])
    expect(page.locator(".upload-row")).to_have_count(0)


def test_one_alone_leads_to_its_page_however_often_it_is_given(page: Page) -> None:
    choose(page, CAT, CAT)
    page.wait_for_url("**/photos/*-*/")
    assert names() == ["cat.jpg"]


def test_one_of_a_file_that_is_refused_is_told_the_same(page: Page) -> None:
    choose(page, *(file(name, b"no photo") for name in ("a.jpg", "b.jpg", "c.jpg")))
    rows = page.locator(".upload-row")
    expect(rows).to_have_text([re.compile("We cannot read this format")] * 3)
    expect(page.locator(".upload-row.twin")).to_have_count(0)
    expect(page.locator("[data-fold] summary")).to_have_text("3 not uploaded")
    expect(page.get_by_role("button", name="Make it again")).to_have_count(0)
    assert names() == []


def test_nor_does_it_count_that_one_is_refused_while_another_is_compared(page: Page) -> None:
    page.evaluate(
        """() => {
            const read = Blob.prototype.arrayBuffer;
            const refused = () => document.querySelector(".upload-row.refused");
            Blob.prototype.arrayBuffer = async function () {
                while (!refused()) await new Promise((soon) => { setTimeout(soon, 50); });
                return read.call(this);
            };
        }"""
    )
    choose(page, *(file(name, b"no photo") for name in ("a.jpg", "b.jpg")))
    expect(page.locator(".upload-row")).to_have_text([re.compile("We cannot read")] * 2)


def test_who_takes_one_of_two_away_keeps_the_other(page: Page) -> None:
    page.context.set_offline(True)
    choose(page, DOG, CAT, {**CAT, "name": "copy.jpg"})
    rows = page.locator(".upload-row")
    expect(page.locator("[data-fold] summary")).to_have_text("2 to upload · 1 already added")
    rows.nth(1).get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-fold] summary")).to_have_text("2 to upload")
    page.context.set_offline(False)
    wait_until(lambda: names() == ["dog.jpg", "copy.jpg"])
    expect(rows).to_have_count(0)


def test_the_same_photo_made_in_another_way_is_no_twin(page: Page) -> None:
    choose(page, CAT, DOG)
    expect(page.locator(".card")).to_have_count(2)
    page.get_by_text("Motion, strength, size and formats").click()
    page.get_by_label("Motion", exact=True).select_option("swing")
    choose(page, CAT)
    wait_until(lambda: len(names()) == 3)
    assert names() == ["cat.jpg", "dog.jpg", "cat.jpg"]
