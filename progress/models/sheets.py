"""Offline forms: what an agency took along to fill in, and what came back of it."""

import datetime as dt
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, User
from progress.models.periods import ReportingPeriod


class OfflineFormQuerySet(models.QuerySet["OfflineForm"]):
    def visible_to(self, user: User) -> Self:
        """The forms of the person's own agency, and of those that were merged into it."""
        if not user.is_active or not user.works_for_an_agency:
            return self.none()
        return self.filter(agency__in=user.agency_ids_of_old)


class OfflineForm(models.Model):
    """A form as an agency downloaded it. The file carries `key` alone, and each of its rows a
    number: what it said is kept here, so that no file has to be believed.

    `lines` in that order: {"task", "agency" (null in a report, else whose contribution), "measure"
    (null for what is said of the task as a whole): ids, "said": {field: value}}.
    """

    key = models.CharField(_("key"), max_length=20, unique=True, editable=False)
    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    lines = models.JSONField(_("lines"), editable=False)
    made_at = models.DateTimeField(_("downloaded"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("downloaded by"),
    )

    objects = OfflineFormQuerySet.as_manager()

    class Meta:
        verbose_name = _("offline form")
        verbose_name_plural = _("offline forms")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.key


class UploadState(models.TextChoices):
    WAITING = "waiting", _("Waiting to be confirmed")
    CONFIRMED = "confirmed", _("Saved as drafts")
    ABANDONED = "abandoned", _("Discarded")


class SheetUploadQuerySet(models.QuerySet["SheetUpload"]):
    def visible_to(self, user: User) -> Self:
        """What people of the person's own agency uploaded: they report together."""
        return self.filter(form__in=OfflineForm.objects.visible_to(user))

    def waiting(self, *, now: dt.datetime) -> Self:
        """What can still be confirmed, as far as it alone says."""
        return self.filter(state=UploadState.WAITING, expires_at__gt=now)  # as `waits`


class SheetUpload(models.Model):
    """A filled form that came back, as it was read. Nothing of it is written before a person has
    looked at it and confirmed; only `progress.workflow.sheets` writes this row.

    `said` holds what differs from the form's lines, {line: {field: [value, cell]}}; `absent` the
    lines that the file no longer had, `aside` those that could not be written when the rest was.
    `choices` is what the person decided where the database had changed too, {"line.field": "file"
    or "stored"}; `taken` what was written, [[task's number, agency id or null, count of cells]].
    """

    form = models.ForeignKey(OfflineForm, on_delete=models.PROTECT, related_name="uploads")
    state = models.CharField(
        _("state"), max_length=20, choices=UploadState.choices, default=UploadState.WAITING
    )
    name = models.CharField(_("file name"), max_length=200)
    said = models.JSONField(_("what the file says"), editable=False)
    absent = models.JSONField(_("lines that are missing"), editable=False)
    aside = models.JSONField(_("lines left aside"), default=list, editable=False)
    choices = models.JSONField(_("choices"), default=dict, editable=False)
    taken = models.JSONField(_("what was taken over"), default=list, editable=False)
    at = models.DateTimeField(_("uploaded"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    expires_at = models.DateTimeField(_("expires"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("settled by"),
    )

    objects = SheetUploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("uploaded form")
        verbose_name_plural = _("uploaded forms")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="upload_state_known", condition=Q(state__in=UploadState.values)
            ),
            models.CheckConstraint(
                name="a_waiting_upload_alone_is_not_settled",
                condition=Q(state=UploadState.WAITING, settled_at=None)
                | (~Q(state=UploadState.WAITING) & Q(settled_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form_id} {self.name}"

    def waits(self, *, now: dt.datetime) -> bool:
        """Whether it can still be confirmed, as far as it alone says."""
        return self.state == UploadState.WAITING and self.expires_at > now
