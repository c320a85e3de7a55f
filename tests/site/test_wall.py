"""What people do on the wall: several photos at once, a lost connection, news, second thoughts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, JSHandle, Page, expect

from amena.jobs.models import Job, Photo
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg
from tests.site.gallery import Gallery

PICTURES = "tests.site.engines.PictureEngine"
#: What the journey reads, by language.
WORDS = {
    "en": {
        "photo": "Photo",
        "format": "Save the picture as JPEG or PNG",
        "ready": "Ready: a.jpg",
        "delete": "Delete a.jpg",
        "deleted": "a.jpg deleted",
        "undo": "Undo",
        "failed": "Failed",
        "none": "No matching photos.",
        "cancel": "Cancel",
        "used": "2 of 3 in progress",
    },
    "ja": {
        "photo": "写真",
        "format": "対応していない形式です",
        "ready": "完成しました：a.jpg",
        "delete": "「a.jpg」を削除",
        "deleted": "「a.jpg」を削除しました",
        "undo": "元に戻す",
        "failed": "失敗・中止",
        "none": "該当する写真がありません。",
        "cancel": "キャンセル",
        "used": "作成中：2／3\u2060枚",
    },
}
#: Pixels between the edges of the wall, the bell, the search and the button to select.
GAPS = """() => {
  const [wall, bell, find, select] = [".wall", "[data-notify]", ".find", "[data-select]"].map(
    (each) => document.querySelector(each).getBoundingClientRect());
  return [bell.left - wall.left, find.left - bell.right, select.left - find.right,
    wall.right - select.right];
}"""
#: Pixels that are left beside the search's hint.
ROOM = """() => {
  const field = document.querySelector("#find");
  const { font, paddingLeft, paddingRight } = getComputedStyle(field);
  const pen = Object.assign(document.createElement("canvas").getContext("2d"), { font });
  const words = pen.measureText(field.placeholder).width;
  return field.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - words;
}"""


def file(name: str, content: bytes | None = None) -> FilePayload:
    """A photo; of each name another, since the same bytes again are no second photo."""
    return {
        "name": name,
        "mimeType": "image/jpeg",
        "buffer": content or jpeg() + name.encode(),
    }


def choose(page: Page, *files: FilePayload) -> None:
    page.locator("#upload input[type=file]").set_input_files(list(files))


def transfer(page: Page) -> JSHandle:
    """A photo as it is dragged or pasted."""
    return page.evaluate_handle(
        """bytes => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "a.jpg", {type: "image/jpeg"}));
            return data;
        }""",
        list(jpeg()),
    )


@pytest.mark.parametrize(("language", "width"), [("en", 360), ("ja", 1280)])
def test_several_photos_at_once(
    enter: Callable[..., Page], service: Service, language: str, width: int
) -> None:
    """Two are taken and one refused; they get ready; one is deleted, and that taken back."""
    words = WORDS[language]
    service.start("queue")
    page = enter(language, viewport={"width": width, "height": 800})
    choose(page, file("a.jpg"), file("b.txt", b"no photo"), file("c.jpg"))
    row = page.locator(".upload-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("b.txt")
    expect(row).to_contain_text(words["format"])
    expect(page.locator(".card[data-state=queued]")).to_have_count(2)
    expect(page.locator(".usage")).to_contain_text(words["used"])
    row.get_by_role("button", name=words["cancel"]).click()
    expect(row).to_have_count(0)

    service.start("worker", ENGINE=PICTURES)
    expect(page.locator(".card[data-state=succeeded]")).to_have_count(2)
    expect(page.locator("[data-news]")).to_have_text(re.compile(r"[ac]\.jpg"))
    for each in (1640 - width, width):  # the other one, and back
        page.set_viewport_size({"width": each, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == each

    page.get_by_role("button", name=words["delete"]).click()
    expect(page.get_by_text(words["deleted"])).to_be_visible()
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_role("button", name=words["undo"]).click()
    expect(page.locator(".card")).to_have_count(2)
    page.get_by_role("link", name=words["failed"]).click()
    expect(page.get_by_text(words["none"])).to_be_visible()


def test_results_announce_themselves_to_who_looks_elsewhere(
    enter: Callable[..., Page], service: Service
) -> None:
    service.start("queue")
    page = enter(alone=True)
    choose(page, file("a.jpg"), file("c.jpg"))
    expect(page.locator(".card")).to_have_count(2)
    page.add_init_script(
        """window.notices = [];
        window.Notification = class extends EventTarget {
            static permission = "default";
            static async requestPermission() { this.permission = "granted"; }
            constructor(text) { super(); window.notices.push(text); }
        };"""
    )
    page.reload()
    page.get_by_role("button", name="Notify me when ready").click()
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
    service.start("worker", ENGINE=PICTURES)
    expect(page).to_have_title(re.compile(r"^\(2\) My photos"))
    wait_until(lambda: page.evaluate("notices.length == 2"))
    assert sorted(page.evaluate("notices")) == ["Ready: a.jpg", "Ready: c.jpg"]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_on_a_telephone_the_row_above_the_photos_has_no_gap_and_no_word_is_cut(
    enter: Callable[..., Page], gallery: Gallery, language: str
) -> None:
    """Also of somebody who has not been asked about notifications and waits for nothing."""
    page = enter(language, viewport={"width": 360, "height": 740})
    page.add_init_script("Object.defineProperty(Notification, 'permission', {value: 'default'})")
    page.goto("/photos/?show=ready")
    expect(page.locator("[data-notify]")).to_be_visible()
    assert page.evaluate(GAPS) == pytest.approx([0, 12, 12, 0], abs=1)
    assert page.evaluate(ROOM) >= 0


def test_a_connection_lost_while_sending_is_said_and_made_up_for(
    enter: Callable[..., Page], service: Service
) -> None:
    service.start("queue")
    page = enter()
    page.context.set_offline(True)
    choose(page, file("a.jpg"))
    expect(page.locator("[data-hold]")).to_contain_text("Connection lost.")
    expect(page.locator(".upload-row")).to_contain_text("Waiting")
    assert not Photo.objects.exists()
    page.context.set_offline(False)
    page.wait_for_url(re.compile(r"/photos/[0-9a-f-]{36}/$"))
    assert Photo.objects.count() == 1


def test_an_upload_can_be_stopped(enter: Callable[..., Page], service: Service) -> None:
    service.start("queue")
    page = enter()
    page.route("**/photos/", lambda _route: None)  # the answer never comes
    choose(page, file("a.jpg"))
    row = page.locator(".upload-row")
    expect(row.locator("img")).to_be_visible()
    row.get_by_role("button", name="Cancel").click()
    expect(row).to_have_count(0)
    assert not Photo.objects.exists()


def test_a_pasted_photo_is_made_as_was_wished(enter: Callable[..., Page], service: Service) -> None:
    service.start("queue")
    page = enter()
    page.get_by_text("Motion, strength, size and formats").click()
    page.get_by_label("Motion", exact=True).select_option("orbit")
    page.get_by_label("Strength").select_option("Bold")
    page.get_by_label("GIF").check()
    page.evaluate(
        """data => document.dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true})
        )""",
        transfer(page),
    )
    page.wait_for_url(re.compile(r"/photos/[0-9a-f-]{36}/$"))
    options = {"motion": "orbit", "strength": "bold", "size": 1440, "outputs": ["gif"]}
    assert Job.objects.get().options == options


def test_beyond_the_places_photos_are_held_and_start_when_one_is_stopped(
    enter: Callable[..., Page], service: Service
) -> None:
    service.start("queue")
    page = enter()
    choose(page, *(file(f"{n}.jpg") for n in range(5)))
    expect(page.locator(".card")).to_have_count(5)
    expect(page.locator(".usage")).to_contain_text("3 of 3 in progress 2 waiting")
    last = page.locator(".card[data-name='4.jpg']")
    expect(last).to_contain_text("Starts when a place is free, 2nd in line")
    page.get_by_role("button", name="Stop 0.jpg").click()
    expect(page.locator(".card[data-name='3.jpg'][data-state=queued]")).to_be_visible()
    expect(last).to_contain_text("next in line")


def test_a_phone_offers_its_camera(enter: Callable[..., Page], service: Service) -> None:
    page = enter(viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True)
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Take a photo").tap()
    assert choosing.value.element.get_attribute("capture") == "environment"
