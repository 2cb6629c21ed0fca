"""A merger meets a writer, a hand-in, a reminder run or another change at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections, transaction
from django.db.models import Count
from pytest_django.fixtures import Settings

from agencies.accounts import account_create
from agencies.models import Agency, Role, User
from conftest import NOW, TODAY, Cast
from progress.models import (
    Contribution,
    Matter,
    Reminder,
    ReminderItem,
    Report,
    ReportingPeriod,
)
from progress.reminders import reminders_run
from progress.rollups import contribution_rows
from progress.states import Move, ReportState
from progress.tests.acts import (
    attached,
    contributions_owed_by_nobody,
    handed_in,
    saved,
    task_numbered,
)
from progress.tests.agencies_changed import (
    LATER,
    NEW,
    OLD,
    agency,
    drafted,
    fresh,
    given_to,
    merged,
    said,
)
from progress.tests.test_standing import wait_until_queued
from progress.workflow import matter_address, report_move
from tasks.deadlines import Deadline, deadlines_write
from tasks.importing import DEFAULT_LIST, import_list, imports_lock
from tasks.listing import row_cells
from tasks.models import Task
from tasks.responsibilities import parts_of

pytestmark = pytest.mark.django_db(transaction=True)

# Which of the two gets the lock first; on SQLite the one that happens to.
BOTH_ORDERS = pytest.mark.parametrize("merger_first", [True, False])


def at_once(
    hold: Callable[[], object], acts: Sequence[Callable[[], object]]
) -> list[BaseException | None]:
    """What each act raised. They queue, in this order, for what `hold` locks, then all go."""

    def run(act: Callable[[], object]) -> BaseException | None:
        try:
            act()
        except (PermissionDenied, ValidationError) as refused:
            return refused
        finally:
            connections.close_all()
        return None

    waiting: list[Future[BaseException | None]] = []
    with ThreadPoolExecutor(len(acts)) as pool:
        with transaction.atomic():
            hold()
            for act in acts:
                waiting.append(pool.submit(run, act))
                wait_until_queued(len(waiting))
        return [one.result(timeout=60) for one in waiting]


def ordered(
    merger: Callable[[], object], other: Callable[[], object], *, merger_first: bool
) -> list[Callable[[], object]]:
    return [merger, other] if merger_first else [other, merger]


def holding(period: ReportingPeriod) -> Callable[[], object]:
    """Locks the period, which every writer of a report and every merger takes first."""
    return lambda: ReportingPeriod.objects.select_for_update().get(pk=period.pk)


def of_agencies(period: ReportingPeriod, user: User) -> set[str]:
    rows = contribution_rows(tasks=Task.objects.filter(number=4), period=period, user=user)
    return {row.agency.name for row in rows.get(task_numbered(4).pk, [])}


@BOTH_ORDERS
def test_a_draft_that_saves_itself_is_the_successors_or_is_kept_by_its_writer(
    cast: Cast, period: ReportingPeriod, *, merger_first: bool
) -> None:
    task, writer = task_numbered(4), fresh(cast.co_reporter)
    acts = ordered(
        lambda: merged(cast),
        lambda: drafted(task, period, writer, "发改委的话"),
        merger_first=merger_first,
    )
    outcome = at_once(holding(period), acts)
    # Nothing is left under the agency that has ended, where nobody would read it.
    assert not Contribution.objects.filter(agency__name=OLD).exists()
    kept = list(Contribution.objects.filter(task=task))
    if any(outcome):
        # The browser keeps what it was not allowed to save, and sends it again in the new name.
        assert kept == []
        drafted(task, period, fresh(cast.co_reporter), "发改委的话")
        kept = list(Contribution.objects.filter(task=task))
    assert [one.agency.name for one in kept] == [NEW]
    assert "发改委的话" in said(kept[0])
    assert of_agencies(period, cast.coordinator) == {NEW}


@BOTH_ORDERS
def test_a_report_handed_in_at_the_same_moment_is_one_report_handed_in_once(
    cast: Cast, period: ReportingPeriod, *, merger_first: bool
) -> None:
    task = Task.objects.led_by([agency(OLD).pk]).filter(division="lead_compiles").first()
    assert task is not None
    writer = fresh(cast.co_reporter)
    report = saved(task, period, writer)
    acts = ordered(
        lambda: merged(cast),
        lambda: report_move(report=report, move=Move.SUBMIT, by=writer, now=LATER),
        merger_first=merger_first,
    )
    outcome = at_once(holding(period), acts)
    if any(outcome):
        # Refused in the old name, it is handed in by the next click in the new one.
        report_move(report=report, move=Move.SUBMIT, by=fresh(cast.co_reporter), now=LATER)
    [one] = Report.objects.filter(task=task)
    assert (one.state, one.handed_in_on) == (ReportState.SUBMITTED, TODAY)
    assert one.events.filter(move=Move.SUBMIT).count() == 1
    assert agency(OLD).has_ended


@BOTH_ORDERS
def test_evidence_brought_at_the_same_moment_is_not_left_with_what_has_ended(
    cast: Cast, period: ReportingPeriod, *, merger_first: bool
) -> None:
    task, writer = task_numbered(4), fresh(cast.co_reporter)
    drafted(task, period, writer, "发改委的话")
    acts = ordered(
        lambda: merged(cast),
        lambda: attached(task, period, writer, agency=agency(OLD)),
        merger_first=merger_first,
    )
    outcome = at_once(holding(period), acts)
    [one] = Contribution.objects.filter(task=task)
    assert one.agency.name == NEW
    assert one.evidence.count() == (0 if any(outcome) else 1)


@BOTH_ORDERS
def test_deadlines_and_a_merger_let_each_other_through_once_a_list_has_changed_the_order(
    cast: Cast, *, merger_first: bool
) -> None:
    first, second = Task.objects.filter(responsibilities__agency__name=OLD).order_by("pk")[:2]
    numbers = first.number, second.number
    for task, number in ((first, 999), (second, numbers[0]), (first, numbers[1])):
        Task.objects.filter(pk=task.pk).update(number=number)
    changes = [Deadline(one, None, TODAY) for one in Task.objects.filter(number__in=numbers)]
    acts = ordered(
        lambda: merged(cast),
        lambda: deadlines_write(changes=changes, reason="统一明确", by=cast.coordinator, now=NOW),
        merger_first=merger_first,
    )
    outcome = at_once(lambda: Task.objects.select_for_update().get(pk=first.pk), acts)
    assert outcome == [None, None]
    assert not Task.objects.filter(responsibilities__agency__name=OLD).exists()
    assert Task.objects.filter(number__in=numbers, deadline=TODAY).count() == 2


@BOTH_ORDERS
def test_a_task_is_given_to_no_agency_that_is_ending(
    cast: Cast, period: ReportingPeriod, *, merger_first: bool
) -> None:
    chosen = agency("市通信管理局")
    acts = ordered(
        lambda: merged(cast, "市通信管理局", NEW),
        lambda: given_to(cast, chosen.name),
        merger_first=merger_first,
    )
    at_once(holding(period), acts)
    assert agency(chosen.name).has_ended
    assert not agency(chosen.name).responsibilities.exists()
    lead = parts_of(task_numbered(4))[0].agency
    assert lead.name in ("市数据局", NEW)


@BOTH_ORDERS
def test_nobody_is_taken_on_and_nothing_asked_of_an_agency_that_is_ending(
    cast: Cast, period: ReportingPeriod, *, merger_first: bool
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地")
    matter, old = Matter.objects.get(report=report), agency(OLD)

    def take_on() -> None:
        account_create(
            now=NOW,
            by=cast.administrator,
            username="newcomer",
            name="新来的",
            role=Role.REPORTER,
            agency=old,
            email="",
            password="Correct-horse-battery",
        )

    def ask() -> None:
        matter_address(matter=matter, to=old, by=cast.coordinator, now=LATER, version=1)

    def merge() -> None:
        merged(cast)

    acts = [merge, take_on, ask] if merger_first else [take_on, ask, merge]
    at_once(lambda: Agency.objects.select_for_update().get(pk=old.pk), acts)
    assert agency(OLD).has_ended
    assert not User.objects.filter(agency=old).exists()
    matter.refresh_from_db()
    assert matter.addressed_to in (None, agency(NEW))


def test_a_reminder_run_and_a_merger_tell_each_person_of_each_report_once(
    cast: Cast, period: ReportingPeriod, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    contributions_owed_by_nobody()
    Agency.objects.filter(name="市商务局").update(contact_email="trade@example.org")
    Agency.objects.filter(name="市科技局").update(contact_email="science@example.org")
    with ThreadPoolExecutor(3) as pool:

        def run(act: Callable[[], object]) -> None:
            try:
                act()
            finally:
                connections.close_all()

        acts: list[Callable[[], object]] = [
            lambda: reminders_run(now=NOW),
            lambda: merged(cast, "市商务局", "市科技局", now=NOW),
            lambda: reminders_run(now=NOW),
        ]
        for one in [pool.submit(run, act) for act in acts]:
            one.result(timeout=60)
    reminders_run(now=LATER)
    told = ReminderItem.objects.filter(task__isnull=False).values(
        "task", "reminder__user", "reminder__address", "reminder__channel"
    )
    assert not told.annotate(n=Count("pk")).filter(n__gt=1).exists()
    rows = Reminder.objects.filter(agency__name="市商务局", state="owed")
    assert not rows.exists()


@BOTH_ORDERS
def test_a_list_that_names_an_agency_that_is_ending_gives_its_part_to_the_successor(
    cast: Cast, period: ReportingPeriod, tmp_path: Path, *, merger_first: bool
) -> None:
    ending, cell = "市通信管理局", row_cells(task_numbered(4)).agencies
    lines = DEFAULT_LIST.read_text(encoding="utf-8").split("\n")
    place = next(at for at, line in enumerate(lines) if line.endswith(f"\t{cell}"))
    lines[place] = lines[place].removesuffix(cell) + ending
    revised = tmp_path / "list.txt"
    revised.write_text("\n".join(lines), encoding="utf-8")
    acts = ordered(
        lambda: merged(cast, ending, NEW),
        lambda: import_list(path=revised, now=LATER),
        merger_first=merger_first,
    )
    at_once(imports_lock, acts)
    assert [part.agency.name for part in parts_of(task_numbered(4))] == [NEW]
    assert not agency(ending).responsibilities.exists()
