"""People's keys to the API."""

import datetime as dt
import hashlib
import secrets
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.people import User


class TokenAccess(models.TextChoices):
    READ = "read", _("Read only")
    READ_WRITE = "read_write", _("Read and write")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User) -> Self:
        """Everybody sees and revokes their own tokens, nobody another person's."""
        return self.filter(user=user)

    def usable(self, *, now: dt.datetime) -> Self:
        return self.filter(revoked_at=None, user__is_active=True).filter(
            Q(expires_at=None) | Q(expires_at__gt=now)
        )


class ApiToken(models.Model):
    """A person's key to the API. Only its SHA-256 is kept: the key is shown once, when it is made.

    A key is 32 random bytes, which no dictionary holds, so a plain digest is as good as a slow one.
    """

    KEY_PREFIX: ClassVar = "tpt_"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=50)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    access = models.CharField(
        _("access"), max_length=20, choices=TokenAccess.choices, default=TokenAccess.READ
    )
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="token_access_known", condition=Q(access__in=TokenAccess.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def new_key(cls) -> str:
        return cls.KEY_PREFIX + secrets.token_urlsafe(32)
