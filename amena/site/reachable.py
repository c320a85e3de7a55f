"""A system check of what the service stands on, run by `manage.py check --tag amena --deploy`.

No process asks it when it starts: one that waits for database or queue is better than none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from amena import sqs
from amena.notifications import subscriptions
from amena.site import health
from amena.site.checks import TAG


@register(TAG, deploy=True)
def reachable(**_kwargs: Any) -> list[CheckMessage]:
    """Asks everything that the service stands on, as it will."""
    parts: dict[str, tuple[str, Callable[[], object]]] = {
        "amena.E011": ("The database", health.database),
        "amena.E012": ("The queue", health.broker),
        "amena.E013": ("The storage of the files", health.storage),
    }
    if settings.SQS_DEAD_LETTER_URL:
        letters = settings.SQS_DEAD_LETTER_URL
        parts["amena.E014"] = ("The dead-letter queue", lambda: sqs.waiting(letters))
    if subscriptions.is_offered():
        parts["amena.E024"] = ("The mail server", health.mail_server)
    found: list[CheckMessage] = []
    for number, (name, ask) in parts.items():
        try:
            ask()
        except health.FAILURES as error:
            found.append(Error(f"{name} does not answer: {error}", id=number))
    return found
