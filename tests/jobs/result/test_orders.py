"""What is ordered on a finished 3D photo's page: another style, size, turn or depth, a link."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from amena.jobs import storage
from amena.jobs.models import Artifact, Job, Photo, Share, State
from amena.jobs.result import Version
from amena.jobs.services import sharing
from tests.jobs.result.conftest import MakeJob, grey_png, page_of, viewer_of

pytestmark = pytest.mark.usefixtures("sent")


def test_the_style_that_is_chosen_is_ordered(done: Job, client: Client) -> None:
    options = {
        "motion": "orbit", "amplitude": "0.03", "focus": "0.7", "auto_focus": "on",
        "duration": "3", "fps": "60", "easing": "ease-in-out", "depth_of_field": "0.4",
        "vignette": "0.2",
    }  # fmt: skip
    address = reverse("restyle", args=[done.photo.public_id])
    assert client.post(address, options).status_code == 302
    assert Job.objects.get(kind="restyle").options == {
        "motion": "orbit", "amplitude": 0.03, "duration": 3.0, "fps": 60,
        "easing": "ease-in-out", "depth_of_field": 0.4, "vignette": 0.2,
    }  # fmt: skip
    assert client.post(address, options | {"amplitude": "0.5"}).status_code == 400


@pytest.mark.parametrize(
    ("photo", "video", "offered"),
    [
        (
            (4000, 3000),
            (960, 720),
            {1440: "1440 pixels", 1920: "1920 pixels (Full HD)", 3840: "3840 pixels (4K)"},
        ),
        (
            (4000, 3000),
            (1920, 1440),
            {960: "960 pixels", 1440: "1440 pixels", 3840: "3840 pixels (4K)"},
        ),
        ((1001, 1501), (640, 960), {1440: "1440 pixels", 1920: "1501 pixels"}),
        ((1001, 1501), (960, 1440), {960: "960 pixels", 1920: "1501 pixels"}),
        ((1001, 1501), (1000, 1500), {960: "960 pixels", 1440: "1440 pixels"}),
        ((900, 1200), (900, 1200), {960: "960 pixels"}),
        ((800, 600), (960, 720), {}),
    ],
)
def test_the_sizes_that_the_photo_bears_are_offered(
    done: Job,
    client: Client,
    photo: tuple[int, int],
    video: tuple[int, int],
    offered: dict[int, str],
) -> None:
    Photo.objects.filter(pk=done.photo_id).update(width=photo[0], height=photo[1])
    storage.save(done.artifacts.get(kind="report").key, json.dumps({"size": video}).encode())
    page = page_of(client, done)
    sizes = re.search(r'<select id="size".*?</select>', page, re.DOTALL)
    found = re.findall(r'<option value="(\d+)">(.*?)</option>', sizes[0]) if sizes else []
    assert {int(size): title for size, title in found} == offered
    assert "Plays everywhere, {}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{}".format(*video) in page
    if sizes:
        assert "Current size ({} × {})".format(*video) in sizes[0]
        assert "4K about five times" in page


def test_another_size_is_made_from_the_photo_anew(done: Job, client: Client) -> None:
    address = reverse("restyle", args=[done.photo.public_id])
    options = {"motion": "swing", "size": "1920", "auto_amplitude": "on"}
    assert "Starting soon" in client.post(address, options, headers={"HX-Request": "true"}).text
    job = Job.objects.latest("pk")
    assert (job.kind, job.options) == ("create", {"motion": "swing", "size": 1920})
    assert (
        client.post(address, options | {"size": "1000"}, headers={"HX-Request": "true"}).status_code
        == 400
    )
    assert (
        client.post(address, options | {"size": ""}, headers={"HX-Request": "true"}).status_code
        == 200
    )
    assert Job.objects.latest("pk").kind == "restyle"


def test_a_photo_is_turned_before_and_after_it_is_made(
    done: Job, make_job: MakeJob, client: Client
) -> None:
    for job, status in ((done, 302), (make_job(State.FAILED), 302), (make_job(), 302)):
        address = reverse("rotate", args=[job.photo.public_id])
        page = page_of(client, job)
        assert f'action="{address}"' in page
        assert re.findall(r'name="by" value="(\d+)"', page) == ["270", "180", "90"]
        assert client.post(address, {"by": "90"}).status_code == status
        assert Job.objects.latest("pk").options["rotate"] == 90
        assert client.post(address, {"by": "45"}).status_code == 400
    expired = make_job(State.EXPIRED)
    assert "Wrong way up?" not in page_of(client, expired)
    address = reverse("rotate", args=[expired.photo.public_id])
    assert client.post(address, {"by": "90"}).status_code == 400


def test_a_turned_photo_stands_upright_on_its_page(done: Job, client: Client) -> None:
    Job.objects.filter(pk=done.pk).update(options={"rotate": 90})
    page = page_of(client, done)
    assert (viewer_of(page)["width"], viewer_of(page)["height"]) == ("72", "96")
    assert 'class="stage tall"' in page
    thumbnail = reverse("thumbnail", args=[done.photo.public_id])
    assert f'photo="{thumbnail}?turn=90"' in page  # not the one that the browser has kept


def test_a_version_of_another_size_says_so(
    done: Job, client: Client, make_job: MakeJob, keep: Callable[..., Artifact]
) -> None:
    Photo.objects.filter(pk=done.photo_id).update(width=1000, height=1500)
    options = {"motion": "swing", "size": 3840}
    larger = make_job(State.SUCCEEDED, photo=done.photo, options=options)
    keep(larger, "poster.jpg", b"poster")
    page = page_of(client, done, f"?version={done.public_id}")
    assert "<span>Swing, 1500\N{NO-BREAK SPACE}px</span>" in page
    assert "<span>Swing</span>" in page


@pytest.mark.parametrize(
    ("photo", "size", "said"),
    [
        ((4000, 3000), 960, "Swing, 960\N{NO-BREAK SPACE}px"),
        ((4000, 3000), 1440, "Swing"),
        ((4000, 3000), None, "Swing"),
        ((800, 600), 960, "Swing"),  # as large as with any other size
        ((1200, 900), 1920, "Swing"),
    ],
)
def test_a_version_of_the_usual_size_does_not(
    done: Job, client: Client, photo: tuple[int, int], size: int | None, said: str
) -> None:
    Photo.objects.filter(pk=done.photo_id).update(width=photo[0], height=photo[1])
    options: dict[str, object] = {"motion": "swing"} | ({"size": size} if size else {})
    Job.objects.filter(pk=done.pk).update(options=options)
    assert str(Version(Job.objects.get(pk=done.pk)).made_with) == said


def test_work_shows_the_result_when_it_is_done(done: Job, client: Client) -> None:
    headers = {"HX-Request": "true"}
    address = reverse("restyle", args=[done.photo.public_id])
    part = client.post(address, {"motion": "orbit"}, headers=headers).content.decode()
    assert 'hx-trigger="every 1s"' in part
    work = reverse("work", args=[done.photo.public_id])
    Job.objects.filter(kind="restyle").update(state=State.CANCELLED)
    # What was set stays as it is beside the line that says so.
    part = client.get(work, headers=headers).content.decode()
    assert "You stopped the new version." in part
    assert "hx-select" not in part
    Job.objects.filter(kind="restyle").update(state=State.SUCCEEDED)
    part = client.get(work, headers=headers).content.decode()
    assert 'hx-trigger="load, every 2s" hx-select="#result"' in part


def test_a_painted_depth_is_ordered(done: Job, client: Client) -> None:
    address = reverse("edit-depth", args=[done.photo.public_id])
    values = {"mode": "brush", "motion": "orbit", "picture": grey_png()}
    assert client.post(address, values).status_code == 302
    job = Job.objects.get(kind="edit")
    assert job.depth_edit == {"mode": "brush", "near": "bright"}
    assert job.options == {"motion": "orbit"}


def test_a_depth_map_of_ones_own_is_ordered(done: Job, client: Client) -> None:
    address = reverse("edit-depth", args=[done.photo.public_id])
    client.post(address, {"mode": "replace", "near": "dark", "picture": grey_png()})
    assert Job.objects.get(kind="edit").depth_edit == {"mode": "replace", "near": "dark"}


def test_a_depth_map_that_is_none_is_refused(done: Job, client: Client) -> None:
    address = reverse("edit-depth", args=[done.photo.public_id])
    for picture, words in (
        (SimpleUploadedFile("a.png", b"no picture"), "cannot read this format"),
        (SimpleUploadedFile("a.png", b""), "empty"),
        ("", "Choose a depth map first"),
    ):
        response = client.post(address, {"mode": "replace", "picture": picture})
        assert response.status_code == 400
        assert words in response.content.decode()
    assert not Job.objects.filter(kind="edit").exists()


def test_a_depth_map_before_the_first_result_is_a_clear_400(
    make_job: MakeJob, client: Client
) -> None:
    address = reverse("edit-depth", args=[make_job().photo.public_id])
    response = client.post(address, {"mode": "replace", "picture": grey_png()})
    assert response.status_code == 400
    assert "Wait until" in response.content.decode()


def test_a_link_is_made_shown_and_ended(done: Job, client: Client) -> None:
    headers = {"HX-Request": "true"}
    share, unshare = (reverse(each, args=[done.photo.public_id]) for each in ("share", "unshare"))
    assert client.post(share).url.endswith("#share")
    part = client.post(share, headers=headers).content.decode()
    token = Share.objects.get().token
    assert f'value="http://testserver/s/{token}/"' in part
    assert f"&lt;iframe src=&quot;http://testserver/s/{token}/embed&quot;" in part
    assert token in page_of(client, done)
    assert token not in client.post(unshare, headers=headers).content.decode()
    assert sharing.find(token) is None


@pytest.mark.parametrize(
    "sent", [{}, {"follow": "this"}, {"follow": "this", "version": "1"}, {"follow": "that"}]
)
def test_a_choice_of_version_that_nobody_can_read_changes_no_link(
    done: Job, client: Client, sent: dict[str, str]
) -> None:
    share = sharing.share(done.photo)
    sharing.choose(done.photo, done)
    address = reverse("share-version", args=[done.photo.public_id])
    answer = client.post(address, sent, headers={"HX-Request": "true"})
    assert answer.status_code == 400
    assert answer["HX-Retarget"] == "find .answer"
    assert "choose the version again" in answer.content.decode()
    share.refresh_from_db()
    assert share.job == done


def test_there_is_no_link_before_there_is_something_to_show(
    make_job: MakeJob, client: Client
) -> None:
    address = reverse("share", args=[make_job().photo.public_id])
    assert client.post(address).status_code == 400


def test_a_picture_of_two_views_is_offered_to_be_cut(done: Job, client: Client) -> None:
    address = reverse("rotate", args=[done.photo.public_id])
    assert 'name="stereo"' not in page_of(client, done)  # most photos are no pair
    Photo.objects.filter(pk=done.photo_id).update(width=2000, height=750)
    layouts = re.findall(r'name="stereo" value="([\w-]+)"', page_of(client, done))
    assert layouts == ["sbs", "cross-eyed"]
    assert client.post(address, {"stereo": "sbs"}).status_code == 302
    job = Job.objects.latest("pk")
    assert (job.kind, job.options["stereo"]) == ("create", "sbs")
    for wrong in ({"stereo": "vr"}, {}, {"stereo": "sbs", "by": "90"}):
        assert client.post(address, wrong).status_code == 400
    Job.objects.filter(pk=done.pk).update(options={"stereo": "sbs"})
    Job.objects.filter(pk=job.pk).delete()
    page = page_of(client, done)
    assert re.findall(r'name="stereo" value="([\w-]+)"', page) == ["none"]
    thumbnail = reverse("thumbnail", args=[done.photo.public_id])
    assert f'photo="{thumbnail}?turn=sbs"' in page
