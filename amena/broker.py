"""kombu's SQS transport, made to outlive a queue that does not answer for a while.

In kombu 5.7 each poll of the queue schedules the next one only when it has gone well: after the
first that fails (the server restarts, credentials expire, a request is throttled) a worker stays
up, but deaf for ever. Here a failed poll is logged and followed by another.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from kombu.transport import SQS
from vine import promise

logger = logging.getLogger(__name__)

#: Seconds from a failed poll to the next; waiting any longer would delay jobs once it is back.
PAUSE: Final = 2.0


class Channel(SQS.Channel):  # type: ignore[misc]
    """A channel whose polling goes on."""

    def _schedule_queue(self, queue: str) -> None:
        if queue not in self._active_queues:
            return
        if not self.qos.can_consume():
            self._loop1(queue)
            return
        again = promise(self._loop1, (queue,), on_error=self._poll_failed)
        try:
            self._get_bulk_async(queue, callback=again)
        except Exception as error:  # noqa: BLE001  whatever it was, the next poll may go well
            self._poll_failed(queue, error)

    def _poll_failed(self, queue: str, error: Exception) -> None:
        logger.warning("The queue does not answer: %s", error)
        self.hub.call_later(PAUSE, self._schedule_queue, queue)


class Transport(SQS.Transport):  # type: ignore[misc]
    """The transport with that channel; `broker_transport` names it."""

    Channel: Any = Channel
