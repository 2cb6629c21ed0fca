"""Where a timeline's entries come from: each kind of history row, of what its reader may see."""

import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

import orjson
from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from agencies.models import User
from progress.models import ContributionEvent, Erratum, ErratumField, Report, ReportEvent, kept_with
from progress.statements import WrittenOnce
from progress.states import Move, ReportState
from progress.timeline.entries import Compare, Cursor, Entry, Wording, said_of
from progress.timeline.names import NamesThen
from progress.timeline.wordings import (
    Content,
    Labels,
    Wordings,
    beside,
    contribution_wordings,
    measure_label,
    report_wordings,
)
from progress.workflow import approved_before_id, contents_of
from tasks.listing import row_cells
from tasks.models import Task, TaskRevision

KEYS_TOGETHER = 10

M = TypeVar("M", bound=Model)

# Of a move and of who made it what an entry says, and no other column: a page has many of them.
_TOLD_OF_A_MOVE = ("at", "move", "reason", "by__username", "by__name", "by__agency__short_name")
# What was said then, as JSON's text: Django takes four times as long to read it.
_AS_TEXT = Cast("content", TextField())

# Moves whose name would only repeat the state that they lead to.
NAMED_BY_THEIR_STATE = (Move.APPROVE, Move.RETURN)


class Source(Generic[M]):
    """One kind of row. Of things of one moment, those of the higher `rank` are the later."""

    rank: ClassVar[int]
    moment: ClassVar[str] = "at"

    def __init__(self, task: Task, user: User, names: NamesThen | None = None) -> None:
        self.task = task
        self.user = user
        self.names = names or NamesThen()
        self.labels = Labels()

    def visible(self) -> QuerySet[M]:
        """The rows of the task that this person may read."""
        raise NotImplementedError

    def entries(self, rows: Sequence[M], compare: Compare) -> list[Entry]:
        """These rows as a timeline shows them, in the same order."""
        raise NotImplementedError

    def places(self, before: Cursor | None) -> QuerySet[Any]:
        """Moment, rank and key of all its rows before that place, and nothing else of them."""
        rows = self.visible()
        if before is not None:
            rows = rows.filter(self._before(before))
        placed = rows.order_by().annotate(
            happened=F(self.moment), its_rank=Value(self.rank), its_key=F("pk")
        )
        return placed.values_list("happened", "its_rank", "its_key")

    def rows(self, keys: Sequence[int]) -> list[M]:
        """The rows with these keys, with all that an entry says of one, the latest first: one
        query."""
        written = _rows_of(type(self))  # type: ignore[arg-type]  # a class can be hashed
        return written.for_reader(self.user, self.task.pk, *_rounded(keys))

    def cursor(self, row: M) -> Cursor:
        at = getattr(row, self.moment)
        assert isinstance(at, dt.datetime)
        return Cursor(at, self.rank, row.pk)

    def _before(self, place: Cursor) -> Q:
        earlier = Q(**{f"{self.moment}__lt": place.at})
        same_moment = Q(**{self.moment: place.at})
        if self.rank < place.rank:
            return earlier | same_moment
        if self.rank == place.rank:
            return earlier | (same_moment & Q(pk__lt=place.pk))
        return earlier


def _rounded(keys: Sequence[int]) -> list[int]:
    """The keys, the last one again and again up to a round number: a text is kept for each."""
    return [*keys, *[keys[-1]] * (-len(keys) % KEYS_TOGETHER)]


@functools.cache
def _rows_of(kind: type[Source[M]]) -> WrittenOnce[M]:
    return WrittenOnce(
        lambda user, task, *keys: (
            # By their own order other tables would be joined for it.
            kind(Task(pk=task), user).visible().filter(pk__in=keys).order_by("-pk")
        )
    )


class Revisions(Source[TaskRevision]):
    """Earlier wordings of the list, each beside the one that replaced it."""

    rank = 0
    moment = "replaced_at"

    def visible(self) -> QuerySet[TaskRevision]:
        return TaskRevision.objects.visible_to(self.user).filter(task=self.task)

    def entries(self, rows: Sequence[TaskRevision], compare: Compare) -> list[Entry]:
        successors = self.visible().filter(number__in=[row.number + 1 for row in rows])
        followed_by = {
            one.number - 1: _list_wordings(one.title, one.measures_cell, one.agencies_cell)
            for one in successors
        }
        cells = row_cells(self.task)
        current = _list_wordings(cells.title, cells.measures, cells.agencies)
        return [
            Entry(
                self.cursor(row),
                _("The list was revised"),
                said=said_of(
                    followed_by.get(row.number, current),
                    _list_wordings(row.title, row.measures_cell, row.agencies_cell),
                    compare,
                ),
                compared_with=_("Compared with the wording until then."),
            )
            for row in rows
        ]


class Contributions(Source[ContributionEvent]):
    """Moves of contributions, beside what the agency had handed in before."""

    rank = 1

    def visible(self) -> QuerySet[ContributionEvent]:
        return (
            ContributionEvent.objects.visible_to(self.user)
            .filter(contribution__task=self.task)
            .select_related("by__agency", "contribution__agency")
            .annotate(
                base_id=self._base_id(), code=F("contribution__period__code"), as_text=_AS_TEXT
            )
            .only(*_TOLD_OF_A_MOVE, "contribution__agency__short_name")
        )

    def _base_id(self) -> Subquery:
        handed_in = ContributionEvent.objects.filter(
            contribution__task=OuterRef("contribution__task"),
            contribution__agency=OuterRef("contribution__agency"),
            to_state=ReportState.SUBMITTED,
            move__in=[Move.SUBMIT, Move.ENDORSE],
            pk__lt=OuterRef("pk"),
        )
        return Subquery(handed_in.order_by("-pk").values("pk")[:1])

    def entries(self, rows: Sequence[ContributionEvent], compare: Compare) -> list[Entry]:
        bases = _contents(_SAID_BY_AGENCIES, self.user, rows)
        return [self._entry(row, bases.get(_base_of(row)), compare) for row in rows]

    def _entry(
        self, row: ContributionEvent, base: tuple[Content, str] | None, compare: Compare
    ) -> Entry:
        content = _content_of(row)
        what = _("Contribution of %(agency)s: %(move)s") % {
            "agency": self.names.of_contribution(row.contribution, row.at),
            "move": self.labels.move(row.move),
        }
        if content.get("nothing_to_add"):
            what = _("%(what)s (nothing to add)") % {"what": what}
        return Entry(
            self.cursor(row),
            what,
            by=row.by,
            code=_code_of(row),
            reason=row.reason,
            said=said_of(
                *beside(contribution_wordings, content, base and base[0], self.labels),
                compare,
            ),
            compared_with=_("Compared with what the agency handed in before, in %(code)s.")
            % {"code": base[1]}
            if base
            else "",
        )


class Moves(Source[ReportEvent]):
    """Moves of reports, beside the text that was approved before."""

    rank = 2

    def visible(self) -> QuerySet[ReportEvent]:
        return (
            ReportEvent.objects.visible_to(self.user)
            .filter(report__task=self.task)
            .select_related("by__agency")
            .annotate(base_id=self._base_id(), code=F("report__period__code"), as_text=_AS_TEXT)
            .only("to_state", "from_state", *_TOLD_OF_A_MOVE)
        )

    def _base_id(self) -> Subquery:
        approved = ReportEvent.objects.filter(
            report__task=OuterRef("report__task"),
            report__period__ends_on__lte=OuterRef("report__period__ends_on"),
            move=Move.APPROVE,
            pk__lt=OuterRef("pk"),
        )
        latest = approved.order_by("-report__period__ends_on", "-pk")
        return Subquery(latest.values("pk")[:1])

    def entries(self, rows: Sequence[ReportEvent], compare: Compare) -> list[Entry]:
        bases = _contents(_SAID_IN_REPORTS, self.user, rows)
        return [self._entry(row, bases.get(_base_of(row)), compare) for row in rows]

    def _entry(self, row: ReportEvent, base: tuple[Content, str] | None, compare: Compare) -> Entry:
        content = _content_of(row)
        without = content.get("without", {})
        return Entry(
            self.cursor(row),
            "" if row.move in NAMED_BY_THEIR_STATE else self.labels.move(row.move),
            by=row.by,
            code=_code_of(row),
            state=row.to_state if row.to_state != row.from_state else "",
            reason=row.reason,
            without="、".join([*without.get("contributions", []), *without.get("agreements", [])]),
            said=said_of(*beside(report_wordings, content, base and base[0], self.labels), compare),
            compared_with=self.labels.compared_with_approved(base[1]) if base else "",
        )


class ApprovedReports(Source[Report]):
    """Approved texts alone, for readers to whom the way there is closed."""

    rank = 2
    moment = "approved_at"

    def visible(self) -> QuerySet[Report]:
        return (
            Report.objects.visible_to(self.user)
            .filter(task=self.task, state=ReportState.APPROVED)
            .select_related("period")
            .defer(*kept_with("period"))
            .annotate(base_id=approved_before_id())
        )

    def entries(self, rows: Sequence[Report], compare: Compare) -> list[Entry]:
        before = {
            one.pk: one
            for one in Report.objects.visible_to(self.user)
            .filter(pk__in=[_base_of(row) for row in rows])
            .select_related("period")
            .defer(*kept_with("period"))
        }
        contents = contents_of([*rows, *before.values()])
        entries = []
        for row in rows:
            base = before.get(_base_of(row))
            entries.append(
                Entry(
                    self.cursor(row),
                    code=row.period.code,
                    state=row.state,
                    said=said_of(
                        *beside(
                            report_wordings,
                            contents[row.pk].as_json(),
                            contents[base.pk].as_json() if base else None,
                            self.labels,
                        ),
                        compare,
                    ),
                    compared_with=self.labels.compared_with_approved(base.period.code)
                    if base
                    else "",
                )
            )
        return entries


class Errata(Source[Erratum]):
    """Corrections to closed periods."""

    rank = 3

    def visible(self) -> QuerySet[Erratum]:
        return (
            Erratum.objects.visible_to(self.user)
            .filter(report__task=self.task)
            .select_related("period", "measure", "by__agency")
            .defer(*kept_with("period"))
        )

    def entries(self, rows: Sequence[Erratum], compare: Compare) -> list[Entry]:
        return [
            Entry(
                self.cursor(row),
                _("Erratum no. %(number)d") % {"number": row.number},
                by=row.by,
                code=row.period.code,
                reason=row.reason,
                said=said_of(
                    {"": _erratum_wording(row, row.new)},
                    {"": _erratum_wording(row, row.old)},
                    compare,
                ),
            )
            for row in rows
        ]


def _code_of(row: Model) -> str:
    """The code of the row's period, as its source annotated it."""
    return getattr(row, "code", "")


def _content_of(row: Model) -> Content:
    """What was said with the move, as its source annotated it."""
    content: Content = orjson.loads(getattr(row, "as_text", "{}"))
    return content


def _base_of(row: Model) -> int:
    """The id of what the row is compared with, as its source annotated it; 0 for nothing."""
    return getattr(row, "base_id", None) or 0


Event = type[ContributionEvent] | type[ReportEvent]


def _said(event: Event, period: str) -> WrittenOnce[tuple[int, str, str]]:
    return WrittenOnce(
        lambda user, *keys: (
            event._default_manager.visible_to(user)
            .filter(pk__in=keys)
            .order_by()
            .values_list("pk", _AS_TEXT, f"{period}__code")
        )
    )


_SAID_BY_AGENCIES = _said(ContributionEvent, "contribution__period")
_SAID_IN_REPORTS = _said(ReportEvent, "report__period")


def _contents(
    said: WrittenOnce[tuple[int, str, str]], user: User, rows: Sequence[Model]
) -> dict[int, tuple[Content, str]]:
    """What the rows are compared with: content and period by id, in one query, none for nothing."""
    bases = sorted({_base_of(row) for row in rows} - {0})
    found = said.for_reader(user, *_rounded(bases)) if bases else []
    return {pk: (orjson.loads(text), of) for pk, text, of in found}


def _erratum_wording(row: Erratum, value: str) -> Wording:
    label = str(ErratumField(row.field).label)
    if row.measure is not None:
        label = f"{measure_label(row.measure.ordinal)} · {label}"
    if row.field == ErratumField.STATUS:
        return Wording(label, "", value)
    return Wording(label, value)


def _list_wordings(title: str, measures: str, agencies: str) -> Wordings:
    return {
        "title": Wording(_("Pilot task"), title),
        "measures": Wording(_("Measures"), measures),
        "agencies": Wording(_("Agencies"), agencies),
    }
