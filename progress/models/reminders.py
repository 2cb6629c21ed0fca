"""Reminders: what was owed, to whom it was said, on which day and by which channel."""

from collections.abc import Mapping
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from agencies.models import Agency, User, agencies_out_of_reach
from progress.models.periods import ReportingPeriod
from progress.models.registers import Matter
from tasks.models import Task


class Channel(models.TextChoices):
    INBOX = "inbox", _("Inbox")
    MAIL = "mail", _("E-mail")
    ROBOT = "robot", _("Group robot")


class ReminderState(models.TextChoices):
    OWED = "owed", pgettext_lazy("reminder", "Owed")
    CLAIMED = "claimed", pgettext_lazy("reminder", "Being sent")
    SENT = "sent", pgettext_lazy("reminder", "Sent")
    FAILED = "failed", pgettext_lazy("reminder", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("reminder", "Cancelled")


class Rule(models.TextChoices):
    """By which rule something is owed."""

    REPORT = "report", _("A report to hand in")
    RETURNED = "returned", _("A returned report to correct")
    AGENCY_REVIEW = "agency_review", _("A report to check within the agency")
    CONTRIBUTION = "contribution", _("A contribution to hand in")
    CONTRIBUTION_REVIEW = (
        "contribution_review",
        _("A contribution to check within the agency"),
    )
    AGREEMENT = "agreement", _("A report to agree or object to as the other lead")
    DEADLINE = "deadline", _("A task to complete by its deadline")
    MATTER = "matter", _("A matter to coordinate to answer")
    # What the coordinating office owes, and what it alone can settle.
    REVIEW = "review", _("A report to decide on")
    EXTENSION = "extension", _("A request for a later deadline to decide on")
    ADDRESS = "address", _("A matter to coordinate to address to an agency")
    UNREACHABLE = "unreachable", _("Nobody of the agency can be reached")
    UNDELIVERED = "undelivered", _("A message that could not be delivered")


# What an item of each rule names besides its rule: the columns that are filled, all others empty.
SUBJECTS: Mapping[Rule, frozenset[str]] = {
    Rule.REPORT: frozenset({"agency", "task", "period"}),
    Rule.RETURNED: frozenset({"agency", "task", "period"}),
    Rule.AGENCY_REVIEW: frozenset({"agency", "task", "period"}),
    Rule.CONTRIBUTION: frozenset({"agency", "task", "period"}),
    Rule.CONTRIBUTION_REVIEW: frozenset({"agency", "task", "period"}),
    Rule.AGREEMENT: frozenset({"agency", "task", "period"}),
    Rule.DEADLINE: frozenset({"agency", "task"}),
    Rule.MATTER: frozenset({"agency", "task", "matter"}),
    Rule.REVIEW: frozenset({"task", "period"}),
    Rule.EXTENSION: frozenset({"task"}),
    Rule.ADDRESS: frozenset({"task", "matter"}),
    Rule.UNREACHABLE: frozenset({"agency"}),
    Rule.UNDELIVERED: frozenset({"undelivered"}),
}
SUBJECT_COLUMNS = ("agency", "task", "period", "matter", "undelivered")


def _named_by_its_rule() -> Q:
    """The condition that an item fills the columns of its rule and no other."""
    kinds: dict[frozenset[str], list[Rule]] = {}
    for rule, columns in SUBJECTS.items():
        kinds.setdefault(columns, []).append(rule)
    condition = Q()
    for columns, rules in kinds.items():
        filled = {f"{name}__isnull": name not in columns for name in SUBJECT_COLUMNS}
        condition |= Q(rule__in=rules, **filled)
    return condition


class Audience(models.TextChoices):
    """As whom a recipient is told."""

    AGENCY = "agency", _("Whoever does it at the agency")
    LEADER = "leader", _("The agency's leader in charge")
    OFFICE = "office", _("The coordinating office")


# Kept in English: the ledger outlives the language in which a run happened to work, and whoever
# shows an answer to a person translates it then.
UNREACHABLE = gettext_noop(
    "Nobody can be reached: the agency has no active account and no contact address."
)


class Undelivered(models.TextChoices):
    """Why a message did not arrive and will not any more."""

    GIVEN_UP = "given_up", pgettext_lazy("reminder", "Given up after several attempts")
    UNREACHABLE = "unreachable", pgettext_lazy("reminder", "Nobody could be reached")


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

    def undelivered(self, kind: Undelivered | None = None) -> Self:
        """What did not arrive and that nothing has set right, of one kind or of both.

        What was given up is the last to its recipient, who still has that address; nobody could be
        reached only where that is still so.
        """
        given_up, unreachable = self._given_up(), self._unreachable()
        if kind == Undelivered.GIVEN_UP:
            return given_up
        if kind == Undelivered.UNREACHABLE:
            return unreachable
        return self.filter(Q(pk__in=given_up.values("pk")) | Q(pk__in=unreachable.values("pk")))

    def _given_up(self) -> Self:
        standing = (
            # One that was given another address since is another robot.
            Q(channel=Channel.ROBOT, agency__robot__set_at__lt=F("recorded_at"))
            | Q(user__isnull=False, address=F("user__email"))
            | Q(user=None, audience=Audience.AGENCY, address=F("agency__contact_email"))
            | Q(user=None, audience=Audience.LEADER, address=F("agency__leader_email"))
        )
        return (
            self._failed()
            .filter(Q(channel=Channel.INBOX) | standing)
            .exclude(answer=UNREACHABLE)
            .exclude(user__is_active=False)
            .exclude(agency__valid_to__isnull=False)
        )

    def _unreachable(self) -> Self:
        return self._failed().filter(answer=UNREACHABLE, agency__in=agencies_out_of_reach())

    def _failed(self) -> Self:
        """What failed, and nothing later to the same recipient by the same channel was sent or
        failed itself."""
        later = Reminder.objects.filter(
            channel=OuterRef("channel"),
            day__gt=OuterRef("day"),
            state__in=[ReminderState.SENT, ReminderState.FAILED],
        )
        to_the_address = later.filter(
            user=None, agency=OuterRef("agency"), audience=OuterRef("audience")
        )
        return self.filter(
            ~Exists(later.filter(user=OuterRef("user"))),
            # What reaches the agency's address sets right nothing that a person of it did not get.
            Q(user__isnull=False) | ~Exists(to_the_address),
            state=ReminderState.FAILED,
        )


class Reminder(models.Model):
    """One message owed to one recipient on one day by one channel, kept whether or not it was sent.

    The recipient is a person with an account, or, for an agency where nobody has one, the agency's
    contact address; of what is late also the address of its leader, and the coordinators, who have
    no agency.
    """

    day = models.DateField(_("day"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    audience = models.CharField(
        _("told as"), max_length=10, choices=Audience.choices, default=Audience.AGENCY
    )
    agency = models.ForeignKey(
        Agency,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders",
        verbose_name=_("agency"),
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
    # After an attempt that failed it waits until then for the next one.
    try_after = models.DateTimeField(_("next attempt"), null=True, blank=True)
    # A sender that has died holds it no longer than this.
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    # What the mail server, the robot or our own checks answered, for the coordinators' eyes.
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
                name="one_reminder_a_day_and_address_of_an_agency",
                fields=["day", "channel", "agency", "audience"],
                condition=Q(user__isnull=True),
            ),
            models.CheckConstraint(
                name="coordinators_alone_are_told_without_an_agency",
                condition=Q(audience=Audience.OFFICE, agency=None, user__isnull=False)
                | Q(audience=Audience.AGENCY, agency__isnull=False)
                | Q(audience=Audience.LEADER, agency__isnull=False, user=None),
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
                name="a_claimed_reminder_alone_is_held",
                condition=Q(state=ReminderState.CLAIMED, claimed_until__isnull=False)
                | (~Q(state=ReminderState.CLAIMED) & Q(claimed_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="a_reminder_by_hand_alone_has_a_note",
                condition=Q(note="") | Q(asked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.channel} {self.user_id or self.agency_id}"


class ReminderItem(models.Model):
    """One thing owed within a reminder: whose, of what, by which rule, how soon.

    `agency` owes it; a body without staff is told through another, and what the coordinating office
    owes has none. `step` counts working days from the due date: -3 is three before, 0 the day
    itself, 2 two after. Which of the others are filled is `SUBJECTS`.
    """

    # Of the foreign keys those have an index by which items are looked for: a day may write many
    # thousands, and each index is as dear as a column. The unique constraint begins with reminder.
    reminder = models.ForeignKey(
        Reminder, on_delete=models.CASCADE, related_name="items", db_index=False
    )
    rule = models.CharField(_("rule"), max_length=20, choices=Rule.choices)
    agency = models.ForeignKey(
        Agency,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agency"),
        db_index=False,
    )
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    period = models.ForeignKey(
        ReportingPeriod, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    matter = models.ForeignKey(
        Matter,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    # The message that was given up, of which coordinators are told.
    undelivered = models.ForeignKey(
        Reminder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    due_on = models.DateField(_("due"))
    step = models.SmallIntegerField(_("working days from the due date"))
    # Told because it is late, to somebody who does not have to do it.
    escalated = models.BooleanField(_("escalated"), default=False)

    class Meta:
        verbose_name = _("reminder item")
        verbose_name_plural = _("reminder items")
        ordering: ClassVar = ["reminder", "due_on", "task__number"]
        constraints: ClassVar = [
            # Expressions, since no two empty values are the same to a database.
            models.UniqueConstraint(
                "reminder",
                "rule",
                *(Coalesce(name, 0) for name in SUBJECT_COLUMNS),
                name="one_item_a_reminder_rule_and_subject",
            ),
            models.CheckConstraint(
                name="reminder_item_rule_known", condition=Q(rule__in=Rule.values)
            ),
            models.CheckConstraint(
                name="reminder_item_names_its_subject", condition=_named_by_its_rule()
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reminder_id} {self.rule} {self.task_id or self.agency_id}"
