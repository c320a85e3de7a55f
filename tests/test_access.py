"""Who may reach which address: every one that the site has, found by walking its URL patterns.

An address that is new fails here until `WHO` says for whom it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.api.conftest import done  # noqa: F401  fixture
from tests.jobs.conftest import (  # noqa: F401  fixtures
    make_job,
    make_photo,
    media,
    other,
    sent,
    user,
)

if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.jobs.models import Job

pytestmark = pytest.mark.django_db


class Who(Enum):
    """For whom an address is."""

    EVERYBODY = "with or without an account"
    NOBODY = "a 404 here for everybody: switched off, or its key is missing"
    PERSON = "whoever is signed in; it shows nothing of others"
    OWNER = "the owner; for everybody else who is signed in, staff too, there is nothing"
    TOKEN_PERSON = "as PERSON, in the API"
    TOKEN_OWNER = "as OWNER, in the API"
    STAFF = "staff who have signed in to the admin"


WHO = {
    Who.EVERYBODY: {
        "landing", "login", "logout", "language", "healthz", "readyz",
        "shared", "shared-embed", "shared-file", "oembed", "api:docs", "api:openapi",
        "admin:login", "favicon", "robots",
    },
    Who.NOBODY: {"google-start", "google-done", "dev-login", "metrics", "api:"},
    Who.PERSON: {
        "wall", "usage", "account", "tokens", "webhooks", "end-sessions", "export-account",
        "delete-account", "account-language",
    },
    Who.OWNER: {
        "photo", "work", "card", "delete", "restyle", "rotate", "edit-depth", "share", "unshare",
        "thumbnail", "cancel", "dismiss", "retry", "downloads", "export", "restore", "artifact",
        "revoke-token", "delete-webhook", "enable-webhook", "ping-webhook",
    },
    Who.TOKEN_PERSON: {
        "api:photos", "api:jobs", "api:webhooks", "api:me", "api:motions", "api:options",
        "api:formats",
    },
    Who.TOKEN_OWNER: {
        "api:photo", "api:thumbnail", "api:photo-jobs", "api:photo-depth", "api:photo-share",
        "api:job", "api:job-artifacts", "api:job-exports", "api:job-cancel", "api:job-retry",
        "api:artifact", "api:artifact-content", "api:webhook", "api:webhook-enable",
        "api:webhook-ping", "api:webhook-secret", "api:deliveries", "api:delivery",
        "api:redelivery",
    },
}  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Pattern:
    """One address.

    Attributes:
        name: with its namespace; empty where it has none.
        parts: the names of what varies in it.
        view: what answers.
    """

    name: str
    parts: tuple[str, ...]
    view: Callable[..., Any] = field(repr=False)

    @property
    def who(self) -> Who | None:
        """For whom it is; None: nobody has said so."""
        if self.name.startswith("admin:") and self.name != "admin:login":
            return Who.STAFF
        return next((who for who, names in WHO.items() if self.name in names), None)


def walk(resolver: URLResolver, space: str = "", parts: tuple[str, ...] = ()) -> Iterator[Pattern]:
    for each in resolver.url_patterns:
        found = (*parts, *each.pattern.converters, *each.pattern.regex.groupindex)
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from walk(each, inner, found)
        else:
            assert isinstance(each, URLPattern)
            yield Pattern(f"{space}{each.name or ''}", tuple(dict.fromkeys(found)), each.callback)


PATTERNS = sorted(walk(get_resolver()), key=lambda pattern: pattern.name)


def of(*kinds: Who) -> Any:
    """The test runs for each address of these kinds."""
    chosen = [pattern for pattern in PATTERNS if pattern.who in kinds]
    return pytest.mark.parametrize("pattern", chosen, ids=lambda pattern: pattern.name)


@pytest.fixture
def address(done: Job, user: User) -> Callable[[Pattern], str]:  # noqa: F811
    """Fills an address with the ids of what is `user`'s own."""
    from amena.accounts import tokens
    from amena.accounts.models import Token
    from amena.jobs.services import sharing
    from amena.webhooks import endpoints
    from amena.webhooks.models import Endpoint

    tokens.issue(user, "script", Token.Scope.READ, None)
    endpoint = Endpoint.objects.create(user=user, url="https://hooks.example/", events=[])
    values: dict[str, Any] = {
        "photo_id": done.photo.public_id,
        "job_id": done.public_id,
        "artifact_id": done.artifacts_by_kind["video"].public_id,
        "token_id": Token.objects.get().public_id,
        "token": sharing.share(done.photo).token,
        "name": "video",
        "webhook_id": endpoint.public_id,
        "delivery_id": endpoints.ping(endpoint).public_id,
    }

    def fill(pattern: Pattern) -> str:
        if pattern.name == "api:":
            return "/api/v1/nothing"
        return reverse(pattern.name, kwargs={part: values[part] for part in pattern.parts})

    return fill


@pytest.fixture
def staff(db: None) -> User:
    from amena.accounts.models import User

    return User.objects.create_superuser("root@example.com")


def browser(person: User | None, **options: Any) -> Client:
    client = Client(**options)
    if person is not None:
        client.force_login(person)
    return client


@dataclass(frozen=True)
class Answer:
    """What matters here of a response."""

    status: int
    location: str
    body: bytes

    def leads_to(self, *places: str) -> bool:
        return self.status == 302 and self.location.startswith(places)


def ask(client: Client, method: str, where: str) -> Answer:
    response = getattr(client, method)(where)
    body = response.getvalue()  # read to the end, so that a file it comes from is closed
    return Answer(response.status_code, response.headers.get("Location", ""), body)


def answers(client: Client, where: str) -> dict[str, Answer]:
    """What each method gets."""
    return {method: ask(client, method, where) for method in METHODS}


def statuses(client: Client, where: str) -> set[int]:
    """Without those of methods that the address does not know."""
    return {each.status for each in answers(client, where).values()} - {405}


def test_every_address_says_for_whom_it_is() -> None:
    unknown = [pattern.name for pattern in PATTERNS if pattern.who is None]
    assert unknown == [], "Say in WHO for whom it is, and in its view by @login_not_required if all"
    named = [name for names in WHO.values() for name in names]
    assert sorted(named) == sorted(set(named)), "one kind each"
    assert set(named) - {pattern.name for pattern in PATTERNS} == set(), "they are gone"


@of(Who.EVERYBODY)
def test_what_is_for_everybody_asks_nobody_to_sign_in(
    pattern: Pattern, address: Any, other: User, user: User, staff: User  # noqa: F811
) -> None:  # fmt: skip
    where = address(pattern)
    for person in (None, other, user, staff):
        for method, answer in answers(browser(person), where).items():
            assert not answer.leads_to(reverse("login")), method
            assert answer.status not in (401, 403), method


@of(Who.NOBODY)
def test_what_is_switched_off_is_not_there(
    pattern: Pattern, address: Any, user: User, staff: User  # noqa: F811
) -> None:  # fmt: skip
    for person in (None, user, staff):
        assert statuses(browser(person), address(pattern)) == {404}


@of(Who.PERSON, Who.OWNER)
def test_pages_ask_who_comes_without_an_account_to_sign_in(pattern: Pattern, address: Any) -> None:
    where = address(pattern)
    for method, answer in answers(browser(None), where).items():
        assert answer.leads_to(f"{reverse('login')}?next="), method


@of(Who.PERSON)
def test_pages_for_people_are_for_all_who_are_signed_in(
    pattern: Pattern, address: Any, other: User, staff: User, done: Job  # noqa: F811
) -> None:  # fmt: skip
    where = address(pattern)
    for person in (other, staff):
        found = answers(browser(person), where)
        assert not {each.status for each in found.values()} & {401, 403, 404, 500}
        shown = b"".join(each.body for each in found.values())
        assert str(done.photo.public_id).encode() not in shown
        assert b"ada@example.com" not in shown


@of(Who.OWNER)
def test_what_is_somebody_s_own_is_not_there_for_others_not_even_staff(
    pattern: Pattern, address: Any, other: User, staff: User  # noqa: F811
) -> None:  # fmt: skip
    for person in (other, staff):
        assert statuses(browser(person), address(pattern)) == {404}


@of(Who.OWNER)
def test_what_is_somebody_s_own_is_there_for_them(
    pattern: Pattern, address: Any, user: User, sent: list[str], done: Job  # noqa: F811
) -> None:  # fmt: skip
    where = address(pattern)
    if pattern.name == "restore":
        from amena.jobs.services import deletion

        deletion.delete(done.photo, undoable=True)
    found = statuses(browser(user), where)  # the method that deletes is the last
    assert found
    assert not found & {401, 403, 404, 500}


@of(Who.PERSON, Who.OWNER, Who.EVERYBODY)
def test_no_page_takes_a_post_from_elsewhere(
    pattern: Pattern, address: Any, user: User  # noqa: F811
) -> None:  # fmt: skip
    client = browser(user, enforce_csrf_checks=True)
    assert client.post(address(pattern)).status_code in (403, 405)


@of(Who.TOKEN_PERSON, Who.TOKEN_OWNER)
def test_the_api_asks_for_a_token(pattern: Pattern, address: Any) -> None:
    found = {each.status for each in answers(browser(None), address(pattern)).values()}
    assert found == {401}


@of(Who.TOKEN_OWNER)
def test_the_api_keeps_what_is_somebody_s_own(
    pattern: Pattern, address: Any, other: User, staff: User, user: User, sent: list[str]  # noqa: F811
) -> None:  # fmt: skip
    where = address(pattern)
    for person in (other, staff):
        assert statuses(browser(person), where) <= {404, 415}
        assert 404 in statuses(browser(person), where)
    found = statuses(browser(user), where)
    assert found
    assert not found & {401, 403, 404, 500}


@of(Who.TOKEN_PERSON)
def test_the_api_shows_people_their_own(
    pattern: Pattern, address: Any, other: User, done: Job  # noqa: F811
) -> None:  # fmt: skip
    response = browser(other).get(address(pattern))
    assert response.status_code == 200
    assert str(done.photo.public_id).encode() not in response.content
    assert b"ada@example.com" not in response.content


def test_the_admin_is_for_staff_alone(user: User, staff: User, done: Job) -> None:  # noqa: F811
    patterns = [each for each in PATTERNS if each.who is Who.STAFF and each.name != "admin:"]
    assert len(patterns) > 30
    values = {
        "object_id": done.photo.pk,
        "app_label": "jobs",
        "content_type_id": 1,
        "public_id": done.photo.public_id,
    }
    keys = {"jobs_job": done.pk, "accounts_user": user.pk}
    root, outside = browser(staff), [browser(None), browser(user)]
    opened = 0
    for pattern in patterns:
        model = pattern.name.removeprefix("admin:").rpartition("_")[0]
        mine = values | {"object_id": keys.get(model, done.photo.pk)}
        where = reverse(pattern.name, kwargs={part: mine[part] for part in pattern.parts})
        for client in outside:
            for method in ("get", "post"):
                answer = ask(client, method, where)
                assert answer.leads_to(reverse("admin:login"), reverse("admin:index")), where
        if pattern.name != "admin:logout":
            opened += ask(root, "get", where).status == 200
    assert opened > 15


def test_an_unknown_id_looks_like_somebody_else_s(done: Job, user: User, other: User) -> None:  # noqa: F811
    """So that nobody learns by asking what others have."""
    theirs = browser(other).get(reverse("photo", args=[done.photo.public_id]))
    nothing = browser(other).get(reverse("photo", args=[uuid.uuid4()]))
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.content == nothing.content
