"""Estimators' maps side by side: who is offered them, what they cost, and what choosing does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from amena.engine.options import MOST_COMPARED
from amena.jobs.models import Job, State
from amena.jobs.services import exports, running
from tests.faults.engines import QuickEngine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sent")]
OFFERED = {"compact": "compact", "large": "huggingface:/models/large", "ramp": "ramp"}


@pytest.fixture
def offered(settings: Any) -> None:
    settings.DEPTH_ESTIMATORS = OFFERED


@pytest.fixture
def owner(client: Client, done: Job) -> Client:
    client.force_login(done.photo.owner)
    return client


def part(client: Client, job: Job) -> str:
    response = client.get(
        reverse("estimates", args=[job.public_id]), headers={"HX-Request": "true"}
    )
    assert response.status_code == 200
    return response.content.decode()


def order(client: Client, job: Job, **headers: str) -> Any:
    return client.post(reverse("compare", args=[job.public_id]), headers=headers)


@pytest.fixture
def made(owner: Client, done: Job, offered: None, use_engine: Callable[[type], None]) -> Job:
    order(owner, done)
    use_engine(QuickEngine)
    export = Job.objects.get(kind="export")
    running.run(export.public_id)
    export.refresh_from_db()
    assert export.state == State.SUCCEEDED
    assert [each.kind for each in export.artifacts.all()] == ["estimates"]
    return export


def test_only_where_there_is_a_choice(owner: Client, done: Job, settings: Any) -> None:
    page, compare = reverse("photo", args=[done.photo.public_id]), f"/{done.public_id}/compare/"
    assert compare not in owner.get(page).content.decode()
    settings.DEPTH_ESTIMATORS = OFFERED
    assert compare in owner.get(page).content.decode()


def test_they_are_made_once_and_count_as_a_change(
    owner: Client, done: Job, offered: None, use_engine: Callable[[type], None]
) -> None:
    response = order(owner, done, **{"HX-Request": "true"})
    export = Job.objects.get(kind="export")
    assert export.options["compare"] == list(OFFERED) and export.counts_as == "change"
    for text in (response.content.decode(), part(owner, done)):
        assert "every 1s" in text and "<progress" in text and "<svg" not in text
    assert order(owner, done)["Location"] == reverse("estimates", args=[done.public_id])
    use_engine(QuickEngine)
    running.run(export.public_id)
    order(owner, done)
    assert Job.objects.filter(kind="export").count() == 1
    text = part(owner, done)
    assert "every 1s" not in text
    assert re.findall(r'role="img" aria-label="([^"]*)"', text) == [
        "Depth map by Amena’s own network",
        "Depth map by large",
        "Depth map by Height in the picture",
    ]  # fmt: skip
    width = int(re.search(r'viewBox="0 0 (\d+) ', text)[1])
    assert re.findall(r'<image [^>]* x="(-?\d+)" width="(\d+)"', text) == [
        (str(-each * width), str(3 * width)) for each in range(3)
    ]
    assert "Show their maps" not in text


def test_without_scripts_it_is_a_page(owner: Client, made: Job) -> None:
    text = owner.get(reverse("estimates", args=[made.source.public_id])).content.decode()
    assert "<h1>" in text and text.count("<svg role") == 3
    assert reverse("photo", args=[made.photo.public_id]) in text


def test_a_choice_makes_a_version_with_it(owner: Client, made: Job) -> None:
    form = part(owner, made.source)
    values = re.findall(r'<button[^>]* name="estimator" value="([^"]*)"', form)
    assert "large" in values
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    hidden.pop("csrfmiddlewaretoken", None)
    response = owner.post(
        reverse("restyle", args=[made.photo.public_id]), hidden | {"estimator": "large"}
    )
    assert response.status_code == 302
    newest = Job.objects.latest("pk")
    assert (newest.kind, newest.options["estimator"]) == ("create", "large")
    assert newest.options["motion"] == made.source.options.get("motion", "circle")
    assert "compare" not in newest.options and "outputs" not in newest.options


def test_other_estimators_make_other_maps(owner: Client, made: Job, settings: Any) -> None:
    settings.DEPTH_ESTIMATORS = {"compact": "compact", "new": "huggingface:/models/new"}
    text = part(owner, made.source)
    # What was made is still shown, what is gone cannot be chosen, and what is new can be asked for.
    assert text.count("<svg role") == 3 and 'value="large"' not in text
    assert "Show their maps" in text
    order(owner, made.source)
    assert Job.objects.latest("pk").options["compare"] == ["compact", "new"]


def test_a_failure_is_told_and_may_be_tried_again(
    owner: Client, done: Job, offered: None, use_engine: Callable[[type], None]
) -> None:
    from tests.faults.engines import RefusingEngine

    order(owner, done)
    use_engine(RefusingEngine)
    running.run(Job.objects.get(kind="export").public_id)
    text = part(owner, done)
    assert 'role="alert"' in text and "Show their maps" in text
    order(owner, done)
    assert Job.objects.filter(kind="export").count() == 2


def test_no_more_than_some_are_compared(done: Job, settings: Any) -> None:
    settings.DEPTH_ESTIMATORS = {f"m{each}": f"huggingface:/m{each}" for each in range(9)}
    assert exports.order(done, ["estimates"]).options["compare"] == [
        f"m{each}" for each in range(MOST_COMPARED)
    ]


def test_a_limit_is_told_beside_the_button(
    owner: Client, done: Job, offered: None, settings: Any
) -> None:
    settings.QUOTA_DAILY_CHANGES = 0
    response = order(owner, done, **{"HX-Request": "true"})
    assert response.status_code == 429 and not Job.objects.filter(kind="export").exists()
