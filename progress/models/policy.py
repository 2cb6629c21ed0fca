"""The rules that coordinators may set, and the corrections to the working calendar."""

import datetime as dt
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from progress.statements import WrittenOnce


class PeriodKind(models.TextChoices):
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    HALF_YEAR = "half_year", _("Half-year")
    YEAR = "year", _("Year")


class Roll(models.TextChoices):
    """Where a due date goes that falls on a day off."""

    EARLIER = "earlier", _("To the working day before")
    LATER = "later", _("To the working day after")


# The rules that decide which light a task shows.
LIGHT_RULES = ("yellow_working_days", "yellow_for_missing_report")

DAY_OF_MONTH = [MinValueValidator(1), MaxValueValidator(28)]
ONE_AND_MORE = [MinValueValidator(1)]


class Policy(models.Model):
    """The one row of reporting rules (报送规则), read by `Policy.current()`."""

    cadence = models.CharField(
        _("cadence"), max_length=20, choices=PeriodKind.choices, default=PeriodKind.MONTH
    )
    opens_day = models.PositiveSmallIntegerField(
        _("opens on day"), default=20, validators=DAY_OF_MONTH
    )
    opens_by_calendar = models.BooleanField(
        _("the calendar opens the next period"),
        default=True,
        help_text=_("On its day, once a coordinator has opened the first period."),
    )
    due_day = models.PositiveSmallIntegerField(_("due on day"), default=25, validators=DAY_OF_MONTH)
    due_roll = models.CharField(
        _("a due date on a day off rolls"),
        max_length=10,
        choices=Roll.choices,
        default=Roll.EARLIER,
    )
    agency_review = models.BooleanField(
        _("an agency's approver must check reports"),
        default=True,
        help_text=_("An agency without an approver skips this review."),
    )
    yellow_working_days = models.PositiveSmallIntegerField(
        _("working days before a deadline on which the light turns yellow"), default=5
    )
    yellow_for_missing_report = models.BooleanField(
        _("a missing report turns the light yellow"),
        default=True,
        help_text=_("Once its due date has passed; otherwise lights follow deadlines alone."),
    )
    # Lists of whole numbers, as `progress.steps.days_listed` reads them; the due date itself is
    # always a step.
    remind_before = models.CharField(
        _("reminders: working days before the due date"),
        max_length=60,
        blank=True,
        default="5, 2",
        help_text=_("Divided by commas; agencies are reminded on the due date itself as well."),
    )
    remind_after = models.CharField(
        _("reminders: working days after the due date"),
        max_length=60,
        blank=True,
        default="1, 3, 5",
        help_text=_("Divided by commas."),
    )
    remind_again_every = models.PositiveSmallIntegerField(
        _("after the last of them, one every so many working days"),
        default=5,
        help_text=_("5 is weekly; 0 means no more."),
    )
    # What is asked for at all; by rule, as `progress.models.Rule` names what is owed.
    remind_report = models.BooleanField(_("reports to hand in"), default=True)
    remind_returned = models.BooleanField(_("returned reports to correct"), default=True)
    remind_contribution = models.BooleanField(_("contributions to hand in"), default=True)
    remind_agency_review = models.BooleanField(
        _("what an agency's approver has to check"), default=True
    )
    remind_deadline = models.BooleanField(_("deadlines of tasks"), default=True)
    remind_matter = models.BooleanField(_("matters to coordinate to answer"), default=True)
    remind_review = models.BooleanField(
        _("reports, requests and matters that coordinators have to decide on"), default=True
    )
    review_working_days = models.PositiveSmallIntegerField(
        _("working days a coordinator has to decide on a report"),
        default=3,
        validators=ONE_AND_MORE,
        help_text=_(
            "From the day on which it was handed in; for a later deadline, and for a matter that is"
            " addressed to nobody yet, too."
        ),
    )
    answer_working_days = models.PositiveSmallIntegerField(
        _("working days an agency has to answer a matter to coordinate"),
        default=5,
        validators=ONE_AND_MORE,
        help_text=_("From the day on which it was addressed to the agency."),
    )
    # What is late is told to more and more people, from so many working days late on; 0: never.
    escalate_to_approver = models.PositiveSmallIntegerField(
        _("the agency's approver, from so many working days late"), default=1
    )
    escalate_to_leader = models.PositiveSmallIntegerField(
        _("the agency's leader in charge, from so many working days late"), default=3
    )
    escalate_to_coordinators = models.PositiveSmallIntegerField(
        _("the coordinators, from so many working days late"), default=5
    )
    completion_needs_evidence = models.BooleanField(
        _("a completion needs evidence"),
        default=False,
        help_text=_("A measure is then reported as completed only with a file that shows it."),
    )
    evidence_files = models.PositiveSmallIntegerField(
        _("evidence files to a report or contribution"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )
    evidence_megabytes = models.PositiveSmallIntegerField(
        _("megabytes to an evidence file"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    send_from = models.TimeField(_("messages are sent from"), default=dt.time(8, 0))
    send_until = models.TimeField(_("messages are sent until"), default=dt.time(20, 0))

    class Meta:
        verbose_name = _("reporting rules")
        verbose_name_plural = _("reporting rules")
        constraints: ClassVar = [
            models.CheckConstraint(name="policy_is_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="policy_opens_before_it_is_due", condition=Q(opens_day__lte=F("due_day"))
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def current(cls) -> "Policy":
        """The rules in force: the saved row, or the defaults above until somebody saves one."""
        return next(iter(_CURRENT.of()), None) or cls(pk=1)

    @property
    def light_rules(self) -> dict[str, int | bool]:
        """The rules of lights alone, by name, as JSON keeps them with a period that is closed."""
        return {name: getattr(self, name) for name in LIGHT_RULES}


_CURRENT = WrittenOnce(lambda: Policy.objects.filter(pk=1))


class CalendarCorrection(models.Model):
    """A day that an administrator declared working or off, against what the library says."""

    day = models.DateField(_("day"), unique=True)
    working = models.BooleanField(_("working day"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("calendar correction")
        verbose_name_plural = _("calendar corrections")
        ordering: ClassVar = ["day"]

    def __str__(self) -> str:
        return self.day.isoformat()
