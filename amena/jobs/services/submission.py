"""Taking a photo in, and ordering further work on it.

Every order starts out held and gets a place at once where its owner has one free
(`amena.jobs.services.places`): whatever is ordered beyond that queues behind it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from amena.accounts.models import User
from amena.engine.catalogue import ITS_OPTIONS, OUTPUTS
from amena.engine.errors import OptionsError
from amena.engine.options import STEREO, TURNS, Options
from amena.gone import GoneError
from amena.jobs import states, storage
from amena.jobs.engine_options import parse_options, settled
from amena.jobs.models import ACTIVE, Job, Photo, State
from amena.jobs.services import places, quotas, scenes
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
            _order(place, photo, Job.Kind.CREATE, options)
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
        place = quotas.take(photo.owner, photo)
        if not any(name in options for name in OF_ORIGINAL):
            _keep_scene(photo)
            return _order(place, photo, Job.Kind.RESTYLE, options)
        _keep_original(photo)
        only_turned = [name for name in OF_ORIGINAL if name in options] == ["rotate"]
        corrected = scenes.corrected(photo, options["rotate"]) if only_turned else None
        asked = _available(_of_original(photo)) | options
        return _order(place, photo, Job.Kind.CREATE, asked, depth_edit=corrected)


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
        options = _available(asked | _of_original(photo))
        for of_picture_as_it_stood in ("shape", "placement"):
            options.pop(of_picture_as_it_stood, None)
        if stereo:
            options["stereo"] = stereo
        else:
            options["rotate"] = (options.get("rotate", 0) + by) % 360
        for job in jobs:
            if job.is_active:
                places.stop(job.public_id)
        place = quotas.take(photo.owner, photo)  # after what was given back: it is still one photo
        corrected = None if stereo else scenes.corrected(photo, options["rotate"])
        return _order(place, photo, Job.Kind.CREATE, options, depth_edit=corrected)


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
            place = quotas.take(photo.owner, photo)
            _keep_scene(photo)
            extra = {"public_id": public_id, "depth_edit": {"mode": mode, "near": near}}
            return _order(place, photo, Job.Kind.EDIT, options, **extra)
    except BaseException:
        storage.delete_tree(storage.job_prefix(photo.public_id, public_id))
        raise


def export(job: Job, outputs: Iterable[str], how: dict[str, Any] | None = None) -> Job:
    """Orders further files of a finished job's 3D photo.

    Args:
        job: the job.
        outputs: their names.
        how: options that hang on the files alone (`catalogue.ITS_OPTIONS`); others are not looked
            at. What is left out is as in the job's own.

    Returns:
        The job that makes them: a new one, unless one does so or has done so already.

    Raises:
        GoneError: the job has no 3D photo (any more).
        QuotaExceededError: a limit is reached.
        OptionsError: there is no such output, or an option is out of range.
    """
    wanted = sorted(set(outputs))
    if not wanted:
        raise OptionsError(f"Say which files: {', '.join(OUTPUTS)}.")
    options = _available(job.options) | {"outputs": wanted}
    options |= {name: value for name, value in (how or {}).items() if name in _options_of(wanted)}
    options = settled(options)
    parse_options(options)
    if (known := _maker(job, options)) is not None:
        return known
    try:
        with transaction.atomic():
            place = quotas.take(job.photo.owner, job.photo)
            _keep(job.photo)
            if (known := _maker(job, options)) is not None:
                transaction.set_rollback(True)
                return known
            if job.kind == Job.Kind.EXPORT or scenes.of_job(job) is None:
                raise GoneError("This job has no finished 3D photo.")
            return _order(place, job.photo, Job.Kind.EXPORT, options, source=job)
    except quotas.QuotaExceededError:
        # The same request, sent twice at once, may have taken the last room.
        if (known := _maker(job, options)) is not None:
            return known
        raise


def _options_of(outputs: Iterable[str]) -> set[str]:
    """The options that hang on one of some outputs alone."""
    return {option for name in outputs for option in ITS_OPTIONS.get(name, ())}


def _maker(job: Job, asked: dict[str, Any]) -> Job | None:
    """A job that makes all outputs asked for from the same 3D photo, or has made and kept them; of
    several the newest, whose files are shown. None where that makes them with other options.
    """
    makers = Job.objects.filter(Q(pk=job.pk) | Q(source=job), state__in=(*ACTIVE, State.SUCCEEDED))
    makers = makers.select_related("photo__owner").order_by("-created_at")
    wanted = {*asked["outputs"]}
    newest = next((each for each in makers if wanted <= {*each.options.get("outputs", ())}), None)
    if newest is None:
        return None
    defaults = {name: getattr(Options, name) for name in _options_of(wanted)}
    same = all(
        newest.options.get(name, usual) == asked.get(name, usual)
        for name, usual in defaults.items()
    )
    return newest if same else None


def retry(job: Job) -> bool:
    """Orders a failed or cancelled job once more. False where it has not ended that way.

    Raises:
        GoneError: the photo has been deleted.
        QuotaExceededError: a limit is reached.
    """
    with transaction.atomic():
        place = quotas.take(job.photo.owner, job.photo)
        _keep(job.photo)
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


def _keep(photo: Photo) -> None:
    """Holds the photo's row, so that its files cannot expire before the new job is on record."""
    if Photo.objects.select_for_update().filter(pk=photo.pk, deleted_at=None).first() is None:
        raise GoneError("This photo has been deleted.")


def _keep_original(photo: Photo) -> None:
    _keep(photo)
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


def _available(options: dict[str, Any]) -> dict[str, Any]:
    """The options without an estimator that is no longer offered; what is compared is what is
    offered now.
    """
    offered = ("auto", *settings.DEPTH_ESTIMATORS)
    return {
        name: value
        for name, value in options.items()
        if name != "compare" and (name != "estimator" or value in offered)
    }


def _keep_scene(photo: Photo) -> None:
    _keep(photo)
    if scenes.newest(photo) is None:
        raise GoneError("This photo has no finished 3D photo to start from.")


def _order(
    place: quotas.Place, photo: Photo, kind: Job.Kind, options: dict[str, Any], **fields: Any
) -> Job:
    job = Job.objects.create(
        photo=photo,
        kind=kind,
        options=settled(options),
        state=State.HELD,
        dispatch_at=states.soon(),
        counts_as=place.counts_as,
        counted_on=place.day,
        **fields,
    )
    places.fill(place.quota)
    job.refresh_from_db(fields=["state", "queued_at", "dispatch_at"])
    return job
