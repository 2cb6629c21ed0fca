"""The audit trail (审计日志): what was done to what, by whom, when; a row is written once."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.kept import KeptQuerySet, KeptRecord
from agencies.models.people import Role, User


class Via(models.TextChoices):
    """By which way an act came."""

    PAGE = "page", _("Page")
    API = "api", _("API")
    SERVER = "server", _("Server")


class AuditQuerySet(KeptQuerySet["AuditEntry"]):
    def visible_to(self, user: User) -> Self:
        """Auditors read the trail, and nobody else (DESIGN: who may do what)."""
        return self.all() if user.is_active and user.role == Role.AUDITOR else self.none()


class AuditEntry(KeptRecord):
    """One act on one thing.

    `changes` has by field its value before and after; of a text its length and SHA-256 alone, since
    who reads the trail does not read reports. Writers number nothing, so that they do not wait for
    one another: `position` and `seal` are given afterwards (`agencies.audit.entries_seal`), in the
    order in which entries became readable. Whoever has read up to one has missed none before it.
    """

    at = models.DateTimeField(_("when"))
    # Nobody: the calendar, the list's importer, or a command on the server.
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    via = models.CharField(_("way"), max_length=10, choices=Via.choices)
    # From where it was asked for; nothing on the server itself.
    address = models.GenericIPAddressField(_("network address"), null=True, unpack_ipv4=True)
    # The thing's kind and what was done to it, as in "report.submit".
    act = models.CharField(_("act"), max_length=60)
    # The model's name and the row's key. No relation: the trail outlives what it tells of.
    kind = models.CharField(_("kind"), max_length=40)
    thing = models.BigIntegerField(_("number of the thing"))
    changes = models.JSONField(_("changes"), default=dict)
    # Signing in, or reading a document, is an act that changes nothing.
    is_change = models.BooleanField(_("changed something"), default=True)
    position = models.BigIntegerField(pgettext_lazy("audit", "position"), null=True, unique=True)
    seal = models.CharField(_("seal"), max_length=64, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of the audit trail")
        verbose_name_plural = _("entries of the audit trail")
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(name="audit_unnumbered", fields=["id"], condition=Q(position=None)),
            models.Index(name="audit_by_kind", fields=["kind", "position"]),
            models.Index(name="audit_by_thing", fields=["kind", "thing"]),
            models.Index(name="audit_by_moment", fields=["at"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="audit_way_known", condition=Q(via__in=Via.values)),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.act} {self.thing}"


class AuditHead(models.Model):
    """How far the audit trail is sealed: one row, locked by whoever goes on sealing it."""

    position = models.BigIntegerField(pgettext_lazy("audit", "position"), default=0)
    # The position of the last entry that changed something.
    changed = models.BigIntegerField(_("position of the last change"), default=0)
    seal = models.CharField(_("seal"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("head of the audit trail")
        verbose_name_plural = _("heads of the audit trail")
        constraints: ClassVar = [
            models.CheckConstraint(name="the_audit_trail_has_one_head", condition=Q(pk=1)),
        ]

    def __str__(self) -> str:
        return str(self.position)


class AuditRemoval(KeptRecord):
    """That entries from the start of the trail were removed once their time had come, and by which
    rule. `last_seal` is that of the last of them, on which the chain goes on."""

    first = models.BigIntegerField(_("first position"))
    until = models.BigIntegerField(_("last position"), unique=True)
    first_at = models.DateTimeField(_("first moment"))
    last_at = models.DateTimeField(_("last moment"))
    kept_days = models.PositiveIntegerField(_("days kept"))
    removed_at = models.DateTimeField(_("removed"))
    last_seal = models.CharField(_("seal of the last"), max_length=64)
    seal = models.CharField(_("seal"), max_length=64)

    objects = KeptQuerySet["AuditRemoval"].as_manager()

    class Meta:
        verbose_name = _("removal from the audit trail")
        verbose_name_plural = _("removals from the audit trail")
        ordering: ClassVar = ["until"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="audit_removal_has_entries", condition=Q(until__gte=models.F("first"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.until}"
