"""Dozens of programs at once ask the real server in one person's name."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.conf import settings
from django.db.models.functions import Now

from amena.accounts import tokens
from amena.jobs.services import orphans
from amena.site.deletion import purge_accounts
from amena.webhooks.endpoints import MOST
from amena.webhooks.models import Delivery, Endpoint
from tests.fixtures.programs import token
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg
from tests.jobs.services.test_depth_edits import picture
from tests.jobs.test_races import Person, check

pytestmark = pytest.mark.service

ALONE = pytest.mark.attack(
    "25 programs at once ask the server for the same: upload, restyle, depth, files, cancel, "
    "retry, delete, undo, share, webhooks and their secrets, a token's end, an archive",
    "no bug's answer; each done as often as it may be; quotas exact, storage and rows agree",
    rounds=25,
)
CROWD = pytest.mark.attack(
    "fifty programs at once ask the server for all of these, while the account is deleted, too",
    "one right state, no bug's answer, storage and rows agree",
    rounds=50,
)
END = pytest.mark.attack(
    "25 programs at once ask the server for the same, while the webhook or the account ends",
    "one right state, no bug's answer, storage and rows agree",
    rounds=25,
)
#: Beyond which a server that does not answer is broken: seconds.
PATIENCE = 120
CSRF = "c" * 32
#: Answers of a server that is asked too much at once; never of a bug.
BUSY = {429, 503}


@dataclass
class Wish:
    """What one program asks for: a method, an address, and what goes with it."""

    method: str
    path: str
    body: dict[str, Any] = field(default_factory=dict)
    by_session: bool = False


@pytest.fixture
def server(service: Service) -> Iterator[Service]:
    """Queue and two web processes; nobody is told to slow down."""
    often = {
        f"LIMIT_{name}": "100000/1"
        for name in ("UPLOAD_PERSON", "UPLOAD_ADDRESS", "DOWNLOAD_PERSON", "DOWNLOAD_ADDRESS")
    }
    asks = {f"API_{kind}_PER_MINUTE": "1000000" for kind in ("READS", "WRITES")}
    service.start("queue", "web", WEB_CONCURRENCY="2", **often, **asks)
    yield service
    assert "Traceback" not in service.log("web"), service.log("web")[-3000:]


class Owner(Person):
    """With a token, a session, and two webhooks besides."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.secret = token(self.user)
        self.session = self.client().cookies[settings.SESSION_COOKIE_NAME].value
        self.hook, self.other_hook = (
            Endpoint.objects.create(user=self.user, url=f"https://8.8.8.8/{each}")
            for each in range(2)
        )
        self.sent = Delivery.objects.create(
            endpoint=self.hook, event="ping", body="{}", state="failed", deliver_at=Now()
        )

    def wishes(self) -> dict[str, Wish]:
        """What one may ask for, by the names that `check` knows."""
        photo = f"/api/v1/photos/{self.done.photo.public_id}"
        done, second = (f"/api/v1/jobs/{job.public_id}" for job in (self.done, self.second))
        hook = f"/api/v1/webhooks/{self.hook.public_id}"
        several = [self.failed.photo.public_id, self.queued.photo.public_id]
        key = {"Idempotency-Key": "the same"}
        style = {"motion": "swing"}
        file = {"files": {"photo": ("holiday.jpg", jpeg())}}
        depth = {"files": {"depth": ("depth.png", picture())}, "data": {"mode": "brush"}}
        site = {"by_session": True}
        restore = f"/photos/{self.gone.photo.public_id}/restore/"
        target = {"url": "https://8.8.8.8/hook", "events": ["job.succeeded"]}
        return {
            "upload": Wish("POST", "/api/v1/photos", file),
            "upload once": Wish("POST", "/api/v1/photos", {**file, "headers": key}),
            "restyle": Wish("POST", f"{photo}/jobs", {"json": style}),
            "restyle once": Wish(
                "POST", f"{photo}/jobs", {"json": style, "headers": {"Idempotency-Key": "2"}}
            ),
            "edit depth": Wish("POST", f"{photo}/depth", depth),
            "export": Wish("POST", f"{done}/exports", {"json": {"outputs": ["gif"]}}),
            "cancel": Wish("POST", f"/api/v1/jobs/{self.queued.public_id}/cancel"),
            "retry": Wish("POST", f"/api/v1/jobs/{self.failed.public_id}/retry"),
            "delete": Wish("DELETE", photo),
            "delete several": Wish("DELETE", "/api/v1/photos", {"params": {"photo": several}}),
            "undo": Wish("POST", restore, **site),
            "share": Wish("PUT", f"{photo}/share"),
            "revoke": Wish("DELETE", f"{photo}/share"),
            "rename photo": Wish("PATCH", photo, {"json": {"name": "Beach"}}),
            "rename version": Wish("PATCH", second, {"json": {"name": "Mine"}}),
            "choose version": Wish("PATCH", done, {"json": {"chosen": True}}),
            "delete version": Wish("DELETE", second),
            "register": Wish("POST", "/api/v1/webhooks", {"json": target}),
            "register once": Wish(
                "POST", "/api/v1/webhooks", {"json": target, "headers": {"Idempotency-Key": "3"}}
            ),
            "new secret": Wish("POST", f"{hook}/secret"),
            "new secret once": Wish(
                "POST", f"{hook}/secret", {"headers": {"Idempotency-Key": "4"}}
            ),
            "enable": Wish("POST", f"{hook}/enable"),
            "ping": Wish("POST", f"{hook}/ping"),
            "redeliver": Wish("POST", f"{hook}/deliveries/{self.sent.public_id}/redeliver"),
            "delete webhook": Wish("DELETE", hook),
            "token": Wish(
                "POST", "/tokens/", {"data": {"name": "x", "scope": "read", "days": 30}}, **site
            ),
            "revoke token": Wish("POST", f"/tokens/{self.token}/revoke/", **site),
            "archive": Wish("GET", "/api/v1/photos/archive"),
            "look": Wish("GET", "/api/v1/photos"),
            "wait": Wish("GET", f"/api/v1/jobs/{self.queued.public_id}", {"params": {"wait": 1}}),
            "leave": Wish(
                "POST", "/account/delete/", {"data": {"confirmation": self.user.email}}, **site
            ),
        }

    def ask(self, address: str, wish: Wish) -> requests.Response:
        """One request on a connection of its own."""
        body = dict(wish.body)
        if wish.by_session:
            body["cookies"] = {
                settings.SESSION_COOKIE_NAME: self.session,
                settings.CSRF_COOKIE_NAME: CSRF,
            }
            body["headers"] = {"X-CSRFToken": CSRF}
        else:
            body["headers"] = {"Authorization": f"Bearer {self.secret}"} | body.get("headers", {})
        return requests.request(
            wish.method, f"{address}{wish.path}", timeout=PATIENCE, allow_redirects=False, **body
        )  # fmt: skip


def at_once(server: Service, owner: Owner, names: list[str]) -> list[tuple[str, requests.Response]]:
    """What these wishes are answered, all of them begun at the same moment."""
    barrier = threading.Barrier(len(names))
    wishes = owner.wishes()

    def act(name: str) -> requests.Response:
        barrier.wait(PATIENCE)
        return owner.ask(server.address, wishes[name])

    with ThreadPoolExecutor(len(names)) as pool:
        return list(zip(names, pool.map(act, names), strict=True))


def bugs(answers: list[tuple[str, requests.Response]]) -> list[tuple[str, int, str]]:
    """Answers that no request may have; who is to come back is told when."""
    return [
        (name, each.status_code, each.text[:300])
        for name, each in answers
        if each.status_code >= 500
        and not (each.status_code in BUSY and each.headers.get("Retry-After"))
    ]


#: What ends rows that count towards the day, or may.
GONE = {"delete", "delete several", "delete version"}
#: How often 25 at once are answered how, where that is certain. As many are more than any quota
#: lets through, and thrice what the server's threads take at a time.
EXACT = {
    "upload once": {202: 25},
    "restyle once": {202: 25},
    "export": {202: 25},
    "cancel": {202: 1, 409: 24},
    "retry": {202: 1, 409: 24},
    "undo": {302: 1, 404: 24},
    "share": {200: 25},
    "revoke": {404: 25},
    "register": {201: MOST - 2, 409: 27 - MOST},
    "register once": {201: 25},
    "new secret": {200: 25},
    "new secret once": {200: 25},
    "enable": {200: 25},
    "ping": {202: 25},
    "redeliver": {202: 1, 409: 24},
    "token": {200: tokens.MOST - 2, 400: 27 - tokens.MOST},
    "revoke token": {302: 1, 404: 24},
    "look": {200: 25},
    "wait": {200: 25},
}


def state(owner: Owner, names: tuple[str, ...]) -> None:
    """One right state, whichever came first."""
    purge_accounts()
    check(owner, names, rows_stay=not GONE & {*names})
    hooks = Endpoint.objects.filter(user_id=owner.user.pk)
    assert hooks.count() <= (0 if "leave" in names else MOST), names


@ALONE
def test_of_the_same_as_many_are_done_as_may_be(server: Service, rounds: int) -> None:
    found: list[tuple[str, int, str]] = []
    seen: dict[str, dict[int, int]] = {}
    for number, name in enumerate(Owner(0).wishes(), 1):
        owner = Owner(number)
        answers = at_once(server, owner, [name] * rounds)
        found += bugs(answers)
        seen[name] = dict(Counter(each.status_code for _, each in answers))
        state(owner, (name,))
    assert {name: each for name, each in seen.items() if name in EXACT} == EXACT
    assert found == []
    assert orphans.audit(older_than=timedelta(0)) == orphans.Audit([], [], [])


@CROWD
@pytest.mark.parametrize(
    "without", [("leave", *GONE), ("leave",), ()], ids=["stay", "delete", "leave"]
)
@pytest.mark.parametrize("turn", range(2))
def test_fifty_of_all_leave_one_right_state(
    server: Service, without: tuple[str, ...], turn: int, rounds: int
) -> None:
    owner = Owner(0)
    kinds = [name for name in owner.wishes() if name not in without]
    crowd = list(itertools.islice(itertools.cycle(kinds[turn * 15 :] + kinds[: turn * 15]), rounds))
    answers = at_once(server, owner, crowd)
    assert bugs(answers) == []
    state(owner, tuple(crowd))
    assert orphans.audit(older_than=timedelta(0)) == orphans.Audit([], [], [])


@END
@pytest.mark.parametrize(
    ("end", "kinds"),
    [
        ("delete webhook", "new secret;new secret once;enable;ping;redeliver"),
        ("leave", "upload once;restyle;export;retry;share;register;new secret once;ping;token"),
    ],
    ids=["webhook", "account"],
)
def test_what_ends_in_the_middle_is_gone_for_all_who_come_later(
    server: Service, end: str, kinds: str, rounds: int
) -> None:
    found = []
    for number, kind in enumerate(kinds.split(";")):
        owner = Owner(number)
        names = [kind] * (rounds // 2) + [end] + [kind] * (rounds - rounds // 2 - 1)
        found += bugs(at_once(server, owner, names))
        state(owner, (kind, end))
    assert found == []
    assert orphans.audit(older_than=timedelta(0)) == orphans.Audit([], [], [])
