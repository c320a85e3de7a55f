"""What a stranger gets by a link: the 3D photo, nothing else, and only while it is shared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from amena.engine.geometry.crop import Crop
from amena.engine.geometry.framing import Framing
from amena.jobs import storage
from amena.jobs.files import FILE_TYPES
from amena.jobs.models import Artifact, Job, Share, State
from amena.jobs.services import deletion, sharing
from tests.jobs.samples import STANDARD_FILES

MakeJob = Callable[..., Job]


@pytest.fixture
def job(make_job: MakeJob) -> Job:
    """A finished job with all its files."""
    job = make_job(State.SUCCEEDED)
    for name, (kind, content_type, _output) in STANDARD_FILES.items():
        add(job, name, kind, content_type)
    return job


def add(job: Job, name: str, kind: str, content_type: str) -> Artifact:
    key = f"{storage.attempt_prefix(job.photo.public_id, job.public_id, 1)}/{name}"
    content = f"content of {name}".encode()
    storage.save(key, content)
    fields = {"key": key, "size": len(content), "content_type": content_type}
    return Artifact.objects.create(job=job, kind=kind, **fields)


@pytest.fixture
def share(job: Job) -> Share:
    return sharing.share(job.photo)


def file(share: Share, name: str) -> str:
    return reverse("shared-file", args=[share.token, name])


def status(address: str) -> int:
    response = Client().get(address)
    response.getvalue()  # reads the file to its end, which closes it
    return response.status_code


def addresses(share: Share) -> list[str]:
    return [
        share.get_absolute_url(),
        reverse("shared-embed", args=[share.token]),
        *(file(share, name) for name in ("video", "poster", "glb")),
        f"/oembed?url={quote('http://testserver' + share.get_absolute_url())}",
    ]


def test_everybody_sees_it(share: Share) -> None:
    for address in addresses(share):
        assert status(address) == 200, address


def test_nothing_is_said_about_the_photo_or_its_owner(share: Share) -> None:
    for address in addresses(share):
        response = Client().get(address)
        told = str(response.headers) + response.getvalue().decode()
        for secret in ("holiday", "ada", str(share.photo.public_id), "original", "thumbnail.jpg"):
            assert secret not in told.replace("shadow", ""), (address, secret)


def test_no_file_but_the_public_ones(share: Share) -> None:
    for name in ("scene", "report", "disparity", "original", "thumbnail.jpg", "loop", "embed2"):
        assert Client().get(f"{share.get_absolute_url()}{name}").status_code == 404


def test_a_loop_is_public_once_it_is_made(share: Share, job: Job, make_job: MakeJob) -> None:
    export = make_job(State.SUCCEEDED, photo=job.photo, kind="export", source=job)
    add(export, "loop.gif", *FILE_TYPES["loop.gif"][:2])
    response = Client().get(file(share, "loop"))
    assert response["Content-Type"] == "image/gif"
    assert response.getvalue() == b"content of loop.gif"


def test_it_is_gone_when_the_link_is_ended(share: Share) -> None:
    sharing.revoke(share.photo)
    for address in addresses(share):
        assert status(address) == 404, address


def test_it_is_gone_when_the_photo_is_deleted(share: Share) -> None:
    found = addresses(share)
    deletion.delete(share.photo)
    for address in found:
        assert status(address) == 404, address


def test_it_is_gone_when_the_result_has_expired(share: Share, job: Job) -> None:
    job.artifacts.all().delete()
    Job.objects.update(state=State.EXPIRED)
    for address in addresses(share):
        assert Client().get(address).status_code == 404, address


def test_a_guessed_token_is_a_404_in_the_site_s_style(share: Share) -> None:
    wrong = "x" * len(share.token)
    response = Client().get(reverse("shared", args=[wrong]))
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_players_get_the_video_in_ranges(share: Share) -> None:
    response = Client().get(file(share, "video"), headers={"Range": "bytes=0-1"})
    assert response.status_code == 206
    assert response["Content-Range"].startswith("bytes 0-1/")
    assert response["Content-Type"] == "video/mp4"
    assert response.getvalue() == b"co"


def test_only_the_embedded_page_may_stand_in_a_frame(share: Share) -> None:
    page = Client().get(share.get_absolute_url())
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    embed = Client().get(reverse("shared-embed", args=[share.token]))
    assert "X-Frame-Options" not in embed
    assert "frame-ancestors *" in embed["Content-Security-Policy"]
    assert "script-src 'self'" in embed["Content-Security-Policy"]
    sharing.revoke(share.photo)
    ended = Client().get(reverse("shared-embed", args=[share.token]))
    assert (ended.status_code, ended["X-Robots-Tag"]) == (404, "noindex")
    assert "X-Frame-Options" not in ended
    assert "frame-ancestors *" in ended["Content-Security-Policy"]
    assert "This 3D photo is no longer shared" in ended.content.decode()


def test_search_engines_and_caches_leave_it_alone(share: Share) -> None:
    for address in addresses(share)[:2]:
        response = Client().get(address)
        assert response["X-Robots-Tag"] == "noindex"
        assert "no-store" in response["Cache-Control"]
    video = Client().get(file(share, "video"))
    assert video.getvalue()
    assert video["Cache-Control"] == "public, max-age=60"


def test_it_moves_as_its_owner_has_made_it(share: Share, job: Job) -> None:
    report = job.artifacts.get(kind="report")
    storage.save(report.key, b'{"amplitude": 0.0207, "focus": 0.81}')
    for address in addresses(share)[:2]:
        page = Client().get(address).text
        assert 'amplitude="0.0207" focus="0.81"' in page


def test_chats_find_the_moving_picture(share: Share) -> None:
    page = Client().get(share.get_absolute_url()).content.decode()
    here = f"http://testserver{share.get_absolute_url()}"
    for name, content in {
        "og:url": here,
        "og:image": f"{here}poster",
        "og:video": f"{here}video",
        "og:video:type": "video/mp4",
        "og:video:width": "960",
        "og:video:height": "720",
    }.items():
        assert f'<meta property="{name}" content="{content}">' in page
    assert f'<meta name="twitter:player" content="{here}embed">' in page


def test_oembed_is_found_and_gives_the_frame(share: Share) -> None:
    page = Client().get(share.get_absolute_url()).content.decode()
    start = page.index('<link rel="alternate" type="application/json+oembed" href="') + 59
    address = page[start : page.index('"', start)].replace("&amp;", "&")
    answer = json.loads(Client().get(address).content)
    here = f"http://testserver{share.get_absolute_url()}"
    assert answer["version"] == "1.0"
    assert answer["type"] == "video"
    assert (answer["width"], answer["height"]) == (640, 480)
    assert f'<iframe src="{here}embed" width="640" height="480"' in answer["html"]
    assert answer["thumbnail_url"] == f"{here}poster"
    small = json.loads(Client().get(f"{address}&maxwidth=320&maxheight=120").content)
    assert (small["width"], small["height"]) == (160, 120)


def test_oembed_knows_nothing_of_other_addresses(share: Share) -> None:
    path = share.get_absolute_url()
    for address in ("", "http://testserver/", f"http://elsewhere.test{path}", "http://[", path):
        assert Client().get("/oembed", {"url": address}).status_code == 404, address
    here = f"http://testserver{path}"
    assert Client().get("/oembed", {"url": here, "format": "xml"}).status_code == 501


def test_a_newer_3d_photo_takes_the_place_of_the_older(
    share: Share, job: Job, make_job: MakeJob
) -> None:
    newer = make_job(State.SUCCEEDED, photo=job.photo, kind="restyle", options={"motion": "orbit"})
    for name, (kind, content_type, _output) in STANDARD_FILES.items():
        add(newer, name, kind, content_type)
    assert 'motion="orbit"' in Client().get(share.get_absolute_url()).content.decode()


PREVIEWS = {
    "en": ("A 3D photo", "A single photo, brought to life with Amena.", "en_GB"),
    "ja": ("3D写真", "1枚の写真から、Amenaで作った3D写真です。", "ja_JP"),
}


@pytest.mark.parametrize("spoken", PREVIEWS)
@pytest.mark.parametrize("chosen", [True, False])
def test_a_preview_speaks_the_sharer_s_language(
    make_job: MakeJob, job: Job, share: Share, spoken: str, *, chosen: bool
) -> None:
    owner = job.photo.owner
    client = Client(headers={"accept-language": "en" if chosen else spoken})
    client.force_login(owner)
    if chosen:
        client.post("/language/", {"language": spoken})
    client.get("/photos/")
    title, description, locale = PREVIEWS[spoken]
    reader = {"ja": "en", "en": "ja"}[spoken]
    for headers in ({}, {"accept-language": reader}):
        page = Client().get(share.get_absolute_url(), headers=headers)
        for name, expected in (
            ("og:title", title), ("og:description", description), ("og:locale", locale),
            ("og:image:alt", title),
        ):  # fmt: skip
            assert f'<meta property="{name}" content="{expected}">' in page.text
        # The page itself is for whoever opens it; what asks for no language gets it all in one.
        assert page["Content-Language"] == (reader if headers else spoken)
    told = Client().get(f"/oembed?url={quote('http://testserver' + share.get_absolute_url())}")
    assert told.json()["title"] == title
    assert f'title="{title}"' in told.json()["html"]


def test_the_view_of_another_shape_shows_what_its_film_does(share: Share, job: Job) -> None:
    view, part, framing = (960, 720), Crop(100, 0, 404, 720), Framing(1.03, 0.01, -0.004)
    report = {
        "size": part.size,
        "view_size": view,
        "frame": framing.values,
        "crop": (part.left, part.top, part.width, part.height),
    }
    key = job.artifacts.get(kind="report").key
    storage.save(key, json.dumps(report).encode())
    page = Client().get(share.get_absolute_url()).content.decode()
    assert 'width="404" height="720"' in page
    told = re.search(r'frame="([^"]*)"', page)
    assert told
    shown = Framing(*map(float, told[1].split()))
    # A place at the film's upper left corner is at that of a view of the film's size.
    corner = np.array([part.left - view[0] / 2, part.top - view[1] / 2]) / 960
    place = np.append(corner / framing.zoom + (framing.x, framing.y), [1, 0])
    assert (framing.matrix @ place)[:2] == pytest.approx(corner)
    assert (shown.matrix @ place)[:2] == pytest.approx([-404 / 960 / 2, -0.375], abs=1e-6)
