"""Taking apart what a period says once nobody can change it any more, for searching."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Set

from django.db import connection, transaction

from progress.models import (
    Contribution,
    HistoryBigram,
    MeasureContribution,
    MeasureProgress,
    PeriodTakenApart,
    Report,
    ReportingPeriod,
    SaidIn,
    bigrams_of,
)
from progress.states import ReportState

# Characters whose pairs are written together: memory does not grow with the list.
AT_ONCE = 500_000

# bulk_create would make an object of each, some 20,000 for a city and 6 million for 300 of them.
_KEPT = (
    f"INSERT INTO {HistoryBigram._meta.db_table} (bigram, said_in, task_id)"  # noqa: S608 # nosec B608
    " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)


@transaction.atomic
def bigrams_keep(periods: Collection[ReportingPeriod]) -> None:
    """Write which pairs of characters the texts of these closed periods hold, by task: all of them
    or none, and again is no harm."""
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    count = 0
    for task, said_in, text in _texts(periods):
        found[said_in, task] |= bigrams_of(text)
        count += len(text)
        if count > AT_ONCE:
            _write(found)
            found.clear()
            count = 0
    _write(found)
    PeriodTakenApart.objects.bulk_create(
        [PeriodTakenApart(period=period) for period in periods], ignore_conflicts=True
    )


def bigrams_keep_absent() -> list[ReportingPeriod]:
    """Take apart the closed periods that are not, such as an earlier release closed; returns them,
    the oldest first. Each in a transaction of its own; called any number of times it does nothing
    more."""
    absent = ReportingPeriod.objects.filter(closed_at__isnull=False, taken_apart=None)
    done = list(absent.to_choose_from().order_by("ends_on"))
    for period in done:
        bigrams_keep([period])
    return done


def _write(found: Mapping[tuple[str, int], Set[str]]) -> None:
    rows = ((pair, said_in, task) for (said_in, task), pairs in found.items() for pair in pairs)
    with connection.cursor() as cursor:
        # In the order of the table's key, which is how it grows fastest.
        cursor.executemany(_KEPT, sorted(rows))


def _texts(periods: Collection[ReportingPeriod]) -> Iterator[tuple[int, str, str]]:
    """The task, what the text belongs to, and the text, of all that others than its writer read.

    By task, so that what is said again in each of several periods is written once.
    """
    reports = Report.objects.filter(period__in=periods).order_by("task")
    for task, state, *texts in reports.values_list(
        "task", "state", "problems", "next_steps", "coordination"
    ).iterator():
        for text in texts:
            yield task, _of_report(state), text
    measures = MeasureProgress.objects.filter(report__period__in=periods).order_by("report__task")
    for task, state, text in measures.values_list(
        "report__task", "report__state", "text"
    ).iterator():
        yield task, _of_report(state), text
    handed_over = Contribution.objects.filter(period__in=periods, state=ReportState.SUBMITTED)
    for task, text in handed_over.order_by("task").values_list("task", "remarks").iterator():
        yield task, SaidIn.CONTRIBUTION.value, text
    contributed = MeasureContribution.objects.filter(contribution__in=handed_over.values("pk"))
    for task, text in (
        contributed.order_by("contribution__task")
        .values_list("contribution__task", "text")
        .iterator()
    ):
        yield task, SaidIn.CONTRIBUTION.value, text


def _of_report(state: str) -> str:
    return (SaidIn.APPROVED if state == ReportState.APPROVED else SaidIn.REPORT).value
