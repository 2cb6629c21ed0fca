"""What the other agencies have added, beside the report that their lead is writing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agencies.models import User
from progress.models import Agreement, Report
from progress.pages.partners import ContributionsRead, texts_of
from progress.rollups import AgencyPart, AgencyRef, ContributionRow, contribution_rows_of
from progress.states import ReportState
from tasks.models import Division, Task


@dataclass(frozen=True, slots=True)
class Addition:
    """What one agency adds to one text of the report."""

    agency: AgencyRef
    text: str


@dataclass(frozen=True, slots=True)
class LeadsAnswer:
    """Another lead of the task, and what it says to the report as it now reads; None: nothing."""

    agency: AgencyRef
    answer: Agreement | None


@dataclass(frozen=True, slots=True)
class Additions:
    """The other agencies of a task, what they have handed to the lead, and what they still owe.

    `by_measure` has the additions to each measure by the measure's id, `remarks` those that belong
    to the problems of the whole task. `leads` is empty but where two lead.
    """

    rows: Sequence[ContributionRow]
    by_measure: Mapping[int, Sequence[Addition]]
    remarks: Sequence[Addition]
    leads: Sequence[LeadsAnswer]

    @property
    def missing(self) -> list[AgencyRef]:
        """Which agencies owe a contribution and have not handed it to the lead."""
        return [row.agency for row in self.rows if row.owed and not row.answered]

    @property
    def objecting(self) -> list[AgencyRef]:
        return [lead.agency for lead in self.leads if lead.answer and not lead.answer.agrees]


def additions_to(
    *,
    task: Task,
    report: Report | None,
    parts: Sequence[AgencyPart],
    read: ContributionsRead,
    user: User,
) -> Additions:
    """What stands beside the form of this report: two statements, however many agencies there are.

    Texts are those that the agencies have handed over. `parts` are the agencies of the task as of
    the period, `read` the `contributions_read` of the report.
    """
    rows = contribution_rows_of(task=task.pk, stored=read.stored, parts=parts, user=user)
    handed_over = {
        one.agency_id: one for one in read.readable if one.state == ReportState.SUBMITTED
    }
    texts = texts_of([*handed_over.values()])
    by_measure: dict[int, list[Addition]] = {}
    remarks = []
    for row in rows:
        one = handed_over.get(row.agency.id)
        if one is None:
            continue
        for text in texts.get(one.pk, []):
            if text.text.strip():
                by_measure.setdefault(text.measure_id, []).append(Addition(row.agency, text.text))
        if one.remarks.strip():
            remarks.append(Addition(row.agency, one.remarks))
    return Additions(rows, by_measure, remarks, _leads(task, rows, report))


def _leads(
    task: Task, rows: Sequence[ContributionRow], report: Report | None
) -> Sequence[LeadsAnswer]:
    if task.division != Division.CO_LEAD:
        return []
    answers: dict[int, Agreement] = {}
    if report is not None:
        answers = {one.agency_id: one for one in report.agreements.select_related("by")}
    return [LeadsAnswer(row.agency, answers.get(row.agency.id)) for row in rows if row.leads_too]
