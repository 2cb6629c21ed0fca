"""Notices in the inbox: that something a person waits for, or has to see to, has come about."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models import User
from progress.models.editions import Edition, EditionPart
from progress.models.exports import ExportJob
from progress.models.webhooks import Webhook


class NoticeKind(models.TextChoices):
    EXPORT_ENDED = "export_ended", _("An export has ended")
    EDITION_DAMAGED = "edition_damaged", _("A stored workbook is damaged")
    WEBHOOK_PAUSED = "webhook_paused", _("A webhook is paused")


class NoticeQuerySet(models.QuerySet["Notice"]):
    def inbox_of(self, user: User) -> Self:
        return self.filter(user=user).order_by("-at", "-pk")


class Notice(models.Model):
    """One notice to one person, about an export, a part of an edition or a webhook."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="notices",
        verbose_name=_("recipient"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind.choices)
    export = models.ForeignKey(
        ExportJob, on_delete=models.CASCADE, null=True, blank=True, related_name="notices"
    )
    edition = models.ForeignKey(
        Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    part = models.CharField(_("part"), max_length=10, choices=EditionPart.choices, blank=True)
    webhook = models.ForeignKey(
        Webhook, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("when"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_notice_names_what_it_is_about",
                condition=Q(
                    kind=NoticeKind.EXPORT_ENDED,
                    export__isnull=False,
                    edition=None,
                    part="",
                    webhook=None,
                )
                | (
                    Q(
                        kind=NoticeKind.EDITION_DAMAGED,
                        export=None,
                        edition__isnull=False,
                        webhook=None,
                    )
                    & ~Q(part="")
                )
                | Q(
                    kind=NoticeKind.WEBHOOK_PAUSED,
                    export=None,
                    edition=None,
                    part="",
                    webhook__isnull=False,
                ),
            ),
            # Whoever meets the same damage again tells nobody a second time.
            models.UniqueConstraint(
                name="an_unread_damage_is_told_once",
                fields=["user", "edition", "part"],
                condition=Q(kind=NoticeKind.EDITION_DAMAGED, read_at=None),
            ),
            models.UniqueConstraint(
                name="an_unread_pause_of_a_webhook_is_told_once",
                fields=["user", "webhook"],
                condition=Q(kind=NoticeKind.WEBHOOK_PAUSED, read_at=None),
            ),
            models.UniqueConstraint(
                name="the_end_of_an_export_is_told_once", fields=["user", "export"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"
