"""A window that the tests before have used is as empty as a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.fixtures.windows import Windows

#: All that a page can leave behind.
FILL = """async () => {
  document.cookie = "left=1";
  localStorage.left = sessionStorage.left = 1;
  await (await caches.open("left")).put("/left", new Response("1"));
  await new Promise((done) => {
    const asked = indexedDB.open("left", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("left");
    asked.onsuccess = done;
  });
}"""
FOUND = """async () => [
  document.cookie.includes("left"), "left" in localStorage, "left" in sessionStorage,
  await caches.has("left"), (await indexedDB.databases()).some(({ name }) => name === "left"),
]"""
ALL, NOTHING = 5 * [True], 5 * [False]


def at_help(windows: Windows, **options: Any) -> Page:
    page = windows.open(locale="en-GB", **options).new_page()
    page.goto("/help/")
    return page


def test_nothing_is_left_of_what_a_test_has_done(windows: Windows) -> None:
    first = at_help(windows, viewport={"width": 390, "height": 844})
    behind = first.evaluate("history.length")
    first.evaluate(FILL)
    assert first.evaluate(FOUND) == ALL
    other = first.context.new_page()
    other.goto("/help/")
    assert other.viewport_size == {"width": 390, "height": 844}
    first.context.route("**/help/", lambda route: route.abort())
    first.context.set_offline(True)
    window = first.context
    window.close()
    assert first.is_closed()
    assert other.is_closed()

    second = at_help(windows)
    assert second.context is window
    assert second.viewport_size == {"width": 1280, "height": 720}
    assert second.evaluate(FOUND) == NOTHING
    assert second.evaluate("history.length") == behind
    second.context.close()


def test_two_at_a_time_and_other_languages_are_windows_of_their_own(windows: Windows) -> None:
    first, second = at_help(windows), at_help(windows)
    third = windows.open(locale="ja-JP").new_page()
    third.goto("/help/")
    assert len({each.context for each in (first, second, third)}) == 3
    first.evaluate(FILL)
    assert second.evaluate(FOUND) == NOTHING
    assert third.locator("html").get_attribute("lang") == "ja"
    for each in (first, second, third):
        each.context.close()


def test_what_lasts_as_long_as_a_window_is_refused_in_one_that_is_kept(windows: Windows) -> None:
    page = at_help(windows)
    with pytest.raises(AssertionError, match="alone=True"):
        page.context.add_init_script("window.left = 1")
    alone = at_help(windows, alone=True)
    alone.context.add_init_script("window.left = 1")
    alone.context.close()
    page.context.close()
    again = at_help(windows)
    assert again.evaluate("window.left") is None
    again.context.close()
