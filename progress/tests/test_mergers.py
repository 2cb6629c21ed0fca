"""An agency is merged in the middle of a period: nothing is lost, and nothing counts twice."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.changes import heir_of
from agencies.models import AgencyChange, AgencyChangeKind, Role, User
from conftest import NOW, SHANGHAI, TODAY, Cast, _person
from progress.mergers import MergerChanged, merger_of
from progress.models import (
    Contribution,
    Evidence,
    Extension,
    MeasureContribution,
    Reminder,
    ReminderItem,
    ReminderState,
    Report,
    ReportingPeriod,
)
from progress.reminders import reminders_run
from progress.rollups import (
    figures_of,
)
from progress.states import Move, ReportState
from progress.tests.acts import approved, attached, handed_in, saved, task_numbered
from progress.tests.agencies_changed import (
    LATER,
    NEW,
    OLD,
    agency,
    all_rows,
    answering,
    drafted,
    fresh,
    merged,
    person_of,
    whole_list,
)
from progress.tests.test_contributions import agency_of, contributed
from progress.timeline import timeline_of
from progress.workflow import (
    extension_request,
    period_close,
    report_move,
)
from tasks.deadlines import Deadline, deadlines_write
from tasks.duties import duties_of, duties_write
from tasks.importing import import_list
from tasks.listing import row_cells
from tasks.models import Division, ResponsibilityChange, Task
from tasks.responsibilities import parts_of


@pytest.fixture
def successor(cast: Cast) -> User:
    """A reporter of the agency into which the co-reporter's is merged; both share task 4."""
    return person_of(NEW)


def test_in_the_middle_of_a_period_nothing_is_lost_and_nothing_counts_twice(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    mine = list(Task.objects.led_by(cast.co_reporter.agency_ids).order_by("number"))
    saved(mine[0], period, cast.co_reporter)
    handed_in(mine[1], period, cast.co_reporter)
    approved(mine[2], period, cast.co_reporter, cast.coordinator)
    task = task_numbered(4)
    drafted(task, period, cast.co_reporter, "发改委的草稿")
    drafted(task, period, successor, "工信局的草稿")
    others = Task.objects.shared_by(cast.co_reporter.agency_ids).exclude(pk=task.pk)
    alone = others.exclude(pk__in=[one.pk for one in mine]).exclude(
        responsibilities__agency=successor.agency
    )
    sent = alone.order_by("number").first()
    assert sent is not None
    contributed(sent, period, cast.co_reporter, "已办结本单位事项")
    early = dt.datetime.combine(TODAY, dt.time(7), SHANGHAI)
    reminders_run(now=early)  # Before the hours of sending: mails wait.

    reports = list(Report.objects.order_by("pk").values_list("pk", "state", "version"))
    figures = figures_of(whole_list(period, cast.coordinator))
    rows_before = all_rows(period, cast.coordinator)
    waiting = Reminder.objects.filter(state=ReminderState.OWED).count()
    said_before = set(MeasureContribution.objects.values_list("text", flat=True))
    shared = Task.objects.shared_by([agency(OLD).pk, agency(NEW).pk]).count()
    foretold = merger_of(agency=agency(OLD), successor=agency(NEW))
    change = merged(cast)

    assert list(Report.objects.order_by("pk").values_list("pk", "state", "version")) == (reports)
    assert figures_of(whole_list(period, cast.coordinator)) == figures
    assert Task.objects.shared_by([agency(NEW).pk]).count() == shared
    assert not agency(OLD).responsibilities.exists()
    # One report, one reader, one message: the waiting ones are neither more nor gone.
    assert Reminder.objects.filter(state=ReminderState.OWED).count() == waiting
    assert not Reminder.objects.filter(agency__name=OLD, state=ReminderState.OWED).exists()
    # Each text is read by the successor's people, in the rows that count.
    person = fresh(cast.co_reporter)
    assert person.agency == agency(NEW)
    kept = "\n".join(
        MeasureContribution.objects.filter(contribution__agency__name=NEW).values_list(
            "text", flat=True
        )
    )
    assert all(text in kept for text in said_before)
    rows = all_rows(period, cast.coordinator)
    # Where both had a part one is left, or none where the successor compiles.
    assert len(rows) < len(rows_before)
    assert {key for key in rows if key[1] == agency(OLD).pk} == set()
    assert rows[sent.pk, agency(NEW).pk] == ReportState.SUBMITTED
    assert rows[task.pk, agency(NEW).pk] == ReportState.DRAFT
    assert foretold.both
    # The next run tells each person of each report once.
    reminders_run(now=LATER)
    told = list(
        ReminderItem.objects.filter(
            reminder__state=ReminderState.SENT, task__isnull=False
        ).values_list("reminder__user", "reminder__address", "reminder__channel", "task")
    )
    assert told
    assert len(told) == len(set(told))
    assert change.kind == AgencyChangeKind.MERGED
    assert change.moved["tasks"] == sorted([*foretold.led, *foretold.shared])
    assert change.moved["accounts"] == ["co-reporter"]
    assert agency(OLD).has_ended
    assert agency(OLD).successor == agency(NEW)


# --- Tasks -----------------------------------------------------------------------------------


def test_where_both_have_a_part_one_is_left_with_the_higher_role(
    cast: Cast, period: ReportingPeriod
) -> None:
    before = answering(4)
    merged(cast, "市工业和信息化局", "市数据局")
    assert before[0] == ("市数据局", "lead")
    assert answering(4) == [("市数据局", "lead"), ("市发展改革委", "co")]
    positions = task_numbered(4).responsibilities.order_by("position")
    assert list(positions.values_list("position", flat=True)) == [1, 2]
    change = ResponsibilityChange.objects.get(task__number=4)
    assert [one["agency"] for one in change.before["agencies"]] == [name for name, _ in before]
    assert change.document == "津党办发〔2026〕12号"


def test_the_list_is_written_again_as_it_was_and_imported_again_without_change(
    cast: Cast,
) -> None:
    before = [row_cells(task) for task in Task.objects.all()]
    merged(cast)
    merged(cast, "市商务局", NEW)
    assert [row_cells(task) for task in Task.objects.all()] == before
    outcome = import_list(now=LATER)
    assert (outcome.unchanged, outcome.new_agencies) == (131, ())


def test_two_leads_that_become_one_compile_alone(cast: Cast) -> None:
    task = Task.objects.get(division=Division.CO_LEAD)
    first, second = [one.agency.name for one in parts_of(task)][:2]
    preview = merger_of(agency=agency(second), successor=agency(first))
    assert preview.one_lead == (task.number,)
    merged(cast, second, first)
    task.refresh_from_db()
    assert task.division == Division.LEAD_COMPILES
    assert [name for name, role in answering(task.number) if role == "lead"] == [first]


def test_measures_that_concern_both_concern_the_successor(cast: Cast) -> None:
    task = task_numbered(4)
    one, two, _three = task.measures.order_by("ordinal")
    old, new = agency(OLD), agency(NEW)
    duties_write(task=task, by=cast.reporter, now=NOW, duties={old.pk: [one.pk], new.pk: [two.pk]})
    merged(cast)
    assert duties_of(task) == {new.pk: {one.pk, two.pk}}


def test_where_one_was_asked_for_all_measures_the_successor_is(cast: Cast) -> None:
    task = task_numbered(4)
    duties_write(
        task=task,
        by=cast.reporter,
        now=NOW,
        duties={agency(OLD).pk: [task.measures.get(ordinal=1).pk]},
    )
    merged(cast)
    assert duties_of(task) == {}


# --- History ---------------------------------------------------------------------------------


def test_history_keeps_the_old_name(cast: Cast, period: ReportingPeriod) -> None:
    contributed(task_numbered(4), period, cast.co_reporter)
    old = agency(OLD).short_name
    merged(cast)
    entries = timeline_of(task=task_numbered(4), user=cast.coordinator, count=20).entries
    submitted = next(one for one in entries if one.by == cast.co_reporter)
    assert submitted.by_agency == old
    assert old in submitted.what
    assert entries[0].by == cast.administrator
    assert "津党办发〔2026〕12号" in entries[0].reason


# --- What is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("reason", {"reason": ""}),
        ("effective_on", {"effective_on": TODAY + dt.timedelta(days=1)}),
    ],
)
def test_a_merger_that_cannot_be_moves_nothing(
    field: str, changes: dict[str, object], cast: Cast
) -> None:
    with pytest.raises(ValidationError) as refused:
        merged(cast, **changes)  # type: ignore[arg-type]
    assert field in refused.value.error_dict
    assert not AgencyChange.objects.exists()
    assert agency(OLD).responsibilities.exists()


def test_what_has_ended_takes_nobody_in_and_is_not_merged_again(cast: Cast) -> None:
    merged(cast)
    with pytest.raises(ValidationError):
        merged(cast, "市商务局", OLD)
    with pytest.raises(ValidationError):
        merged(cast, OLD, "市商务局")
    with pytest.raises(ValidationError):
        merged(cast, NEW, OLD)


def test_successors_are_merged_on(cast: Cast, period: ReportingPeriod) -> None:
    one = contributed(task_numbered(4), period, cast.co_reporter)
    period_close(period=period, by=cast.coordinator, now=NOW)
    merged(cast)
    merged(cast, NEW, "市商务局", effective_on=TODAY)
    person = fresh(cast.co_reporter)
    assert agency_of(person).name == "市商务局"
    # What it wrote two names ago, in a period that is closed, it still reads.
    assert one in Contribution.objects.visible_to(person)


def test_only_administrators_merge(cast: Cast) -> None:
    for who, person in cast.everyone().items():
        if who != "administrator":
            with pytest.raises(PermissionDenied):
                merged(cast, by=person)


def test_what_was_not_looked_at_is_not_merged(cast: Cast, period: ReportingPeriod) -> None:
    seen = merger_of(agency=agency(OLD), successor=agency(NEW))
    contributed(task_numbered(4), period, cast.co_reporter)
    with pytest.raises(MergerChanged) as changed:
        merged(cast, seen=seen.digest)
    assert not agency(OLD).has_ended
    merged(cast, seen=changed.value.merger.digest)
    assert agency(OLD).has_ended


def test_foretelling_takes_the_same_statements_however_much_moves(
    cast: Cast, period: ReportingPeriod
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            merger_of(agency=agency(OLD), successor=agency(NEW))
        return len(queries)

    contributed(task_numbered(4), period, cast.co_reporter)
    before = statements()
    for task in Task.objects.led_by(cast.co_reporter.agency_ids)[:3]:
        saved(task, period, cast.co_reporter)
    for task in Task.objects.shared_by(cast.co_reporter.agency_ids).exclude(
        pk__in=Task.objects.led_by(cast.co_reporter.agency_ids).values("pk")
    )[1:6]:
        if not Contribution.objects.filter(task=task).exists():
            contributed(task, period, cast.co_reporter)
    assert statements() == before


def test_a_chain_is_ended_in_its_order(cast: Cast) -> None:
    merged(cast)
    with pytest.raises(ValidationError) as refused:
        merged(cast, NEW, "市商务局", effective_on=TODAY - dt.timedelta(days=1))
    assert "effective_on" in refused.value.error_dict
    merged(cast, NEW, "市商务局")
    assert heir_of(agency(OLD)) == agency("市商务局")
    assert answering(4)[1:] == [("市商务局", "co")]


def test_a_question_put_meanwhile_makes_the_preview_stale(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = Task.objects.get(division=Division.CO_LEAD)
    first, second = [one.agency.name for one in parts_of(task)][:2]
    writer = _person("first", "甲", Role.REPORTER, first)
    report = saved(task, period, writer)
    into = agency("市通信管理局")
    seen = merger_of(agency=agency(second), successor=into)
    report_move(report=report, move=Move.ASK, by=writer, now=NOW)
    with pytest.raises(MergerChanged):
        merged(cast, second, into.name, seen=seen.digest)


def test_the_register_goes_on_under_the_successor(cast: Cast, period: ReportingPeriod) -> None:
    """What was asked of the old agency, and what it asked for, counts as before, once."""
    task = Task.objects.led_by([agency(OLD).pk]).exclude(division=Division.CO_LEAD).first()
    assert task is not None
    deadlines_write(
        changes=[Deadline(task, None, TODAY + dt.timedelta(days=30))],
        reason="下达时限",
        by=cast.coordinator,
        now=NOW,
    )
    task.refresh_from_db()
    saved(task, period, cast.co_reporter)
    asked = extension_request(
        task=task,
        period=period,
        new_deadline=TODAY + dt.timedelta(days=60),
        reason="审批较慢",
        by=cast.co_reporter,
        now=NOW,
    )
    evidence = attached(task, period, cast.co_reporter)
    merged(cast)
    person = fresh(cast.co_reporter)
    assert list(Extension.objects.visible_to(person)) == [asked]
    assert list(Evidence.objects.visible_to(person)) == [evidence]
    assert Report.objects.visible_to(person).get(task=task).state == ReportState.DRAFT
    assert not Extension.objects.visible_to(cast.reporter).exists()
