"""A photo that is dropped on any page is made."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amena.jobs.models import Photo
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg

DROP = """([bytes, names]) => {
  const data = new DataTransfer();
  const content = new Uint8Array(bytes);
  names.forEach((name) => data.items.add(new File([content, name], name, {type: "image/jpeg"})));
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


def test_of_a_folder_the_photos_are_made(
    enter: Callable[..., Page], service: Service, tmp_path: Path
) -> None:
    """Dropped by the browser itself, beside a photo: in the order of their names."""
    service.start("queue")
    page = enter()
    folder = tmp_path / "Lake"
    (folder / "more").mkdir(parents=True)
    for n, name in enumerate(("2.jpg", "10.jpg", "more/1.jpg")):
        (folder / name).write_bytes(jpeg(96 + n))
    for name in (".DS_Store", "Thumbs.db", "notes.txt"):
        (folder / name).write_bytes(b"no photo")
    (tmp_path / "a.jpg").write_bytes(jpeg(120))
    hand = page.context.new_cdp_session(page)
    paths = [str(folder), str(tmp_path / "a.jpg")]
    for sign in ("dragEnter", "dragOver", "drop"):
        data = {"items": [], "files": paths, "dragOperationsMask": 1}
        hand.send("Input.dispatchDragEvent", {"type": sign, "x": 200, "y": 300, "data": data})
    expect(page.locator(".card")).to_have_count(4)
    expect(page.locator(".upload-row")).to_have_count(0)
    names = Photo.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["2.jpg", "10.jpg", "1.jpg", "a.jpg"]


def test_a_file_that_is_gone_from_the_disk_holds_up_no_other(
    enter: Callable[..., Page], service: Service, tmp_path: Path
) -> None:
    service.start("queue")
    page = enter()
    page.context.set_offline(True)
    files = [tmp_path / f"{n}.jpg" for n in range(3)]
    for n, path in enumerate(files):
        path.write_bytes(jpeg(96 + n))
    page.locator("#upload input[type=file]").set_input_files(files)
    expect(page.locator("[data-hold]")).to_contain_text("Connection lost.")
    files[0].unlink()
    page.context.set_offline(False)
    expect(page.locator(".card")).to_have_count(2)
    row = page.locator(".upload-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("This file can no longer be read.")
    assert set(Photo.objects.values_list("name", flat=True)) == {"1.jpg", "2.jpg"}
