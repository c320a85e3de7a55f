"""Staff learn no more from the admin than its pages show."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from amena.accounts.admin_site import PrivateAdmin
from amena.accounts.models import User
from amena.site import deletion

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    """Somebody who may do everything in the admin."""
    boss = User.objects.create_superuser("boss@example.com", "a long password 1")
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_model_in_the_admin_is_private() -> None:
    assert admin.site._registry
    for model_admin in admin.site._registry.values():
        assert isinstance(model_admin, PrivateAdmin), model_admin


@pytest.mark.attack(
    "reading a password's hash letter by letter in the admin",
    "lists narrow by what they offer alone",
)
@pytest.mark.parametrize("lookup", ["password__regex", "password__startswith", "email__contains"])
def test_a_column_is_not_guessed_letter_by_letter(staff: Client, lookup: str) -> None:
    response = staff.get("/admin/accounts/user/", {lookup: "a"})
    assert response.status_code in (302, 400)
    assert staff.get("/admin/accounts/user/", {"is_active__exact": "1"}).status_code == 200


@pytest.mark.attack("share links of everybody by `/admin/r/`", "no such way")
def test_there_is_no_way_from_a_row_to_its_page(staff: Client) -> None:
    kind = ContentType.objects.get_for_model(User)
    assert staff.get(f"/admin/r/{kind.pk}/1/").status_code == 404


@pytest.mark.attack(
    "looking for a person who has gone in the admin's log", "rows are named by their keys"
)
def test_the_log_of_changes_names_nobody_who_has_gone(staff: Client) -> None:
    person = User.objects.create_user("ada@example.com")
    page = f"/admin/accounts/user/{person.pk}/change/"
    form = staff.get(page).context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields}
    inline = {"quota-TOTAL_FORMS": 0, "quota-INITIAL_FORMS": 0}
    response = staff.post(page, {**data, **inline, "name": "Ada L."})
    assert response.status_code == 302, response.content.decode()
    entry = LogEntry.objects.get()
    assert "ada@example.com" not in entry.object_repr
    # One of an older version.
    entry.object_repr = "ada@example.com"
    entry.save()
    deletion.delete(person)
    assert not LogEntry.objects.filter(object_repr__contains="ada@", action_flag=CHANGE).exists()


@pytest.mark.attack(
    "a staff password that was guessed or bought", "with `STAFF_SIGN_IN=google` none is taken"
)
def test_staff_who_sign_in_with_google_alone_have_no_use_for_a_password(
    staff: Client, settings: Any
) -> None:
    settings.STAFF_SIGN_IN = "google"
    nobody = Client()
    for address in ("/admin/login/", "/admin/jobs/job/"):
        response = nobody.get(address, follow=True)
        assert response.redirect_chain[-1][0].startswith("/login/?next=")
        assert "password" not in response.text.lower()
    words = {"username": "boss@example.com", "password": "a long password 1"}
    assert nobody.post("/admin/login/", words)["Location"].startswith("/login/")
    assert nobody.get("/admin/").status_code == 302
    assert staff.get("/admin/").status_code == 200  # signed in on the site
    visitor = Client()
    visitor.force_login(
        User.objects.create_user("ada@example.com"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert visitor.get("/admin/", follow=True).status_code == 403


def test_with_passwords_for_staff_the_admin_has_its_form(settings: Any) -> None:
    assert settings.STAFF_SIGN_IN == "password"
    assert 'type="password"' in Client().get("/admin/", follow=True).text
