"""Events survive the death of the process that sends them."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from amena.accounts.models import User
from amena.client.webhooks import verify
from amena.jobs import states
from amena.webhooks import endpoints, signing
from amena.webhooks.models import Delivery, Event
from tests.faults.conftest import Upload
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.receiver import receiving

pytestmark = pytest.mark.service


@pytest.mark.fault("sweeper killed while it sends to a webhook", "the event is sent by the next")
@pytest.mark.django_db(transaction=True)
def test_a_sweeper_killed_while_it_sends_leaves_the_event_to_the_next(
    service: Service, user: User, upload: Upload, settings: object
) -> None:
    settings.OUTBOUND_LOOPBACK = True
    with receiving(drip=True) as receiver:
        endpoint = endpoints.register(user, receiver.url, list(Event.values))
        job = upload()
        states.cancel(job.public_id)
        service.start("sweeper", OUTBOUND_LOOPBACK="true")
        wait_until(lambda: receiver.requests)
        service.kill("sweeper")
        assert Delivery.objects.get().state == "pending"
        receiver.drip = False
        Delivery.objects.update(deliver_at=Now())  # as if the claim's minute were over
        service.start("sweeper", OUTBOUND_LOOPBACK="true")
        wait_until(lambda: Delivery.objects.get().state == "delivered")
        events = [
            verify(body, headers, signing.secret(endpoint.salt))
            for _method, _path, headers, body in receiver.requests
        ]
    assert len(events) == 2
    assert events[0] == events[1]
    assert events[0].type == "job.cancelled"
    assert Delivery.objects.get().attempts == 2
