"""Ages, times, sentences and breaks, as amena/words.py puts them together in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.template import engines
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from amena import words
from amena.accounts.models import User
from amena.site.timezones import TimezoneMiddleware

EVENING = datetime(2026, 11, 24, 19, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "english", "japanese"),
    [
        (timedelta(seconds=-2), "just now", "たった今"),
        (timedelta(seconds=40), "just now", "たった今"),
        (timedelta(seconds=61), "1\xa0minute ago", "1分前"),
        (timedelta(hours=3, minutes=40), "3\xa0hours ago", "3時間前"),
        (timedelta(hours=25), "1\xa0day ago", "1日前"),
        (timedelta(days=8), "1\xa0week ago", "1週間前"),
        (timedelta(days=27, hours=23), "3\xa0weeks ago", "3週間前"),
        (timedelta(days=45), "1\xa0month ago", "1ヶ月前"),
        (timedelta(days=400), "1\xa0year ago", "1年前"),
    ],
)
def test_ages_have_one_unit(age: timedelta, english: str, japanese: str) -> None:
    for language, expected in (("en", english), ("ja", japanese)):
        with translation.override(language):
            assert words.ago(timezone.now() - age) == expected


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("ja", "Asia/Tokyo", "2026年11月25日 4:03"),
        ("en", "Asia/Tokyo", "25 November 2026, 4:03"),
        ("en", "America/New_York", "24 November 2026, 14:03"),
        ("ja", None, "2026年11月24日 19:03 UTC"),
        ("en", None, "24 November 2026, 19:03 UTC"),
    ],
)
def test_times_are_the_reader_s_and_utc_is_said(
    language: str, zone: str | None, expected: str
) -> None:
    with translation.override(language), timezone.override(zone and ZoneInfo(zone)):
        assert words.local(EVENING) == expected


@pytest.mark.parametrize(
    ("count", "english", "japanese"),
    [
        (250_000_000, "250\xa0megapixels", "2億\u20605,000万\u2060画素"),
        (40_000_000, "40\xa0megapixels", "4,000万\u2060画素"),
        (1_000_000_000, "1000\xa0megapixels", "10億\u2060画素"),
    ],
)
def test_pixels_are_counted_as_the_language_does(count: int, english: str, japanese: str) -> None:
    for language, expected in (("en", english), ("ja", japanese)):
        with translation.override(language):
            assert words.pixels(count) == expected
            assert str(words.megabytes_lazy(60)) == {"en": "60\xa0MB", "ja": "60MB"}[language]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0"),
        (960, "960"),
        (10_000, "1万"),
        (123_456, "12万\u20603,456"),
        (100_000_001, "1億\u20601"),
    ],
)
def test_numbers_are_grouped_by_ten_thousands(number: int, expected: str) -> None:
    assert words.myriads(number) == expected


def test_sentences_are_joined_as_the_language_does() -> None:
    with translation.override("ja"):
        assert words.sentences("一つ。", "二つ。") == "一つ。二つ。"
        assert words.line("速すぎます", "お待ちください。") == "速すぎます。お待ちください。"
    with translation.override("en"):
        assert words.line("Too fast", "Please wait.") == "Too fast. Please wait."


def test_japanese_breaks_between_phrases_alone() -> None:
    template = engines["django"].from_string("{{ text|phrases }}")
    with translation.override("ja"):
        assert template.render({"text": "ほかの端末からログアウト"}) == (
            "ほかの<wbr>端末から<wbr>ログアウト"
        )
        assert template.render({"text": "写真に、奥行きと動きを。"}) == (
            "写真に、<wbr>奥行きと動きを。"
        )
        assert template.render({"text": "ドリーズーム"}) == "ドリー<wbr>ズーム"
        assert template.render({"text": "チャット用ループ動画"}) == "チャット用<wbr>ループ<wbr>動画"
        assert template.render({"text": "ガウシアンスプラット（PLY）"}) == (
            "ガウシアン<wbr>スプラット<wbr>（PLY）"
        )
        assert "&lt;b&gt;" in template.render({"text": "<b>太い"})
    with translation.override("en"):
        assert template.render({"text": "Sign <out"}) == "Sign &lt;out"


@pytest.mark.django_db
class TestZone:
    """Whose clock the account's page goes by."""

    @pytest.fixture
    def ada(self) -> User:
        user = User.objects.create_user("ada@example.com")
        user.sessions.all().delete()
        return user

    def visit(self, user: User, zone: str = "") -> str:
        client = Client()
        client.force_login(user)
        user.sessions.update(signed_in_at=EVENING)
        if zone:
            client.cookies["timezone"] = zone
        return client.get("/account/").text

    def test_the_browser_s_zone_comes_first_and_is_kept_for_others(self, ada: User) -> None:
        assert "24 November 2026, 19:03 UTC" in self.visit(ada)
        assert "25 November 2026, 4:03" in self.visit(ada, "Asia/Tokyo")
        assert "Both daily counts start again at 9:00." in self.visit(ada)
        assert "24 November 2026, 20:03" in self.visit(ada, "Europe/Berlin")
        ada.refresh_from_db()
        assert ada.timezone == "Europe/Berlin"

    @pytest.mark.parametrize("nonsense", ["Mars/Olympus", "../../etc/passwd", "x" * 9000])
    def test_a_zone_that_is_none_changes_nothing(self, ada: User, nonsense: str) -> None:
        assert "19:03 UTC" in self.visit(ada, nonsense)
        ada.refresh_from_db()
        assert ada.timezone == ""

    @pytest.mark.parametrize(
        ("path", "zone"),
        [("/account/", "Asia/Tokyo"), ("/api/v1/me", "UTC"), ("/admin/jobs/", "UTC")],
    )
    def test_programs_and_the_admin_get_utc(
        self, ada: User, rf: RequestFactory, path: str, zone: str
    ) -> None:
        request = rf.get(path, headers={"cookie": "timezone=Asia/Tokyo"})
        request.user = ada
        middleware = TimezoneMiddleware(
            lambda _: HttpResponse(timezone.get_current_timezone_name())
        )
        assert middleware(request).text == zone
