"""Reminders: what was owed, to whom it was said, on which day and by which channel."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.models import Agency, User
from progress.models.periods import ReportingPeriod
from tasks.models import Task


class Channel(models.TextChoices):
    INBOX = "inbox", _("Inbox")
    MAIL = "mail", _("E-mail")


class ReminderState(models.TextChoices):
    OWED = "owed", pgettext_lazy("reminder", "Owed")
    SENT = "sent", pgettext_lazy("reminder", "Sent")
    FAILED = "failed", pgettext_lazy("reminder", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("reminder", "Cancelled")


class Rule(models.TextChoices):
    """By which rule something is owed."""

    REPORT = "report", _("A report to hand in")
    AGENCY_REVIEW = "agency_review", _("A report to check within the agency")


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def visible_to(self, user: User) -> Self:
        """Coordinators see the whole ledger, everybody else what was said to them."""
        if not user.is_active:
            return self.none()
        return self if user.is_coordinator else self.filter(user=user)

    def inbox_of(self, user: User) -> Self:
        return self.filter(user=user, channel=Channel.INBOX, state=ReminderState.SENT).order_by(
            "-day", "-pk"
        )


class Reminder(models.Model):
    """One message owed to one recipient on one day by one channel, kept whether or not it was sent.

    The recipient is a person with an account, or, for an agency where nobody has one, the agency's
    contact address.
    """

    day = models.DateField(_("day"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="reminders", verbose_name=_("agency")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders",
        verbose_name=_("recipient"),
    )
    address = models.CharField(_("address"), max_length=254, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ReminderState.choices, default=ReminderState.OWED
    )
    recorded_at = models.DateTimeField(_("recorded"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # What the mail server or our own checks answered, for the coordinators' eyes.
    answer = models.TextField(_("answer"), blank=True)
    # Reminded by hand: the coordinator who asked for it, and the office's own words to it.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    note = models.TextField(_("note"), blank=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering: ClassVar = ["-day", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_reminder_a_day_and_person",
                fields=["day", "channel", "user"],
                condition=Q(user__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_reminder_a_day_and_agency_without_people",
                fields=["day", "channel", "agency"],
                condition=Q(user__isnull=True),
            ),
            models.CheckConstraint(
                name="reminder_channel_known", condition=Q(channel__in=Channel.values)
            ),
            models.CheckConstraint(
                name="reminder_state_known", condition=Q(state__in=ReminderState.values)
            ),
            models.CheckConstraint(
                name="a_sent_reminder_alone_has_its_moment",
                condition=Q(state=ReminderState.SENT, sent_at__isnull=False)
                | (~Q(state=ReminderState.SENT) & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="a_reminder_by_hand_alone_has_a_note",
                condition=Q(note="") | Q(asked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.channel} {self.user_id or self.agency_id}"


class ReminderItem(models.Model):
    """One thing owed within a reminder: which report, by which rule, how near its due date.

    `step` counts working days from the due date: -3 is three before, 0 the day itself, 2 two after.
    """

    reminder = models.ForeignKey(Reminder, on_delete=models.CASCADE, related_name="items")
    rule = models.CharField(_("rule"), max_length=20, choices=Rule.choices)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(_("due"))
    step = models.SmallIntegerField(_("working days from the due date"))

    class Meta:
        verbose_name = _("reminder item")
        verbose_name_plural = _("reminder items")
        ordering: ClassVar = ["reminder", "due_on", "task__number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_item_a_reminder_rule_task_period",
                fields=["reminder", "rule", "task", "period"],
            ),
            models.CheckConstraint(
                name="reminder_item_rule_known", condition=Q(rule__in=Rule.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reminder_id} {self.task_id} {self.period_id}"
