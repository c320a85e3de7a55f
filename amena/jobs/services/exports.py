"""Further files of a finished 3D photo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q

from amena.engine.catalogue import ITS_OPTIONS, OUTPUTS
from amena.engine.errors import OptionsError
from amena.engine.options import Options
from amena.gone import GoneError
from amena.jobs.engine_options import parse_options, settled
from amena.jobs.models import ACTIVE, Job, State
from amena.jobs.services import orders, quotas, scenes


def order(job: Job, outputs: Iterable[str], how: dict[str, Any] | None = None) -> Job:
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
    options = orders.available(job.options) | {"outputs": wanted}
    options |= {name: value for name, value in (how or {}).items() if name in _options_of(wanted)}
    options = settled(options)
    parse_options(options)
    if (known := _maker(job, options)) is not None:
        return known
    try:
        with transaction.atomic():
            place = quotas.take_for(job.photo)
            orders.lock(job.photo)
            if (known := _maker(job, options)) is not None:
                transaction.set_rollback(True)
                return known
            if job.kind == Job.Kind.EXPORT or scenes.of_job(job) is None:
                raise GoneError("This job has no finished 3D photo.")
            return orders.create(place, job.photo, Job.Kind.EXPORT, options, source=job)
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
