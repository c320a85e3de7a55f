"""`manage.py database_roles`: after the migrations, as the database's owner."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from amena.jobs.services import database_roles


class Command(BaseCommand):
    """Gives web and worker the database roles that they sign in with."""

    help = (
        "Make the database roles of web and worker, with names and passwords from "
        "WEB_DATABASE_USER, WEB_DATABASE_PASSWORD, WORKER_DATABASE_USER and "
        "WORKER_DATABASE_PASSWORD. Without these, all use one role, and nothing is done."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Prints what was done as JSON."""
        logins = settings.DATABASE_ROLES
        given = [part for login in logins.values() for part in login]
        if not any(given):
            self.stdout.write(json.dumps({"roles": [], "dropped": []}))
            return
        if not all(given):
            raise CommandError("Set user and password of both roles, or neither.")
        try:
            dropped = database_roles.apply(logins)
        except ValueError as error:
            raise CommandError(str(error)) from None
        roles = [name for name, _ in logins.values()]
        self.stdout.write(json.dumps({"roles": roles, "dropped": dropped}))
