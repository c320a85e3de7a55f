"""A finished 3D photo's page: how it begins, downloads, versions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from amena.engine.catalogue import CATALOGUE, GROUPS
from amena.engine.options import MOTIONS
from amena.engine.scene.notes import NOTES
from amena.jobs import storage, wording
from amena.jobs.models import Artifact, Job, State
from tests.jobs.result.conftest import MakeJob, page_of, viewer_of
from tests.jobs.samples import STANDARD_FILES

pytestmark = pytest.mark.usefixtures("sent")


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
    page = re.sub("<span[^>]*>", "", page_of(client, done))
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
