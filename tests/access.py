"""Every address that the site has, filled with one person's ids, and everybody who may ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from tests.fixtures.programs import token

if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.jobs.models import Job

METHODS = ("get", "post", "put", "patch", "delete")
#: What can be typed into a link to lead elsewhere, as browsers read it.
ELSEWHERE = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example",
    "///evil.example", "http:evil.example", "https:/evil.example", "/\t/evil.example",
    "https://testserver@evil.example", "https://testserver.evil.example", " //evil.example",
    "javascript:alert(1)", "data:text/html,x", "\x00//evil.example",
)  # fmt: skip


@dataclass(frozen=True)
class Address:
    """One pattern of the site's, and one address that it matches.

    Attributes:
        name: with its namespace; `admin:` and `api:` stand for those without a name.
        where: the path.
    """

    name: str
    where: str


@dataclass(frozen=True)
class Answer:
    """What matters here of a response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def leaves_the_site(self) -> bool:
        """Whether a browser would follow it to another site: it takes \\ for /, and drops tabs."""
        target = self.location.replace("\\", "/")
        target = "".join(each for each in target if each > " ")
        parts = urlsplit(target)
        return parts.scheme not in ("", "http", "https") or parts.netloc not in ("", "testserver")


def patterns(
    resolver: URLResolver | None = None, space: str = "", parts: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name and variable parts of every pattern, by walking the URL resolver."""
    for each in (resolver or get_resolver()).url_patterns:
        found = (*parts, *each.pattern.converters, *each.pattern.regex.groupindex)
        if isinstance(each, URLResolver):
            yield from patterns(
                each, f"{space}{each.namespace}:" if each.namespace else space, found
            )
        else:
            assert isinstance(each, URLPattern)
            yield f"{space}{each.name or ''}", tuple(dict.fromkeys(found))


def addresses(done: Job) -> list[Address]:
    """Each address once, with the ids of what belongs to the owner of the job `done`."""
    from amena.accounts.models import Token
    from amena.jobs.models import Photo
    from amena.jobs.services import sharing
    from amena.notifications import subscriptions
    from amena.webhooks import endpoints
    from amena.webhooks.models import Endpoint

    photo, owner = done.photo, done.photo.owner
    token(owner)
    mine = Token.objects.filter(user=owner).latest("pk")
    endpoint = Endpoint.objects.create(user=owner, url="https://hooks.example/", events=[])
    size = {"width": 9, "height": 9, "size": 1}
    later = timezone.now() + timedelta(hours=1)  # it can be taken back for as long as a test takes
    thrown_away = Photo.objects.create(owner=owner, format="JPEG", deleted_at=later, **size)
    delivery = endpoints.ping(endpoint)
    subscriptions.subscribe(owner)
    link = subscriptions.unsubscribe_address(owner).strip("/")
    values: dict[str, Any] = {
        "photo_id": photo.public_id,
        "job_id": done.public_id,
        "artifact_id": done.artifacts_by_kind["video"].public_id,
        "token_id": mine.public_id,
        "token": sharing.share(photo).token,
        "name": "video",
        "webhook_id": endpoint.public_id,
        "delivery_id": delivery.public_id,
        "signature": link.rpartition("/")[2],
        "app_label": "jobs",
        "public_id": photo.public_id,
    }
    rows = {
        "accounts_user": owner, "accounts_token": mine, "jobs_job": done,
        "jobs_photo": photo, "jobs_share": photo.shares.get(), "webhooks_endpoint": endpoint,
        "webhooks_delivery": delivery, "notifications_emailsubscription": owner.email_subscription,
    }  # fmt: skip
    unnamed = {"api:": "/api/v1/nothing", "admin:": f"/admin/jobs/photo/{photo.pk}/"}

    def fill(name: str, parts: tuple[str, ...]) -> str:
        ids = dict(values)
        if name == "restore":
            ids["photo_id"] = thrown_away.public_id
        if "object_id" in parts:
            ids["object_id"] = rows[name.removeprefix("admin:").rpartition("_")[0]].pk
        where = reverse(name, kwargs={part: ids[part] for part in parts})
        return f"{where}?url=http://testserver/s/{values['token']}/" if name == "oembed" else where

    found = dict(sorted(patterns()))
    return [Address(name, unnamed.get(name) or fill(name, parts)) for name, parts in found.items()]


def visitors(owner: User) -> dict[str, Client]:
    """Everybody who may ask, by the names of the table's columns."""
    from amena.accounts.models import Token, User

    def person(name: str, **options: Any) -> User:
        return User.objects.create_user(f"{name}@example.com", **options)

    def program(who: User, scope: str = "write", **spoilt: Any) -> Client:
        secret = token(who, scope)
        Token.objects.filter(pk=Token.objects.latest("pk").pk).update(**spoilt or {"name": "x"})
        return Client(headers={"Authorization": f"Bearer {secret}"})

    def browser(who: User) -> Client:
        client = Client()
        client.force_login(who)
        return client

    other, closed = person("other"), person("closed")
    found = {
        "nobody": Client(),
        "closed": browser(closed),
        "other": browser(other),
        "owner": browser(owner),
        "clerk": browser(person("clerk", is_staff=True)),
        "root": browser(User.objects.create_superuser("root@example.com")),
        "revoked": program(owner, revoked_at="2026-01-01T00:00:00Z"),
        "expired": program(owner, expires_at="2026-01-01T00:00:00Z"),
        "theirs": program(other),
        "reader": program(owner, "read"),
        "writer": program(owner),
    }
    User.objects.filter(pk=closed.pk).update(is_active=False)
    return found


def ask(client: Client, method: str, where: str, *data: Any, **options: Any) -> Answer:
    """One request; whatever it changed is taken back, so that the next finds the same."""
    if method == "get":
        return _ask(client, method, where, *data, **options)
    cookies = client.cookies.copy()
    with transaction.atomic():
        answer = _ask(client, method, where, *data, **options)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


def _ask(client: Client, method: str, where: str, *data: Any, **options: Any) -> Answer:
    client.raise_request_exception = False
    response = getattr(client, method)(where, *data, **options)
    body = response.getvalue()  # read to the end, so that a file it comes from is closed
    return Answer(response.status_code, dict(response.headers), body)
