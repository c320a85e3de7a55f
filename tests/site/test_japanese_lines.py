"""Japanese lines end between words, on every page and in every text that a page may show."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Browser, Page

from tests.conftest import ROOT
from tests.site.gallery import Gallery
from tests.site.test_double_clicks import with_versions_a_link_and_a_setback
from tests.test_translations import catalog

#: What is broken within a run of katakana or a word of kanji, as the browser's dictionary has it.
BROKEN = """() => {
  const words = new Intl.Segmenter("ja", {granularity: "word"});
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const found = [];
  for (let node; (node = walker.nextNode());) {
    const parent = node.parentElement;
    const unseen = parent.closest(".visually-hidden, .picker, option, textarea");
    if (unseen || !parent.checkVisibility()) continue;
    for (const {segment, index} of words.segment(node.data)) {
      if (!/^([\\u30a1-\\u30fc]{2,}|[\\u4e00-\\u9fff]{2,})$/.test(segment)) continue;
      let last = null;
      for (let at = index; at < index + segment.length; at++) {
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const {top, width, height} = range.getBoundingClientRect();
        if (last !== null && top > last + height / 2) found.push([segment, node.data.trim()]);
        if (width) last = top;
      }
    }
  }
  return found;
}"""
#: The same for runs of katakana in texts, set at widths of columns and phones.
BROKEN_AT_ANY_WIDTH = """texts => {
  document.body.innerHTML = "<p>";
  const p = document.body.firstChild;
  const range = document.createRange();
  const found = new Set();
  for (const text of texts) {
    p.textContent = text;
    for (let width = 220; width <= 430; width += 5) {
      p.style.width = `${width}px`;
      for (const {0: word, index} of text.matchAll(/[\\u30a1-\\u30fc\\u2060]{3,}/g)) {
        let last = null;
        for (let at = index; at < index + word.length; at++) {
          range.setStart(p.firstChild, at);
          range.setEnd(p.firstChild, at + 1);
          const {top, width: shown} = range.getBoundingClientRect();
          if (last !== null && shown && top > last + 5) found.add(`${word} in ${text}`);
          if (shown) last = top;
        }
      }
    }
  }
  return [...found];
}"""


def test_no_word_is_broken_on_a_phone(visit: Callable[..., Page], gallery: Gallery) -> None:
    with_versions_a_link_and_a_setback(gallery.finished)
    page = visit("/robots.txt", viewport={"width": 360, "height": 780})
    for where in ("photo", "wall", "account", "landing", "help"):
        page.goto(gallery.pages[where][0] + "?lang=ja")
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        for width in (412, 390, 360):  # the next page comes in the narrowest
            page.set_viewport_size({"width": width, "height": 780})
            assert page.evaluate(BROKEN) == [], (where, width)
            assert page.evaluate("document.documentElement.scrollWidth") == width, where


def test_no_text_is_broken_within_katakana_however_wide_its_column(browser: Browser) -> None:
    """Chromium takes parts of words that it does not know for phrases."""
    texts = [re.sub("<[^>]+>", "", text)
             for text in catalog(ROOT / "locale/ja/LC_MESSAGES/django.mo").values()]  # fmt: skip
    assert len(texts) > 700
    style = (
        "line-break: strict; word-break: auto-phrase; overflow-wrap: anywhere; text-wrap: pretty"
    )
    page = browser.new_page()
    page.set_content(f'<html lang="ja"><body style="font: 16px sans-serif; {style}"></body>')
    assert page.evaluate(BROKEN_AT_ANY_WIDTH, texts) == []
    assert page.evaluate(BROKEN_AT_ANY_WIDTH, ["リンクには常に最新のバージョンが表示されます。"])
    page.close()
