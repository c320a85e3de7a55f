"""Static files as a deployment serves them: collected, hashed, compressed."""

from __future__ import annotations

import os
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.service

ROOT = Path(__file__).parent.parent
# As pyproject.toml has them for pytest.
WARNINGS = ("-W", "error", "-W", "ignore:defusedxml.cElementTree is deprecated:DeprecationWarning")


def manage(tmp_path: Path, *arguments: str) -> str:
    """`manage.py` with the settings of a deployment; needs neither database nor queue."""
    environment = {
        **os.environ,
        "DEBUG": "",
        "SECRET_KEY": string.ascii_letters,
        "DJANGO_ALLOW_ASYNC_UNSAFE": "",
        "SITE_ROOT": "https://amena.example",
        "ALLOWED_HOSTS": "amena.example",
        "SQS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/1/amena",
        "STORAGE": "s3",
        "STATIC_ROOT": str(tmp_path / "static"),
    }
    done = subprocess.run(
        [sys.executable, *WARNINGS, "manage.py", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_every_file_that_pages_and_styles_name_is_there(tmp_path: Path) -> None:
    """The manifest refuses a name that it does not know. Collected as docker/static.sh does."""
    manage(tmp_path, "collectstatic", "--noinput", "--verbosity", "0", "--ignore", "redoc")
    page = (
        "from django.test import Client;"
        "r = Client().get('/', secure=True, headers={'host': 'amena.example'});"
        "print(r.status_code, r.headers['Strict-Transport-Security']);"
        "print(r.content.decode())"
        # As a server of the version before is asked by a page of the next one.
        ";browser = Client(headers={'host': 'amena.example'});"
        "other, none = (browser.get(f'/static/css/{name}.0123456789ab.css', secure=True)"
        " for name in ('site', 'none'));"
        "print('other:', other.status_code, other.headers['Cache-Control'], none.status_code);"
        "print(b''.join(other.streaming_content).decode())"
    )
    output = manage(tmp_path, "shell", "--no-imports", "-c", page)
    assert output.startswith("200 max-age=31536000")
    assert "/static/css/site." in output
    assert "/static/css/site.css" not in output
    assert list((tmp_path / "static" / "css").glob("site.*.css.gz"))
    said, _, style = output.rpartition("other: ")[2].partition("\n")
    assert said == "200 no-store 404"
    assert re.search(r"wght-normal\.[0-9a-f]{12}\.woff2", style)


def test_django_s_own_deployment_checks_are_clean(tmp_path: Path) -> None:
    output = manage(tmp_path, "check", "--deploy", "--tag", "security", "--fail-level", "WARNING")
    assert "no issues" in output
