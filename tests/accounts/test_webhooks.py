"""Webhooks on the account's page: added, tried, switched on again and deleted by their owner."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from amena.accounts.models import User
from amena.webhooks import endpoints, signing
from amena.webhooks.models import Delivery, Endpoint, Event

pytestmark = pytest.mark.django_db
URL = "https://1.1.1.1/amena"


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada@example.com")


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def endpoint(user: User) -> Endpoint:
    return endpoints.register(user, URL, [Event.SUCCEEDED])


def page(client: Client) -> str:
    return client.get(reverse("account")).text


def order(client: Client, name: str, endpoint: Endpoint) -> int:
    return client.post(reverse(f"{name}-webhook", args=[endpoint.public_id])).status_code


def test_one_is_added_and_its_secret_shown_once(client: Client, user: User) -> None:
    wishes = {"url": URL, "events": ["job.succeeded", "job.failed"]}
    answer = client.post(reverse("webhooks"), wishes)
    added = Endpoint.objects.get(user=user)
    assert (added.url, added.events) == (URL, ["job.failed", "job.succeeded"])
    assert signing.secret(added.salt) in answer.text
    assert "no-store" in answer["Cache-Control"]
    listed = page(client)
    assert URL in listed
    assert "nothing sent yet" in listed
    assert signing.secret(added.salt) not in listed


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("ftp://example.com", "starts with https://"),
        ("https://nothing.invalid/", "This host was not found"),
        ("https://127.0.0.1/", "not on the public internet"),
        ("", "Enter the URL first."),
    ],
)
def test_an_address_that_will_not_do_is_refused_with_a_reason(
    client: Client, url: str, line: str
) -> None:
    answer = client.post(reverse("webhooks"), {"url": url, "events": ["job.failed"]})
    assert answer.status_code == 400
    assert line in answer.text
    assert not Endpoint.objects.exists()


def test_one_too_many_is_refused(client: Client, user: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(endpoints, "MOST", 0)
    answer = client.post(reverse("webhooks"), {"url": URL, "events": ["job.failed"]})
    assert answer.status_code == 400
    assert "Delete one first" in answer.text


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ({"state": "pending"}, "a message is about to be sent"),
        ({"state": "delivered", "status": 204, "attempted_at": Now()}, "last message arrived"),
        ({"state": "pending", "status": 503, "attempted_at": Now()}, "(503), will be sent again"),
        (
            {"state": "failed", "error": "example.com: no answer in time", "attempted_at": Now()},
            "(no answer in time), no more tries",
        ),
    ],
)
def test_how_the_last_message_went_is_said(
    client: Client, endpoint: Endpoint, how: dict[str, Any], line: str
) -> None:
    for fields in ({"state": "delivered", "attempted_at": Now(), "status": 200}, how):
        Delivery.objects.create(
            endpoint=endpoint, event="job.succeeded", body="{}", deliver_at=Now(), **fields
        )
    assert line in page(client)


def test_a_test_can_be_sent_but_not_to_one_that_is_switched_off(
    client: Client, endpoint: Endpoint
) -> None:
    assert order(client, "ping", endpoint) == 302
    assert endpoint.deliveries.get().event == "ping"
    Endpoint.objects.update(disabled_at=Now(), disabled_reason="failing")
    assert "five failed messages in a row" in page(client)
    assert order(client, "ping", endpoint) == 302
    assert endpoint.deliveries.count() == 1


def test_tests_of_a_webhook_are_counted_by_person(
    client: Client, endpoint: Endpoint, settings: Any
) -> None:
    settings.LIMITS = {**settings.LIMITS, "webhook_ping": {"address": (60, 60), "person": (2, 60)}}
    assert [order(client, "ping", endpoint) for _ in range(3)] == [302, 302, 429]
    assert endpoint.deliveries.count() == 2


def test_one_is_switched_on_again_and_deleted(client: Client, endpoint: Endpoint) -> None:
    Endpoint.objects.update(disabled_at=Now(), disabled_reason="gone")
    assert "410\N{NO-BREAK SPACE}Gone" in page(client)
    assert order(client, "enable", endpoint) == 302
    assert "Send a test" in page(client)
    assert order(client, "delete", endpoint) == 302
    assert URL not in page(client)


def test_nobody_else_s_webhook_can_be_touched(client: Client) -> None:
    other = endpoints.register(User.objects.create_user("bob@example.com"), URL, ["job.failed"])
    assert URL not in page(client)
    for name in ("ping", "enable", "delete"):
        assert order(client, name, other) == 404
    assert Endpoint.objects.get() == other
