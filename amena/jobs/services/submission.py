"""Taking a photo in, and ordering further work on it: `exports` orders further files."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any, Final

from django.db import IntegrityError, transaction

from amena.accounts.models import User
from amena.engine.errors import OptionsError
from amena.engine.options import STEREO, TURNS
from amena.gone import GoneError
from amena.jobs import states, storage
from amena.jobs.engine_options import parse_options
from amena.jobs.models import ACTIVE, Job, Photo, State
from amena.jobs.services import orders, places, quotas, scenes
from amena.jobs.uploads import DepthPicture, Upload
from amena.metrics import counters

#: How a depth picture may be meant.
DEPTH_MODES: Final = ("replace", "brush")
DEPTH_NEAR: Final = ("bright", "dark")
#: Options that only the file can be made with: a scene has one size, one way up and one depth.
OF_ORIGINAL: Final = ("size", "rotate", "stereo", "estimator")
#: Work that people see, or will: all but what has failed or was stopped.
STANDING: Final = (*ACTIVE, State.SUCCEEDED)


@counters.counting_refusals(quotas.QuotaExceededError)
def check_room(owner: User, submission: object = None) -> None:
    """Refuses early, before anything of the photo is looked at, what `submit` would refuse.

    Raises:
        QuotaExceededError: a limit is reached, and the submission is none that is known already.
    """
    try:
        quotas.check(owner)
    except quotas.QuotaExceededError:
        known: uuid.UUID | None = None
        with suppress(ValueError):
            known = uuid.UUID(str(submission))
        if known is None or not owner.photos.filter(submission=known).exists():
            raise


@counters.counting_refusals(quotas.QuotaExceededError)
def submit(owner: User, upload: Upload, options: dict[str, Any], submission: uuid.UUID) -> Photo:
    """Stores a photo and orders its 3D photo. The same `submission` again gives the same photo.

    The files are stored before the rows, so that no job can ever lack its photo.

    Raises:
        QuotaExceededError: a limit is reached; nothing is kept.
        OptionsError: an option is out of range.
        GoneError: the person has deleted their account; nothing is kept.
    """
    parse_options(options)
    known = Photo.objects.filter(owner=owner, submission=submission).first()
    if known is not None:
        return known
    quotas.check(owner)
    public_id = uuid.uuid4()
    try:
        storage.save(storage.original_key(public_id), upload.file)
        storage.save(storage.thumbnail_key(public_id), upload.thumbnail)
        with transaction.atomic():
            place = quotas.take(owner)
            photo = Photo.objects.create(
                public_id=public_id,
                owner=owner,
                submission=submission,
                name=upload.name,
                format=upload.format,
                width=upload.width,
                height=upload.height,
                size=upload.file.size or 0,
            )
            orders.create(place, photo, Job.Kind.CREATE, options)
    except IntegrityError:
        # The same form was sent twice at once, and the other one was quicker.
        storage.delete_tree(storage.photo_prefix(public_id))
        return Photo.objects.get(owner=owner, submission=submission)
    except BaseException:
        storage.delete_tree(storage.photo_prefix(public_id))
        raise
    return photo


def restyle(photo: Photo, options: dict[str, Any]) -> Job:
    """Orders another 3D photo of a photo whose scene is kept.

    It starts from that scene. With one of `OF_ORIGINAL` among the options it starts from the photo,
    which takes longer and leaves a corrected depth behind (unless it is only turned): a scene has
    the size, the way up and the depth that it was built with. Of these options, what is not given
    stays as it is.

    Raises:
        GoneError: there is no scene, or no photo (any more).
        QuotaExceededError: a limit is reached.
        OptionsError: an option is out of range.
    """
    parse_options(options)
    with transaction.atomic():
        place = quotas.take_for(photo)
        if not any(name in options for name in OF_ORIGINAL):
            _keep_scene(photo)
            return orders.create(place, photo, Job.Kind.RESTYLE, options)
        _keep_original(photo)
        only_turned = [name for name in OF_ORIGINAL if name in options] == ["rotate"]
        corrected = scenes.corrected(photo, options["rotate"]) if only_turned else None
        asked = orders.available(_of_original(photo)) | options
        return orders.create(place, photo, Job.Kind.CREATE, asked, depth_edit=corrected)


def rotate(photo: Photo, by: int) -> Job:
    """Orders the photo turned, with the motion and look that were asked for last, and the depth as
    its owner has corrected it.

    The order takes the place of what is being made from the photo: nobody waits for that any more.

    Args:
        photo: the photo, whether or not it has a 3D photo yet.
        by: degrees clockwise against the way it stands now, one of `TURNS` but 0.

    Raises:
        GoneError: the photo's file is no longer kept.
        QuotaExceededError: a limit is reached; nothing is changed.
        OptionsError: there is no such turn.
    """
    if by not in TURNS[1:]:
        raise OptionsError(f"Turn by {', '.join(map(str, TURNS[1:]))} degrees.")
    return _read_anew(photo, by=by)


def split(photo: Photo, stereo: str) -> Job:
    """Orders the photo with its two views where `stereo` (one of `options.STEREO`) says, like
    `rotate`.
    """
    if stereo not in STEREO:
        raise OptionsError(f"Choose {', '.join(STEREO)}.")
    return _read_anew(photo, stereo=stereo)


def _read_anew(photo: Photo, *, by: int = 0, stereo: str = "") -> Job:
    """Orders the photo turned or cut, else as it was asked for last."""
    with places.leaving(photo.jobs.all()):
        _keep_original(photo)
        jobs = list(photo.jobs.motions().order_by("-created_at", "-pk"))
        asked = next((job for job in jobs if job.state in STANDING), jobs[0]).options
        options = orders.available(asked | _of_original(photo))
        for of_picture_as_it_stood in ("shape", "placement"):
            options.pop(of_picture_as_it_stood, None)
        if stereo:
            options["stereo"] = stereo
        else:
            options["rotate"] = (options.get("rotate", 0) + by) % 360
        for job in jobs:
            if job.is_active:
                places.stop(job.public_id)
        place = quotas.take_for(photo)  # after what was given back: it is still one photo
        corrected = None if stereo else scenes.corrected(photo, options["rotate"])
        return orders.create(place, photo, Job.Kind.CREATE, options, depth_edit=corrected)


def edit_depth(
    photo: Photo, depth: DepthPicture, mode: str, near: str, options: dict[str, Any]
) -> Job:
    """Orders the photo with its depth replaced or corrected by a picture.

    Args:
        photo: its newest scene is what is edited.
        depth: the checked picture.
        mode: `replace`: the picture is the depth; `brush`: it makes parts nearer or farther.
        near: whether `bright` or `dark` is near in a picture that replaces.
        options: motion and so on, as for `restyle`.

    Raises:
        GoneError: there is no scene (any more).
        QuotaExceededError: a limit is reached; nothing is kept.
        OptionsError: an option is out of range.
    """
    parse_options(options)
    if mode not in DEPTH_MODES or near not in DEPTH_NEAR:
        raise OptionsError("The depth's mode must be replace or brush, and near bright or dark.")
    public_id = uuid.uuid4()
    key = storage.depth_key(photo.public_id, public_id)
    try:
        try:
            storage.save(key, depth.file)
        except FileNotFoundError as error:  # the photo's folder is being removed
            raise GoneError("This photo has been deleted.") from error
        with transaction.atomic():
            place = quotas.take_for(photo)
            _keep_scene(photo)
            extra = {"public_id": public_id, "depth_edit": {"mode": mode, "near": near}}
            return orders.create(place, photo, Job.Kind.EDIT, options, **extra)
    except BaseException:
        storage.delete_tree(storage.job_prefix(photo.public_id, public_id))
        raise


def retry(job: Job) -> bool:
    """Orders a failed or cancelled job once more. False where it has not ended that way.

    Raises:
        GoneError: the photo has been deleted.
        QuotaExceededError: a limit is reached.
    """
    with transaction.atomic():
        place = quotas.take_for(job.photo)
        orders.lock(job.photo)
        if not states.retry(job.public_id, State.HELD):
            transaction.set_rollback(True)
            return False
        # What it counted as before stays with it, unless it was given back.
        uncounted = Job.objects.filter(pk=job.pk, counts_as="")
        uncounted.update(counts_as=place.counts_as, counted_on=place.day)
        places.fill(place.quota)
    return True


def dismiss(job: Job) -> None:
    """Its owner has read that it has failed or was stopped."""
    Job.objects.filter(pk=job.pk, state__in=(State.FAILED, State.CANCELLED)).update(dismissed=True)


def _keep_original(photo: Photo) -> None:
    orders.lock(photo)
    if not photo.jobs.exclude(state=State.EXPIRED).exists():
        raise GoneError("This photo has expired.")


def _of_original(photo: Photo) -> dict[str, Any]:
    """Those of `OF_ORIGINAL` that the newest work on the file was asked for, unless that has failed
    and there is other: people change what they see.
    """
    made = list(photo.jobs.filter(kind=Job.Kind.CREATE).order_by("-created_at", "-pk"))
    standing = [job.options for job in made if job.state in STANDING]
    failed = [_unseen(job.options) for job in made]
    newest: dict[str, Any] = next(iter((*standing, *failed)), {})
    return {name: newest[name] for name in OF_ORIGINAL if name in newest}


def _unseen(options: dict[str, Any]) -> dict[str, Any]:
    """Options of a photo that was not made: nobody saw it turned or cut as they say."""
    return {**options, "rotate": 0} | ({"stereo": "auto"} if "stereo" in options else {})


def _keep_scene(photo: Photo) -> None:
    orders.lock(photo)
    if scenes.newest(photo) is None:
        raise GoneError("This photo has no finished 3D photo to start from.")
