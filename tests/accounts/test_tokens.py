"""Tokens: shown once, kept as a hash, good until they expire or are revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from amena.accounts import tokens
from amena.accounts.models import Token, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada@example.com")


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def issue(user: User, lifetime: timedelta | None = None) -> str:
    return tokens.issue(user, "script", Token.Scope.READ, lifetime)


def test_a_token_is_found_by_itself_alone(user: User) -> None:
    secret = issue(user)
    found = tokens.find(secret)
    assert found is not None
    assert found.user == user
    assert tokens.find(secret[:-1]) is None
    assert tokens.find(found.digest) is None


def test_the_database_does_not_hold_the_token(user: User) -> None:
    secret = issue(user)
    row = Token.objects.values().get()
    assert secret not in map(str, row.values())
    assert len(row["hint"]) < len(secret) / 2


def test_expired_revoked_and_a_locked_out_owner_s_tokens_are_not_found(user: User) -> None:
    expired, revoked, kept = issue(user, timedelta(seconds=-1)), issue(user), issue(user)
    assert tokens.find(expired) is None
    found = tokens.find(revoked)
    assert found is not None
    assert tokens.revoke(user, found.public_id)
    assert tokens.find(revoked) is None
    assert not tokens.revoke(user, found.public_id)
    assert tokens.find(kept) is not None
    User.objects.update(is_active=False)
    assert tokens.find(kept) is None


def test_use_is_noted_once_a_minute(user: User) -> None:
    secret = issue(user)
    tokens.find(secret)
    first = Token.objects.get().last_used_at
    assert first is not None
    tokens.find(secret)
    assert Token.objects.get().last_used_at == first
    Token.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    tokens.find(secret)
    assert Token.objects.get().last_used_at >= first


def test_a_new_token_is_shown_once(client: Client) -> None:
    page = client.post(
        reverse("tokens"), {"name": "Laptop", "scope": "write", "days": "30"}
    ).content.decode()
    token = Token.objects.get()
    assert token.scope == "write"
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    secret = page.split('<code class="secret">')[1].split("<")[0]
    assert tokens.find(secret) == token
    again = client.get(reverse("account")).content.decode()
    assert "Laptop" in again
    assert secret not in again


def test_a_token_without_end_has_no_date(client: Client) -> None:
    client.post(reverse("tokens"), {"name": "Robot", "scope": "read", "days": "0"})
    assert Token.objects.get().expires_at is None


def test_a_form_with_a_slip_makes_no_token(client: Client) -> None:
    for fields in ({}, {"name": "x", "scope": "admin", "days": "30"}, {"name": "x", "days": "7"}):
        assert client.post(reverse("tokens"), fields).status_code == 400
    assert not Token.objects.exists()


def test_a_token_is_revoked_by_its_owner_alone(client: Client, user: User) -> None:
    issue(user)
    address = reverse("revoke-token", args=[Token.objects.get().public_id])
    stranger = Client()
    stranger.force_login(User.objects.create_user("bob@example.com"))
    assert stranger.post(address).status_code == 404
    assert Token.objects.usable().exists()
    assert client.get(address).status_code == 405
    assert client.post(address).url == reverse("account") + "#answer"
    assert not Token.objects.usable().exists()


def test_the_page_of_tokens_is_for_people_who_are_signed_in() -> None:
    assert Client().get(reverse("tokens")).status_code == 302
