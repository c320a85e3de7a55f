"""Links by which everybody may look at one's 3D photo, until they are revoked.

Never given out by one: the original, its name, whose it is, or any of its metadata.
"""

from __future__ import annotations

import secrets
from typing import Final

from django.db import transaction
from django.db.models.functions import Now

from amena.gone import GoneError
from amena.jobs.models import Artifact, Job, JobQuerySet, Photo, Share, State

#: What a link shows: public name → the artifacts that may stand for it, best first.
PUBLIC: Final[dict[str, tuple[str, ...]]] = {
    "video": ("video",),
    "poster": ("poster",),
    "glb": ("glb",),
    "loop": ("webp", "gif"),
}
_TOKEN_BYTES: Final = 24


def share(photo: Photo) -> Share:
    """The photo's link; a new one where it has none, or its last one was revoked.

    Raises:
        GoneError: there is no 3D photo to show.
    """
    if _newest(photo) is None:
        raise GoneError("This photo has no finished 3D photo to share.")
    with transaction.atomic():
        # The lock lets two requests at once agree on one link.
        if Photo.objects.select_for_update().filter(pk=photo.pk, deleted_at=None).first() is None:
            raise GoneError("This photo has been deleted.")
        live = live_share(photo)
        if live is not None:
            return live
        return Share.objects.create(photo=photo, token=secrets.token_urlsafe(_TOKEN_BYTES))


def revoke(photo: Photo) -> bool:
    """Ends the photo's link for good. False where it has none."""
    return bool(Share.objects.filter(photo=photo, revoked_at=None).update(revoked_at=Now()))


def choose(photo: Photo, job: Job | None) -> bool:
    """Lets the photo's link stay at one finished 3D photo, or with None follow the newest.

    Returns:
        Whether there is a link.

    Raises:
        GoneError: that 3D photo is not kept, or is another photo's.
    """
    if job is not None and not _shown(photo).filter(pk=job.pk).exists():
        raise GoneError("This photo has no such finished 3D photo.")
    return bool(Share.objects.filter(photo=photo, revoked_at=None).update(job=job))


def live_share(photo: Photo) -> Share | None:
    """The photo's link, if it has one."""
    return Share.objects.filter(photo=photo, revoked_at=None).first()


def find(token: str) -> Share | None:
    """The link with this token. None where it is revoked, or its photo is deleted or expired."""
    live = Share.objects.select_related("photo__owner").filter(
        revoked_at=None, photo__deleted_at=None
    )
    found = live.filter(token=token).first()
    return found if found is not None and _of(found) is not None else None


def motion(found: Share) -> Job:
    """What the link shows: the 3D photo that it stays at, else the photo's newest.

    Raises:
        GoneError: it has expired since the link was found.
    """
    job = _of(found)
    if job is None:
        raise GoneError("This 3D photo is no longer kept.")
    return job


def files(found: Share) -> dict[str, Artifact]:
    """The files that the link gives out, by their public names; `loop` only once it is exported.

    Raises:
        GoneError: as `motion`.
    """
    shown = motion(found)
    made = Artifact.objects.filter(job=shown) | Artifact.objects.filter(
        job__source=shown, job__state=State.SUCCEEDED
    )
    by_kind = {artifact.kind: artifact for artifact in made.order_by("pk")}
    return {
        name: by_kind[kind]
        for name, kinds in PUBLIC.items()
        if (kind := next((each for each in kinds if each in by_kind), None))
    }


def _of(share: Share) -> Job | None:
    if share.job_id is None:
        return _newest(share.photo)
    return _shown(share.photo).filter(pk=share.job_id).first()


def _newest(photo: Photo) -> Job | None:
    return _shown(photo).by_standing().first()


def _shown(photo: Photo) -> JobQuerySet:
    """The photo's 3D photos that can be shown."""
    return photo.jobs.motions().filter(state=State.SUCCEEDED, artifacts__kind="video")
