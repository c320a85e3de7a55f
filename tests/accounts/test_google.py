"""Sign-in with Google: what each answer of the provider's leads to."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings as site
from django.test import Client
from django.urls import reverse
from social_django.models import UserSocialAuth

from amena.accounts.models import Session, User
from tests.accounts.openid_provider import Provider, person

pytestmark = pytest.mark.django_db

FORGED = pytest.mark.attack(
    "a sign-in with a forged token, state, code or key, or somebody else's", "nobody is signed in"
)

DONE = "google-done"


def start(client: Client, **fields: str) -> str:
    """Where the button leads: the provider's page."""
    response = client.post(reverse("google-start"), fields)
    assert response.status_code == 302
    return str(response.url)


def consent(address: str, answer: str = "allow") -> str:
    """The person's answer there; where it leads back to."""
    page = requests.get(address, timeout=60)
    assert page.status_code == 200
    query = page.text.split('value="')[1].split('"')[0]
    there = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    response = requests.get(
        f"{there}/{answer}", params={"query": query}, allow_redirects=False, timeout=60
    )
    back = urlsplit(response.headers["Location"])
    assert back.path == reverse(DONE)
    return f"{back.path}?{back.query}"


def sign_in(client: Client, answer: str = "allow", **fields: str) -> Any:
    return client.get(consent(start(client, **fields), answer))


def signed_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def said(response: Any) -> str:
    """What the page says went wrong."""
    assert response.templates[0].name == "accounts/login.html"
    return str(response.context["error"])


def test_a_new_person_gets_an_account_with_the_default_quota(
    provider: Provider, settings: Any
) -> None:
    settings.QUOTA_DAILY_JOBS = 7
    client = Client()
    assert sign_in(client).url == reverse("wall")
    user = User.objects.get()
    assert (user.email, user.name, user.quota.daily_limit) == ("ada@example.com", "Ada Lovelace", 7)
    assert not user.has_usable_password()
    assert not user.is_staff
    account = UserSocialAuth.objects.get()
    assert (account.user, account.uid, account.provider) == (user, "1001", "google")
    assert account.extra_data == {}  # nothing of Google's is kept
    assert signed_in(client)


def test_the_same_google_account_is_the_same_person_whatever_its_address(
    provider: Provider,
) -> None:
    sign_in(Client())
    provider.account = person(email="countess@example.com")
    client = Client()
    sign_in(client)
    assert signed_in(client)
    assert User.objects.get().email == "countess@example.com"


@FORGED
def test_an_address_that_changed_hands_at_google_opens_no_door(provider: Provider) -> None:
    sign_in(Client())
    provider.account = person(sub="2002", email="Ada@example.com")
    client = Client()
    response = sign_in(client)
    assert response.status_code == 403
    assert "already belongs to another account" in said(response)
    assert not signed_in(client)
    assert User.objects.count() == UserSocialAuth.objects.count() == 1


@FORGED
def test_staff_with_a_password_are_not_reached_by_their_address(provider: Provider) -> None:
    User.objects.create_superuser("ada@example.com", "correct horse")
    assert sign_in(client := Client()).status_code == 403
    assert not signed_in(client)


WRONG = {
    "unverified address": ({"email_verified": False}, 403, "has not verified"),
    "address verified by a word": ({"email_verified": "true"}, 403, "has not verified"),
    "no address": ({"email": ""}, 403, "has not verified"),
    "another audience": ({"aud": "somebody.else", "azp": "somebody.else"}, 502, "Google cannot"),
    "another party": ({"azp": "somebody.else"}, 502, "Google cannot"),
    "another issuer": ({"iss": "https://accounts.evil.example"}, 502, "Google cannot"),
    "expired": ({"exp": 1_600_000_000}, 400, "sign in again"),
    "old": ({"iat": 1_600_000_000}, 400, "sign in again"),
    "another nonce": ({"nonce": "stolen"}, 400, "sign in again"),
    "another access token": ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, 502, "Google cannot"),
    "no subject": ({"sub": ""}, 502, "Google cannot"),
}


@FORGED
@pytest.mark.parametrize("name", WRONG)
def test_a_token_that_is_not_right_in_everything_signs_nobody_in(
    provider: Provider, name: str
) -> None:
    provider.wrong, status, message = WRONG[name]
    client = Client()
    response = sign_in(client)
    assert response.status_code == status
    assert message in said(response)
    assert not signed_in(client)
    assert not User.objects.exists()


@FORGED
def test_a_token_signed_by_another_key_signs_nobody_in(provider: Provider) -> None:
    provider.signing_key = rsa.generate_private_key(65537, 2048)
    assert sign_in(client := Client()).status_code == 502
    assert not signed_in(client)


ODD = {
    "name with a nought": ({"name": "Ada\0"}, 302),
    "name that turns": ({"name": "\u202eadA\r\nBcc: all@example.com"}, 302),
    "name without end": ({"name": "a" * 100_000}, 302),
    "name of noughts alone": ({"name": "\0\0"}, 302),
    "name as a list": ({"name": ["Ada"]}, 302),
    "name as a number": ({"name": 7}, 302),
    "half a character": ({"name": "\ud800"}, 302),
    "address with a nought": ({"email": "a\0@example.com"}, 403),
    "address of two lines": ({"email": "a@example.com\r\nBcc: all@example.com"}, 403),
    "two addresses": ({"email": "a@example.com, b@example.com"}, 403),
    "address without end": ({"email": "a" * 300 + "@example.com"}, 403),
    "address as a list": ({"email": ["a@example.com"]}, 403),
    "no address at all": ({"email": "nobody"}, 403),
}


@pytest.mark.attack(
    "a Google account whose name or address is a list, a number, endless, with control characters "
    "or half a character",
    "the name is cleaned or left out; such an address is none",
)
@pytest.mark.parametrize("what", ODD)
def test_odd_names_are_cleaned_and_odd_addresses_are_none(provider: Provider, what: str) -> None:
    provider.wrong, status = ODD[what]
    client = Client()
    assert sign_in(client).status_code == status
    assert signed_in(client) == (status == 302)
    assert all(each.name.isprintable() and len(each.name) <= 150 for each in User.objects.all())
    assert User.objects.count() == (status == 302)


def test_who_refuses_is_told_so_and_nothing_is_kept(provider: Provider) -> None:
    response = sign_in(Client(), "deny")
    assert response.status_code == 403
    assert "was cancelled" in said(response)
    assert not User.objects.exists()


@FORGED
def test_a_state_of_another_browser_is_refused(provider: Provider) -> None:
    """Somebody is sent a link that would sign them in as the attacker."""
    link = consent(start(Client()))
    victim = Client()
    start(victim)
    response = victim.get(link)
    assert response.status_code == 400
    assert "started in another browser" in said(response)
    assert not signed_in(victim)
    assert "/token" not in provider.requests


@FORGED
@pytest.mark.parametrize("change", ["state=forged", "state=", ""])
def test_a_forged_or_missing_state_is_refused(provider: Provider, change: str) -> None:
    client = Client()
    code = parse_qs(urlsplit(consent(start(client))).query)["code"][0]
    response = client.get(f"{reverse(DONE)}?code={code}&{change}")
    assert response.status_code == 400
    assert not signed_in(client)


@FORGED
def test_an_answer_is_good_once(provider: Provider) -> None:
    client = Client()
    link = consent(start(client))
    assert client.get(link).status_code == 302
    client.post(reverse("logout"))
    assert client.get(link).status_code == 400
    assert not signed_in(client)


@FORGED
def test_a_code_without_the_verifier_of_this_browser_is_worth_nothing(provider: Provider) -> None:
    """PKCE: a code that was seen on its way is put into a sign-in of the attacker's own."""
    stolen = parse_qs(urlsplit(consent(start(Client()))).query)["code"][0]
    attacker = Client()
    state = parse_qs(urlsplit(start(attacker)).query)["state"][0]
    response = attacker.get(reverse(DONE), {"code": stolen, "state": state})
    assert response.status_code in (400, 502)
    assert not signed_in(attacker)


@pytest.mark.fault("Google is away at a sign-in", "a page that says so")
def test_google_away_is_said_as_such(provider: Provider, settings: Any) -> None:
    client = Client()
    link = consent(start(client))
    settings.SOCIAL_AUTH_GOOGLE_ACCESS_TOKEN_URL = "http://127.0.0.1:9/token"
    assert "Google cannot" in said(client.get(link))
    settings.SOCIAL_AUTH_GOOGLE_OIDC_ENDPOINT = "http://127.0.0.1:9"
    response = client.post(reverse("google-start"))
    assert response.status_code == 502
    assert "try again in a minute" in said(response)


def test_a_closed_account_stays_closed(provider: Provider) -> None:
    sign_in(client := Client())
    User.objects.update(is_active=False)
    assert not signed_in(client)  # at once, in sessions that stand
    response = sign_in(Client())
    assert response.status_code == 403
    assert "suspended" in said(response)


def test_the_session_changes_its_name_at_sign_in(provider: Provider) -> None:
    """So that one who has planted a session in a browser does not get in with the person."""
    client = Client()
    link = consent(start(client))
    before = client.cookies[site.SESSION_COOKIE_NAME].value
    client.get(link)
    after = client.cookies[site.SESSION_COOKIE_NAME].value
    assert before != after
    assert not Session.objects.filter(session_key=before).exists()
    session = Session.objects.get()
    assert session.user == User.objects.get()
    assert session.signed_in_at is not None
    assert abs(session.signed_in_at.timestamp() - time.time()) < 60


def test_one_lands_where_one_wanted_to_go_but_never_elsewhere(provider: Provider) -> None:
    assert sign_in(Client(), next="/photos/?page=2").url == "/photos/?page=2"
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil"):
        assert sign_in(Client(), next=elsewhere).url == reverse("wall")


def test_it_starts_by_post_alone_and_only_from_our_own_pages(provider: Provider) -> None:
    assert Client().get(reverse("google-start")).status_code == 405
    assert Client(enforce_csrf_checks=True).post(reverse("google-start")).status_code == 403
    assert provider.requests == []


def test_who_is_signed_in_is_not_signed_in_as_somebody_else(provider: Provider) -> None:
    sign_in(client := Client())
    provider.account = person(sub="2002", email="bob@example.com")
    assert client.post(reverse("google-start")).url == reverse("wall")
    assert client.get(reverse(DONE), {"code": "x", "state": "y"}).url == reverse("wall")
    assert User.objects.count() == 1


def test_without_a_google_client_there_is_no_button_and_no_address(settings: Any) -> None:
    settings.SOCIAL_AUTH_GOOGLE_KEY = settings.SOCIAL_AUTH_GOOGLE_SECRET = ""
    client = Client()
    assert "with Google" not in client.get(reverse("login")).content.decode()
    assert client.post(reverse("google-start")).status_code == 404
    assert client.get(reverse(DONE)).status_code == 404


def test_forms_may_lead_to_google_by_our_own_policy() -> None:
    actions = site.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]
    assert actions == ["'self'", "https://accounts.google.com"]
