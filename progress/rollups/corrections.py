"""Which statuses hold instead of those that approved reports name.

A report keeps what its agency wrote. A completion that was refused with the approval, or reopened
since, counts as in progress, in its own report and in the later ones that only repeat it; an
erratum says what it says. Of the two the later one holds.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import itemgetter

from django.db.models import Q, QuerySet

from progress.models import Completion, CompletionState, MeasureProgress, Report
from tasks.models import Status

# The report's id, the measure's id, the status it was corrected to, and when.
StatusErratum = tuple[int, int, str, dt.datetime]
# The report's id, the measure's id, and when it was reopened; None: it was refused.
NotCompleted = tuple[int, int, dt.datetime | None]


def not_completed(
    reports: QuerySet[Report], *, until: dt.datetime | None = None
) -> list[NotCompleted]:
    """What these reports call completed and is not: what was refused, or reopened by that moment
    (None: ever). Two statements, four where anything was reopened, however many reports."""
    rows = Completion.objects.filter(report__in=reports.values("pk")).order_by()
    found: list[NotCompleted] = list(
        rows.filter(Q(state=CompletionState.REFUSED) | _reopened(until)).values_list(
            "report_id", "measure_id", "reopened_at"
        )
    )
    resting = {(report, measure): at for report, measure, at in resting_on_reopened(reports, until)}
    if resting:
        repeated = MeasureProgress.objects.filter(
            report__in={report for report, _measure in resting},
            measure__in={measure for _report, measure in resting},
            status=Status.COMPLETED,
        ).order_by()
        found += [
            (*place, resting[place])
            for place in repeated.values_list("report_id", "measure_id")
            if place in resting
        ]
    return found


def resting_on_reopened(
    reports: QuerySet[Report], until: dt.datetime | None
) -> list[tuple[int, int, dt.datetime]]:
    """Of these reports, those whose word on a measure rests on a request that was reopened.

    A report that calls a measure completed as the one before it did asks for nothing: it rests on
    the latest request up to it. What it says of the measure is for the caller to look at.
    """
    reopened = Completion.objects.filter(_reopened(until), task__in=reports.values("task"))
    asked = Completion.objects.filter(measure__in=reopened.values("measure"))
    if until is not None:
        asked = asked.filter(requested_at__lte=until)
    requests: defaultdict[int, dict[int, list[tuple[dt.date, int, dt.datetime | None]]]]
    requests = defaultdict(dict)
    for task_id, measure_id, ends_on, report_id, at in asked.order_by().values_list(
        "task_id", "measure_id", "report__period__ends_on", "report_id", "reopened_at"
    ):
        requests[task_id].setdefault(measure_id, []).append((ends_on, report_id, at))
    if not requests:
        return []
    found = []
    of_tasks = reports.filter(task__in=list(requests)).order_by()
    for report_id, task_id, ends_on in of_tasks.values_list("pk", "task_id", "period__ends_on"):
        for measure_id, its in requests[task_id].items():
            earlier = [one for one in its if one[0] <= ends_on]
            if not earlier:
                continue
            _day, asked_in, at = max(earlier, key=itemgetter(0))
            if asked_in != report_id and at is not None and (until is None or at <= until):
                found.append((report_id, measure_id, at))
    return found


def _reopened(until: dt.datetime | None) -> Q:
    reopened = Q(state=CompletionState.REOPENED)
    return reopened if until is None else reopened & Q(reopened_at__lte=until)


def corrected_statuses(
    errata: Iterable[StatusErratum], completions: Iterable[NotCompleted]
) -> Mapping[int, Mapping[int, str]]:
    """By the report's id the statuses that hold instead, by the measure's id.

    `errata` are in the order in which they were made: a later one corrects an earlier one.
    """
    corrected: defaultdict[int, dict[int, str]] = defaultdict(dict)
    corrected_at: dict[tuple[int, int], dt.datetime] = {}
    for report_id, measure_id, status, at in errata:
        corrected[report_id][measure_id] = status
        corrected_at[report_id, measure_id] = at
    for report_id, measure_id, reopened_at in completions:
        erratum_at = corrected_at.get((report_id, measure_id))
        # A refusal comes with the approval, before any erratum.
        if erratum_at is None or (reopened_at is not None and reopened_at > erratum_at):
            corrected[report_id][measure_id] = Status.IN_PROGRESS
    return corrected
