"""Reads for pages and API. Each starts from `for_user`, so that nobody sees what is not theirs."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404

from amena.accounts.models import User
from amena.engine.progress import DRAFT, SCENE
from amena.jobs import pages, storage
from amena.jobs.cards import SETBACKS, Card, card_of, queue_of, still_there
from amena.jobs.files import FILE_TYPES, INTERNAL
from amena.jobs.models import ACTIVE, Artifact, Job, JobQuerySet, Photo, PhotoQuerySet, Share, State

#: What the wall can be narrowed to, by where a photo stands. The same as `Card.shown` says.
FILTERS: Final = ("working", "ready", "failed")


def whose_newest_is_in(user: User, *states: str) -> JobQuerySet:
    """Those of a person's jobs that are the newest to make a 3D photo of their photo, and stand in
    one of these states.
    """
    of_photo = Job.objects.motions().filter(photo=OuterRef("photo"))
    newest = of_photo.order_by("-created_at", "-pk").values("pk")[:1]
    # Not “there is no newer one”: for that PostgreSQL would rather look at all of their photos.
    found = Job.objects.for_user(user).motions().filter(state__in=states)
    return found.filter(pk=Subquery(newest))


def keys(user: User, show: str = "", name: str = "") -> QuerySet[Any, int]:
    """Primary keys of the photos that `wall` shows, the last that came first.

    Filters go through jobs in the order of their photos, which indexes have: they stop where enough
    have been found, however many photos there are.
    """
    if show not in FILTERS:
        found = Photo.objects.for_user(user)
        if name:
            found = found.filter(name__icontains=name)
        return found.order_by("-pk").values_list("pk", flat=True)
    if show == "ready":
        made = Job.objects.for_user(user).motions().filter(state=State.SUCCEEDED)
        working = whose_newest_is_in(user, *ACTIVE).values("photo")
        jobs = made.exclude(photo__in=working).distinct()
    elif show == "failed":
        made = Job.objects.motions().filter(owner=user, state=State.SUCCEEDED)
        jobs = whose_newest_is_in(user, *SETBACKS)
        jobs = jobs.exclude(Exists(made.filter(photo=OuterRef("photo"))))
    else:
        jobs = whose_newest_is_in(user, *ACTIVE)
    if name:
        jobs = jobs.filter(photo__name__icontains=name)
    return jobs.order_by("-photo_id").values_list("photo_id", flat=True)


def narrowed(user: User, show: str = "", name: str = "") -> PhotoQuerySet:
    """A person's photos as `wall` narrows them, newest first."""
    return photos(user).filter(pk__in=keys(user, show, name))


def wall(
    user: User, page: int | str = 1, show: str = "", name: str = ""
) -> tuple[pages.Page, list[Card]]:
    """One page of a person's photos, newest first. The number of queries does not grow with it.

    Args:
        user: whose.
        page: counts from 1; the nearest one where there is no such page.
        show: one of `FILTERS`; anything else: all.
        name: only photos whose name has this in it; empty: all.
    """
    # Few of a photo's files are shown, and no link to it.
    rows = _with_jobs(Photo.objects.for_user(user), only=("video", "poster", "card"), shares=False)
    shown = pages.page(rows.order_by("-pk"), keys(user, show, name), page)
    queue = queue_of(shown.photos)
    return shown, [card_of(photo, queue) for photo in still_there(shown.photos)]


def photos(user: User) -> PhotoQuerySet:
    """A person's photos with their jobs, the last that came first."""
    return _with_jobs(Photo.objects.for_user(user)).order_by("-pk")


def jobs(user: User) -> JobQuerySet:
    """A person's jobs with their results, newest first."""
    found = Job.objects.for_user(user).select_related("photo")
    # Not by a join: that makes each row twice as wide, and only exports have one.
    sources = Prefetch("source", queryset=Job.objects.only("public_id"))
    found = found.prefetch_related("artifacts", sources)
    return found.order_by("-created_at", "-pk")


def photo(user: User, public_id: UUID) -> Photo:
    """One of the person's own photos, else 404."""
    return get_object_or_404(Photo.objects.for_user(user), public_id=public_id)


def card(user: User, public_id: UUID) -> Card:
    """One photo with its jobs, else 404."""
    found = get_object_or_404(_with_jobs(Photo.objects.for_user(user)), public_id=public_id)
    if not still_there([found]):
        raise Http404
    return card_of(found)


def job(user: User, public_id: UUID) -> Job:
    """One of the person's own jobs, else 404."""
    found = Job.objects.for_user(user).select_related("photo__owner", "source")
    return get_object_or_404(found, public_id=public_id)


def artifact(user: User, public_id: UUID) -> Artifact:
    """One of the person's own results, or the preview of one, else 404. The scene is the engine's
    own, not for people.
    """
    artifacts = Artifact.objects.for_user(user).exclude(kind__in=INTERNAL)
    found = artifacts.select_related("job__photo").filter(public_id=public_id)
    # A preview may have become a result between the first two questions.
    return found.first() or _preview(user, public_id) or get_object_or_404(found)


def _preview(user: User, public_id: UUID) -> Artifact | None:
    """What a running job shows, see `Job.preview`, as the artifact that its scene will be."""
    jobs = Job.objects.for_user(user).filter(state=State.RUNNING, preview__glb=str(public_id))
    job = jobs.select_related("photo").first()
    if job is None or job.preview is None:
        return None
    prefix = storage.attempt_prefix(job.photo.public_id, job.public_id, job.attempts)
    name = DRAFT if job.preview.get("draft") else SCENE
    return Artifact(
        public_id=public_id,
        job=job,
        kind=FILE_TYPES[SCENE].kind,
        key=f"{prefix}/{name}",
        size=job.preview["size"],
        content_type=FILE_TYPES[SCENE].content_type,
    )


def _with_jobs(
    photos: PhotoQuerySet, *, only: tuple[str, ...] = (), shares: bool = True
) -> PhotoQuerySet:
    """`only`: the kinds of artifacts that are read; empty: all."""
    artifacts = Artifact.objects.filter(kind__in=only) if only else Artifact.objects.all()
    jobs = Job.objects.order_by("-created_at", "-pk")
    jobs = jobs.prefetch_related(Prefetch("artifacts", queryset=artifacts))
    photos = photos.prefetch_related(Prefetch("jobs", queryset=jobs))
    if not shares:
        return photos
    live = Share.objects.filter(revoked_at=None)
    return photos.prefetch_related(Prefetch("shares", queryset=live, to_attr="live_shares"))
