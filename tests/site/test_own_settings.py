"""What people have set for all pages, their own colours and larger letters, leaves these usable."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page

from tests.site.gallery import Gallery

#: By what of an element's look one can tell that it is chosen.
LOOK = """element => {
  const { backgroundColor, outlineStyle, borderBottomWidth } = getComputedStyle(element);
  return [backgroundColor, outlineStyle, borderBottomWidth].join();
}"""


#: Whether its ground is the colour that people have set for what is chosen.
HIGHLIGHTED = """element => {
  const probe = document.createElement("i");
  probe.style.cssText = "forced-color-adjust: none; background-color: Highlight";
  document.body.append(probe);
  const [mine, theirs] = [element, probe].map((each) => getComputedStyle(each).backgroundColor);
  probe.remove();
  return mine === theirs;
}"""


def look(element: Locator) -> str:
    shown: str = element.evaluate(LOOK)
    return shown


def test_what_is_chosen_is_seen_in_colours_of_one_s_own(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    """Grounds and shadows of ours are gone then, by which it is told else."""
    page = visit(f"/photos/{gallery.finished.public_id}/", forced_colors="active")
    for chosen, other in (
        (".segments :checked + span", ".segments :not(:checked) + span"),
        (".motion-tile:has(:checked)", ".motion-tile:not(:has(:checked))"),
        (".shape-tile:has(:checked)", ".shape-tile:not(:has(:checked))"),
    ):
        assert look(page.locator(chosen).first) != look(page.locator(other).first), chosen
    assert page.locator(".segments :checked + span").first.evaluate(HIGHLIGHTED)
    page.goto("/photos/")
    assert page.locator(".filters [aria-current]").evaluate(HIGHLIGHTED)
    assert look(page.locator(".filters [aria-current]")) != look(
        page.locator(".filters a:not([aria-current])").first
    )
    assert look(page.locator(".head nav [aria-current]")) != look(
        page.locator(".head nav a:not([aria-current])").first
    )


#: Also what is not seen for what hides it: `main` clips what is too wide.
CUT = """() => [...document.querySelectorAll("main :is(button, a, input, select, p, h1, h2, h3)")]
  .filter((each) => each.checkVisibility() && !each.closest(".visually-hidden, .picker"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 90))"""


def test_with_letters_twice_as_large_nothing_is_cut_off(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    """On a phone; what does not fit beside each other stands below each other."""
    page = visit("/robots.txt", viewport={"width": 390, "height": 844})
    for where in ("wall", "photo", "photo-working", "account", "help", "landing"):
        page.goto(gallery.pages[where][0])
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") == 390, where
        assert page.evaluate(CUT) == [], where


def test_where_films_have_controls_no_words_stand_on_them(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    """Who wants less motion starts films by the browser's own controls, at their lower edge."""
    page = visit(gallery.pages["landing"][0], viewport={"width": 1366, "height": 800})
    film, words = page.locator(".stage video"), page.locator(".hint")
    assert film.evaluate("video => video.controls")
    frame, hint = film.bounding_box(), words.bounding_box()
    assert frame and hint
    assert hint["y"] + hint["height"] < frame["y"] + frame["height"] - 80
