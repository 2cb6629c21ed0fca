"""The registers that meetings are about, each raised within a report and followed until closed."""

from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.kept import KeptQuerySet, KeptRecord
from agencies.models import Agency, Role, User
from progress.models.reports import Report
from progress.states import HANDED_IN, ReportState
from tasks.models import Measure, Task

M = TypeVar("M", bound=models.Model)

_WHO = settings.AUTH_USER_MODEL


class RaisedQuerySet(models.QuerySet[M]):
    """Entries of a register, each raised in a report (field `report`) on a task (field `task`)."""

    def visible_to(self, user: User) -> Self:
        """Who may read the entries: of a task's agencies, coordinators, and approved ones leaders.

        As the texts of reports (DESIGN: who may do what), and not before the report has left its
        agency for anybody but that agency.
        """
        if not user.is_active:
            return self.none()
        if user.role == Role.COORDINATOR:
            handed_in = Q(state__in=HANDED_IN) | Q(handed_in_on__isnull=False)
            return self.filter(_is_of(Report.objects.filter(handed_in)))
        if user.role == Role.LEADER:
            return self.filter(_is_of(Report.objects.filter(state=ReportState.APPROVED)))
        if user.works_for_an_agency:
            return self.filter(task__in=Task.objects.shared_by(user.agency_ids))
        return self.none()


def _is_of(reports: QuerySet[Report]) -> Exists:
    """That the entry is of one of these reports, asked of each entry by itself: else SQLite begins
    with all reports there are where a register is empty."""
    return Exists(reports.filter(pk=OuterRef("report")))


# --- Matters to coordinate (需协调事项) ---------------------------------------------------------


class MatterState(models.TextChoices):
    OPEN = "open", pgettext_lazy("matter", "Open")
    ANSWERED = "answered", pgettext_lazy("matter", "Answered")
    CLOSED = "closed", pgettext_lazy("matter", "Closed")


class MatterQuerySet(RaisedQuerySet["Matter"]):
    def visible_to(self, user: User) -> Self:
        """As other entries; who a matter is addressed to reads it too.

        A matter is raised by handing in, so coordinators read each, whatever becomes of its report.
        An agency reads what was asked of those that were merged into it.
        """
        if user.is_active and user.role == Role.COORDINATOR:
            return self.all()
        visible = super().visible_to(user)
        if user.is_active and user.works_for_an_agency:
            return visible | self.filter(addressed_to__in=user.agency_ids_of_old)
        return visible


class Matter(models.Model):
    """A matter that needs others: what a report's text says of it, to whom it goes, its answer."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="matters")
    # The report that raised it; later ones that repeat it do not raise it again.
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="matters")
    text = models.TextField(_("matter to coordinate"))
    raised_on = models.DateField(_("raised on"))
    addressed_to = models.ForeignKey(
        Agency,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("addressed to"),
    )
    addressed_on = models.DateField(_("addressed on"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=20, choices=MatterState.choices, default=MatterState.OPEN
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        _WHO,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = _("matter to coordinate")
        verbose_name_plural = _("matters to coordinate")
        ordering: ClassVar = ["raised_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="matter_state_known", condition=Q(state__in=MatterState.values)
            ),
            models.CheckConstraint(
                name="a_closed_matter_names_who_closed_it",
                condition=(
                    Q(state=MatterState.CLOSED, closed_at__isnull=False, closed_by__isnull=False)
                )
                | (~Q(state=MatterState.CLOSED) & Q(closed_at=None, closed_by=None)),
            ),
            models.UniqueConstraint(
                name="one_unclosed_matter_a_report",
                fields=["report"],
                condition=~Q(state=MatterState.CLOSED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.raised_on}"


class MatterMove(models.TextChoices):
    RAISE = "raise", pgettext_lazy("matter", "Raised")
    REWORD = "reword", pgettext_lazy("matter", "Reworded")
    ADDRESS = "address", pgettext_lazy("matter", "Addressed")
    ANSWER = "answer", pgettext_lazy("matter", "Answered")
    CLOSE = "close", pgettext_lazy("matter", "Closed")
    REOPEN = "reopen", pgettext_lazy("matter", "Reopened")


class MatterEvent(KeptRecord):
    """What was done with a matter: `text` is its words, the answer, or why. Never edited."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="events")
    move = models.CharField(_("move"), max_length=20, choices=MatterMove.choices)
    text = models.TextField(_("text"), blank=True)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(_WHO, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))

    objects = KeptQuerySet["MatterEvent"].as_manager()

    class Meta:
        verbose_name = _("matter event")
        verbose_name_plural = _("matter events")
        ordering: ClassVar = ["matter", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="matter_move_known", condition=Q(move__in=MatterMove.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.move}"


# --- Extensions (延期申请) ------------------------------------------------------------------------


class DecisionState(models.TextChoices):
    """An agency asks, a coordinator decides."""

    REQUESTED = "requested", pgettext_lazy("request", "Requested")
    GRANTED = "granted", pgettext_lazy("request", "Granted")
    REFUSED = "refused", pgettext_lazy("request", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("request", "Withdrawn")


class Decidable(models.Model):
    """Who asked, and what was decided. A decision is made once."""

    requested_at = models.DateTimeField(_("requested"))
    requested_by = models.ForeignKey(
        _WHO, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        _WHO,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    class Meta:
        abstract = True


class ExtensionQuerySet(RaisedQuerySet["Extension"]):
    def visible_to(self, user: User) -> Self:
        """As other entries, but to coordinators at once: a request cannot wait for its report.

        It is its agency's word already, and its deadline may pass before the report is handed in.
        """
        if user.is_active and user.role == Role.COORDINATOR:
            return self.all()
        return super().visible_to(user)


class Extension(Decidable):
    """That a lead asks for a later deadline of its task or of one measure, before it has passed."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="extensions")
    measure = models.ForeignKey(
        Measure, on_delete=models.PROTECT, null=True, blank=True, related_name="extensions"
    )
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="extensions")
    deadline = models.DateField(_("deadline at the time"))
    new_deadline = models.DateField(_("deadline asked for"))
    reason = models.TextField(_("reason"))
    state = models.CharField(
        _("state"), max_length=20, choices=DecisionState.choices, default=DecisionState.REQUESTED
    )

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("extension request")
        verbose_name_plural = _("extension requests")
        ordering: ClassVar = ["requested_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="extension_state_known", condition=Q(state__in=DecisionState.values)
            ),
            models.CheckConstraint(
                name="an_extension_asks_for_a_later_day",
                condition=Q(new_deadline__gt=models.F("deadline")),
            ),
            models.CheckConstraint(name="an_extension_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="a_decided_extension_names_who_decided",
                condition=Q(state=DecisionState.REQUESTED, decided_at=None, decided_by=None)
                | (
                    ~Q(state=DecisionState.REQUESTED)
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                ),
            ),
            models.UniqueConstraint(
                name="one_undecided_extension_of_a_task",
                fields=["task"],
                condition=Q(state=DecisionState.REQUESTED, measure=None),
            ),
            models.UniqueConstraint(
                name="one_undecided_extension_of_a_measure",
                fields=["measure"],
                condition=Q(state=DecisionState.REQUESTED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.new_deadline}"


# --- Completions (办结申请 / 销号) --------------------------------------------------------------


class CompletionState(models.TextChoices):
    """What became of a measure that a report calls completed."""

    REQUESTED = "requested", pgettext_lazy("request", "Requested")
    GRANTED = "granted", pgettext_lazy("request", "Granted")
    REFUSED = "refused", pgettext_lazy("request", "Refused")
    REOPENED = "reopened", pgettext_lazy("request", "Reopened")


class Completion(Decidable):
    """A report's word that a measure is completed, which a coordinator grants or refuses.

    Granted with the report that asks for it. Where it is refused, or reopened later, the measure
    counts as in progress although the report says completed. A withdrawal or return of the report
    leaves the row requested, and a report that no longer says completed takes it away.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="completions")
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="completions")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="completions")
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=CompletionState.choices,
        default=CompletionState.REQUESTED,
    )
    reopened_at = models.DateTimeField(_("reopened"), null=True, blank=True)
    reopened_by = models.ForeignKey(
        _WHO,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reopened by"),
    )
    reopening_reason = models.TextField(_("reason of the reopening"), blank=True)

    objects = RaisedQuerySet["Completion"].as_manager()

    class Meta:
        verbose_name = _("completion request")
        verbose_name_plural = _("completion requests")
        ordering: ClassVar = ["requested_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_completion_a_report_and_measure", fields=["report", "measure"]
            ),
            models.CheckConstraint(
                name="completion_state_known", condition=Q(state__in=CompletionState.values)
            ),
            models.CheckConstraint(
                name="a_refused_completion_has_a_reason",
                condition=~Q(state=CompletionState.REFUSED) | ~Q(decision_reason=""),
            ),
            models.CheckConstraint(
                name="a_reopened_completion_has_a_reason",
                condition=~Q(state=CompletionState.REOPENED)
                | (Q(reopened_at__isnull=False) & ~Q(reopening_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.measure_id} {self.state}"


# --- Results (成果) ----------------------------------------------------------------------------


class ResultKind(models.TextChoices):
    POLICY = "policy", _("Policy document")
    PROJECT = "project", _("Project landed")
    FIRST = "first", _("First of its kind")
    PRACTICE = "practice", _("Practice case")


class Result(models.Model):
    """Something that a task has brought about, told in the report of the period it came in.

    One that was entered by mistake is struck out and stays readable.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="results")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="results")
    measure = models.ForeignKey(
        Measure, on_delete=models.PROTECT, null=True, blank=True, related_name="results"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ResultKind.choices)
    title = models.CharField(_("title"), max_length=200)
    document = models.CharField(_("document number"), max_length=100, blank=True)
    came_on = models.DateField(_("date"))
    note = models.TextField(_("what it is"), blank=True)
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(
        _WHO, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    struck_at = models.DateTimeField(_("struck out"), null=True, blank=True)
    struck_by = models.ForeignKey(
        _WHO,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("struck out by"),
    )
    struck_reason = models.TextField(_("reason"), blank=True)

    objects = RaisedQuerySet["Result"].as_manager()

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering: ClassVar = ["came_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="result_kind_known", condition=Q(kind__in=ResultKind.values)
            ),
            models.CheckConstraint(
                name="a_struck_result_names_who_and_why",
                condition=Q(struck_at=None, struck_by=None, struck_reason="")
                | (Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.title
