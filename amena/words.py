"""How texts are put together on pages: ages, times of day, sentences, breaks between phrases.

Its filters are there in every template, see TEMPLATES in the settings.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import budoux
from django import template
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()


def printable(name: str) -> str:
    """A name that somebody has chosen, without control characters and such as turn the direction
    of the text around it.
    """
    return "".join(each for each in name if each.isprintable())


_A_MINUTE: Final = timedelta(minutes=1)
_UNITS: Final = (timedelta(weeks=1), timedelta(days=1), timedelta(hours=1), _A_MINUTE)
_SHORTEST_MONTH: Final = timedelta(days=28)
_CLAUSE: Final = re.compile("(?<=、)")
_SHORT: Final = 10  # characters that fit beside each other on the narrowest phone
# Written as one word each, which BudouX leaves whole, and wider than the tile of a motion or than
# the column of a file's name.
_COMPOUND: Final = re.compile(
    "(?<=ドリー)(?=ズーム)|(?<=ズーム)(?=イン)|(?<=ガウシアン)(?=スプラット)"
)
# Where a long phrase of several words may break: before a word in katakana, after one, and before
# a bracket.
_LONG: Final = 8  # characters
_WORDS: Final = re.compile("(?<=[^ァ-ヺー（])(?=[ァ-ヺ])|(?<=[ァ-ヺー])(?=[一-鿿]{2})|(?<=.)(?=（)")


@register.filter
def ago(moment: datetime) -> str:
    """How long ago that was, in its largest unit alone: “3 hours ago”."""
    age = timezone.now() - moment
    if age < _A_MINUTE:
        return _("just now")
    if age < _SHORTEST_MONTH:
        unit = next(each for each in _UNITS if age >= each)
        return _age(age - age % unit, translation.get_language())
    return _("%(time)s ago") % {"time": timesince(moment, depth=1)}


@cache
def _age(age: timedelta, _language: str | None) -> str:
    """`ago` of whole units that are no months, which are not all as long. A list has many times,
    but few ages.
    """
    now = timezone.now()
    return _("%(time)s ago") % {"time": timesince(now - age, now, depth=1)}


@register.filter
def local(moment: datetime, form: str = "DATETIME_FORMAT") -> str:
    """A time in the reader's zone; where that is not known, in UTC, which is then said.

    Args:
        moment: what to show.
        form: `DATETIME_FORMAT`, `DATE_FORMAT` or `TIME_FORMAT`.
    """
    here = timezone.localtime(moment)
    text = date_format(here, form)
    return _("%(time)s UTC") % {"time": text} if here.tzname() == "UTC" else text


@register.filter
def og_locale(language: str) -> str:
    """A language as Open Graph writes it, with a country."""
    return {"en": "en_GB", "ja": "ja_JP"}[language]


def myriads(number: int) -> str:
    """A number as Japanese reads it, by ten thousands: 4,000万, 2億5,000万, 960."""
    parts = []
    for unit in ("", "万", "億"):
        number, rest = divmod(number, 10_000) if unit != "億" else (0, number)
        if rest:
            parts.append(f"{rest:,}{unit}")
    return "\N{WORD JOINER}".join(reversed(parts)) or "0"


def pixels(count: int) -> str:
    """How many pixels a picture has, in millions or as Japanese cameras say it."""
    japanese = translation.get_language() == "ja"
    shown = myriads(count) if japanese else count // 10**6
    return _("%(count)s megapixels") % {"count": shown}


def megabytes(count: int) -> str:
    """How large a file is."""
    return _("%(count)s MB") % {"count": count}


pixels_lazy, megabytes_lazy = lazy(pixels, str), lazy(megabytes, str)


def sentences(first: object, second: object) -> str:
    """Two whole sentences, one after the other."""
    return _("%(first)s %(second)s") % {"first": first, "second": second}


def line(title: object, advice: object) -> str:
    """A title, which has no full stop, and a sentence, as one line."""
    return _("%(title)s. %(advice)s") % {"title": title, "advice": advice}


@register.filter
def phrases(text: object) -> str | SafeString:
    """Marks where a heading or a button may break in Japanese, which puts no spaces between words.

    Chromium finds these places by itself (`word-break: auto-phrase`), other browsers do not.
    """
    shown = str(text)
    if translation.get_language() != "ja":
        return shown
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in _phrases(shown)))


@cache
def _phrases(text: str) -> tuple[str, ...]:
    """Its clauses, where all are short enough for a line of a heading; else its phrases."""
    clauses = _CLAUSE.split(text)
    if len(clauses) > 1 and max(map(len, clauses)) <= _SHORT:
        return tuple(clauses)
    parts = (part for phrase in _parser().parse(text) for part in _COMPOUND.split(phrase))
    return tuple(word for part in parts for word in _words(part))


def _words(phrase: str) -> list[str]:
    return _WORDS.split(phrase) if len(phrase) > _LONG else [phrase]


@cache
def _parser() -> budoux.Parser:
    return budoux.load_default_japanese_parser()
