"""Who is signed in where: one row for each browser."""

import datetime as dt
import hashlib
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from agencies.models.people import User


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, user: User) -> Self:
        """Everybody sees and ends their own sessions; which are whose, administrators see by
        account."""
        return self.filter(user=user)

    def alive(self, *, now: dt.datetime) -> Self:
        """Those that still open something."""
        lasting = Q(ends_at__gt=now)
        if settings.SESSION_IDLE:
            lasting &= Q(seen_at__gt=now - settings.SESSION_IDLE)
        return self.filter(lasting)


class Session(models.Model):
    """What Django keeps of a browser, and of whom: the key is in the browser's cookie alone.

    Of the key the SHA-256 is kept, so that whoever reads a copy of the database is signed in
    nowhere; a key is random, which no dictionary holds, so a plain digest is enough.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    data = models.TextField(editable=False)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="sessions", editable=False
    )
    address = models.GenericIPAddressField(null=True, editable=False)
    browser = models.CharField(max_length=200, editable=False)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"session {self.pk}"

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()
