"""What the demonstration shows on one day: a story with every state and light in it."""

from collections import Counter

import pytest
from django.contrib.auth.password_validation import validate_password
from django.test import Client

from agencies.models import Role, User
from agencies.tests.signing import sign_in
from progress.demonstration import PASSWORD, sign_ins
from progress.demonstration.evidence import page_of
from progress.demonstration.wording import clauses_of, texts
from progress.lights import Light
from progress.models import (
    Completion,
    CompletionState,
    Contribution,
    Evidence,
    Extension,
    FileKind,
    MeasureProgress,
    Reminder,
    Report,
    ReportEvent,
    ReportingPeriod,
)
from progress.rollups import (
    Register,
    TaskRow,
    figures_added_up,
    figures_of,
    kept_figures,
    register_counts,
    task_rows,
    waiting_states,
)
from progress.states import TRANSITIONS, Move, ReportState
from progress.tests.laid_out import TODAY
from tasks.models import Measure, Status, Task

pytestmark = pytest.mark.wide

MONTHS = ["2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11"]


def rows_of(code: str) -> list[TaskRow]:
    return task_rows(
        tasks=Task.objects.all(),
        period=ReportingPeriod.objects.get(code=code),
        user=User.objects.get(username="coordinator"),
        today=TODAY,
    )


# --- what it shows ---------------------------------------------------------------------------


def test_older_periods_are_closed_and_the_newest_is_open_and_owed(demonstration: None) -> None:
    periods = list(ReportingPeriod.objects.order_by("code"))
    assert [period.code for period in periods] == MONTHS
    assert [period.is_open for period in periods] == [False] * 5 + [True]
    assert figures_of(rows_of("2026-11")).missing > 20


def test_every_closed_period_is_read_as_it_was_kept(demonstration: None) -> None:
    closed = list(ReportingPeriod.objects.exclude(closed_at=None))
    kept = kept_figures(periods=closed)
    assert len(kept) == len(closed)
    for period in closed:
        assert kept[period.pk] == figures_added_up(period=period, today=TODAY), period


def test_every_state_of_a_report_is_there_and_some_are_not_begun(demonstration: None) -> None:
    states = Counter(row.report_state for row in rows_of("2026-11"))
    assert set(states) == {None, *ReportState}
    assert min(states.values()) >= 3


def test_every_light_is_there(demonstration: None) -> None:
    lights = figures_of(rows_of("2026-11")).lights
    assert min(lights.values()) >= 2
    assert lights[Light.RED] < lights[Light.GREEN]


def test_most_agencies_report_in_time_and_more_so_as_months_go_by(demonstration: None) -> None:
    rates = [figures_of(rows_of(code)).on_time_rate.percent or 0 for code in MONTHS[:-1]]
    assert all(70 <= rate <= 90 for rate in rates)
    assert sum(rates[-2:]) > sum(rates[:2])


def test_no_status_ever_goes_back(demonstration: None) -> None:
    rank = {
        Status.NOT_STARTED: 0,
        Status.IN_PROGRESS: 1,
        Status.ONGOING: 2,
        Status.COMPLETED: 2,
    }
    told: dict[int, list[str]] = {}
    rows = MeasureProgress.objects.order_by("report__period__code")
    for measure, status in rows.values_list("measure_id", "status"):
        told.setdefault(measure, []).append(status)
    for statuses in told.values():
        ranks = [rank[Status(status)] for status in statuses]
        assert ranks == sorted(ranks)
        assert len(set(statuses) & {Status.COMPLETED, Status.ONGOING}) <= 1


def test_24_agencies_report_and_the_others_do_not(demonstration: None) -> None:
    reporting = User.objects.filter(role=Role.REPORTER).values_list("agency", flat=True)
    assert len(set(reporting)) == 24
    for code in MONTHS:
        for row in rows_of(code):
            if row.leads[0].id not in reporting:
                assert row.report_state is None


def test_returns_corrections_and_a_reopening_are_part_of_the_history(demonstration: None) -> None:
    events = ReportEvent.objects.filter(report__period__closed_at__isnull=False)
    returns = events.filter(move=Move.RETURN)
    assert returns.count() > 20
    assert not returns.filter(reason="").exists()
    assert events.filter(move=Move.REOPEN).count() == 1
    assert {t.move for t in TRANSITIONS} - {Move.WITHDRAW, Move.OBJECT} == set(
        events.values_list("move", flat=True)
    )


def test_agencies_contribute_where_duties_are_divided_and_a_report_without_them_says_why(
    demonstration: None,
) -> None:
    contributions = Contribution.objects.filter(period__code="2026-10")
    assert contributions.filter(state=ReportState.SUBMITTED, nothing_to_add=True).exists()
    assert contributions.filter(state=ReportState.SUBMITTED, nothing_to_add=False).count() > 40
    went = ReportEvent.objects.filter(report__period__code="2026-10", move=Move.SUBMIT)
    without = [event for event in went if "without" in event.content]
    assert without
    assert all(event.reason for event in without)


def test_the_coordinators_queue_and_the_approvers_are_not_empty(demonstration: None) -> None:
    for username in ("coordinator", "approver"):
        person = User.objects.get(username=username)
        assert Report.objects.waiting_for_review(person).count() >= 3


def test_every_register_in_which_somebody_decides_has_something_undecided(
    demonstration: None,
) -> None:
    coordinator = User.objects.get(username="coordinator")
    decided = [one for one in register_counts(user=coordinator) if waiting_states(one.register)]
    # Nobody decides on a result.
    assert {one.register for one in decided} == set(Register) - {Register.RESULTS}
    for count in decided:
        assert 0 < count.waiting < count.all, count.register


def test_a_report_that_waits_for_a_coordinator_asks_for_a_completion(demonstration: None) -> None:
    [asked] = Completion.objects.filter(state=CompletionState.REQUESTED)[:1]
    assert asked.report.period.code == "2026-11"
    assert asked.report.state == ReportState.SUBMITTED
    said = asked.report.measures.get(measure=asked.measure)
    assert (said.status, asked.measure.status) == (Status.COMPLETED, Status.IN_PROGRESS)


def test_one_extension_is_granted_one_waits_and_one_is_refused_with_a_reason(
    demonstration: None,
) -> None:
    states = Extension.objects.order_by("task__number").values_list("state", flat=True)
    assert list(states) == ["granted", "requested", "refused"]
    refused = Extension.objects.get(state="refused")
    assert refused.decision_reason
    assert refused.task.deadline == refused.deadline


def test_the_reporters_task_4_waits_to_be_begun_and_goes_straight_to_the_coordinators(
    demonstration: None,
) -> None:
    reporter = User.objects.get(username="reporter")
    assert reporter.agency is not None
    assert reporter.agency.name == "市数据局"
    assert not reporter.agency.users.filter(role=Role.APPROVER).exists()
    assert not Report.objects.filter(task__number=4, period__code="2026-11").exists()
    last = Report.objects.get(task__number=4, period__code="2026-10")
    assert last.state == ReportState.APPROVED
    own = Report.objects.filter(period__code="2026-11").writable_by(reporter)
    assert own.filter(state=ReportState.RETURNED).exists()


def test_reports_come_with_evidence_that_says_that_it_is_made_up(demonstration: None) -> None:
    evidence = Evidence.objects.select_related("report__task", "measure", "file")
    assert evidence.count() > 20
    assert evidence.filter(report__task__in=Task.objects.filter(status=Status.COMPLETED)).exists()
    for one in evidence:
        assert one.name.endswith("（示例）.pdf")
        assert one.file.kind == FileKind.PDF
        assert one.report is not None
        assert one.measure is None or one.measure.task_id == one.report.task_id
    assert page_of(["示例"]) == page_of(["示例"])


def test_no_reminder_is_laid_out(demonstration: None) -> None:
    assert not Reminder.objects.exists()


# --- people and texts ------------------------------------------------------------------------


def test_one_account_of_each_role_signs_in_with_what_the_banner_says(demonstration: None) -> None:
    accounts = sign_ins()
    assert len(accounts) == len(Role)
    for (_label, username, password), role in zip(accounts, Role, strict=True):
        client = Client()
        assert sign_in(client, username, password) == 302
        # Nothing else is asked of them first.
        assert client.get("/account/tokens/").status_code == 200
        assert User.objects.get(username=username).role == role


def test_nobody_is_a_real_person(demonstration: None) -> None:
    for user in User.objects.all():
        assert user.name.startswith("示例·")
        assert user.email == f"{user.username}@example.org"


def test_the_password_would_be_accepted_from_a_person(db: None) -> None:
    validate_password(PASSWORD, User(username="reporter", name="示例"))


def test_texts_speak_of_their_measure_and_are_not_the_same_everywhere(
    demonstration: None,
) -> None:
    said = MeasureProgress.objects.exclude(text="").select_related("measure__task")
    # A completed measure keeps its last words from month to month.
    repeated = Counter(row.text for row in said.filter(report__period__code="2026-10"))
    assert len(repeated) > 0.97 * sum(repeated.values())
    for row in said.filter(report__period__code="2026-10"):
        clauses = clauses_of(row.measure.text, row.measure.task.title)
        assert any(clause in row.text for clause in clauses), row.text
        assert any(digit in row.text for digit in "0123456789") or "按季会商" in row.text, row.text
        assert "{" not in row.text


def test_no_measure_of_the_list_leaves_a_sentence_without_a_subject(demonstration: None) -> None:
    for measure in Measure.objects.select_related("task"):
        clauses = clauses_of(measure.text, measure.task.title)
        assert clauses
        for clause in clauses:
            assert 6 <= len(clause) <= 34
            assert not set(clause) & set("“”，。；")


def test_every_kind_of_action_can_speak_for_an_agency_that_works_alone() -> None:
    for kind in texts().kinds:
        for sentences in (kind.start, kind.going, kind.done):
            assert any("{partner}" not in sentence for sentence in sentences), kind.name
