"""The language: what was chosen, else what the browser asks for; programs get English."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from amena.accounts.models import User

pytestmark = pytest.mark.django_db

JAPANESE = {"accept-language": "ja,en;q=0.5"}


def language(client: Client, path: str = "/", **headers: str) -> str:
    return client.get(path, headers=headers)["Content-Language"]


def test_the_browser_s_wish_decides_at_first() -> None:
    assert language(Client()) == "en"
    assert language(Client(), **JAPANESE) == "ja"
    assert language(Client(), **{"accept-language": "fr"}) == "en"


def test_a_visitor_s_choice_is_kept_in_a_cookie() -> None:
    client = Client()
    response = client.post("/language/", {"language": "ja", "next": "/login/"})
    assert response.url == "/login/"
    assert language(client) == "ja"
    assert client.cookies["django_language"]["max-age"] >= 360 * 24 * 3600


def test_somebody_s_choice_is_kept_with_the_account() -> None:
    user = User.objects.create_user("ada@example.com")
    for expected in ("ja", "en"):
        client = Client()
        client.force_login(user)
        client.post("/language/", {"language": expected})
        elsewhere = Client()
        elsewhere.force_login(user)
        assert language(elsewhere, "/photos/", **{"accept-language": "en"}) == expected


def test_a_language_that_is_not_offered_is_refused() -> None:
    assert Client().post("/language/", {"language": "xx"}).status_code == 400


def test_the_choice_leads_to_no_other_site() -> None:
    fields = {"language": "ja", "next": "https://evil.example/"}
    assert Client().post("/language/", fields).url == "/"


def test_programs_get_english() -> None:
    client = Client()
    client.force_login(User.objects.create_user("ada@example.com", language="ja"))
    response = client.get("/api/v1/photos", headers=JAPANESE)
    assert response["Content-Language"] == "en"


def test_an_address_has_its_language_and_a_visitor_stays_in_it() -> None:
    client = Client()
    assert language(client, "/?lang=ja", **{"accept-language": "en"}) == "ja"
    assert language(client, "/login/", **{"accept-language": "en"}) == "ja"
    assert language(Client(), "/?lang=xx", **{"accept-language": "en"}) == "en"


def test_an_address_does_not_change_what_somebody_has_chosen() -> None:
    client = Client()
    client.force_login(User.objects.create_user("ada@example.com", language="en"))
    assert language(client, "/?lang=ja") == "ja"
    assert language(client, "/") == "en"
    assert "django_language" not in client.cookies


def test_who_asks_for_none_gets_the_first_language(settings: Any) -> None:
    settings.DEFAULT_LANGUAGE = "ja"
    assert language(Client()) == "ja"
    assert language(Client(), **{"accept-language": "en"}) == "en"
    assert language(Client(), "/?lang=en") == "en"
    assert language(Client(), "/api/v1/") == "en"


@pytest.mark.parametrize("code", ["en", "ja"])
def test_the_first_page_names_its_address_in_every_language(code: str) -> None:
    page = Client().get(f"/?lang={code}").text
    root = "http://testserver/"
    assert f'<link rel="canonical" href="{root}?lang={code}">' in page
    for each in ("en", "ja"):
        assert f'<link rel="alternate" hreflang="{each}" href="{root}?lang={each}">' in page
    assert f'<link rel="alternate" hreflang="x-default" href="{root}">' in page
    assert f'"og:locale" content="{ {"en": "en_GB", "ja": "ja_JP"}[code] }"' in page
