"""Staff see how webhooks fare, and no secret."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from amena.accounts.models import User
from amena.webhooks import endpoints, signing
from amena.webhooks.models import Endpoint

pytestmark = pytest.mark.django_db


def test_staff_see_endpoints_and_deliveries_but_change_nothing(
    endpoint: Endpoint, admin_user: User
) -> None:
    staff = Client()
    staff.force_login(admin_user)
    delivery = endpoints.ping(endpoint)
    for row in (endpoint, delivery):
        name = row._meta.model_name
        listed = staff.get(reverse(f"admin:webhooks_{name}_changelist"))
        assert str(row.public_id) in listed.content.decode()
        page = staff.get(reverse(f"admin:webhooks_{name}_change", args=[row.pk]))
        assert page.status_code == 200
        for secret in (endpoint.salt, signing.secret(endpoint.salt)):
            assert secret not in page.content.decode()
        assert staff.post(reverse(f"admin:webhooks_{name}_add")).status_code == 403
