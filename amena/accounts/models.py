"""The people who use Amena. They sign in through a provider; only staff may have a password."""

from __future__ import annotations

import uuid
from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from amena.gone import GoneError


class UserManager(BaseUserManager["User"]):
    """Makes users; the e-mail address stands for a user name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user with a quota row. Without a password none can be used to sign in."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        Quota.objects.create(user=user)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Addresses that differ in case only are one."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """One person.

    Attributes:
        public_id: what the outside sees; the numeric key stays inside.
        email: the address the provider has verified, or that staff gave; one user each.
        name: how the pages address the person; may be empty.
        language: one of `settings.LANGUAGES` that the person has chosen; empty: the browser's.
        browser_language: the one of these that a browser of theirs has last asked for.
        timezone: the one that a browser of theirs has last said; empty: none has.
        deleted_at: the person is gone and nothing here names them any more; the row waits for the
            last of their files.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    language = models.CharField(max_length=10, blank=True, db_default="")
    browser_language = models.CharField(max_length=10, blank=True, db_default="")
    timezone = models.CharField(max_length=64, blank=True, db_default="")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="one_user_per_email"),)

    def __str__(self) -> str:
        return self.email

    def lock(self) -> None:
        """Has whoever wants to delete the account wait for the end of the transaction.

        Raises:
            GoneError: it has been deleted.
        """
        rows = User.objects.select_for_update().filter(pk=self.pk, deleted_at=None)
        if rows.first() is None:
            raise GoneError("This account has been deleted.")


class Quota(models.Model):
    """What one user may use, and has used today.

    The row is what concurrent submissions of one user lock.

    Attributes:
        active_jobs: queued and running jobs at a time; empty: the setting.
        daily_jobs: new photos a day (UTC); empty: the setting.
        day, used, changes: what was ordered on `day`: new photos, and changes and further files of
            photos. Deleting a photo gives nothing back that has been worked on.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="quota")
    active_jobs = models.PositiveIntegerField(null=True, blank=True)
    daily_jobs = models.PositiveIntegerField(null=True, blank=True)
    day = models.DateField(null=True, editable=False)
    used = models.PositiveIntegerField(default=0, editable=False)
    changes = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    def __str__(self) -> str:
        return f"Quota of {self.user}"

    @property
    def active_limit(self) -> int:
        """Queued and running jobs allowed at a time."""
        return settings.QUOTA_ACTIVE_JOBS if self.active_jobs is None else self.active_jobs

    @property
    def daily_limit(self) -> int:
        """New photos allowed a day."""
        return settings.QUOTA_DAILY_JOBS if self.daily_jobs is None else self.daily_jobs


class TokenQuerySet(models.QuerySet["Token"]):
    """The queries for tokens that several callers need."""

    def usable(self) -> TokenQuerySet:
        """Tokens that are neither revoked nor expired, of people who may sign in."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=Now())
        return self.filter(unexpired, revoked_at=None, user__is_active=True)


class Token(models.Model):
    """A key to the API that a person gives to a program. `amena.accounts.tokens` makes them.

    Attributes:
        name: what the person calls it.
        digest: SHA-256 of the token, which itself is kept nowhere.
        hint: its first characters, to tell one from another.
        scope: `read`, or `write`, which may read too.
        expires_at: empty: never.
        last_used_at: exact to a minute.
    """

    class Scope(models.TextChoices):
        """What a token may do."""

        READ = "read", _("Read")
        WRITE = "write", _("Read and write")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"


class Session(AbstractBaseSession):
    """One browser that somebody is signed in with, or is about to; see `amena.accounts.sessions`.

    Attributes:
        user: whose it is, so that all of one person's sessions can be found and ended.
        signed_in_at: when the person signed in.
    """

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    signed_in_at = models.DateTimeField(null=True)

    objects = BaseSessionManager()

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> type[Any]:
        """What reads and writes these rows."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class RateLimitBucket(models.Model):
    """One rate limit of one address, person or token; see `amena.accounts.limits`.

    Attributes:
        identity: the limit's name, and a keyed hash of the address or person, which are not kept.
        free_at: when the whole limit is free again.
    """

    identity = models.CharField(max_length=64, unique=True)
    free_at = models.DateTimeField(db_index=True)

    class Meta:
        # The name of old: processes of two releases count in it while one follows the other.
        db_table = "accounts_allowance"

    def __str__(self) -> str:
        return self.identity
