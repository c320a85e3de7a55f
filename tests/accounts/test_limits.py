"""Limits: exact however many ask at once, by address and by person, and said in a friendly way."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client, RequestFactory
from django.urls import reverse

from amena.accounts import limits
from amena.accounts.limits import LimitReachedError, Rate, take
from amena.accounts.models import RateLimitBucket, User
from tests.accounts.openid_provider import Provider
from tests.fixtures.programs import problem
from tests.jobs.samples import uploaded

pytestmark = pytest.mark.usefixtures("media")

GUESS = pytest.mark.attack(
    "guessing tokens and the passwords of staff", "429 soon, by address and by account"
)

SLOW = Rate(3, 3600)


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def limit(settings: Any, name: str, **rates: str) -> None:
    """`person="2/60"`; whom it does not name has plenty."""
    plenty = dict.fromkeys(settings.LIMITS[name], (1000, 60))
    own = {whom: tuple(map(int, rate.split("/"))) for whom, rate in rates.items()}
    settings.LIMITS = settings.LIMITS | {name: plenty | own}


def time_passes(seconds: float) -> None:
    RateLimitBucket.objects.update(free_at=F("free_at") - timedelta(seconds=seconds))


def taken(name: str = "x", who: str = "somebody", rate: Rate = SLOW) -> bool:
    try:
        take(name, who, rate)
    except LimitReachedError:
        return False
    return True


@pytest.mark.django_db
def test_all_at_once_then_one_at_a_time_as_it_refills() -> None:
    assert [taken() for _ in range(5)] == [True, True, True, False, False]
    with pytest.raises(LimitReachedError) as refused:
        take("x", "somebody", SLOW)
    assert 1190 < refused.value.retry_after <= 1200
    time_passes(1201)
    assert [taken() for _ in range(3)] == [True, False, False]
    time_passes(100_000)
    assert [taken() for _ in range(4)] == [True, True, True, False]


@pytest.mark.django_db
def test_each_limit_and_each_of_whom_it_counts_has_its_own() -> None:
    assert [taken() for _ in range(4)] == [True, True, True, False]
    assert taken(name="y")
    assert taken(who="somebody else")


@pytest.mark.attack("more than a limit lets through, all at once", "exact")
@pytest.mark.django_db(transaction=True)
def test_no_more_get_through_when_many_ask_at_once() -> None:
    def ask(_number: int) -> bool:
        try:
            return taken(rate=Rate(7, 3600))
        finally:
            connection.close()  # each thread has one of its own, as each process has

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(ask, range(60))) == 7


@pytest.mark.django_db
def test_no_address_is_kept_and_what_is_full_again_is_forgotten() -> None:
    take("x", "address:203.0.113.7", SLOW)
    assert "203.0.113.7" not in RateLimitBucket.objects.get().identity
    assert limits.forget_full() == 0
    time_passes(100_000)
    assert limits.forget_full() == 1


ADDRESSES = [
    # Trusted proxies, X-Forwarded-For, peer, what counts.
    (0, "203.0.113.7", "10.0.0.9", "10.0.0.9"),
    (1, "203.0.113.7", "10.0.0.9", "203.0.113.7"),
    (1, "1.2.3.4, 203.0.113.7", "10.0.0.9", "203.0.113.7"),  # 1.2.3.4 is made up by the caller
    (2, "1.2.3.4, 203.0.113.7, 10.0.0.1", "10.0.0.9", "203.0.113.7"),
    (2, "203.0.113.7", "10.0.0.9", "10.0.0.9"),  # past the outer proxy: not to be believed
    (1, "", "10.0.0.9", "10.0.0.9"),
    (1, "nonsense", "10.0.0.9", "unknown"),
    (1, "2001:db8:1:2:3:4:5:6", "10.0.0.9", "2001:db8:1:2::/64"),
    (1, "::ffff:203.0.113.7", "10.0.0.9", "203.0.113.7"),
]


@pytest.mark.attack(
    "a made-up `X-Forwarded-For`, to count as others", "the address that our own proxies saw counts"
)
@pytest.mark.parametrize(("proxies", "forwarded", "peer", "counts"), ADDRESSES)
def test_the_address_is_the_one_that_our_own_proxies_saw(
    settings: Any, proxies: int, forwarded: str, peer: str, counts: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory(headers=headers).get("/", REMOTE_ADDR=peer)
    assert limits.network(request) == counts


# --- Uploads -------------------------------------------------------------------------------------


class Unread(io.BytesIO):
    """A body that must not be asked for."""

    def read(self, *_args: Any) -> bytes:
        raise AssertionError("The body was read.")


def post(client: Client, content: bytes = b"no photo", **more: Any) -> Any:
    return client.post(reverse("wall"), {"photo": uploaded(content), "motion": "circle"}, **more)


@pytest.mark.django_db
def test_too_many_uploads_of_one_person_are_a_friendly_429(
    client: Client,
    other: User,
    settings: Any,
) -> None:
    limit(settings, "upload", person="2/60")
    assert [post(client).status_code for _ in range(2)] == [400, 400]  # refused ones count too
    response = post(client, **{"wsgi.input": Unread()})
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 30
    assert response.templates[0].name == "error.html"
    assert "Try again in" in response.content.decode()
    colleague = Client()
    colleague.force_login(other)
    assert post(colleague).status_code == 400
    assert client.get(reverse("wall")).status_code == 200  # looking is not posting


@pytest.mark.django_db
def test_too_many_uploads_from_one_address_too(
    client: Client,
    other: User,
    settings: Any,
) -> None:
    limit(settings, "upload", address="1/60")
    settings.TRUSTED_PROXIES = 1
    here, there = ({"HTTP_X_FORWARDED_FOR": f"203.0.113.{n}"} for n in (7, 8))
    assert post(client, **here).status_code == 400
    colleague = Client()
    colleague.force_login(other)
    assert post(colleague, **here).status_code == 429
    assert post(colleague, **there).status_code == 400


@pytest.mark.django_db
def test_htmx_gets_a_line_beside_the_form(client: Client, settings: Any) -> None:
    limit(settings, "upload", person="1/600")
    post(client)
    response = post(client, headers={"HX-Request": "true"})
    assert response.status_code == 429
    assert response["HX-Retarget"] == "find .answer"
    assert "minutes" in response.content.decode()


@pytest.mark.django_db
def test_programs_get_a_problem_and_share_the_limit_with_the_site(
    client: Client, settings: Any
) -> None:
    limit(settings, "upload", person="1/60")
    post(client)
    response = client.post("/api/v1/photos", {"photo": uploaded()})
    assert problem(response) == "throttled"
    assert 1 <= int(response["Retry-After"]) <= 60


@GUESS
@pytest.mark.django_db
def test_guessing_tokens_ends_soon(settings: Any) -> None:
    limit(settings, "api_refused", address="2/60")
    guess = Client(headers={"Authorization": "Bearer amena_guess"})
    answers = [problem(guess.get("/api/v1/me")) for _ in range(3)]
    assert answers == ["unauthenticated", "unauthenticated", "throttled"]


# --- Signing in ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_too_many_sign_ins_from_one_address_wait(provider: Provider, settings: Any) -> None:
    limit(settings, "sign_in", address="2/300")
    assert [Client().post(reverse("google-start")).status_code for _ in range(2)] == [302, 302]
    response = Client().post(reverse("google-start"))
    assert response.status_code == 429
    assert "Try again in" in response.content.decode()


def try_password(password: str, account: str = "root@example.com") -> Any:
    return Client().post(
        reverse("admin:login"), {"username": account, "password": password, "next": "/"}
    )


@GUESS
@pytest.mark.django_db
def test_an_account_of_staff_locks_after_a_few_passwords_and_opens_by_itself(
    settings: Any,
) -> None:
    limit(settings, "admin_sign_in", person="3/900")
    User.objects.create_superuser("root@example.com", "correct horse")
    for account in ("root@example.com", "Root@example.com", " root@EXAMPLE.com"):
        assert try_password("wrong", account).status_code == 200
    locked = try_password("correct horse")
    assert locked.status_code == 429
    assert int(locked["Retry-After"]) <= 300
    assert try_password("wrong", "other@example.com").status_code == 200
    time_passes(301)
    assert try_password("correct horse").status_code == 302


@GUESS
@pytest.mark.django_db
def test_one_address_tries_few_accounts(settings: Any) -> None:
    limit(settings, "admin_sign_in", address="2/900")
    answers = [try_password("wrong", f"{number}@example.com").status_code for number in range(4)]
    assert answers == [200, 200, 429, 429]
