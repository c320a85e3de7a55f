"""Events arrive signed, are tried again when they do not, and given up at last."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.models import F
from django.db.models.functions import Now

from amena.client.webhooks import verify
from amena.jobs.models import Job, State
from amena.webhooks import delivering, endpoints, events, signing
from amena.webhooks.models import Delivery, Endpoint
from tests.receiver import Receiver, receiving

if TYPE_CHECKING:
    from amena.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def due() -> Delivery:
    """The one delivery, due now."""
    Delivery.objects.update(deliver_at=Now())
    return Delivery.objects.get()


def attempt() -> Delivery:
    due()
    assert delivering.deliver_due() == 1
    return Delivery.objects.get()


def test_an_event_arrives_signed(
    endpoint: Endpoint, receiver: Receiver, make_job: Callable[..., Job]
) -> None:
    job = make_job(State.SUCCEEDED)
    events.announce()
    delivery = attempt()
    assert (delivery.state, delivery.status, delivery.response) == ("delivered", 200, "fine")
    ((method, path, headers, body),) = receiver.requests
    assert (method, path, body.decode()) == ("POST", "/hook?x=1", delivery.body)
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == str(delivery.public_id)
    event = verify(body, headers, signing.secret(endpoint.salt))
    assert (event.type, event.data["job"]) == ("job.succeeded", str(job.public_id))
    assert delivering.deliver_due() == 0


def test_after_a_500_it_is_sent_again_under_the_same_id(
    endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.statuses = [500, 200]
    endpoints.ping(endpoint)
    delivery = attempt()
    assert (delivery.state, delivery.attempts, delivery.status) == ("pending", 1, 500)
    wait = Delivery.objects.annotate(wait=F("deliver_at") - F("attempted_at")).get().wait
    assert timedelta(seconds=9) < wait < timedelta(seconds=40)
    assert delivering.deliver_due() == 0
    delivery = attempt()
    assert (delivery.state, delivery.attempts) == ("delivered", 2)
    first, second = (request[2] for request in receiver.requests)
    assert first["webhook-id"] == second["webhook-id"]


def test_the_pauses_grow() -> None:
    pauses = [delivering.pause(attempts).total_seconds() for attempts in range(1, 6)]
    assert pauses == [10, 60, 360, 2160, 12960]


def test_after_six_attempts_it_is_given_up(endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.statuses = [503]
    endpoints.ping(endpoint)
    for _ in range(5):
        assert attempt().state == "pending"
    delivery = attempt()
    assert (delivery.state, delivery.attempts, len(receiver.requests)) == ("failed", 6, 6)
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.disabled_at) == (1, None)
    assert delivering.deliver_due() == 0


def give_up(endpoint: Endpoint) -> None:
    Delivery.objects.all().delete()
    endpoints.ping(endpoint)
    Delivery.objects.update(attempts=delivering.ATTEMPTS - 1)
    attempt()


def test_an_endpoint_given_up_five_times_in_a_row_is_disabled_until_it_is_enabled(
    endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    for _ in range(4):
        give_up(endpoint)
    receiver.statuses = [200]
    give_up(endpoint)  # it arrives
    endpoint.refresh_from_db()
    assert endpoint.failures == 0
    receiver.statuses = [500]
    for _ in range(5):
        assert endpoint.disabled_at is None
        give_up(endpoint)
        endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "failing"
    with pytest.raises(endpoints.DisabledError):
        endpoints.ping(endpoint)
    Delivery.objects.update(state="pending", attempts=0)
    due()
    assert delivering.deliver_due() == 0
    receiver.statuses = [200]
    endpoints.enable(endpoint)
    assert attempt().state == "delivered"


def test_a_410_ends_it_at_once(endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.statuses = [410]
    endpoints.ping(endpoint)
    assert attempt().state == "failed"
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "gone"


def test_a_redirect_is_a_failure(endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [307], {"Location": receiver.url}
    endpoints.ping(endpoint)
    assert attempt().state == "pending"
    assert len(receiver.requests) == 1


def test_it_can_be_sent_anew(endpoint: Endpoint, receiver: Receiver) -> None:
    delivery = endpoints.ping(endpoint)
    assert not endpoints.redeliver(delivery)
    attempt()
    assert endpoints.redeliver(delivery)
    again = attempt()
    assert (again.state, again.attempts) == ("delivered", 1)
    assert len({request[2]["webhook-id"] for request in receiver.requests}) == 1
    assert len(receiver.requests) == 2


@pytest.mark.attack(
    "webhooks and uploads by address that lead inside, however the address is spelt",
    "refused, and connected to as checked",
)
def test_a_name_that_leads_inside_by_now_is_not_followed(
    endpoint: Endpoint, receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOUND_LOOPBACK = False
    real = socket.getaddrinfo
    public = real("8.8.8.8", 443, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: public)
    rebound = endpoints.register(endpoint.user, "https://hooks.example/", ["job.failed"])
    private = real("127.0.0.1", receiver.port, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: private)
    endpoints.ping(rebound)
    delivery = attempt()
    assert (delivery.state, delivery.status) == ("pending", None)
    assert delivery.error == "The host hooks.example is not on the public internet."
    assert receiver.requests == []


def test_nobody_there_is_noted(endpoint: Endpoint) -> None:
    Endpoint.objects.update(url="http://127.0.0.1:9/")
    endpoints.ping(endpoint)
    delivery = attempt()
    assert (delivery.state, delivery.status) == ("pending", None)
    assert "refused" in delivery.error


def test_only_the_beginning_of_an_answer_is_kept(endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.content = b"\0\xff" + b"x" * 5000
    endpoints.ping(endpoint)
    delivery = attempt()
    assert len(delivery.response) == 499
    assert delivery.response.startswith("\ufffdx")


def test_the_secret_before_signs_too_for_a_day(endpoint: Endpoint, receiver: Receiver) -> None:
    old = signing.secret(endpoint.salt)
    endpoints.rotate(endpoint)
    new = signing.secret(endpoint.salt)
    assert old != new
    endpoints.ping(endpoint)
    attempt()
    _method, _path, headers, body = receiver.requests[0]
    assert verify(body, headers, old) == verify(body, headers, new)
    Endpoint.objects.update(rotated_at=Now() - timedelta(hours=25))
    Delivery.objects.update(state="pending")
    attempt()
    assert " " not in receiver.requests[1][2]["webhook-signature"]


def test_secrets_are_nowhere_in_the_database(endpoint: Endpoint) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(e)::text FROM webhooks_endpoint e")
        (row,) = cursor.fetchone()
    secret = signing.secret(endpoint.salt)
    assert secret.startswith("whsec_")
    assert secret.removeprefix("whsec_") not in row


@pytest.mark.fault("several processes deliver the same events", "each is sent once")
def test_several_processes_send_each_event_once(endpoint: Endpoint, receiver: Receiver) -> None:
    for _ in range(10):
        endpoints.ping(endpoint)

    def deliver(_number: int) -> int:
        try:
            return delivering.deliver_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(deliver, range(4)))
    delivering.deliver_due()
    ids = [request[2]["webhook-id"] for request in receiver.requests]
    assert len(ids) == len(set(ids)) == 10
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_who_died_while_sending_leaves_it_due_again(endpoint: Endpoint) -> None:
    delivery = endpoints.ping(endpoint)
    (found,) = delivering._due()
    assert delivering._claim(found)
    assert not delivering._claim(delivery)
    assert delivering.due() == 0
    Delivery.objects.update(deliver_at=F("deliver_at") - timedelta(minutes=1))
    assert delivering.due() == 1


def test_a_slow_receiver_holds_up_nobody_else(
    endpoint: Endpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_SECONDS", 2.0)
    with receiving(drip=True) as slow:
        other = endpoints.register(endpoint.user, slow.url, ["job.failed"])
        for _ in range(3):
            endpoints.ping(other)
            endpoints.ping(endpoint)
        delivering.deliver_due()
    assert len(receiver.requests) == 3
    stuck = Delivery.objects.filter(endpoint=other)
    assert {(each.state, each.attempts) for each in stuck} == {("pending", 1)}


@pytest.mark.attack(
    "webhooks that hang, so that others' events wait (64 s before)",
    "two places of sixteen for one person",
)
def test_slow_receivers_of_one_person_leave_places_to_others(
    endpoint: Endpoint, receiver: Receiver, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While they hang, an event of somebody else is started at once; before, after all of them."""
    monkeypatch.setattr(delivering, "_SECONDS", 2.0)
    with receiving(drip=True) as slow, ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            endpoints.ping(endpoints.register(other, slow.url, ["job.failed"]))
        sending = delivering.Sending(pool)
        assert (sending.start(), sending.start()) == (2, 0)
        endpoints.ping(endpoint)
        assert sending.start() == 1
        pool.shutdown()
        assert len(receiver.requests) == 1
        assert len(slow.requests) == 2


def test_deliveries_are_forgotten_after_a_month(endpoint: Endpoint) -> None:
    for _ in range(3):
        endpoints.ping(endpoint)
    kept, old, waiting = Delivery.objects.order_by("pk")
    Delivery.objects.filter(pk=kept.pk).update(state="delivered")
    Delivery.objects.filter(pk__in=[old.pk, waiting.pk]).update(
        created_at=Now() - timedelta(days=31)
    )
    Delivery.objects.filter(pk=old.pk).update(state="failed")
    assert delivering.tidy() == 1
    assert set(Delivery.objects.values_list("pk", flat=True)) == {kept.pk, waiting.pk}


def run(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("deliver_webhooks", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_the_command_announces_and_delivers(
    endpoint: Endpoint, receiver: Receiver, make_job: Callable[..., Job]
) -> None:
    make_job(State.SUCCEEDED)
    endpoints.ping(endpoint)
    assert run("--dry-run") == {"dry_run": True, "unannounced": 1, "due": 1}
    assert receiver.requests == []
    assert run() == {"dry_run": False, "announced": 1, "attempts": 2, "forgotten": 0}
    assert len(receiver.requests) == 2


def test_the_thread_goes_on_after_what_goes_wrong_and_ends_when_told(
    endpoint: Endpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[Exception] = [OperationalError("gone"), ZeroDivisionError()]
    announce = events.announce

    def flaky() -> int:
        if failures:
            raise failures.pop(0)
        return announce()

    monkeypatch.setattr(events, "announce", flaky)
    endpoints.ping(endpoint)
    ended = threading.Event()
    thread = threading.Thread(target=delivering.run, args=(ended, 0.01))
    thread.start()
    deadline = time.monotonic() + 60
    while not receiver.requests and time.monotonic() < deadline:
        time.sleep(0.02)
    ended.set()
    thread.join(60)
    assert not thread.is_alive()
    assert len(receiver.requests) == 1
    assert failures == []
