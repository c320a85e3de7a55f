"""The pages show one's own photos, and nobody else's."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from amena.accounts.models import User
from amena.jobs import states
from amena.jobs.models import Job, Photo, State
from amena.jobs.services import deletion
from amena.site import housekeeping
from tests.jobs.samples import jpeg

MakeJob = Callable[..., Job]


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(user: User) -> Client:
    return browser_of(user)


def addresses(job: Job) -> dict[str, str]:
    """Every address that belongs to one photo, by name."""
    ids = {
        "photo_id": job.photo.public_id,
        "job_id": job.public_id,
        "artifact_id": job.artifacts_by_kind["video"].public_id,
    }
    found = {}
    for pattern in patterns():
        names = pattern.pattern.converters
        if names and pattern.name and set(names) <= set(ids):
            found[pattern.name] = reverse(pattern.name, kwargs={name: ids[name] for name in names})
    return found


def patterns() -> list[URLPattern]:
    """The pages' addresses; the admin's are Django's to guard, the API's have their own test."""

    def walk(resolver: URLResolver) -> list[URLPattern]:
        found = []
        for each in resolver.url_patterns:
            if isinstance(each, URLPattern):
                found.append(each)
            elif each.app_name not in ("admin", "api"):
                found += walk(each)
        return found

    return walk(get_resolver())


def test_every_address_of_a_photo_is_a_404_for_somebody_else(done: Job, other: User) -> None:
    stranger = browser_of(other)
    found = addresses(done)
    assert {"photo", "work", "card", "delete", "restyle", "thumbnail", "cancel", "retry"} < set(
        found
    )
    for name, address in found.items():
        answers = {stranger.get(address).status_code, stranger.post(address).status_code}
        assert answers <= {404, 405}, name
        assert 404 in answers, name
    assert Photo.objects.get().deleted_at is None


def test_every_address_of_a_photo_asks_a_visitor_to_sign_in(done: Job) -> None:
    for address in [*addresses(done).values(), reverse("wall")]:
        for response in (Client().get(address), Client().post(address)):
            assert response.status_code == 302
            assert response.url.startswith(f"{reverse('login')}?next=")


def test_after_the_sign_in_one_is_on_the_page_that_the_form_stood_on(done: Job) -> None:
    page = reverse("photo", args=[done.photo.public_id])
    for referer, back in (
        (f"http://testserver{page}?version=1", f"{page}%3Fversion%3D1"),
        ("https://elsewhere.example/photos/", reverse("wall")),
        ("", reverse("wall")),
    ):
        for name, key in (("restyle", done.photo.public_id), ("export", done.public_id)):
            address = reverse(name, args=[key])
            response = Client().post(address, headers={"referer": referer})
            assert response.url == f"{reverse('login')}?next={back}"


def test_no_address_shows_the_original_or_the_scene(done: Job, client: Client) -> None:
    scene = done.artifacts_by_kind["scene"]
    assert client.get(reverse("artifact", args=[scene.public_id])).status_code == 404
    for name in addresses(done):
        assert "original" not in name


def test_a_finished_photo_shows_its_video_and_downloads(done: Job, client: Client) -> None:
    page = client.get(reverse("photo", args=[done.photo.public_id])).content.decode()
    files = done.artifacts_by_kind
    for kind in ("video", "poster", "glb", "disparity"):
        assert reverse("artifact", args=[files[kind].public_id]) in page
    assert "autoplay loop muted playsinline" in page
    assert "hx-trigger" not in page


def test_what_a_page_waits_for_before_it_is_painted_is_on_it(
    done: Job, make_job: MakeJob, client: Client
) -> None:
    """The browser says so in its console where it is not."""
    photos = [reverse("photo", args=[job.photo.public_id]) for job in (done, make_job())]
    for address in (*photos, *map(reverse, ("wall", "landing", "help", "terms", "account"))):
        page = client.get(address, follow=True).content.decode()
        awaited = re.findall(r'<link rel="expect" href="#(\w+)"', page)
        assert len(awaited) == 1
        assert page.count(f'id="{awaited[0]}"') == 1


def test_a_photo_in_work_asks_for_itself_and_says_what_is_done(
    make_job: MakeJob, client: Client
) -> None:
    job = make_job(State.RUNNING)
    Job.objects.update(stage="inpaint", progress=41)
    address = reverse("work", args=[job.photo.public_id])
    for shown in (reverse("photo", args=[job.photo.public_id]), address):
        page = client.get(shown).content.decode()
        assert f'hx-get="{address}"' in page
        assert "Filling in what is hidden" in page
        assert 'value="41"' in page


def test_without_javascript_the_page_reloads_itself(make_job: MakeJob, client: Client) -> None:
    job = make_job()
    page = client.get(reverse("photo", args=[job.photo.public_id])).content.decode()
    assert '<noscript><meta http-equiv="refresh"' in page


def test_a_queued_photo_knows_how_many_are_before_it(make_job: MakeJob, client: Client) -> None:
    make_job()
    make_job()
    job = make_job()
    page = client.get(reverse("photo", args=[job.photo.public_id])).content.decode()
    assert "Waiting, 2 ahead" in page


def test_a_failed_photo_says_why_and_can_be_tried_again(make_job: MakeJob, client: Client) -> None:
    job = make_job(State.FAILED)
    page = client.get(reverse("photo", args=[job.photo.public_id])).content.decode()
    assert "damaged and cannot be read" in page
    assert client.post(reverse("retry", args=[job.public_id])).status_code == 302
    job.refresh_from_db()
    assert job.state == State.QUEUED


def test_stop_cancels(make_job: MakeJob, client: Client) -> None:
    job = make_job()
    response = client.post(reverse("cancel", args=[job.public_id]))
    assert response.url == reverse("photo", args=[job.photo.public_id])
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert "You stopped this 3D photo" in client.get(response.url).content.decode()


@pytest.mark.django_db(transaction=True)
def test_delete_removes_the_photo_from_the_wall_at_once_and_from_the_disk_soon(
    done: Job, client: Client, media: Any
) -> None:
    address = reverse("photo", args=[done.photo.public_id])
    response = client.post(reverse("delete", args=[done.photo.public_id]))
    assert response.url.startswith(reverse("wall"))
    assert client.get(address).status_code == 404
    Photo.objects.update(deleted_at=F("deleted_at") - 2 * deletion.UNDO_TIME)
    housekeeping.sweep()
    assert list((media / "photos").iterdir()) == []


def test_another_motion_is_made_from_the_kept_scene(done: Job, client: Client) -> None:
    address = reverse("restyle", args=[done.photo.public_id])
    assert client.post(address, {"motion": "swing"}).status_code == 302
    job = Job.objects.get(kind="restyle")
    assert job.options == {"motion": "swing"}
    assert client.post(address, {"motion": "somersault"}).status_code == 400


def test_another_motion_over_the_quota_is_a_friendly_429(
    done: Job, client: Client, settings: Any
) -> None:
    settings.QUOTA_ACTIVE_JOBS = 0
    response = client.post(reverse("restyle", args=[done.photo.public_id]), {"motion": "swing"})
    assert response.status_code == 429
    assert "Retry-After" in response
    assert "cannot make photos" in response.content.decode()


def test_another_motion_before_the_first_is_ready_is_a_clear_400(
    make_job: MakeJob, client: Client
) -> None:
    job = make_job()
    response = client.post(reverse("restyle", args=[job.photo.public_id]), {"motion": "swing"})
    assert response.status_code == 400
    assert "Wait until" in response.content.decode()


def test_the_wall_has_only_one_s_own_photos(
    make_job: MakeJob, make_photo: Callable[..., Photo], client: Client, other: User
) -> None:
    make_job(photo=make_photo(name="mine.jpg"))
    make_job(photo=make_photo(owner=other, name="theirs.jpg"))
    page = client.get(reverse("wall")).content.decode()
    assert "mine.jpg" in page
    assert "theirs.jpg" not in page


def test_the_wall_asks_as_few_questions_for_many_photos_as_for_few(
    make_job: MakeJob, client: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        make_job(State.SUCCEEDED)
    with django_assert_max_num_queries(9):
        page = client.get(reverse("wall")).content.decode()
    assert page.count('class="card"') == 24
    assert "Page 1 of 2" in page


def test_the_thumbnail_is_shown_to_the_owner(done: Job, client: Client) -> None:
    response = client.get(reverse("thumbnail", args=[done.photo.public_id]))
    assert response.getvalue() == jpeg()
    assert response["Cache-Control"] == "private, max-age=86400, immutable"


def test_a_name_cannot_bring_markup_into_the_page(
    make_job: MakeJob, make_photo: Callable[..., Photo], client: Client
) -> None:
    job = make_job(photo=make_photo(name="<script>alert(1)</script>.jpg"))
    for address in (reverse("wall"), reverse("photo", args=[job.photo.public_id])):
        assert "<script>alert" not in client.get(address).content.decode()


def test_the_landing_page_is_for_everybody(db: None) -> None:
    response = Client().get(reverse("landing"))
    assert response.status_code == 200
    assert "3D Photo Generator" in response.content.decode()


def test_pages_allow_no_inline_script_or_style_and_no_frame(client: Client) -> None:
    response = client.get(reverse("wall"))
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "geolocation=()" in response["Permissions-Policy"]
    page = response.content.decode()
    assert " style=" not in page
    assert "onclick" not in page


def test_a_wrong_id_is_a_404_in_the_site_s_style(client: Client) -> None:
    response = client.get(reverse("photo", args=[uuid.uuid4()]))
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_a_crash_is_a_500_in_the_site_s_style(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("amena.jobs.selectors.wall", crash)
    client.raise_request_exception = False
    response = client.get(reverse("wall"))
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


def test_a_form_without_its_token_is_a_403_in_the_site_s_style(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    response = client.post(reverse("wall"))
    assert response.status_code == 403
    assert "has expired" in response.content.decode()


def test_progress_is_cleared_when_a_job_is_tried_again(make_job: MakeJob) -> None:
    job = make_job(State.RUNNING)
    states.beat(states.Lease(job.public_id, job.lease_token, 1), "render", 70)
    states.retry_later(states.Lease(job.public_id, job.lease_token, 1), "x", "x")
    job.refresh_from_db()
    assert (job.stage, job.progress) == ("", 0)
