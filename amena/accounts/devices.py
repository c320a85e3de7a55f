"""What a browser calls itself, in a few words that its owner knows."""

from __future__ import annotations

import re
from typing import Final

#: The first that matches counts: many browsers also name those that they descend from.
_BROWSERS: Final = (
    ("Edge", r"\bEdg(?:A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|CriOS)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS: Final = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
)
_LONGEST: Final = 500


def device(user_agent: str) -> str:
    """Browser and system, as in “Firefox, Windows”; the one that is known; empty where none is.

    Names alone, without versions and models: nothing that could tell two people's devices apart.
    """
    told = user_agent[:_LONGEST]
    found = (
        next((name for name, pattern in names if re.search(pattern, told)), "")
        for names in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(filter(None, found))
