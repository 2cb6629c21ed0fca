"""Reporting periods."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import connections, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models import Role, User
from progress.models.policy import PeriodKind

# What is told of many at once.
TOLD_OF_EACH = ("code", "kind", "starts_on", "ends_on", "due_on", "opened_at", "closed_at")
# Where `register_at_closing` keeps who answered for the tasks.
AGENCIES_KEPT = "agencies"
# What a closing keeps with the period's row: long, and read of one period at a time.
KEPT_AT_CLOSING = ("register_at_closing", "light_rules_at_closing", "calendar_at_closing")


def kept_with(path: str) -> tuple[str, ...]:
    """The same of the period that this relation leads to, to be left out (`defer`) where many rows
    are read with their periods and nothing of it is shown."""
    return tuple(f"{path}__{name}" for name in KEPT_AT_CLOSING)


class PeriodQuerySet(models.QuerySet["ReportingPeriod"]):
    def visible_to(self, user: User) -> Self:
        """Periods belong to the register's calendar; administrators have no part in reporting."""
        if not user.is_active or user.role == Role.ADMINISTRATOR:
            return self.none()
        return self

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def latest_first(self) -> Self:
        return self.order_by("-ends_on", "-starts_on")

    def to_choose_from(self) -> Self:
        """Without what closings keep, or a page would read more with each month; what is kept of
        one is read once it is asked for."""
        return self.defer(*KEPT_AT_CLOSING)

    def in_short(self) -> Self:
        """With what is told of many at once; all else of one is read once it is asked for."""
        return self.only(*TOLD_OF_EACH)

    def to_write_in(self, pk: int) -> "ReportingPeriod":
        """The period for who writes in it until the transaction ends: it stays open as long, and
        others may write in it meanwhile. Who writes the same report is the matter of its own row.

        Whoever decides on what stands in the period, or changes it, locks it for themselves alone
        (`select_for_update`), and does so first: two who have both begun to write would wait for
        one another for ever.
        """
        found = self.to_choose_from().filter(pk=pk).order_by()
        if not connections[self.db].features.has_select_for_update:
            return found.get()
        sql, parameters = found.query.sql_with_params()
        rows = list(ReportingPeriod.objects.raw(f"{sql} FOR SHARE", parameters))
        if not rows:
            raise ReportingPeriod.DoesNotExist
        return rows[0]

    def current(self) -> "ReportingPeriod | None":
        """The latest period that is open, else the latest one; None before the first is opened.

        Between two periods it is the last one as things stand: its reports, today's status.
        """
        current = next(iter(self.open().latest_first()[:1]), None)
        if current is None:
            current = next(iter(self.latest_first()[:1]), None)
            if current is not None:
                current.as_it_stands = True
        return current


class ReportingPeriod(models.Model):
    """A month, quarter, half-year or year for which every task owes one report.

    `code` reads 2026-10, 2026-Q3, 2026-H2 or 2026. `opens_on` and `due_on` are the days that held
    when the period was opened: a later change of Policy does not move them.
    """

    code = models.CharField(_("code"), max_length=10, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=PeriodKind.choices)
    starts_on = models.DateField(_("starts"))
    ends_on = models.DateField(_("ends"))
    opens_on = models.DateField(_("opens"))
    due_on = models.DateField(_("due"))
    opened_at = models.DateTimeField(_("opened"))
    opened_by_calendar = models.BooleanField(_("opened by the calendar"), default=False)
    # Nobody where the calendar opened it, or before it was written down.
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("opened by"),
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )

    # Which measures each task had when the period was closed, {task id: [measure ids]}, and under
    # "agencies" who answered for it: {"names": {agency id: [name, short name]}, "tasks": {task id:
    # [division, [[agency id, role, name as written or "" for its own], …] in order]}}. A list that
    # is revised later, and an agency that changes, move no closed figure. Null while it is open;
    # earlier releases kept no agencies.
    register_at_closing = models.JSONField(_("register at closing"), null=True, editable=False)

    # The rules of lights then, {name: value} (`Policy.light_rules`): one that is set later moves no
    # light of a closed period. Null while it is open, and where they were not kept.
    light_rules_at_closing = models.JSONField(
        _("rules of lights at closing"), null=True, editable=False
    )

    # The working calendar then, {"known_until": the last year whose holidays were known,
    # "corrections": {day: whether it is a working day}}: a correction that is made later, or a
    # year's notice, moves no light of a closed period. Null while it is open, and where it was not
    # kept.
    calendar_at_closing = models.JSONField(_("calendar at closing"), null=True, editable=False)

    # Whether a closed period is asked for to see how things stand today; set by `current`.
    as_it_stands: bool = False
    # Whether no other period ends later, where that is known; set by who has read all of them.
    is_latest: bool = False

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("reporting period")
        verbose_name_plural = _("reporting periods")
        ordering: ClassVar = ["-ends_on", "-starts_on"]
        # Who looks for the latest of many rows that each have a period begins with the periods: so
        # a page is found without sorting all rows, the report that holds without reading all. Of
        # two that end on one day, as a month and its quarter, the longer one comes first.
        indexes: ClassVar = [
            models.Index(fields=["-ends_on", "starts_on"], name="period_latest_first"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="period_kind_known", condition=Q(kind__in=PeriodKind.values)
            ),
            models.CheckConstraint(
                name="period_ends_after_it_starts", condition=Q(starts_on__lte=F("ends_on"))
            ),
            models.CheckConstraint(
                name="period_due_after_it_opens", condition=Q(opens_on__lte=F("due_on"))
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
