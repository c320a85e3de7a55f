"""Lists of a person with very many photos read what they show, whatever else there is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from amena.accounts.models import User
from amena.jobs import pages, selectors
from amena.jobs.cards import card_of
from amena.jobs.models import Job, Photo, State
from tests.jobs.many import make_finished_jobs, make_queued_jobs

MakeJob = Callable[..., Job]

_PHOTOS = 20_000

#: State of the job that says where a photo stands → the filter that has the photo.
_STANDS = {
    "held": "working", "queued": "working", "running": "working", "succeeded": "ready",
    "failed": "failed", "cancelled": "failed", "expired": "expired",
}  # fmt: skip


def rows_read(plan: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Each scan of a plan, and how many rows it has looked at."""
    if "Scan" in plan["Node Type"]:
        each = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        where = plan.get("Index Name") or plan.get("Relation Name", "")
        yield f"{plan['Node Type']} {where}", each * plan["Actual Loops"]
    for below in plan.get("Plans", ()):
        yield from rows_read(below)


def read_by(ask: Callable[[], Any]) -> dict[str, float]:
    """What the SELECTs of a request look at: rows by scan."""
    asked = []

    def note(execute: Callable[..., Any], sql: str, parameters: Any, *rest: Any) -> Any:
        if sql.startswith("SELECT") and "advisory" not in sql:
            asked.append((sql, parameters))
        return execute(sql, parameters, *rest)

    with connection.execute_wrapper(note):
        ask()
    read: dict[str, float] = {}
    with connection.cursor() as cursor:
        for sql, parameters in asked:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)
            (found,) = cursor.fetchone()
            plans = json.loads(found) if isinstance(found, str) else found
            for scan, rows in rows_read(plans[0]["Plan"]):
                read[scan] = read.get(scan, 0) + rows
    return read


@pytest.mark.django_db(transaction=True)
def test_no_page_reads_more_for_photos_that_it_does_not_show(
    client: Client, user: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 20,000 photos 400 have failed; others have 10,000, and 300 jobs in the queue."""
    monkeypatch.setattr(pages, "COUNTED", 100)
    make_finished_jobs(10_000, other.pk)
    make_queued_jobs(300, [other.pk])
    make_finished_jobs(_PHOTOS, user.pk)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    client.force_login(user)
    for path in (
        "/photos/", "/photos/?page=3", "/photos/?show=ready", "/photos/?show=ready&page=3",
        "/photos/?show=working",
        "/api/v1/photos", "/api/v1/photos?state=queued", "/api/v1/jobs",
        "/api/v1/jobs?state=failed", "/api/v1/jobs?state=queued", "/api/v1/jobs?kind=export",
    ):  # fmt: skip
        read = read_by(lambda path=path: client.get(path))
        assert sum(read.values()) < 1000, (path, read)
    # For so few PostgreSQL may rather look at all that have failed.
    read = read_by(lambda: client.get("/photos/?show=failed"))
    assert max(read.values()) < 500, read
    for path in (f"/photos/?page={_PHOTOS}",):
        read = read_by(lambda path=path: client.get(path))
        counted = {scan: rows for scan, rows in read.items() if rows > 1000}
        # All are counted, in one go. From the other end PostgreSQL may pass over others' photos,
        # which it takes for mixed with this person's; here they all came before.
        everybody, most = Photo.objects.count(), max(counted.values())
        assert most <= everybody, (path, read)
        assert sum(counted.values()) - most <= everybody - _PHOTOS + 1000, (path, read)


@pytest.mark.django_db
def test_pages_lead_through_all_photos_and_say_how_many_where_that_is_known(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_finished_jobs(200, user.pk)
    client.force_login(user)
    everything = [photo.pk for photo in selectors.photos(user)]
    ready = [photo.pk for photo in selectors.photos(user) if photo.jobs.get().state == "succeeded"]
    for counted, (show, expected) in product((1000, 60), (("", everything), ("ready", ready))):
        monkeypatch.setattr(pages, "COUNTED", counted)
        seen: list[int] = []
        for number in range(1, 10):
            page, _cards = selectors.wall(user, number, show)
            seen += [photo.pk for photo in page.photos]
            known = counted == 1000 or number > 2
            assert (page.number, page.total) == (number, len(expected) if known else None)
            assert page.has_next == (number < 9)
        assert seen == expected
        assert selectors.wall(user, 10**9, show)[0].number == 9
        assert [selectors.wall(user, each, show)[0].number for each in (-3, "x", "2")] == [1, 1, 2]
    first = client.get("/photos/").content.decode()
    assert 'data-total="60+"' in first
    assert "Page 1<" in first
    assert "Page 9 of 9<" in client.get("/photos/?page=9").content.decode()


@pytest.mark.django_db
def test_filters_say_what_cards_show(
    user: User, other: User, make_photo: Callable[..., Photo], make_job: MakeJob
) -> None:
    """Whatever jobs a photo has had, in whatever order they were made and have ended."""
    chance = random.Random(0)  # noqa: S311  not for secrets
    states = [State(each) for each in _STANDS]
    for _ in range(60):
        photo = make_photo(owner=chance.choice((user, user, other)))
        for kind in chance.choices(("create", "restyle", "edit"), k=chance.randint(1, 4)):
            job = make_job(chance.choice(states), photo=photo, kind=kind)
            made = photo.created_at + timedelta(seconds=chance.randint(1, 3))
            Job.objects.filter(pk=job.pk).update(created_at=made)
        if chance.random() < 0.2:
            make_job(chance.choice(states), photo=photo, kind="export", source=job)
        if chance.random() < 0.1:
            Photo.objects.filter(pk=photo.pk).update(deleted_at=photo.created_at)
    shown: dict[str, list[int]] = {"working": [], "ready": [], "failed": [], "expired": []}
    for photo in selectors.photos(user):
        shown[_STANDS[card_of(photo).shown.state]].append(photo.pk)
    assert all(shown.values())
    for show in selectors.FILTERS:
        assert list(selectors.keys(user, show)) == shown[show], show
        assert [photo.pk for photo in selectors.narrowed(user, show)] == shown[show], show


@pytest.mark.django_db(transaction=True)
def test_rows_of_before_are_filled_in(make_job: MakeJob, user: User, other: User) -> None:
    """What stands is migrated; jobs that come in between have all that, too."""
    executor = MigrationExecutor(connection)
    executor.migrate([("jobs", "0012_job_letter_due")])
    try:
        make_finished_jobs_of_before(user.pk)
        executor = MigrationExecutor(connection)
        executor.migrate([("jobs", "0013_job_owner")])
        make_finished_jobs_of_before(other.pk)
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    for person in (user, other):
        assert Job.objects.filter(owner=person).count() == 2


def make_finished_jobs_of_before(owner: int) -> None:
    """Two photos, one of which has failed, as rows that know nothing of the columns."""
    make_queued_jobs(2, [owner])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET state = CASE id % 2 WHEN 0 THEN 'failed' ELSE 'succeeded' END"
            " WHERE state = 'queued'"
        )
