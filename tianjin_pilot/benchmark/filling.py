"""What stands in a database that is measured: the official list so many times, and its months.

The list, the people, the opening and the closing of each month are the product's own acts; what
they would have written in between is copied by set statements (`statements`).
"""

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from agencies.audit import entries_seal
from agencies.models import Agency, AuditEntry, AuditHead, Role, User
from progress.cadence import span_of
from progress.models import ReportingPeriod
from progress.states import Move, ReportState
from progress.workflow import bigrams_keep, period_close, period_open
from tasks.importing import import_list
from tianjin_pilot.benchmark import statements as sql

COORDINATOR = "coordinator"
# How far the reports of the open month are, by the rest that a task's number leaves.
OPEN_MONTH: Mapping[ReportState, str] = {
    ReportState.APPROVED: "number %% 8 IN (0, 1, 2, 5)",
    ReportState.SUBMITTED: "number %% 8 IN (3, 4)",
    ReportState.RETURNED: "number %% 16 = 6",
    ReportState.DRAFT: "number %% 16 = 14",
}
HANDED_IN = (ReportState.SUBMITTED, ReportState.APPROVED, ReportState.RETURNED)
# A few reports of each past month never came.
CAME = "(number + %(month)s) %% 29 <> 0"
# On the day on which the office opens a month, in which people report, and after which it closes.
OPENS, REPORTS, CLOSES = 20, 22, 28


def list_and_people(*, copies: int, now: dt.datetime) -> None:
    """The list so many times over, with a reporter for each agency and one person for the rest."""
    import_list(now=now)
    today = timezone.localdate(now)
    with connection.cursor() as cursor:
        if copies > 1:
            if connection.vendor == "postgresql":
                # The column holds 32,767, which no real list comes near.
                cursor.execute("ALTER TABLE tasks_task ALTER COLUMN number TYPE integer")
            cursor.execute(sql.COPY_TASKS, [copies - 1])
            cursor.execute(sql.COPY_RESPONSIBILITIES, [])
            cursor.execute(sql.COPY_MEASURES, [])
        days = [today + dt.timedelta(days=days) for days in (-20, 200)]
        cursor.execute(sql.DEADLINES, [connection.ops.adapt_datefield_value(day) for day in days])
    people = [
        User(username=role.value, name=role.value, role=role)
        for role in (Role.COORDINATOR, Role.LEADER, Role.AUDITOR)
    ]
    people += [
        User(
            username=f"reporter-{agency.pk}",
            name="某人",
            role=Role.REPORTER,
            agency=agency,
            email=f"reporter-{agency.pk}@example.org",
        )
        for agency in Agency.objects.all()
    ]
    for person in people:
        person.set_unusable_password()
    User.objects.bulk_create(people)


def months_lay_out(
    *,
    months: int,
    shown: int,
    now: dt.datetime,
    open_month: Mapping[ReportState, str] = OPEN_MONTH,
    closed_each: int = 1,
) -> None:
    """The last `shown` of `months` months up to the one of `now`, which alone stays open.

    What each says depends on its place among all `months`: the last one is the same however many
    are shown. `open_month` says of which tasks its reports are how far, as OPEN_MONTH does. Where
    closing takes long, the product itself closes one of `closed_each` months and the last; what the
    others keep is copied from the one before.
    """
    codes = month_codes(months, until=timezone.localdate(now))
    coordinator = User.objects.get(username=COORDINATOR)
    before: ReportingPeriod | None = None
    as_before: list[ReportingPeriod] = []
    with _quickly():
        for month in range(months - shown, months):
            newest = month == months - 1
            opened = min(_at(codes[month], OPENS), now)
            period = period_open(code=codes[month], by=coordinator, now=opened)
            cases = open_month if newest else {ReportState.APPROVED: CAME}
            _month_lay_out(period, month, cases, newest=newest, by=coordinator, now=now)
            if newest:
                break
            closed = _at(codes[month], CLOSES)
            if before is None or month == months - 2 or month % closed_each == 0:
                period_close(period=period, by=coordinator, now=closed)
            else:
                _close_as_before(period, before, now=closed)
                as_before.append(period)
            before = period
        bigrams_keep(as_before)
        entries_seal()
    statistics_refresh()


def month_codes(count: int, *, until: dt.date) -> Sequence[str]:
    """The codes of so many months, the last one that of the day."""
    firsts = [until.replace(day=1)]
    for _before in range(count - 1):
        firsts.append((firsts[-1] - dt.timedelta(days=1)).replace(day=1))
    return [f"{first:%Y-%m}" for first in reversed(firsts)]


def statistics_refresh() -> None:
    """Let the planner know how large the tables are, as it does in service."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextlib.contextmanager
def _quickly() -> Iterator[None]:
    """Whatever is written in the block is made up, and lost with the machine if that fails."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")
        cursor.execute("PRAGMA cache_size = -400000")
        cursor.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        # The next one has the settings of a service again.
        connection.close()


def _at(code: str, day: int) -> dt.datetime:
    starts_on = span_of(code).starts_on
    return timezone.make_aware(dt.datetime.combine(starts_on.replace(day=day), dt.time(10)))


def _month_lay_out(
    period: ReportingPeriod,
    month: int,
    cases: Mapping[ReportState, str],
    *,
    newest: bool,
    by: User,
    now: dt.datetime,
) -> None:
    begun = min(_at(period.code, OPENS), now)
    submitted = min(_at(period.code, REPORTS), now)
    ops = connection.ops
    common: dict[str, Any] = {
        "period": period.pk,
        "month": month,
        "month_text": str(month + 1),
        "begun": ops.adapt_datetimefield_value(begun),
        "submitted": ops.adapt_datetimefield_value(submitted),
        "handed_in": ops.adapt_datefield_value(timezone.localdate(submitted)),
        "late": ops.adapt_datefield_value(period.due_on + dt.timedelta(days=1)),
    }
    with connection.cursor() as cursor:
        for state, which in cases.items():
            handed_in = state in HANDED_IN
            cursor.execute(
                sql.REPORTS.format(cases=f"{which} AND NOT {sql.NEVER_REPORTED}"),
                common
                | {
                    "state": state.value,
                    "submitted_or_null": common["submitted"] if handed_in else None,
                    "handed_in": common["handed_in"] if handed_in else None,
                    "approved": common["submitted"] if state == ReportState.APPROVED else None,
                },
            )
        if not newest:
            cursor.execute(sql.REPORTS_LATE, common)
        cursor.execute(sql.MEASURES, common)
        _moves_lay_out(cursor, common, by=by)
        for statement in (
            sql.CONTRIBUTIONS,
            sql.CONTRIBUTED_MEASURES,
            sql.CONTRIBUTION_MOVES.format(),
            sql.MEASURE_STATUSES,
            sql.TASK_STATUSES,
        ):
            cursor.execute(statement, common)
        position = AuditHead.objects.get_or_create(pk=1)[0].position
        cursor.execute(sql.AUDIT_ENTRIES.format(), common | {"position": position})
    newest_entry = AuditEntry.objects.exclude(position=None).order_by("-position").first()
    if newest_entry is not None:
        until = newest_entry.position
        AuditHead.objects.filter(pk=1).update(position=until, changed=until)


def _close_as_before(period: ReportingPeriod, before: ReportingPeriod, *, now: dt.datetime) -> None:
    closed = connection.ops.adapt_datetimefield_value(now)
    params = {"period": period.pk, "before": before.pk, "closed": closed}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in sql.CLOSED_AS_BEFORE:
            cursor.execute(statement.format(moment=sql.MOMENT[connection.vendor]), params)


def _moves_lay_out(cursor: Any, common: Mapping[str, Any], *, by: User) -> None:
    """From state to state, as far as each report has come."""
    way = (ReportState.DRAFT, ReportState.SUBMITTED)
    written = sql.CONTENT[connection.vendor]
    for move, (before, after), states, mover, reason in (
        (Move.SUBMIT, way, HANDED_IN, "report.updated_by_id", ""),
        (Move.APPROVE, (way[1], ReportState.APPROVED), (ReportState.APPROVED,), str(by.pk), ""),
        (
            Move.RETURN,
            (way[1], ReportState.RETURNED),
            (ReportState.RETURNED,),
            str(by.pk),
            "请补充数据",
        ),
    ):
        content = written if move == Move.SUBMIT else sql.CONTENT_HANDED_IN
        named = ", ".join(f"'{one.value}'" for one in states)
        cursor.execute(
            sql.MOVES.format(by=mover, content=content, states=f"({named})"),
            {
                **common,
                "at": common["submitted"],
                "move": move.value,
                "before": before.value,
                "after": after.value,
                "reason": reason,
            },
        )
