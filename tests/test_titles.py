"""What the engine and the service call things has a title for people, in every language."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from amena import outbound
from amena.accounts.models import Token
from amena.engine import catalogue, estimators, options
from amena.engine.geometry.crop import SHAPES
from amena.engine.photo import others
from amena.engine.progress import STAGES
from amena.engine.scene.notes import NOTES
from amena.jobs import error_texts, wording
from amena.jobs.models import Job, State
from amena.site import webhook_words
from amena.webhooks.models import Delivery, Event
from tests.site import gallery

#: What people read → the names that it is for.
TITLES: dict[str, tuple[Mapping[Any, Any], Collection[Any]]] = {
    "stages": (wording.STAGE_TEXTS, STAGES),
    "motions": (wording.MOTION_TITLES, options.MOTIONS),
    "notes": (wording.NOTE_TEXTS, NOTES),
    "sizes": (wording.SIZE_TITLES, options.SIZES),
    "strengths": (wording.STRENGTH_TITLES, options.STRENGTHS.keys() - {"natural"}),
    "shapes": (wording.SHAPE_TITLES, SHAPES),
    "estimators": (
        wording.ESTIMATOR_TITLES,
        set(estimators.KINDS) - set(estimators.MODEL_KINDS),
    ),
    "events": (webhook_words.EVENT_TITLES, Event.values),
    "permissions": (dict(Token.Scope.choices), Token.Scope.values),
    "states": (
        {each: wording.status(Job(state=each, stage="depth"), 1) for each in State},
        list(State),
    ),
}
#: Letters that no English title has.
JAPANESE = re.compile(r"[぀-ヿ一-鿿]")
#: Names that are no words of either language, as they would stand on a page.
INNER = re.compile(
    r"\b(ramp|compact|huggingface|onnx|inpaint|ken-burns|dolly-zoom|cross-eyed|sbs|tab"
    r"|job\.\w+|[a-z]+_[a-z_]+)\b"
)


@pytest.mark.parametrize("kind", TITLES)
def test_each_has_a_title_and_none_is_left_over(kind: str) -> None:
    titles, names = TITLES[kind]
    assert set(titles) == set(names)


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_titles_are_words_of_the_language(language: str) -> None:
    with translation.override(language):
        said = [
            *((kind, name, str(title)) for kind in TITLES for name, title in shown(kind)),
            *(("error", code, str(text)) for code, text in error_texts.ERROR_TEXTS.items()),
            *(
                (output.name, part, translation.gettext(text))
                for output in catalogue.CATALOGUE
                for part, text in (("title", output.title), ("opens", output.opens))
                if output.group
            ),
            *(
                ("group", name, translation.gettext(text))
                for name, text in catalogue.GROUPS.items()
            ),
        ]
    assert [each for each in said if not each[2] or INNER.search(each[2])] == []
    if language == "ja":
        # Names of formats (MP4, WebP) are the same in both.
        untold = [each for each in said if not JAPANESE.search(each[2])]
        assert [each for each in untold if each[1] != "title"] == []


def shown(kind: str) -> Iterator[tuple[Any, Any]]:
    if kind != "states":
        yield from TITLES[kind][0].items()
        return
    for state in State:
        yield state, wording.status(Job(state=state, stage="depth"), 1)


def test_what_files_are_has_words() -> None:
    assert set(others.FILES) <= set(error_texts.ERROR_TEXTS)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "line",
    [f"example.com: {getattr(outbound, each)}" for each in ("LATE", "TLS", "CLOSED", "BROKEN")]
    + ["example.com: the answer is no HTTP", "The host example.com is not known."],
)
def test_why_a_message_did_not_arrive_is_said_in_the_page_s_language(
    line: str, language: str
) -> None:
    with translation.override(language):
        said = webhook_words.reason(Delivery(error=line))
    assert said
    assert "example.com" not in said
    assert bool(JAPANESE.search(said)) == (language == "ja")
    assert webhook_words.reason(Delivery(status=500, error=line)) == "500"


def text(html: str) -> str:
    """What is read on a page."""
    html = re.sub(r"<(script|style|template)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", html)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_page_shows_an_inner_name(
    transactional_db: None,
    media: Any,
    settings: Any,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    """A depth that is no network's, what failed, and a webhook that was not reached."""
    settings.DEPTH_ESTIMATORS = {"compact": "compact", "ramp": "ramp"}
    told = json.loads(gallery.report((960, 540)))
    told |= {"estimator": "ramp", "notes": list(NOTES)}
    monkeypatch.setattr(gallery, "report", lambda _size: json.dumps(told).encode())
    made = gallery.make_gallery()
    Delivery.objects.update(state="failed", status=None, error=f"example.com: {outbound.LATE}")
    client.cookies["sessionid"] = made.cookie
    pages = {
        name: text(client.get(f"{path}?lang={language}").content.decode())
        for name, (path, session) in made.pages.items()
        if session == made.cookie
    }
    assert {name: found for name, said in pages.items() if (found := INNER.findall(said))} == {}
    assert {"en": "Height in the picture", "ja": "写真の中での高さ"}[language] in pages["photo"]
    assert (outbound.LATE in pages["account"]) == (language == "en")
