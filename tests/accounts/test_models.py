"""Users: one per address, with a quota, and no password unless staff."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError
from django.db.models import ProtectedError

from amena.accounts.models import Quota, User
from amena.jobs.models import Photo

pytestmark = pytest.mark.django_db


def test_a_user_comes_with_a_quota_of_the_settings(settings: Any) -> None:
    settings.QUOTA_ACTIVE_JOBS, settings.QUOTA_DAILY_JOBS = 7, 70
    user = User.objects.create_user("ada@example.com")
    assert (user.quota.active_limit, user.quota.daily_limit) == (7, 70)
    user.quota.active_jobs, user.quota.daily_jobs = 0, 1
    assert (user.quota.active_limit, user.quota.daily_limit) == (0, 1)


def test_addresses_that_differ_in_case_are_one_person() -> None:
    User.objects.create_user("ada@example.com")
    with pytest.raises(IntegrityError):
        User.objects.create_user("Ada@example.com")


def test_without_a_password_nobody_signs_in_by_one() -> None:
    user = User.objects.create_user("ada@example.com")
    assert not user.has_usable_password()
    assert authenticate(username="ada@example.com", password="") is None


def test_staff_sign_in_by_password_whatever_the_case_of_the_address() -> None:
    staff = User.objects.create_superuser("root@example.com", "correct horse")
    assert authenticate(username="Root@example.com", password="correct horse") == staff
    assert authenticate(username="root@example.com", password="wrong") is None


def test_an_address_is_needed() -> None:
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")


def test_a_user_with_photos_is_not_deleted_past_the_files() -> None:
    user = User.objects.create_user("ada@example.com")
    Photo.objects.create(owner=user, name="a", format="PNG", width=64, height=64, size=1)
    with pytest.raises(ProtectedError):
        user.delete()
    assert Quota.objects.filter(user=user).exists()
