"""Which statuses hold instead of those that approved reports name.

A report keeps what its agency wrote. A completion that was refused with the approval, or reopened
since, counts as in progress; an erratum says what it says. Of the two the later one holds.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Q, QuerySet

from progress.models import Completion, CompletionState
from tasks.models import Status

# The report's id, the measure's id, the status it was corrected to, and when.
StatusErratum = tuple[int, int, str, dt.datetime]
# The report's id, the measure's id, and when it was reopened; None: it was refused.
NotCompleted = tuple[int, int, dt.datetime | None]


def not_completed(
    completions: QuerySet[Completion], *, until: dt.datetime | None = None
) -> list[NotCompleted]:
    """The completions that were refused, or reopened by that moment (None: ever): one query."""
    reopened = Q(state=CompletionState.REOPENED)
    if until is not None:
        reopened &= Q(reopened_at__lte=until)
    rows = completions.filter(Q(state=CompletionState.REFUSED) | reopened).order_by()
    return list(rows.values_list("report_id", "measure_id", "reopened_at"))


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
