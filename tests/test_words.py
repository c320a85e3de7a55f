"""Texts that people read keep to docs/glossary.md: no word and no mark that reads wrong."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

#: What no format string, tag, address or number may be taken for.
_NO_TEXT = re.compile(r"%\(\w+\)s|%[sd]|\{\w+\}|<[^>]+>|https?://|\d,\d|[\d.]+:\d")
_KANA_OR_KANJI = "[\u3040-\u30ff\u4e00-\u9fff、。（）「」：]"

_JAPANESE = {
    "half-width mark": r"[():;!?,/\u201c\u201d'\"]|\.(?!\w)",
    "space beside Japanese": rf"{_KANA_OR_KANJI} | {_KANA_OR_KANJI}|\u200b",
    "space before a unit": r"\d (?:[^\W\d]|%)",
    # 0 stands for any number that is filled in; 1枚 and 1つ in prose are words.
    "a line may end before a unit": r"\d(?:ピクセル|画素|ビット|視点|ページ|件|個|倍)"
    r"|\d(?:年|週|日|時間|分|秒)|0枚",
    "円 alone reads as yen": r"^円$",
    "停止 for 中止": r"(?<!一時)停止(?!中|されています)",
    "アドレス without メール": r"(?<!メール)(?<!IP)アドレス",
    "three dots": r"\.\.\.|・・・",
}
_ENGLISH = {
    "contraction": r"(?i)n[’']t\b|[’'](?:re|ve|ll|m)\b"
    r"|\b(?:it|that|what|here|there|let|who)[’']s\b",
    "typewriter quote": r"['\"]",
    "joined sentences": r"[:;] [a-z]",
    "a line may end before a unit": r"\d (?:pixels|megapixels|[KMG]B|bits|dots|lenses|UTC)\b"
    r"|\d (?:seconds?|minutes?|hours?|days?|years?)\b",
    "translated phrase": r"(?i)e-mail|\bmails\b|in the works|may have up to|\banew\b|once more"
    r"|\buntouched\b|did not work|\bslip\b|\bno longer kept\b",
    "three dots": r"\.\.\.",
}


def glossary() -> set[str]:
    """Words of the last column that no Japanese text may have."""
    rows = (ROOT / "docs" / "glossary.md").read_text().split("## English")[0].splitlines()
    return {word for row in rows if row.startswith("| ") for word in _code(row.split("|")[3])}


def _code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def english_faults(text: str) -> list[str]:
    """What is wrong with a text of the code or the templates."""
    plain = _NO_TEXT.sub("0", text)
    return [name for name, pattern in _ENGLISH.items() if re.search(pattern, plain)]


def japanese_faults(text: str) -> list[str]:
    """What is wrong with a translation."""
    plain = _NO_TEXT.sub("0", text)
    marks = [name for name, pattern in _JAPANESE.items() if re.search(pattern, plain)]
    return [*marks, *(word for word in sorted(glossary()) if word in text)]


def texts() -> Iterator[tuple[str, str]]:
    """English and Japanese; forms for several photos one by one."""
    with (ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog
    for key, translated in catalog.items():
        if key:
            yield (key if isinstance(key, str) else key[0]), translated


def test_no_text_has_a_forbidden_word_or_mark() -> None:
    found = {english: english_faults(english) for english, _ in texts()}
    found |= {japanese: japanese_faults(japanese) for _, japanese in texts()}
    assert not {text: faults for text, faults in found.items() if faults}


@pytest.mark.parametrize(
    "text",
    [
        "Amenaの作例、無修正",
        "円",
        "停止しました",
        "3Dシーン(GLB)",
        "完成しました:{name}",
        "%(name)s を削除しました。",
        "写真は20 MBまでです。",
        "600 dpi用",
        "960ピクセル",
        "%(count)s枚",
        "ヘッドセット",
        "操作が少し速すぎるようです. しばらくお待ちください。",
        "あなたのアドレスへ通知します。",
        "写真です。 動きます。",
        "ドリー\u200bズーム",
    ],
)
def test_japanese_that_reads_wrong_is_found(text: str) -> None:
    assert japanese_faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "停止中：%(count)s\u2060件",
        "一時停止",
        'MP4・GLB（4,000万画素まで）。詳しくは<a href="%(docs)s">こちら</a>',
        "https://で始まるURL",
        "%(width)s × %(height)s",
    ],
)
def test_japanese_that_reads_well_is_left_alone(text: str) -> None:
    assert not japanese_faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "The file is empty: choose another.",
        "Your photo isn’t there.",
        "It’s gone.",
        "It is not your photo's fault.",
        "E-mail address",
        "A photo may have up to 20 MB.",
        "%(used)s of %(limit)s in the works",
        "4K takes long; a photo is not enlarged.",
        "960 pixels",
        "You can make more in %(hours)s hours.",
    ],
)
def test_english_that_reads_translated_is_found(text: str) -> None:
    assert english_faults(text)


def test_long_japanese_headings_say_where_they_may_break() -> None:
    """Browsers without `word-break: auto-phrase` need it; short ones fit in a line anyway."""
    japanese = dict(texts())
    heading = re.compile(
        r'<(h[1-3]|button|legend)[^>]*>(?:\{% include[^%]*%\})?\{% translate "([^"]+)"'
    )
    limits = {"button": 12, "legend": 12}
    found = [
        (path.name, title)
        for path in (ROOT / "templates").rglob("*.html")
        for tag, title in heading.findall(path.read_text())
        if len(japanese[title]) > limits.get(tag, 9)
    ]
    assert not found, 'Write {{ _("…")|phrases }} instead.'


def test_numbers_stand_close_to_their_per_cent() -> None:
    """Also outside of the translated texts: in templates and scripts."""
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "js").rglob("*.js")]
    spaced = re.compile(r"\} %(?!\})")
    assert not [path.name for path in files if spaced.search(path.read_text())]


def messages(path: Path) -> Iterator[str]:
    """What a module gives to calls as text, with 0 for what is filled in."""
    for node in ast.walk(ast.parse(path.read_text())):
        for given in node.args if isinstance(node, ast.Call) else ():
            parts = given.values if isinstance(given, ast.JoinedStr) else [given]
            texts = [
                getattr(part, "value", "0") if isinstance(part, ast.Constant) else "0"
                for part in parts
            ]
            if all(isinstance(text, str) for text in texts):
                yield "".join(texts)


def test_messages_of_the_engine_join_no_sentences_either() -> None:
    """The command line and the API say them."""
    modules = (ROOT / "amena" / "engine").rglob("*.py")
    sentences = (text for path in modules for text in messages(path) if text.endswith("."))
    assert [text for text in sentences if "joined sentences" in english_faults(text)] == []
