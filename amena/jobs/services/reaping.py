"""Taking jobs from workers that are lost."""

from __future__ import annotations

from amena.jobs import states
from amena.jobs.services import dead_letters, places, previews


def lost() -> states.Reaped:
    """What `reap` would do now."""
    found = states.lost()
    wanted = found.filter(cancel_requested=False)
    return states.Reaped(
        cancelled=found.filter(cancel_requested=True).count(),
        returned=wanted.filter(attempts_left__gt=0).count(),
        failed=wanted.filter(attempts_left=0).count(),
    )


def reap() -> states.Reaped:
    """Takes jobs from lost workers, and reports those that are given up by it."""
    last = states.lost().filter(attempts_left=0, cancel_requested=False)
    given_up = list(last.values_list("public_id", flat=True))
    stopped = states.lost().filter(cancel_requested=True)
    ended = [*given_up, *stopped.values_list("public_id", flat=True)]
    with places.leaving(states.lost()):
        reaped = states.reap()
    for job_id in given_up:
        dead_letters.report(job_id)
    for job_id in ended:
        previews.drop(job_id)
    return reaped
