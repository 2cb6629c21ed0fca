"""An agency is merged in the middle of a period: nothing is lost, and nothing counts twice."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, AgencyChange, AgencyChangeKind, Role, User
from conftest import NOW, SHANGHAI, TODAY, Cast, _person
from progress.mergers import MergerChanged, agency_merge, merger_of
from progress.models import (
    Contribution,
    Evidence,
    MeasureContribution,
    Reminder,
    ReminderItem,
    ReminderState,
    Report,
    ReportingPeriod,
)
from progress.pages.timeline import timeline_of
from progress.reminders import reminders_run
from progress.rollups import (
    TaskRow,
    agency_figures,
    contribution_rows,
    figures_of,
    period_missing,
    task_rows,
)
from progress.states import Move, ReportState
from progress.tests.acts import approved, attached, handed_in, saved, task_numbered
from progress.tests.test_contributions import agency_of, contributed, texts
from progress.workflow import (
    Conflict,
    content_of,
    contribution_move,
    contribution_save,
    contribution_take_over,
    period_close,
    period_open,
    report_move,
)
from progress.workflow.succession import task_agencies_change
from tasks.duties import duties_of, duties_write
from tasks.importing import import_list
from tasks.listing import row_cells
from tasks.models import Division, ResponsibilityChange, ResponsibilityRole, Task
from tasks.responsibilities import parts_of

LATER = NOW + dt.timedelta(hours=3)
OLD, NEW = "市发展改革委", "市工业和信息化局"


@pytest.fixture
def successor(cast: Cast) -> User:
    """A reporter of the agency into which the co-reporter's is merged; both share task 4."""
    return _person("industry", "何工", Role.REPORTER, NEW)


def agency(name: str) -> Agency:
    return Agency.objects.get(name=name)


def merged(cast: Cast, old: str = OLD, new: str = NEW, **changes: object) -> AgencyChange:
    asked: dict[str, object] = {
        "agency": agency(old),
        "successor": agency(new),
        "effective_on": TODAY,
        "document": "津党办发〔2026〕12号",
        "reason": "机构改革",
        "by": cast.administrator,
        "now": LATER,
    }
    return agency_merge(**(asked | changes))  # type: ignore[arg-type]


def drafted(task: Task, period: ReportingPeriod, by: User, text: str) -> Contribution:
    return contribution_save(
        task=task,
        period=period,
        agency=agency_of(by),
        by=by,
        now=NOW,
        content=texts(task, agency_of(by), text, remarks=f"{text}的问题"),
        version=0,
    )


def fresh(person: User) -> User:
    """The person as the next request finds them."""
    return User.objects.select_related("agency").get(pk=person.pk)


def answering(number: int) -> list[tuple[str, str]]:
    return [(one.agency.name, one.role) for one in parts_of(task_numbered(number))]


def all_rows(period: ReportingPeriod, user: User) -> dict[tuple[int, int], str | None]:
    """The state of each contribution that can be expected, by task and agency: each once."""
    rows = contribution_rows(tasks=Task.objects.all(), period=period, user=user)
    each = [(row.task_id, row.agency.id, row.state) for of in rows.values() for row in of]
    found = {(task_id, agency_id): state for task_id, agency_id, state in each}
    assert len(found) == len(each)
    return found


# --- The whole of it -------------------------------------------------------------------------


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
    foretold = merger_of(agency=agency(OLD), successor=agency(NEW), today=TODAY)
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
        ReminderItem.objects.filter(reminder__state=ReminderState.SENT).values_list(
            "reminder__user", "reminder__address", "reminder__channel", "task"
        )
    )
    assert told
    assert len(told) == len(set(told))
    assert change.kind == AgencyChangeKind.MERGED
    assert change.moved["tasks"] == sorted([*foretold.led, *foretold.shared])
    assert change.moved["accounts"] == ["co-reporter"]
    assert agency(OLD).has_ended
    assert agency(OLD).successor == agency(NEW)


def whole_list(period: ReportingPeriod, user: User) -> Sequence[TaskRow]:
    return task_rows(tasks=Task.objects.all(), period=period, user=user, today=TODAY)


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
    preview = merger_of(agency=agency(second), successor=agency(first), today=TODAY)
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


# --- Contributions ---------------------------------------------------------------------------


def own(period: ReportingPeriod, name: str = NEW) -> Contribution:
    return Contribution.objects.get(task__number=4, period=period, agency__name=name)


def said(one: Contribution) -> str:
    return "\n".join([*one.measures.values_list("text", flat=True), one.remarks])


def test_two_drafts_are_joined_under_the_old_name_and_the_old_one_is_history(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    old = drafted(task, period, cast.co_reporter, "发改委的话")
    drafted(task, period, successor, "工信局的话")
    attached(task, period, cast.co_reporter, agency=agency(OLD))
    merged(cast)
    joined = own(period)
    assert "工信局的话\n市发展改革委：发改委的话" in said(joined)
    assert joined.remarks == "工信局的话的问题\n市发展改革委：发改委的话的问题"
    assert (joined.state, joined.updated_by) == (ReportState.DRAFT, successor)
    assert said(own(period, OLD)) == said(old)
    assert Evidence.objects.get().contribution == joined
    with pytest.raises(PermissionDenied):
        contribution_move(
            contribution=own(period, OLD), move=Move.SUBMIT, by=fresh(cast.co_reporter), now=LATER
        )


def test_two_that_were_handed_in_stay_handed_in_and_count_once(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    contributed(task, period, cast.co_reporter, "发改委的话")
    contributed(task, period, successor, "工信局的话")
    merged(cast)
    assert own(period).state == ReportState.SUBMITTED
    assert "发改委的话" in said(own(period))
    with pytest.raises(Conflict):
        contribution_take_over(
            contribution=own(period, OLD),
            by=cast.reporter,
            now=LATER,
            content=content_of(saved(task, period, cast.reporter)),
            version=1,
        )


def test_words_that_nobody_handed_in_do_not_reach_the_lead_by_a_merger(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    drafted(task, period, cast.co_reporter, "发改委的草稿")
    contributed(task, period, successor, "工信局的话")
    merged(cast)
    assert own(period).state == ReportState.DRAFT
    assert own(period) not in Contribution.objects.visible_to(fresh(cast.reporter))
    assert own(period) in Contribution.objects.visible_to(fresh(successor))


def test_what_went_with_a_report_is_not_taken_from_under_it(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    drafted(task, period, cast.co_reporter, "发改委的草稿")
    contributed(task, period, successor, "工信局的话")
    handed_in(task, period, cast.reporter)
    merged(cast)
    assert (own(period).state, own(period).version) == (ReportState.SUBMITTED, 2)
    assert "草稿" not in said(own(period))
    # It is lost to nobody who wrote it.
    assert own(period, OLD) in Contribution.objects.visible_to(fresh(cast.co_reporter))
    assert own(period, OLD) not in Contribution.objects.visible_to(fresh(cast.reporter))


def test_a_silent_draft_of_the_successor_takes_the_answer_as_it_stands(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    contributed(task, period, cast.co_reporter, "发改委的话")
    contribution_save(
        task=task,
        period=period,
        agency=agency_of(successor),
        by=successor,
        now=NOW,
        content=texts(task, agency_of(successor), ""),
        version=0,
    )
    merged(cast)
    assert (own(period).state, own(period).handed_in_on) == (ReportState.SUBMITTED, TODAY)
    assert "发改委的话" in said(own(period))
    assert "市发展改革委：" not in said(own(period))


def test_what_the_new_lead_had_contributed_itself_stays_to_be_read(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    contributed(task_numbered(4), period, cast.co_reporter, "发改委的话")
    preview = merger_of(agency=agency(OLD), successor=agency("市数据局"), today=TODAY)
    assert (4, "2026-10") in preview.staying
    merged(cast, OLD, "市数据局")
    saved(task_numbered(4), period, cast.reporter)
    address = f"/tasks/4/reports/2026-10/contributions/{agency(OLD).pk}/"
    with time_machine.travel(LATER, tick=False):
        for page in ("", "edit/"):
            shown = signed_in(fresh(cast.reporter)).get(f"/tasks/4/reports/2026-10/{page}")
            assert address in shown.content.decode()
    assert "发改委的话" in signed_in(fresh(cast.reporter)).get(address).content.decode()
    assert signed_in(cast.stranger).get(address).status_code == 404


def test_the_question_to_the_other_lead_lapses(cast: Cast, period: ReportingPeriod) -> None:
    task = Task.objects.get(division=Division.CO_LEAD)
    first, second = [one.agency.name for one in parts_of(task)][:2]
    writer = _person("first", "甲", Role.REPORTER, first)
    _person("second", "乙", Role.REPORTER, second)
    report = saved(task, period, writer)
    report_move(report=report, move=Move.ASK, by=writer, now=NOW)
    assert merger_of(
        agency=agency(second), successor=agency("市通信管理局"), today=TODAY
    ).asked == ((task.number, "2026-10"),)
    merged(cast, second, "市通信管理局")
    report.refresh_from_db()
    assert report.agreement_asked_at is None
    assert answering(task.number)[1] == ("市通信管理局", "lead")


# --- Reminders -------------------------------------------------------------------------------


def test_mail_to_an_address_goes_to_the_successors_once(
    cast: Cast, period: ReportingPeriod
) -> None:
    old, new = "市商务局", "市科技局"
    for name in (old, new):
        Agency.objects.filter(name=name).update(contact_email=f"{agency(name).pk}@example.org")
    reminders_run(now=dt.datetime.combine(TODAY, dt.time(7), SHANGHAI))
    waiting = Reminder.objects.filter(user=None, state=ReminderState.OWED)
    items = {
        item.task_id
        for row in waiting.filter(agency__name__in=[old, new])
        for item in row.items.all()
    }
    assert waiting.filter(agency__name=old).count() == 1
    merged(cast, old, new)
    rows = list(waiting.filter(agency__name__in=[old, new]))
    assert [row.agency.name for row in rows] == [new]
    assert {item.task_id for item in rows[0].items.all()} == items


def test_an_address_alone_is_handed_on(cast: Cast) -> None:
    Agency.objects.filter(name=OLD).update(contact_email="office@example.org")
    merged(cast)
    assert agency(NEW).contact_email == "office@example.org"


# --- What is closed --------------------------------------------------------------------------


def test_a_closed_period_keeps_its_agencies_and_their_figures(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    contributed(task_numbered(4), period, cast.co_reporter)
    period_close(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()

    def closed() -> tuple[object, ...]:
        rows = whole_list(period, cast.coordinator)
        return (
            [dataclasses.replace(row, report_state=None) for row in rows],
            agency_figures(rows),
            all_rows(period, cast.coordinator),
            period_missing(period=period),
        )

    before = closed()
    merged(cast)
    merged(cast, "市商务局", NEW)
    assert closed() == before


def test_a_closed_period_is_read_with_the_same_statements_after_many_mergers(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            whole_list(period, cast.coordinator)
        return len(queries)

    merged(cast)
    before = statements()
    for old in ("市商务局", "市科技局", "市通信管理局"):
        merged(cast, old, NEW)
    assert statements() == before


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
    seen = merger_of(agency=agency(OLD), successor=agency(NEW), today=TODAY)
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
            merger_of(agency=agency(OLD), successor=agency(NEW), today=TODAY)
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


# --- A task that is given to others ----------------------------------------------------------


def test_the_new_lead_goes_on_with_the_draft_and_who_has_gone_owes_nothing(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    report = saved(task, period, cast.reporter)
    one = contributed(task, period, cast.co_reporter, "发改委的话")
    task_agencies_change(
        task=task,
        division=Division.BY_DUTY,
        agencies=[
            (agency("市通信管理局"), ResponsibilityRole.LEAD),
            (agency("市数据局"), ResponsibilityRole.CO),
        ],
        reason="职责调整",
        document="",
        by=cast.coordinator,
        now=LATER,
    )
    saved(task, period, cast.stranger, "completed", now=LATER)
    report.refresh_from_db()
    assert report.updated_by == cast.stranger
    rows = contribution_rows(
        tasks=Task.objects.filter(pk=task.pk), period=period, user=cast.stranger
    )
    assert [row.agency.name for row in rows[task.pk]] == ["市数据局"]
    assert one in Contribution.objects.visible_to(cast.stranger)
    assert one in Contribution.objects.visible_to(fresh(cast.co_reporter))
    with pytest.raises(Conflict):
        contribution_move(
            contribution=one, move=Move.RETURN, by=cast.stranger, now=LATER, reason="请补充"
        )


def test_another_second_lead_is_asked_anew(cast: Cast, period: ReportingPeriod) -> None:
    task = Task.objects.get(division=Division.CO_LEAD)
    parts = parts_of(task)
    writer = _person("first", "甲", Role.REPORTER, parts[0].agency.name)
    report = saved(task, period, writer)
    report_move(report=report, move=Move.ASK, by=writer, now=NOW)
    agencies = [(one.agency, one.role) for one in parts]
    task_agencies_change(
        task=task,
        division=Division.CO_LEAD,
        agencies=[agencies[0], (agency("市通信管理局"), ResponsibilityRole.LEAD), *agencies[2:]],
        reason="职责调整",
        document="",
        by=cast.coordinator,
        now=LATER,
    )
    report.refresh_from_db()
    assert report.agreement_asked_at is None


def test_a_closed_period_keeps_who_answered_for_the_task(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    period_open(code="2026-11", by=cast.coordinator, now=NOW)
    task = task_numbered(4)
    task_agencies_change(
        task=task,
        division=Division.LEAD_COMPILES,
        agencies=[(agency("市通信管理局"), ResponsibilityRole.LEAD)],
        reason="职责调整",
        document="",
        by=cast.coordinator,
        now=LATER,
    )
    for code, name in (("2026-10", "市数据局"), ("2026-11", "市通信管理局")):
        of = ReportingPeriod.objects.get(code=code)
        [row] = task_rows(
            tasks=Task.objects.filter(pk=task.pk), period=of, user=cast.coordinator, today=TODAY
        )
        assert [lead.name for lead in row.leads] == [name]
