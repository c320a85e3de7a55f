"""Endpoints for webhooks, made and followed by program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from amena.accounts.models import User
from amena.api.models import IdempotencyRecord
from amena.client.webhooks import verify
from amena.jobs.models import Job, State
from amena.webhooks import delivering, endpoints, events, signing
from amena.webhooks.models import Delivery, Endpoint
from tests.fixtures.programs import Program, problem, token
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db(transaction=True)

WEBHOOKS = "/api/v1/webhooks"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_LOOPBACK = True
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def webhook(program: Program, receiver: Receiver) -> dict[str, Any]:
    """Made by the API; its secret is in it."""
    response = program.post(WEBHOOKS, {"url": receiver.url})
    assert response.status_code == 201, response.content
    assert response["Location"].endswith(f"{WEBHOOKS}/{response.json()['id']}")
    made: dict[str, Any] = response.json()
    return made


def test_the_secret_is_shown_once(program: Program, webhook: dict[str, Any]) -> None:
    assert webhook["secret"].startswith("whsec_")
    for told in (
        program.get(webhook["address"]).json(),
        *program.get(WEBHOOKS).json()["results"],
    ):
        assert told == {name: value for name, value in webhook.items() if name != "secret"}
    assert webhook["events"] == ["job.cancelled", "job.failed", "job.succeeded"]


def test_from_a_finished_job_to_the_receiver(
    program: Program,
    webhook: dict[str, Any],
    receiver: Receiver,
    make_job: Callable[..., Job],
) -> None:
    receiver.statuses = [500, 200]
    job = make_job(State.SUCCEEDED)
    events.announce()
    delivering.deliver_due()
    log = f"{webhook['address']}/deliveries"
    (delivery,) = program.get(log).json()["results"]
    assert (delivery["state"], delivery["attempts"], delivery["status"]) == ("pending", 1, 500)
    assert (delivery["job"], delivery["event"]) == (str(job.public_id), "job.succeeded")
    assert delivery["next_attempt_at"]
    Delivery.objects.update(deliver_at=job.created_at)
    delivering.deliver_due()
    delivery = program.get(f"{log}/{delivery['id']}").json()
    assert (delivery["state"], delivery["next_attempt_at"]) == ("delivered", None)
    assert delivery["response"] == "fine"
    assert program.get(f"{log}?state=pending").json()["results"] == []
    _method, _path, headers, body = receiver.requests[-1]
    event = verify(body, headers, webhook["secret"])
    assert event.data["url"] == program.get(event.data["url"]).json()["url"].replace(
        "testserver", "localhost"
    )


def test_an_event_is_sent_anew(
    program: Program, webhook: dict[str, Any], receiver: Receiver
) -> None:
    response = program.post(f"{webhook['address']}/ping")
    assert (response.status_code, response.json()["event"]) == (202, "ping")
    where = response["Location"]
    assert problem(program.post(f"{where}/redeliver")) == "delivery_pending"
    delivering.deliver_due()
    response = program.post(f"{where}/redeliver")
    assert (response.status_code, response.json()["state"]) == (202, "pending")
    assert response["Location"] == where
    delivering.deliver_due()
    assert len(receiver.requests) == 2


def test_a_disabled_webhook_says_so_until_it_is_enabled(
    program: Program, webhook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.statuses = [410]
    where = program.post(f"{webhook['address']}/ping")["Location"]
    delivering.deliver_due()
    assert program.get(webhook["address"]).json()["disabled_reason"] == "gone"
    assert problem(program.post(f"{webhook['address']}/ping")) == "webhook_disabled"
    assert problem(program.post(f"{where}/redeliver")) == "webhook_disabled"
    response = program.post(f"{webhook['address']}/enable")
    assert (response.status_code, response.json()["disabled_reason"]) == (200, "")
    assert program.post(f"{where}/redeliver").status_code == 202


def test_a_new_secret_is_shown_once_and_the_old_one_is_good_for_a_day(
    program: Program, webhook: dict[str, Any], receiver: Receiver
) -> None:
    rotated = program.post(f"{webhook['address']}/secret").json()
    assert rotated["secret"] != webhook["secret"]
    assert rotated["rotated_at"]
    program.post(f"{webhook['address']}/ping")
    delivering.deliver_due()
    _method, _path, headers, body = receiver.requests[0]
    for secret in (webhook["secret"], rotated["secret"]):
        assert verify(body, headers, secret).type == "ping"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example/", "bad_url"),
        ("https://127.0.0.1/", "private_address"),
        ("https://169.254.169.254/latest/meta-data", "private_address"),
        ("https://[::ffff:10.0.0.1]/", "private_address"),
        ("https://localhost/", "private_address"),
        ("https://hooks.invalid/", "unknown_host"),
        ("nonsense", "invalid"),
        ("", "blank"),
    ],
)
def test_other_targets_than_public_ones_are_refused(program: Program, url: str, code: str) -> None:
    response = program.post(WEBHOOKS, {"url": url})
    assert problem(response) == "invalid"
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [("url", code)]
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"events": ["job.succeeded"]}, {"url": "https://x", "events": []},
             {"url": "https://x", "events": ["job.born"]}, {"url": "https://x", "secret": "x"}],
)  # fmt: skip
def test_a_wrong_wish_is_refused(program: Program, body: Any) -> None:
    assert problem(program.post(WEBHOOKS, body)) == "invalid"


def test_there_are_ten_at_most(program: Program, receiver: Receiver) -> None:
    for _ in range(endpoints.MOST):
        assert program.post(WEBHOOKS, {"url": receiver.url}).status_code == 201
    assert problem(program.post(WEBHOOKS, {"url": receiver.url})) == "too_many_webhooks"


def test_a_deleted_one_is_gone_with_its_log(program: Program, webhook: dict[str, Any]) -> None:
    program.post(f"{webhook['address']}/ping")
    assert program.delete(webhook["address"]).status_code == 204
    assert problem(program.get(webhook["address"])) == "not_found"
    assert not Delivery.objects.exists()


def test_a_kept_answer_has_the_secret_again_but_does_not_store_it(
    program: Program, receiver: Receiver
) -> None:
    body = {"url": receiver.url, "events": ["job.failed"]}
    first = program.post(WEBHOOKS, body, Idempotency_Key="k")
    assert first.json()["secret"].removeprefix("whsec_") not in IdempotencyRecord.objects.get().body
    again = program.post(WEBHOOKS, body, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Location"] == first["Location"]
    program.delete(first.json()["address"])
    assert program.post(WEBHOOKS, body, Idempotency_Key="k").json()["secret"] == ""


def test_every_post_is_done_once_under_one_key_also_at_once(
    user: User, receiver: Receiver, sent: list[str]
) -> None:
    secret = token(user)
    program = Program(secret)
    webhook = program.post(WEBHOOKS, {"url": receiver.url}).json()
    log = program.post(f"{webhook['address']}/ping")["Location"]
    delivering.deliver_due()

    def at_once(path: str, key: str) -> list[Any]:
        def ask(_number: int) -> Any:
            try:
                return Program(secret).post(path, Idempotency_Key=key)
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as pool:
            return list(pool.map(ask, range(6)))

    for path in (
        f"{webhook['address']}/ping",
        f"{webhook['address']}/secret",
        f"{webhook['address']}/enable",
        f"{log}/redeliver",
    ):
        answers = at_once(path, path)
        assert len({each.status_code for each in answers}) == 1, path
        assert len({each.content for each in answers}) == 1, path
        assert sum("Idempotency-Replayed" not in each for each in answers) == 1, path
    assert Delivery.objects.count() == 2
    assert signing.secret(Endpoint.objects.get().salt) != webhook["secret"]
