"""What the other agencies of a task had to do with a report, for those who may know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from agencies.models import User
from progress.models import (
    Agreement,
    Contribution,
    MeasureContribution,
    Report,
    ReportEvent,
    ReportingPeriod,
)
from progress.rollups import AgencyPart, ContributionRow, contribution_rows_of
from progress.statements import WrittenOnce
from progress.states import Move, ReportState
from progress.workflow import may_write
from tasks.models import Task

# States in which what a report was submitted without is still what it goes without.
SUBMITTED = (ReportState.AGENCY_REVIEW, ReportState.SUBMITTED, ReportState.APPROVED)


@dataclass(frozen=True, slots=True)
class ContributionShown:
    """What one other agency added. `texts` are pairs of heading and text, of what may be read.

    `has_page`: the reader may open the contribution's own page.
    """

    row: ContributionRow
    has_page: bool
    texts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SubmittedWithout:
    """What a report was submitted without, as names of agencies, and the reason that was given."""

    contributions: Sequence[str]
    agreements: Sequence[str]
    reason: str


@dataclass(frozen=True, slots=True)
class ContributionsRead:
    """The contributions to a report: `stored` are all of them, whose states are shown to whoever
    has a part in contributions, and `readable` those whose texts the person may read."""

    stored: Sequence[Contribution] = ()
    readable: Sequence[Contribution] = ()


def contributions_read(*, task: Task, period: ReportingPeriod, user: User) -> ContributionsRead:
    """The contributions to the report of this task: one statement, none for whoever has no part in
    them."""
    if not _has_part(user):
        return ContributionsRead()
    stored = _STORED.for_reader(user, task.pk, period.pk)
    return ContributionsRead(stored, [one for one in stored if getattr(one, "is_readable", False)])


_STORED = WrittenOnce(
    lambda user, task, period: (
        Contribution.objects.filter(task=task, period=period)
        .annotate(
            is_readable=Exists(Contribution.objects.visible_to(user).filter(pk=OuterRef("pk")))
        )
        .select_related("agency")
        .order_by("pk")
    )
)


def _has_part(user: User) -> bool:
    return user.is_coordinator or user.works_for_an_agency


def texts_of(contributions: Sequence[Contribution]) -> Mapping[int, Sequence[MeasureContribution]]:
    """What they say of each measure, in order, by the contribution's id: one statement, none of
    none."""
    texts: dict[int, list[MeasureContribution]] = {}
    if contributions:
        for one in _TEXTS.of(*[contribution.pk for contribution in contributions]):
            texts.setdefault(one.contribution_id, []).append(one)
    return texts


_TEXTS = WrittenOnce(
    lambda *contributions: (
        MeasureContribution.objects.filter(contribution__in=contributions)
        .select_related("measure")
        .order_by("measure__ordinal")
    )
)


def contributions_shown(
    *, task: Task, parts: Sequence[AgencyPart], read: ContributionsRead, user: User
) -> list[ContributionShown]:
    """Who added what to the report of this task, and who has not: one statement.
    `parts` are the agencies of the task as of the period, `read` its `contributions_read`.

    The lead and the office see every agency; the others those whose contribution they may read,
    and themselves. Whoever has no part in contributions sees none.
    """
    if not _has_part(user):
        return []
    rows = contribution_rows_of(task=task.pk, stored=read.stored, parts=parts, user=user)
    readable = {one.pk: one for one in read.readable}
    texts = texts_of(read.readable)
    sees_all = user.is_coordinator or may_write(task=task, user=user)
    shown = []
    for row in rows:
        contribution = readable.get(row.contribution_id or 0)
        if sees_all or contribution or row.is_mine:
            shown.append(
                ContributionShown(
                    row,
                    has_page=bool(contribution or row.is_mine),
                    texts=_said(contribution, texts.get(contribution.pk, ()))
                    if contribution
                    else [],
                )
            )
    return shown


def contributions_of_old(
    *, parts: Sequence[AgencyPart], read: ContributionsRead
) -> list[Contribution]:
    """Of the `contributions_read` of a report the readable ones of agencies that contribute to the
    task no more. `parts` are the agencies of the task as of the period."""
    contributing = {part.agency.id for part in parts if part.position > 1}
    return [one for one in read.readable if one.agency_id not in contributing]


# What the other leads have answered to the task's report of the period as it reads.
AGREEMENTS_OF_REPORT = WrittenOnce(
    lambda _user, task, period: (
        Agreement.objects.filter(report__task=task, report__period=period)
        .select_related("agency", "by")
        .order_by("pk")
    )
)


def submitted_without(report: Report, events: Sequence[ReportEvent]) -> SubmittedWithout | None:
    """What the report was last submitted without; None where it lacked nothing or is written anew.

    `events` are those of its history that the reader may see, the oldest first.
    """
    if report.state not in SUBMITTED:
        return None
    last = next((event for event in reversed(events) if event.move == Move.SUBMIT), None)
    without = last.content.get("without") if last else None
    if last is None or not without:
        return None
    return SubmittedWithout(
        without.get("contributions", []), without.get("agreements", []), last.reason
    )


def _said(
    contribution: Contribution, of_measures: Sequence[MeasureContribution]
) -> list[tuple[str, str]]:
    texts = [
        (_("Measure %(ordinal)d") % {"ordinal": one.measure.ordinal}, one.text)
        for one in of_measures
        if one.text.strip()
    ]
    if contribution.remarks.strip():
        texts.append((_("Problems and other remarks"), contribution.remarks))
    return texts
