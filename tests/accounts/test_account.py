"""The account page: usage, sessions, all one's data, and leaving for good."""

from __future__ import annotations

import io
import json
import logging
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from social_django.models import UserSocialAuth

from amena.accounts import devices, tokens
from amena.accounts.models import Session, Token, User
from amena.engine.photo.kinds import KINDS
from amena.jobs import archives
from amena.jobs.models import Photo
from amena.site import deletion, export
from tests.accounts.openid_provider import Provider
from tests.accounts.test_google import sign_in
from tests.jobs.samples import uploaded

if TYPE_CHECKING:
    from amena.jobs.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

ARCHIVES = pytest.mark.attack(
    "archives of 10,000 photos, many at once",
    "sent as they are read, two at a time a process, then 503",
)
MINE = "ada@example.com"


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def leave(client: Client, typed: str = MINE) -> Any:
    return client.post(reverse("delete-account"), {"confirmation": typed})


def test_the_page_shows_what_is_used_and_what_may_be(
    client: Client,
    user: User,
    make_job: Callable[..., Job],
) -> None:
    make_job()
    user.quota.active_jobs = 5
    user.quota.save()
    page = client.get(reverse("account"))
    assert page.context["usage"].active == 1
    assert "1 of 5" in page.content.decode()
    assert MINE in page.content.decode()


def test_one_signs_out_everywhere_else(client: Client, user: User) -> None:
    elsewhere, stranger = Client(), Client()
    elsewhere.force_login(user)
    stranger.force_login(User.objects.create_user("bob@example.com"))
    assert len(client.get(reverse("account")).context["sessions"]) == 2
    client.post(reverse("end-sessions"))
    assert len(client.get(reverse("account")).context["sessions"]) == 1
    assert elsewhere.get(reverse("account")).status_code == 302
    assert stranger.get(reverse("account")).status_code == 200


def test_one_signs_out_in_one_browser_that_one_knows_by_its_name(
    client: Client,
    user: User,
    settings: Any,
) -> None:
    settings.DEVELOPMENT = settings.DEV_LOGIN = True
    name = "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"
    phone, stranger = (Client(headers={"User-Agent": name}) for _ in range(2))
    phone.post(reverse("dev-login"), {"email": user.email})
    stranger.post(reverse("dev-login"), {"email": "bob@example.com"})
    shown = client.get(reverse("account"))
    (there,) = (each for each in shown.context["sessions"] if not each.here)
    assert there.device == "Chrome, Android"
    assert "Chrome, Android" in shown.text
    assert str(phone.session.session_key) not in shown.text
    (theirs,) = stranger.get(reverse("account")).context["sessions"]
    (here,) = (each for each in shown.context["sessions"] if each.here)
    for name in (theirs.name, here.name, "nonsense"):  # somebody else's, one's own, none
        client.post(reverse("end-sessions"), {"only": name})
    assert stranger.get(reverse("account")).status_code == 200
    assert phone.get(reverse("account")).status_code == 200
    client.post(reverse("end-sessions"), {"only": there.name})
    assert phone.get(reverse("account")).status_code == 302
    assert client.get(reverse("account")).status_code == 200


@pytest.mark.parametrize(
    ("told", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0",
         "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
         "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0", "Firefox, Linux"),
        ("curl/8.5", ""),
        ("<script>" * 100_000, ""),
    ],
)  # fmt: skip
def test_a_device_is_named_by_browser_and_system(told: str, device: str) -> None:
    assert devices.device(told) == device


def test_the_sessions_of_staff_end_with_their_working_day(settings: Any) -> None:
    staff = Client()
    staff.force_login(User.objects.create_superuser("root@example.com"))
    assert staff.session.get_expiry_age() <= settings.STAFF_SESSION_SECONDS
    person = Client()
    person.force_login(User.objects.create_user("bob@example.com"))
    assert person.session.get_expiry_age() > settings.STAFF_SESSION_SECONDS


# --- All one's data ------------------------------------------------------------------------------


def archive(client: Client) -> tuple[Any, zipfile.ZipFile]:
    response = client.post(reverse("export-account"))
    assert response.status_code == 200
    assert response.streaming
    return response, zipfile.ZipFile(io.BytesIO(response.getvalue()))


def test_the_archive_holds_every_row_and_every_file(
    client: Client,
    user: User,
    done: Job,
    media: Path,
) -> None:
    from amena.jobs import storage

    storage.save(storage.original_key(done.photo.public_id), b"the original")
    tokens.issue(user, "Laptop", Token.Scope.READ, None)
    response, found = archive(client)
    assert response["Content-Disposition"].startswith('attachment; filename="amena-')
    assert found.testzip() is None
    rows = json.loads(found.read("account.json"))
    assert rows["accounts.User"][0]["email"] == MINE
    assert rows["accounts.Token"][0]["name"] == "Laptop"
    assert rows["jobs.Photo"][0]["name"] == "holiday.jpg"
    assert rows["jobs.Job"][0]["public_id"] == str(done.public_id)
    assert {row["kind"] for row in rows["jobs.Artifact"]} == set(done.artifacts_by_kind)
    folder = f"photos/{done.photo.public_id}"
    assert found.read(f"{folder}/original.jpg") == b"the original"
    assert found.read(f"{folder}/{done.public_id}/video.mp4") == b"video.mp4"
    assert len(found.namelist()) == 1 + len(list(filter(Path.is_file, media.rglob("*"))))


def test_every_model_that_belongs_to_people_is_in_the_archive(user: User) -> None:
    """Whatever is added to the service later too."""
    reached: set[Any] = {User}
    while more := {
        model
        for model in set(apps.get_models(include_auto_created=True)) - reached
        if any(field.related_model in reached for field in model._meta.concrete_fields)
    }:
        reached |= more
    names = {model._meta.label for model in reached}
    assert {"jobs.Artifact", "accounts.Quota", "social_django.UserSocialAuth"} <= names
    assert {model._meta.label for model in export._keys(user)} == names


@ARCHIVES
def test_the_archive_is_never_whole_in_memory(
    user: User,
) -> None:
    from amena.api.models import IdempotencyRecord

    IdempotencyRecord.objects.bulk_create(
        (IdempotencyRecord(user=user, key=str(n), body="a" * 20_000) for n in range(2000)), 100
    )
    sending = archives.Archive(export.members(user))
    tracemalloc.start()
    try:
        total = sum(map(len, sending))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        sending.close()
    assert total > 40_000_000
    assert most < total / 2


@ARCHIVES
def test_two_archives_at_a_time_are_sent_by_one_process(
    client: Client,
    user: User,
) -> None:
    """A reader who takes it slowly keeps a thread; the others stay for everybody else."""
    first, second = (archives.Archive(export.members(user)) for _ in range(2))
    try:
        refusal = client.post(reverse("export-account"))
        assert refusal.status_code == 503
        assert refusal["Retry-After"]
        first.close()
        first.close()
        assert archive(client)[1].testzip() is None
        assert archive(client)[1].testzip() is None
    finally:
        second.close()


def test_nothing_in_the_archive_lets_anybody_in(
    client: Client,
    user: User,
) -> None:
    from amena.webhooks.models import Endpoint

    secret = tokens.issue(user, "Laptop", Token.Scope.READ, None)
    endpoint = Endpoint.objects.create(user=user, url="https://hooks.example/")
    text = archive(client)[1].read("account.json").decode()
    assert secret not in text
    assert Token.objects.get().digest not in text
    assert endpoint.salt not in text
    for session in Session.objects.all():
        assert session.session_key not in text
        assert session.session_data not in text
    assert user.password not in text


def test_nothing_of_others_is_in_the_archive(
    client: Client,
    other: User,
    make_photo: Any,
) -> None:
    theirs = make_photo(other, name="secret.jpg")
    text = archive(client)[1].read("account.json").decode()
    assert "bob@example.com" not in text
    assert "secret.jpg" not in text
    assert str(theirs.public_id) not in text


def test_files_that_have_expired_are_left_out(client: Client, make_photo: Any) -> None:
    make_photo()
    assert archive(client)[1].namelist() == ["account.json"]


# --- Leaving -------------------------------------------------------------------------------------


def test_whoever_leaves_leaves_nothing_behind(
    client: Client,
    user: User,
    done: Job,
    media: Path,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    secret = tokens.issue(user, "Laptop", Token.Scope.READ, None)
    elsewhere = Client()
    elsewhere.force_login(user)
    with caplog.at_level(logging.INFO), django_capture_on_commit_callbacks(execute=True):
        assert leave(client, " Ada@Example.com ").url == reverse("landing") + "#answer"
    assert not User.objects.exists()
    assert not Session.objects.filter(user__isnull=False).exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []
    for left in (client, elsewhere):
        assert left.get(reverse("account")).status_code == 302
    assert tokens.find(secret) is None
    lines = [line.getMessage() for line in caplog.records if line.name.startswith("amena")]
    assert f"Account deleted: {user.public_id}" in lines
    assert MINE not in caplog.text


@pytest.mark.parametrize("typed", ["", "yes", "bob@example.com", "ada@example.co"])
def test_a_slip_deletes_nothing(client: Client, typed: str) -> None:
    response = leave(client, typed)
    assert response.status_code == 400
    assert response.content.decode().count('role="alert"') == 1
    assert User.objects.filter(is_active=True, email=MINE).exists()
    assert client.get(reverse("account")).status_code == 200


def test_while_a_worker_is_busy_the_account_has_no_name_any_more(
    client: Client,
    user: User,
    make_job: Callable[..., Job],
    sent: list[str],
    django_capture_on_commit_callbacks: Any,
) -> None:
    from amena.jobs import states
    from amena.jobs.services import deletion as photos

    waiting, running = make_job(), make_job()
    lease = states.claim(running.public_id)
    assert lease is not None
    with django_capture_on_commit_callbacks(execute=True):
        leave(client)
    left = User.objects.get()
    assert left.email.endswith("@deleted.invalid")
    assert (left.name, left.is_active, left.has_usable_password()) == ("", False, False)
    assert not Token.objects.exists()
    assert not UserSocialAuth.objects.exists()
    assert not type(waiting).objects.filter(pk=waiting.pk).exists()
    running.refresh_from_db()
    assert running.cancel_requested
    assert deletion.purge_accounts() == 0  # the worker has not let go yet
    states.stop(lease)
    assert photos.purge_deleted() == 1
    assert deletion.purge_accounts() == 1
    assert not User.objects.exists()


@pytest.mark.attack("an upload under way while its owner leaves", "it goes, too")
def test_an_upload_that_was_under_way_goes_too(
    user: User,
    make_photo: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    deletion.delete(user)
    make_photo(user)
    with django_capture_on_commit_callbacks(execute=True):
        deletion.purge_accounts()
    assert deletion.purge_accounts() == 1


def test_the_same_google_account_starts_anew(
    provider: Provider,
    django_capture_on_commit_callbacks: Any,
    sent: list[str],
    media: Path,
) -> None:
    first = Client()
    sign_in(first)
    before = User.objects.get()
    data = {"motion": "circle", "photo": uploaded(), "submission": before.public_id}
    assert first.post(reverse("wall"), data).status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        leave(first)
    again = Client()
    sign_in(again)
    assert User.objects.get().public_id != before.public_id
    assert again.get(reverse("wall")).context["page"].total == 0


def test_staff_end_sessions_and_delete_accounts_in_the_admin(
    user: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    root = User.objects.create_superuser("root@example.com")
    staff, person = Client(), Client()
    staff.force_login(root)
    person.force_login(user)
    where = reverse("admin:accounts_user_changelist")

    def act(action: str, *people: User) -> None:
        chosen = {"action": action, "_selected_action": [each.pk for each in people]}
        with django_capture_on_commit_callbacks(execute=True):
            assert staff.post(where, chosen).status_code == 302

    act("end_sessions", user)
    assert person.get(reverse("account")).status_code == 302
    act("delete_accounts", user, root)
    assert User.objects.get() == root


def test_passwords_of_staff_must_be_long() -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    validate_password("correct horse battery staple")
    for weak in ("short", "password1234", "root@example.com"):
        with pytest.raises(ValidationError):
            validate_password(weak, User(email="root@example.com"))


def test_an_original_in_the_archive_ends_as_its_format_does() -> None:
    """Every format that is taken; raw files as they came, if by an ending of such files."""
    endings = {kind: export.ending(Photo(format=kind, name="a")) for kind in KINDS}
    assert endings == {
        "JPEG": "jpg", "PNG": "png", "WEBP": "webp", "HEIF": "heic", "AVIF": "avif",
        "TIFF": "tif", "GIF": "gif", "BMP": "bmp", "JXL": "jxl", "RAW": "dng",
    }  # fmt: skip
    for name, expected in {"IMG_1.CR3": "cr3", "x.exe": "dng", "x": "dng"}.items():
        assert export.ending(Photo(format="RAW", name=name)) == expected
