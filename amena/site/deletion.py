"""Deleting an account: nothing names the person from then on, and all they made goes with them."""

from __future__ import annotations

import logging
import uuid

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import CASCADE, QuerySet
from django.db.models.functions import Now

from amena.accounts.models import Quota, User
from amena.jobs.models import Photo
from amena.jobs.services import deletion as photos

logger = logging.getLogger(__name__)


def delete(user: User) -> None:
    """Ends sessions and tokens, erases the name, stops the jobs and removes rows and files.

    What a worker is busy on at that moment goes as soon as it has let go, by the sweeper. Until
    then the row stands without a name, so that the same Google account can start anew at once.
    """
    with transaction.atomic():
        # First, as everybody who orders has it: they lock their quota, then refer to the person.
        list(Quota.objects.select_for_update().filter(user=user))
        found = User.objects.select_for_update().filter(pk=user.pk, deleted_at=None).first()
        if found is None:  # whoever leaves twice has left
            return
        _erase(found)
        mine = Photo.objects.filter(owner=user)
        mine.filter(deleted_at__gt=Now()).update(deleted_at=Now())  # not to be taken back any more
        photos.delete(*mine)
        transaction.on_commit(lambda: purge_accounts(user.pk), robust=True)
    logger.info("Account deleted: %s", user.public_id)


def deleted_accounts() -> QuerySet[User]:
    """Deleted accounts whose photos are all gone."""
    return User.objects.filter(deleted_at__isnull=False, photos=None)


def purge_accounts(only: int | None = None) -> int:
    """Removes the rows of deleted accounts, as far as their photos are gone.

    Args:
        only: the key of one account; all deleted ones without it.

    Returns:
        How many accounts are gone.
    """
    # An upload may have been under way while its owner left.
    for photo in Photo.objects.filter(owner__deleted_at__isnull=False, deleted_at=None):
        photos.delete(photo)
    ready = deleted_accounts() if only is None else deleted_accounts().filter(pk=only)
    return len([user.delete() for user in ready])


def _erase(user: User) -> None:
    """Leaves a row that says nothing but that somebody was there."""
    for relation in User._meta.related_objects:
        if relation.on_delete is CASCADE:
            mine = relation.related_model.objects.filter(**{relation.field.name: user})
            # Whoever refers to one of these rows at this moment is waited for, or finds it gone.
            list(mine.select_for_update().order_by("pk").values_list("pk"))
            mine.delete()
    # What staff changed of the account is kept, whose it was is not.
    of_user = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)
    )
    of_user.update(object_repr="deleted account", change_message="")
    user.groups.clear()
    user.user_permissions.clear()
    user.email = f"{uuid.uuid4()}@deleted.invalid"
    user.name = user.language = user.browser_language = user.timezone = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = None
    user.deleted_at = Now()
    user.set_unusable_password()
    user.save()
