"""What every answer tells the browser to forbid, how it is packed, and how cookies are kept."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from tests.test_checks import ROOT, production

if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.jobs.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def policy(response: object) -> dict[str, list[str]]:
    """The Content Security Policy, by directive."""
    text = response["Content-Security-Policy"]
    return {words[0]: words[1:] for part in text.split(";") if (words := part.split())}


def pages(done: Job) -> dict[str, str]:
    from amena.jobs.services import sharing

    token = sharing.share(done.photo).token
    video = done.artifacts_by_kind["video"].public_id
    return {
        "landing": "/",
        "wall": reverse("wall"),
        "photo": reverse("photo", args=[done.photo.public_id]),
        "account": reverse("account"),
        "error": "/nothing-here/",
        "share": reverse("shared", args=[token]),
        "file": reverse("artifact", args=[video]),
        "API": "/api/v1/me",
        "API's reference": "/api/docs",
        "admin": reverse("admin:login"),
    }


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.attack(
    "scripts, styles and frames from elsewhere, in any answer", "a policy that lets none in"
)
def test_no_answer_lets_scripts_styles_or_frames_in_from_elsewhere(
    client: Client,
    done: Job,
) -> None:
    for name, where in pages(done).items():
        response = client.get(where)
        response.getvalue()
        found = policy(response)
        assert found["default-src"] == ["'none'"], name
        assert found["script-src"] == ["'self'"], name
        assert found["style-src"] == ["'self'"], name
        assert found["frame-ancestors"] == ["'none'"], name
        assert found["base-uri"] == ["'none'"], name
        assert "unsafe" not in response["Content-Security-Policy"], name
        assert response["X-Frame-Options"] == "DENY", name
        assert response["X-Content-Type-Options"] == "nosniff", name
        assert response["Referrer-Policy"] == "same-origin", name
        assert response["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert "camera=()" in response["Permissions-Policy"], name
        # Head and device are followed where there is a 3D view.
        refused = "xr-spatial-tracking=()" in response["Permissions-Policy"]
        assert refused == (name not in ("landing", "photo", "share")), name


def test_the_embedded_photo_alone_may_be_framed(client: Client, done: Job) -> None:
    from amena.jobs.services import sharing

    response = client.get(reverse("shared-embed", args=[sharing.share(done.photo).token]))
    assert policy(response)["frame-ancestors"] == ["*"]
    assert "X-Frame-Options" not in response
    assert policy(response)["script-src"] == ["'self'"]
    assert "xr-spatial-tracking" not in response["Permissions-Policy"]


@pytest.mark.attack("somebody's pages and files, from a cache on the way", "`private` on each")
def test_nothing_of_a_person_is_kept_by_caches(client: Client, done: Job) -> None:
    shown = pages(done)
    for name in ("wall", "photo", "account", "file", "API"):
        response = client.get(shown[name])
        response.getvalue()
        assert "private" in response["Cache-Control"], name


@pytest.mark.attack("a result that is opened as a page", "types and names of ours, as a download")
def test_results_cannot_be_taken_for_pages(client: Client, done: Job) -> None:
    """Whatever is in them: their type and their name are ours."""
    for artifact in done.artifacts.exclude(kind="scene"):
        response = client.get(reverse("artifact", args=[artifact.public_id]) + "?download")
        response.getvalue()
        assert response["Content-Type"] == artifact.content_type
        assert "html" not in response["Content-Type"]
        assert response["Content-Disposition"].startswith("attachment; filename=")


PACKED = {"headers": {"Accept-Encoding": "gzip, deflate, br"}}


def test_pages_are_compressed_and_files_are_not(client: Client, done: Job) -> None:
    shown = pages(done)
    for name in ("landing", "wall", "photo", "account", "error", "share", "API's reference"):
        plain, packed = client.get(shown[name]), client.get(shown[name], **PACKED)
        assert packed["Content-Encoding"] == "gzip", name
        assert "Accept-Encoding" in packed["Vary"], name
        assert len(packed.content) < len(plain.content) * 2 / 3, name
        # But for what is drawn anew for each page.
        assert abs(len(gzip.decompress(packed.content)) - len(plain.content)) < 100, name
    file = client.get(shown["file"], **PACKED)
    assert "Content-Encoding" not in file
    assert b"".join(file) == client.get(shown["file"]).getvalue()


@pytest.mark.attack(
    "guessing at a secret on a page by how well it compresses",
    "a token masked anew each time, and a length by chance",
)
def test_how_long_a_compressed_page_is_tells_nothing(client: Client, done: Job) -> None:
    tokens, lengths = set(), set()
    for _ in range(8):
        page = client.get(pages(done)["account"], **PACKED)
        lengths.add(len(page.content))
        html = gzip.decompress(page.content).decode()
        tokens.add(html.partition('name="csrfmiddlewaretoken" value="')[2][:64])
    assert len(tokens) == 8
    assert len(lengths) > 2
    assert max(lengths) - min(lengths) > 8


_ASK = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(headers={"host": "amena.example"})
safe = client.get("/healthz", secure=True, headers={"X-Forwarded-Proto": "https"})
plain = client.get("/photos/")
names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
         "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE",
         "CSRF_COOKIE_HTTPONLY")
print(json.dumps({
    "hsts": safe.headers.get("Strict-Transport-Security"),
    "plain": [plain.status_code, plain.headers.get("Location")],
    "settings": {name: getattr(settings, name) for name in names},
}))
"""


@pytest.mark.service
def test_in_production_cookies_and_pages_travel_by_https_alone() -> None:
    environment = production("postgresql://nobody@127.0.0.1:9/none", 9)
    child = subprocess.run(
        [sys.executable, "-c", _ASK],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(child.stdout.splitlines()[-1])
    assert told["hsts"] == "max-age=31536000; includeSubDomains"
    assert told["plain"] == [301, "https://amena.example/photos/"]
    assert told["settings"] == {
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_HTTPONLY": True,
    }
