"""Taking jobs from workers that are lost."""

from __future__ import annotations

from amena.jobs import states
from amena.jobs.models import Job, State
from amena.jobs.services import dead_letters, places, previews


def lost() -> states.Reaped:
    """Counts, by outcome, the jobs that `reap` would take from lost workers now."""
    found = states.lost()
    wanted = found.filter(cancel_requested=False)
    return states.Reaped(
        cancelled=found.filter(cancel_requested=True).count(),
        returned=wanted.filter(attempts_left__gt=0).count(),
        failed=wanted.filter(attempts_left=0).count(),
    )


def reap() -> states.Reaped:
    """Takes jobs from lost workers, and reports those that are given up by it.

    Which jobs they are is decided once. A lease that runs out a moment later is left to the next
    run: its owner's places are not locked, and nobody would report the job.
    """
    found = list(states.lost().values_list("public_id", flat=True))
    jobs = states.lost().filter(public_id__in=found)
    with places.leaving(jobs):
        reaped = states.reap(jobs)
    ended = Job.objects.filter(public_id__in=found, state__in=(State.FAILED, State.CANCELLED))
    for job_id in ended.values_list("public_id", flat=True):
        dead_letters.report(job_id)
        previews.drop(job_id)
    return reaped
