"""Every text of the site is there in every language, and the compiled files are up to date."""

from __future__ import annotations

import ast
import gettext
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from amena.engine.photo import others
from tests.conftest import ROOT

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def catalog(compiled: Path) -> dict[object, str]:
    with compiled.open("rb") as file:
        return gettext.GNUTranslations(file)._catalog


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_is_the_translation_s(language: str, tmp_path: Path) -> None:
    folder = ROOT / "locale" / language / "LC_MESSAGES"
    fresh = tmp_path / "django.mo"
    command = ["msgfmt", "--check", "-o", fresh, folder / "django.po"]
    subprocess.run(command, check=True, capture_output=True)
    assert catalog(folder / "django.mo") == catalog(fresh), "Run scripts/messages.sh compile."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_in_code_and_templates_is_translated(language: str, tmp_path: Path) -> None:
    """The texts are collected anew, in a copy: what the translation lacks is then empty there."""
    for folder in ("amena", "templates", "locale"):
        ignored = shutil.ignore_patterns("__pycache__", "weights", "*.mo")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", language, "--no-obsolete"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
    )
    found = tmp_path / "locale" / language / "LC_MESSAGES" / "django.po"
    counts = subprocess.run(
        ["msgfmt", "--statistics", "-o", tmp_path / "x.mo", found],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    ).stderr
    assert re.fullmatch(r"\d+ translated messages\.\n", counts), (
        f"{counts}: run scripts/messages.sh, translate what is empty or fuzzy in {language}, "
        "then scripts/messages.sh compile."
    )


def error_codes() -> Iterator[str]:
    """Codes of the engine's errors: default ones, `code="…"` where one is raised, and those that
    name what a file is.
    """
    yield from others.FILES
    uploads = ROOT / "amena" / "jobs" / "uploads.py"
    for path in (uploads, *(ROOT / "amena" / "engine").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "code":
                value: ast.expr | None = node.value
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
                value = node.value
            else:
                continue
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def test_every_code_of_the_engine_s_errors_has_words() -> None:
    from amena.jobs.error_texts import ERROR_TEXTS

    codes = set(error_codes())
    assert {"unknown_format", "truncated", "bad_options"} < codes
    # What never reaches a page: a cancelled job is no failed one.
    assert codes - {"cancelled"} <= set(ERROR_TEXTS)
