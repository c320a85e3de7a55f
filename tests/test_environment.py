"""Settings from the environment: what is wrong stops the start and names the variable."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from environs.exceptions import EnvError

from amena.accounts.limits import ClosedError, Rate, take
from tests.conftest import ROOT
from tests.infra import settings_read


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """The settings of a process that starts with these variables."""

    def run(**variables: str) -> dict[str, Any]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "amena" / "settings.py"))

    return run


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIMIT_UPLOAD_PERSON", "30"),
        ("LIMIT_UPLOAD_PERSON", "30/0"),
        ("LIMIT_SIGN_IN_ADDRESS", "many/60"),
        ("LIMIT_SIGN_IN_ADDRESS", "-1/60"),
        ("QUOTA_ACTIVE_JOBS", "three"),
        ("QUOTA_DAILY_JOBS", "-1"),
        ("API_WRITES_PER_MINUTE", "1.5"),
        ("JOB_LEASE_SECONDS", "0"),
        ("DEBUG", "perhaps"),
        ("STORAGE", "tape"),
        ("LOG_LEVEL", "LOUD"),
        ("DEPTH_ESTIMATOR", "best"),
        ("DEPTH_ESTIMATOR", "huggingface:a/b@main"),
        ("DEPTH_ESTIMATORS", "compact onnx"),
        ("DEPTH_ESTIMATORS", "huggingface:a/same huggingface:b/same"),
        ("SECRET_KEY_FILE", "/nowhere/key"),
        ("EMAIL_SECURITY", "ssl"),
        ("DEFAULT_FROM_EMAIL", "Amena"),
        ("DEFAULT_FROM_EMAIL", "a@amena.example, b@amena.example"),
        ("DEFAULT_FROM_EMAIL", "Amena <a@amena.example>\nBcc: b@amena.example"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_its_variable(
    start: Callable[..., dict[str, Any]], name: str, value: str
) -> None:
    with pytest.raises((EnvError, ValueError), match=name):
        start(**{name: value})


def test_an_empty_variable_counts_as_missing(start: Callable[..., dict[str, Any]]) -> None:
    settings = start(QUOTA_ACTIVE_JOBS="", LIMIT_UPLOAD_PERSON="", DEBUG="", STORAGE="")
    assert settings["QUOTA_ACTIVE_JOBS"] == 3
    assert settings["LIMITS"]["upload"]["person"] == (30, 60)
    assert settings["DEVELOPMENT"] is False


def test_a_secret_may_come_from_a_file(
    start: Callable[..., dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.delenv("SECRET_KEY")
    assert start(SECRET_KEY_FILE=str(tmp_path / "key"))["SECRET_KEY"] == "from the file"


@pytest.mark.slow
def test_the_code_is_loaded_without_a_key() -> None:
    """As the checks of types load it, on a machine where nothing is set."""
    code = (
        "import django; django.setup(); from django.urls import get_resolver as r; r().url_patterns"
    )
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "amena.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_rate_of_none_is_closed() -> None:
    with pytest.raises(ClosedError):
        take("upload", "user:1", Rate(0, 60))


def test_the_readme_lists_every_variable() -> None:
    """By its name; limits by those of docs/security.md."""
    rows = [row for row in (ROOT / "README.md").read_text().splitlines() if row.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)", row.split("|")[1])}
    limits = {name for name in settings_read() if name.startswith("LIMIT_")}
    assert settings_read() - limits - listed == set()
    assert listed - settings_read() == {"PORT"}
    security = (ROOT / "docs" / "security.md").read_text()
    assert {name for name in limits if name not in security} == set()


def test_people_choose_by_titles(start: Callable[..., dict[str, Any]]) -> None:
    settings = start(
        DEPTH_ESTIMATOR="huggingface:/models/large?dtype=bfloat16", DEPTH_ESTIMATORS="compact"
    )
    assert settings["DEPTH_ESTIMATORS"] == {
        "large": "huggingface:/models/large?dtype=bfloat16",
        "compact": "compact",
    }
