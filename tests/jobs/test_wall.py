"""The wall: narrowing it, adding to it, taking a deletion back, in both languages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from amena.accounts.models import User
from amena.jobs.engine_options import parse_options
from amena.jobs.models import Job, Photo, State
from tests.jobs.samples import uploaded

MakeJob = Callable[..., Job]


@pytest.fixture
def client(user: User, sent: list[str]) -> Client:
    client = Client()
    client.force_login(user)
    return client


def names(client: Client, query: str = "") -> list[str]:
    return [card.photo.name for card in client.get(f"/photos/{query}").context["cards"]]


def send(client: Client, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    values = {"photo": uploaded(), "submission": str(uuid.uuid4())} | fields
    return client.post("/photos/", values, headers=headers or {"X-Upload": "1"})


def test_it_can_be_narrowed_by_state_and_name(
    client: Client, make_job: MakeJob, make_photo: Callable[..., Photo]
) -> None:
    make_job(State.SUCCEEDED, photo=make_photo(name="ready.jpg"))
    make_job(State.FAILED, photo=make_photo(name="failed.jpg"))
    make_job(State.RUNNING, photo=make_photo(name="working.jpg"))
    again = make_photo(name="again.jpg")
    make_job(State.FAILED, photo=again)
    make_job(State.QUEUED, photo=again)
    assert names(client) == ["again.jpg", "working.jpg", "failed.jpg", "ready.jpg"]
    assert names(client, "?show=working") == ["again.jpg", "working.jpg"]
    assert names(client, "?show=ready") == ["ready.jpg"]
    assert names(client, "?show=failed") == ["failed.jpg"]
    assert names(client, "?show=nonsense") == names(client)
    assert names(client, "?q=AI") == ["again.jpg", "failed.jpg"]
    assert names(client, "?show=failed&q=ready") == []
    assert "No matching photos." in client.get("/photos/?q=nowhere").content.decode()


def test_a_photo_with_a_result_is_ready_whatever_became_of_a_later_wish(
    client: Client, make_job: MakeJob
) -> None:
    photo = make_job(State.SUCCEEDED).photo
    for state, words in ((State.FAILED, "could not be made"), (State.CANCELLED, "You stopped")):
        job = make_job(state, photo=photo, kind=Job.Kind.RESTYLE)
        wall = client.get("/photos/?show=ready").content.decode()
        assert "Ready ·" in wall
        assert "The newest change was not made." in wall
        assert names(client, "?show=failed") == []
        page = reverse("photo", args=[photo.public_id])
        work = reverse("work", args=[photo.public_id])
        assert words in client.get(work).content.decode()
        assert client.post(reverse("dismiss", args=[job.public_id])).url == page
        assert words not in client.get(work).content.decode()
        assert "The newest change" not in client.get("/photos/").content.decode()


def test_an_export_does_not_change_where_a_photo_stands(client: Client, make_job: MakeJob) -> None:
    job = make_job(State.SUCCEEDED)
    make_job(State.FAILED, photo=job.photo, kind=Job.Kind.EXPORT, source=job)
    assert names(client, "?show=ready") == ["holiday.jpg"]
    assert names(client, "?show=failed") == []


def test_a_queued_card_says_how_long_it_will_wait(client: Client, make_job: MakeJob) -> None:
    make_job(State.SUCCEEDED)
    make_job(State.RUNNING)
    make_job()
    page = client.get("/photos/").content.decode()
    assert "Starting soon" in page
    assert "Starts within a minute" in page


def test_the_script_gets_the_card_of_what_it_has_sent(client: Client) -> None:
    response = send(client)
    photo = Photo.objects.get()
    assert response.status_code == 201
    assert response["Location"] == reverse("photo", args=[photo.public_id])
    assert f'id="card-{photo.public_id}"' in response.content.decode()
    assert "<html" not in response.content.decode()


def test_the_script_gets_a_refusal_as_one_line(client: Client, settings: Any) -> None:
    response = send(client, photo=uploaded(b"nothing at all"))
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/plain")
    assert response.content.decode().endswith("or choose another one.")
    settings.UPLOAD_MAX_BYTES = 100
    assert send(client).status_code == 413
    settings.QUOTA_ACTIVE_JOBS = 0
    settings.UPLOAD_MAX_BYTES = 2**20
    response = send(client)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    assert "<" not in response.content.decode()


def test_what_is_wished_for_before_the_upload_is_what_is_made(client: Client) -> None:
    options = {"motion": "orbit", "strength": "bold", "size": "1920", "outputs": ["gif", "sbs"]}
    send(client, **options)
    assert Job.objects.get().options == {
        "motion": "orbit",
        "strength": "bold",
        "size": 1920,
        "outputs": ["gif", "sbs"],
    }


def test_an_upload_without_wishes_leaves_all_to_the_engine(client: Client) -> None:
    send(client)
    assert Job.objects.get().options == {"motion": "circle"}


def test_wishes_that_are_not_offered_are_refused(client: Client) -> None:
    for name, value in (("strength", "7"), ("size", "100"), ("outputs", "exe")):
        assert send(client, **{name: value}).status_code == 400
    assert not Photo.objects.exists()


def test_a_deletion_is_said_and_can_be_taken_back(client: Client, make_job: MakeJob) -> None:
    photo = make_job(State.SUCCEEDED).photo
    wall = client.post(reverse("delete", args=[photo.public_id]), follow=True)
    assert names(client) == []
    assert "holiday.jpg</span> deleted" in wall.content.decode()
    address = reverse("restore", args=[photo.public_id])
    assert address in wall.content.decode()
    assert client.post(address, follow=True).status_code == 200
    assert names(client) == ["holiday.jpg"]


def test_nobody_else_is_told_of_a_deletion_or_can_take_it_back(
    client: Client, make_job: MakeJob, other: User
) -> None:
    photo = make_job(State.SUCCEEDED).photo
    client.post(reverse("delete", args=[photo.public_id]))
    stranger = Client()
    stranger.force_login(other)
    page = stranger.get(f"/photos/?deleted={photo.public_id}").content.decode()
    assert "holiday.jpg" not in page
    assert stranger.post(reverse("restore", args=[photo.public_id])).status_code == 404
    assert names(client) == []


def test_limits_are_shown_before_they_bite(client: Client, make_job: MakeJob) -> None:
    make_job(State.RUNNING)
    page = client.get("/photos/").content.decode()
    assert "1 of 3 in progress" in page
    assert "0 of 50 today" in page
    assert "up to 60\N{NO-BREAK SPACE}MB and 250\N{NO-BREAK SPACE}megapixels" in page
    assert "1 of 3 in progress" in client.get("/photos/usage/").content.decode()


def test_stop_on_the_wall_stays_on_the_wall(client: Client, make_job: MakeJob) -> None:
    job = make_job()
    response = client.post(reverse("cancel", args=[job.public_id]), {"wall": ""})
    assert response.url == f"{reverse('wall')}?stopped={job.photo.public_id}"


def test_a_stored_failure_is_worded_in_the_reader_s_language(
    client: Client, make_job: MakeJob
) -> None:
    job = make_job(State.FAILED)
    Job.objects.update(error_code="too_slow", error_message="This photo took too long.")
    for headers, words in (
        ({}, "This photo took too long. Try again at a smaller size."),
        ({"accept-language": "ja"}, "処理に時間がかかりすぎたため、"),
    ):
        for address in ("/photos/", reverse("photo", args=[job.photo.public_id])):
            assert words in client.get(address, headers=headers).content.decode()


@pytest.mark.parametrize("code", ["internal", "huggingface_missing", "onnx_missing", "storage"])
def test_what_failed_on_our_side_can_be_tried_again(
    client: Client, make_job: MakeJob, code: str
) -> None:
    job = make_job(State.FAILED)
    page = reverse("photo", args=[job.photo.public_id])
    assert "Try again<" not in client.get(page).content.decode()  # the photo is broken
    Job.objects.update(error_code=code)
    assert "Try again<" in client.get(page).content.decode()


def test_refusals_come_in_the_reader_s_language(client: Client, settings: Any) -> None:
    japanese = {"X-Upload": "1", "accept-language": "ja"}
    response = send(client, headers=japanese, photo=uploaded(b"nothing"))
    assert response.content.decode().startswith("対応していない形式です。")
    settings.QUOTA_ACTIVE_JOBS = 0
    assert "写真を作成できません" in send(client, headers=japanese).content.decode()


def test_photos_are_made_at_the_usual_size_unless_another_is_chosen(client: Client) -> None:
    page = client.get("/photos/").content.decode()
    sizes = re.search(r'<select name="size".*?</select>', page, re.DOTALL)
    assert sizes
    chosen = re.findall(r'<option value="(\d+)" selected>', sizes[0])
    assert chosen == ["1440"]
    send(client, size=chosen[0])
    send(client)
    send(client, size="960")
    asked = [parse_options(job.options).size for job in Job.objects.order_by("pk")]
    assert asked == [1440, 1440, 960]
