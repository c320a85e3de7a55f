"""A finished 3D photo's page: versions, downloads, depth, sharing."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from amena.accounts.models import User
from amena.engine.catalogue import CATALOGUE, GROUPS
from amena.engine.options import MOTIONS
from amena.engine.scene.notes import NOTES
from amena.jobs import storage, wording
from amena.jobs.files import FILE_TYPES
from amena.jobs.models import Artifact, Job, Photo, Share, State
from amena.jobs.services import sharing
from tests.jobs.samples import STANDARD_FILES

MakeJob = Callable[..., Job]

pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def keep(make_job: MakeJob) -> Callable[..., Artifact]:
    """Stores one file of a job."""

    def one(job: Job, name: str, content: bytes) -> Artifact:
        key = f"{storage.attempt_prefix(job.photo.public_id, job.public_id, 1)}/{name}"
        storage.save(key, content)
        kind, content_type, _output = FILE_TYPES[name]
        fields = {"key": key, "size": len(content), "content_type": content_type}
        return Artifact.objects.create(job=job, kind=kind, **fields)

    return one


@pytest.fixture
def done(make_job: MakeJob, keep: Callable[..., Artifact]) -> Job:
    """A finished job with all its files."""
    job = make_job(State.SUCCEEDED, options={"motion": "swing"})
    report = {"amplitude": 0.021, "focus": 0.62, "notes": ["stretched", "from_the_future"]}
    for name in STANDARD_FILES:
        keep(job, name, json.dumps(report).encode() if name == "report.json" else name.encode())
    return job


def page_of(client: Client, job: Job, query: str = "") -> str:
    address = reverse("photo", args=[job.photo.public_id]) + query
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def grey_png(size: tuple[int, int] = (96, 72)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("L", size, 128).save(out, "PNG")
    return SimpleUploadedFile("brush.png", out.getvalue(), "image/png")


def viewer_of(page: str) -> dict[str, str]:
    tag = re.search(r"<photo-3d ([^>]*)>", page)
    assert tag
    return dict(re.findall(r'([\w-]+)="([^"]*)"', tag[1]))


def test_the_view_starts_as_the_video_was_made(done: Job, client: Client) -> None:
    view = viewer_of(page_of(client, done))
    assert view["src"] == reverse("artifact", args=[done.artifacts_by_kind["glb"].public_id])
    assert (view["motion"], view["amplitude"], view["focus"]) == ("swing", "0.021", "0.62")


def test_numbers_are_written_for_machines_in_every_language(
    done: Job, client: Client, settings: Any
) -> None:
    settings.LANGUAGE_CODE = "de"
    settings.LANGUAGES = [("de", "Deutsch")]
    page = page_of(client, done)
    assert viewer_of(page)["amplitude"] == "0.021"
    assert 'value="0.62"' in page


def test_the_storage_is_asked_for_a_report_once(done: Job, client: Client, media: Path) -> None:
    first = viewer_of(page_of(client, done))
    assert first["amplitude"] == "0.021"
    for report in media.rglob("report.json"):
        report.unlink()
    assert viewer_of(page_of(client, done)) == first


def test_a_report_that_cannot_be_read_leaves_the_page_whole(
    make_job: MakeJob, keep: Callable[..., Artifact], client: Client
) -> None:
    job = make_job(State.SUCCEEDED)
    for name in STANDARD_FILES:
        keep(job, name, b"[]" if name == "report.json" else b"x")
    assert viewer_of(page_of(client, job))["amplitude"] == "0.03"


def test_how_it_turned_out_is_said_in_plain_words(done: Job, client: Client) -> None:
    page = page_of(client, done)
    assert "A lower strength helps." in page
    assert "from_the_future" not in page


def test_every_note_of_the_engine_has_words() -> None:
    assert set(wording.NOTE_TEXTS) == set(NOTES)


def test_every_motion_can_be_chosen_and_has_a_picture(done: Job, client: Client) -> None:
    page = page_of(client, done)
    tiles = re.findall(
        r'<input type="radio" name="motion" value="([\w-]+)"[^>]*>\s*<span[^>]*><img[^>]*><svg',
        page,
    )
    assert tiles == list(MOTIONS)


def test_everything_that_can_be_saved_is_offered(done: Job, client: Client) -> None:
    page = page_of(client, done)
    for output in CATALOGUE:
        if output.group and not output.always:
            assert f'name="output" value="{output.name}"' in page
    for kind in ("video", "poster", "glb", "disparity"):
        address = reverse("artifact", args=[done.artifacts_by_kind[kind].public_id])
        assert f'href="{address}?download"' in page
    assert "9\xa0bytes" in page


def test_downloads_are_grouped_by_what_people_want_to_do(done: Job, client: Client) -> None:
    def opened() -> dict[str, bool]:
        found = re.findall(
            r'<details class="download-group"( open)?>\s*<summary><h3>(.*?)</h3>',
            page_of(client, done),
        )
        return {title: bool(state) for state, title in found}

    assert list(opened()) == list(GROUPS.values())
    assert [title for title, is_open in opened().items() if is_open] == [GROUPS["share"]]
    # What is being made is in sight, where a page is loaded anew.
    client.post(reverse("export", args=[done.public_id]), {"output": "rgbd"})
    shown = [title for title, is_open in opened().items() if is_open]
    assert shown == [GROUPS["share"], GROUPS["print"]]


@pytest.mark.parametrize(("video", "times"), [((960, 720), 1), ((1920, 1440), 4)])
def test_what_is_not_made_yet_says_how_large_it_will_be(
    done: Job, client: Client, video: tuple[int, int], times: int
) -> None:
    storage.save(done.artifacts_by_kind["report"].key, json.dumps({"size": video}).encode())
    page = page_of(client, done)
    costs = {each.name: each.megabytes for each in CATALOGUE}

    def about(text: str) -> float:
        found = re.search(rf"{text}, about ([\d.]+)\xa0(KB|MB)", page)
        assert found
        return float(found[1]) * 1024 ** (1 if found[2] == "KB" else 2) / 1e6

    assert about("For holographic displays") == pytest.approx(times * costs["rgbd"], rel=0.05)
    # A loop and a quilt are as large as they are.
    assert about("do not accept video") == pytest.approx(costs["gif"], rel=0.05)
    assert about("views for Looking Glass displays") == pytest.approx(costs["quilt"], rel=0.05)


def test_a_format_is_ordered_once_and_found_when_it_is_made(
    done: Job, client: Client, keep: Callable[..., Artifact]
) -> None:
    address = reverse("export", args=[done.public_id])
    for _ in range(2):
        response = client.post(address, {"output": "gif"})
        assert response.url.endswith("#downloads")
    job = Job.objects.get(kind="export")
    assert job.source == done
    part = client.post(address, {"output": "gif"}, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<li id="download-gif"')
    assert 'hx-trigger="every 1s"' in part
    assert "Making GIF" in part
    Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED)
    gif = keep(job, "loop.gif", b"GIF89a")
    part = client.get(reverse("downloads", args=[done.public_id])).content.decode()
    assert reverse("artifact", args=[gif.public_id]) in part
    assert "hx-trigger" not in part


def test_a_print_is_made_for_the_sheet_that_people_have(
    done: Job, client: Client, keep: Callable[..., Artifact]
) -> None:
    address = reverse("export", args=[done.public_id])

    def row(**asked: object) -> str:
        fields = {f"lenticular-{name}": value for name, value in asked.items()}
        answer = client.post(
            address, {"output": "lenticular", **fields}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == (400 if "alert" in answer.content.decode() else 200)
        return answer.content.decode()

    def field(page: str, name: str) -> str:
        found = re.search(rf'<input[^>]*name="lenticular-{name}"[^>]*>', page)
        assert found
        return found[0]

    page = page_of(client, done)
    assert 'value="60"' in field(page, "lpi") and 'max="150.0"' in field(page, "lpi")
    assert 'value="8"' in re.search(r'<input[^>]*name="gif-loop_limit"[^>]*>', page)[0]
    assert "greater than or equal to 240" in row(dpi=100)
    assert "four printed dots" in row(lpi=100, dpi=300)
    assert not Job.objects.filter(kind="export").exists()
    assert "Making Lenticular print" in row(lpi=75.2, dpi=720, print_inches="")
    job = Job.objects.get(kind="export")
    assert job.options["outputs"] == ["lenticular"]
    assert (job.options["lpi"], job.options["dpi"]) == (75.2, 720)
    Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED)
    first = keep(job, "lenticular.png", b"PNG")
    page = page_of(client, done)
    assert 'value="75.2"' in field(page, "lpi")
    assert "Make Lenticular print again" in page and str(first.public_id) in page
    row(lpi=40)
    again = Job.objects.filter(kind="export").latest("created_at")
    Job.objects.filter(pk=again.pk).update(state=State.SUCCEEDED)
    second = keep(again, "lenticular.png", b"PNG")
    page = page_of(client, done)
    assert str(second.public_id) in page and str(first.public_id) not in page


def test_a_format_that_could_not_be_made_says_why(done: Job, client: Client) -> None:
    client.post(reverse("export", args=[done.public_id]), {"output": "gif"})
    Job.objects.filter(kind="export").update(state=State.FAILED, error_code="loop_too_large")
    page = page_of(client, done)
    assert "over the file size limit" in page
    assert 'name="output" value="gif"' in page


def test_an_unknown_format_is_refused_in_place(done: Job, client: Client) -> None:
    address = reverse("export", args=[done.public_id])
    assert client.post(address, {"output": "avi"}).status_code == 400
    response = client.post(address, {"output": "avi"}, headers={"HX-Request": "true"})
    assert response["HX-Retarget"] == "find .answer"
    assert response.content.decode().startswith('<p class="alert" role="alert">Choose one')


def test_a_format_over_the_quota_is_refused_in_place(
    done: Job, client: Client, settings: Any
) -> None:
    settings.QUOTA_ACTIVE_JOBS = 0
    response = client.post(
        reverse("export", args=[done.public_id]), {"output": "gif"}, headers={"HX-Request": "true"}
    )
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_earlier_videos_stay_at_hand(
    done: Job, make_job: MakeJob, keep: Callable[..., Artifact], client: Client
) -> None:
    newer = make_job(State.SUCCEEDED, photo=done.photo, kind="restyle")
    for name in STANDARD_FILES:
        keep(newer, name, b"{}")
    glb = {job.pk: str(job.artifacts_by_kind["glb"].public_id) for job in (done, newer)}
    assert glb[newer.pk] in viewer_of(page_of(client, done))["src"]
    page = page_of(client, done, f"?version={done.public_id}")
    assert glb[done.pk] in viewer_of(page)["src"]
    assert f'href="?version={newer.public_id}"' in page
    missing = reverse("photo", args=[done.photo.public_id]) + f"?version={done.photo.public_id}"
    assert client.get(missing).status_code == 404


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
        ((4000, 3000), (960, 720), {1920: "1920 pixels (Full HD)", 3840: "3840 pixels (4K)"}),
        ((4000, 3000), (1920, 1440), {960: "960 pixels", 3840: "3840 pixels (4K)"}),
        ((1001, 1501), (640, 960), {1920: "1501 pixels"}),
        ((1001, 1501), (1000, 1500), {960: "960 pixels"}),
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
        assert "4K about nine times" in page


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
