"""Signing in and out, and the development sign-in that must not exist elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from amena.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def development(settings: Any) -> None:
    settings.DEVELOPMENT = settings.DEV_LOGIN = True


def sign_in(client: Client, **fields: str) -> Any:
    return client.post(reverse("dev-login"), {"email": "ada@example.com", **fields})


@pytest.mark.parametrize(("debug", "dev_login"), [(False, False), (False, True), (True, False)])
def test_one_switch_alone_opens_no_door(settings: Any, debug: bool, dev_login: bool) -> None:
    settings.DEVELOPMENT, settings.DEV_LOGIN = debug, dev_login
    client = Client()
    assert sign_in(client).status_code == 404
    assert not User.objects.exists()
    assert reverse("dev-login") not in client.get(reverse("login")).content.decode()


def test_a_new_address_becomes_a_user_once(development: None) -> None:
    for email in ("ada@example.com", "Ada@example.com"):
        response = sign_in(Client(), email=email)
        assert response.url == reverse("wall")
    assert User.objects.count() == 1


def test_one_lands_where_one_wanted_to_go_but_never_elsewhere(development: None) -> None:
    assert sign_in(Client(), next="/photos/?page=2").url == "/photos/?page=2"
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert sign_in(Client(), next=elsewhere).url == reverse("wall")


def test_a_slip_in_the_address_is_said_on_the_form(development: None) -> None:
    response = sign_in(Client(), email="no address")
    assert response.status_code == 400
    assert "valid email" in response.content.decode()


def test_nobody_becomes_staff_by_it(development: None) -> None:
    User.objects.create_superuser("root@example.com", "correct horse")
    client = Client()
    assert sign_in(client, email="root@example.com").status_code == 403
    assert client.get(reverse("wall")).status_code == 302


def test_it_works_by_post_alone(development: None) -> None:
    assert Client().get(reverse("dev-login")).status_code == 405


def test_signing_out_ends_the_session(development: None) -> None:
    client = Client()
    sign_in(client)
    assert client.get(reverse("wall")).status_code == 200
    response = client.post(reverse("logout"))
    assert response.url == reverse("landing")
    assert response["Clear-Site-Data"] == '"storage"'
    assert client.get(reverse("wall")).status_code == 302


def test_who_is_signed_in_is_not_asked_again(development: None) -> None:
    client = Client()
    sign_in(client)
    assert client.get(reverse("login")).url == reverse("wall")
