"""Random people make random moves, legal and not, and after each state, history, status and rights
have to agree with the rules as DESIGN section 4 and 5 say them.

What is expected is worked out here from a table of its own, not from `progress.states`.
"""

import datetime as dt
import os
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from agencies.models import Role, User
from conftest import NOW, Cast, _person
from progress.models import (
    Contribution,
    ContributionEvent,
    MeasureProgress,
    Report,
    ReportEvent,
    ReportingPeriod,
)
from progress.statements import WrittenOnce
from progress.states import Move, ReportState
from progress.tests.acts import content, task_numbered
from progress.workflow import (
    NOT_BEGUN,
    Conflict,
    ContributionContent,
    MeasureText,
    ReportContent,
    contribution_move,
    contribution_save,
    moves_open_to,
    period_close,
    period_open,
    report_move,
    report_save,
)
from tasks.models import Measure, Status, Task

pytestmark = pytest.mark.wide

LONG = bool(os.environ.get("LONG"))
EXAMPLES, STEPS = (250, 80) if LONG else (20, 60)

FORBIDDEN, CONFLICT, INVALID = "forbidden", "conflict", "invalid"
D, R, A, S, P = (
    ReportState.DRAFT,
    ReportState.RETURNED,
    ReportState.AGENCY_REVIEW,
    ReportState.SUBMITTED,
    ReportState.APPROVED,
)
COMPILER, COMPILERS_APPROVER, SECOND, OFFICE = "compiler", "compiler's approver", "second", "office"
# Move: who may ever make it, and from which state it leads where ("?" depends on the agency's own
# review, "=" stays); a return is two moves, the approver's and the coordinator's.
RULES: dict[Move, dict[str, dict[ReportState, str]]] = {
    Move.SUBMIT: {COMPILER: {D: "?", R: "?"}},
    Move.ASK: {COMPILER: {D: "=", R: "="}},
    Move.AGREE: {SECOND: {D: "=", R: "="}},
    Move.OBJECT: {SECOND: {D: "=", R: "="}},
    Move.ENDORSE: {COMPILERS_APPROVER: {A: S}},
    Move.WITHDRAW: {COMPILER: {A: D, S: D}},
    Move.TAKE_UP: {OFFICE: {S: "="}},
    Move.APPROVE: {OFFICE: {S: P}},
    Move.RETURN: {COMPILERS_APPROVER: {A: R}, OFFICE: {S: R}},
    Move.REOPEN: {OFFICE: {P: R}},
    Move.TAKE_OVER: {},
}
USUAL = {"submit", "ask", "agree", "endorse", "approve", "return", "withdraw"}
NEED_REASON = (Move.RETURN, Move.REOPEN, Move.OBJECT)


# Who compiles, who leads too, and who owes a contribution, of three tasks of the list.
@dataclass(frozen=True)
class Shared:
    """Who compiles a task's report, who leads it too, and who owes it a contribution."""

    lead: str
    second: str | None = None
    owing: str | None = None


# A task of each division of labour.
TASKS = {
    4: Shared("市数据局"),
    11: Shared("市商务局", owing="市数据局"),
    22: Shared("市卫生健康委", second="市药监局"),
}

# What is looked at after each step. Writing these statements anew took two thirds of the time.
REPORTS = WrittenOnce(lambda: Report.objects.select_related("task"))
MOVES = WrittenOnce(
    lambda: ReportEvent.objects.order_by("pk").values_list(
        "report_id", "move", "from_state", "to_state"
    )
)
HISTORY = WrittenOnce(ReportEvent.objects.values)
HISTORY_OF_CONTRIBUTIONS = WrittenOnce(ContributionEvent.objects.values)
TOLD_OF = WrittenOnce(lambda: MeasureProgress.objects.values_list("report_id", flat=True))
STATUSES = WrittenOnce(
    lambda: (
        Measure.objects.filter(task__number__in=TASKS)
        .order_by("ordinal")
        .values_list("task_id", "status")
    )
)
STORED_TASKS = WrittenOnce(lambda: Task.objects.filter(number__in=TASKS))
VISIBLE = WrittenOnce(lambda user: Report.objects.visible_to(user).values_list("pk", flat=True))


@dataclass
class Expected:
    """What this walk has done to one report, kept apart from the product."""

    state: ReportState | None = None
    writer: User | None = None
    taken_up: bool = False
    asked: bool = False
    answer: bool | None = None
    handed_in: bool = False
    given_back: bool = False
    statuses: tuple[str, ...] = ()
    silent: bool = False
    moves: list[tuple[Move, ReportState, ReportState]] = field(default_factory=list)

    @property
    def is_incomplete(self) -> bool:
        """Whether a measure has begun of which nothing is said."""
        return self.silent and set(self.statuses) != {Status.NOT_STARTED}


@pytest.mark.django_db
def test_random_moves_by_random_people_keep_state_history_status_and_rights_in_agreement(  # noqa: C901 - it holds the machine, which needs its people
    cast: Cast,
) -> None:
    people = [
        *cast.everyone().values(),
        _person("commerce", "商报", Role.REPORTER, "市商务局"),
        _person("commerce-approver", "商审", Role.APPROVER, "市商务局"),
        _person("health", "卫报", Role.REPORTER, "市卫生健康委"),
        _person("drugs", "药报", Role.REPORTER, "市药监局"),
    ]
    tasks = {number: task_numbered(number) for number in TASKS}
    # The list stays as it is.
    measures_of = {number: task.measures.count() for number, task in tasks.items()}
    sharing = {
        number: set(task.responsibilities.values_list("agency_id", flat=True))
        for number, task in tasks.items()
    }
    # What all walks together have come to, so that a walk that gets nowhere does not pass for one.
    came_to: Counter[str] = Counter()

    class Walk(RuleBasedStateMachine):
        """One walk through the reporting of two periods; the database forgets it afterwards."""

        def __init__(self) -> None:
            super().__init__()
            self.undo = transaction.atomic()
            self.undo.__enter__()
            self.now = NOW
            self.turn = 0
            for person in people:
                person.refresh_from_db()
            self.periods = [period_open(code="2026-10", by=cast.coordinator, now=NOW)]
            self.expected: dict[tuple[int, int], Expected] = {}
            self.contributed: dict[tuple[int, int], ReportState] = {}
            self.history: dict[int, object] = {}

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

        # --- What people do ------------------------------------------------------------------

        @rule(
            who=st.sampled_from(people),
            number=st.sampled_from(sorted(TASKS)),
            late=st.booleans(),
            statuses=st.sampled_from([*Status.values, "mixed"]),
            stale=st.integers(0, 9),
            silent=st.booleans(),
        )
        def save(
            self, who: User, number: int, late: bool, statuses: str, stale: int, silent: bool
        ) -> None:
            period = self._period(late)
            one = self._one(number, period)
            task = tasks[number]
            count = task.measures.count()
            each = (
                tuple(Status.values[place % 4] for place in range(count))
                if statuses == "mixed"
                else (statuses,) * count
            )
            version = self._version(number, period)
            outcome = self._outcome(
                lambda: report_save(
                    task=task,
                    period=period,
                    by=who,
                    now=self._later(),
                    content=_silent(content(task, each)) if silent else content(task, each),
                    version=version + (stale == 0),
                )
            )
            if COMPILER not in self._parts(who, number):
                assert outcome == FORBIDDEN
            elif not period.is_open or one.state not in (None, D, R) or stale == 0:
                assert outcome == CONFLICT
            else:
                assert outcome == "done"
                if one.asked and (each, silent) != (one.statuses, one.silent):
                    one.asked, one.answer = False, None
                if one.state is None or (each, silent) != (one.statuses, one.silent):
                    one.writer = who
                one.state = one.state or D
                one.statuses, one.silent = each, silent

        @rule(
            who=st.sampled_from(people),
            number=st.sampled_from(sorted(TASKS)),
            late=st.booleans(),
            move=st.sampled_from(list(Move)),
            reason=st.sampled_from(["", " ", "情况如此"]),
        )
        def make_move(self, who: User, number: int, late: bool, move: Move, reason: str) -> None:
            self._move(who, number, late, move, reason)

        @rule(
            number=st.sampled_from(sorted(TASKS)),
            late=st.booleans(),
            place=st.integers(0, 20),
            reason=st.sampled_from(["情况如此", ""]),
        )
        def likely_move(self, number: int, late: bool, place: int, reason: str) -> None:
            """A move that somebody is offered, so that the walk gets somewhere."""
            period = self._period(late)
            report = Report.objects.filter(task=tasks[number], period=period).first()
            if report is None:
                return
            offers = [
                (person, transition.move)
                for person in people
                for transition in moves_open_to(report=report, user=person)
            ]
            if offers:
                who, move = offers[place % len(offers)]
                self._move(who, number, late, move, reason)

        @rule(
            number=st.sampled_from(sorted(TASKS)),
            late=st.booleans(),
            statuses=st.sampled_from([*Status.values, "mixed"]),
            place=st.integers(0, 3),
            silent=st.integers(0, 5),
        )
        def write(self, number: int, late: bool, statuses: str, place: int, silent: int) -> None:
            """One of those who may write saves, so that there is something to move."""
            writers = [person for person in people if COMPILER in self._parts(person, number)]
            self.save(writers[place % len(writers)], number, late, statuses, 9, silent == 0)

        @rule(number=st.sampled_from(sorted(TASKS)), late=st.booleans(), place=st.integers(0, 3))
        def hand_in(self, number: int, late: bool, place: int) -> None:
            """Ask who has to be asked, be answered, and submit; with a reason whatever is open."""
            writers = [person for person in people if COMPILER in self._parts(person, number)]
            who = writers[place % len(writers)]
            if TASKS[number].second is not None:
                other = next(p for p in people if SECOND in self._parts(p, number))
                self._move(who, number, late, Move.ASK, "")
                answer = Move.AGREE if place else Move.OBJECT
                self._move(other, number, late, answer, "口径不一致")
            self._move(who, number, late, Move.SUBMIT, "情况如此")

        @rule(
            number=st.sampled_from(sorted(TASKS)),
            late=st.booleans(),
            move=st.sampled_from([Move.TAKE_UP, Move.APPROVE, Move.RETURN, Move.REOPEN]),
        )
        def decide(self, number: int, late: bool, move: Move) -> None:
            """The coordinator's answer to whatever lies there."""
            office = next(person for person in people if person.role == Role.COORDINATOR)
            self._move(office, number, late, move, "请按要求补充")

        @rule(
            number=st.sampled_from(sorted(TASKS)),
            late=st.booleans(),
            move=st.sampled_from([Move.ENDORSE, Move.ENDORSE, Move.RETURN]),
            place=st.integers(0, 3),
        )
        def check(self, number: int, late: bool, move: Move, place: int) -> None:
            """The word of an approver of the lead, where it has one."""
            approvers = self._approvers(number, cast.leader)
            if approvers:
                self._move(approvers[place % len(approvers)], number, late, move, "请核对数字")

        @rule(
            number=st.sampled_from(sorted(TASKS)),
            late=st.booleans(),
            statuses=st.sampled_from(Status.values),
            depth=st.integers(1, 4),
        )
        def go_some_way(self, number: int, late: bool, statuses: str, depth: int) -> None:
            """What usually happens, so that walks see the far states too."""
            self.write(number, late, statuses, 0, 1)
            if depth > 1:
                self.hand_in(number, late, 2)
            if depth > 2:
                self.check(number, late, Move.ENDORSE, 0)
            if depth > 3:
                self.decide(number, late, Move.APPROVE)

        @rule(number=st.sampled_from(sorted(TASKS)), late=st.booleans(), place=st.integers(0, 3))
        def submit(self, number: int, late: bool, place: int) -> None:
            """Submit what lies there, whoever else has a say in it."""
            writers = [person for person in people if COMPILER in self._parts(person, number)]
            self._move(writers[place % len(writers)], number, late, Move.SUBMIT, "情况如此")

        @rule(
            number=st.sampled_from(sorted(TASKS)),
            late=st.booleans(),
            move=st.sampled_from([Move.WITHDRAW, Move.RETURN]),
        )
        def go_there_and_back(self, number: int, late: bool, move: Move) -> None:
            """What was handed in a moment ago is taken back, or given back."""
            self.go_some_way(number, late, Status.IN_PROGRESS, 2)
            if move == Move.RETURN:
                self.decide(number, late, move)
                self.check(number, late, move, 0)
            else:
                writer = next(p for p in people if COMPILER in self._parts(p, number))
                self._move(writer, number, late, move, "")

        def _move(self, who: User, number: int, late: bool, move: Move, reason: str) -> None:
            period = self._period(late)
            one = self._one(number, period)
            report = Report.objects.filter(task=tasks[number], period=period).first()
            assert (report is None) == (one.state is None)
            if report is None or one.state is None:
                return
            expected = self._expected(who, number, period, one, move, reason.strip())
            outcome = self._outcome(
                lambda: report_move(
                    report=report, move=move, by=who, now=self._later(), reason=reason
                )
            )
            if not isinstance(expected, ReportState):
                assert outcome == expected, (who.username, move, one)
                came_to[expected] += 1
                return
            assert outcome == "done", (who.username, move, one)
            came_to[move.value] += 1
            one.moves.append((move, one.state, expected))
            self._follow(one, move, expected)

        def _follow(self, one: Expected, move: Move, target: ReportState) -> None:
            if (move == Move.RETURN and one.state == S) or move == Move.REOPEN:
                one.given_back = True
            one.state = target
            one.taken_up = move == Move.TAKE_UP
            if target in (S, P):
                one.handed_in = True
            if move == Move.WITHDRAW and not one.given_back:
                one.handed_in = False
            if move == Move.ASK:
                one.asked = True
                one.answer = None if one.answer is False else one.answer
            if move in (Move.AGREE, Move.OBJECT):
                one.answer = move == Move.AGREE

        @rule(
            who=st.sampled_from(people),
            move=st.sampled_from([None, None, Move.SUBMIT, Move.WITHDRAW, Move.RETURN]),
            late=st.booleans(),
        )
        def contribute(self, who: User, move: Move | None, late: bool) -> None:
            """What 市数据局 owes task 11."""
            period = self._period(late)
            task, agency = tasks[11], cast.reporter.agency
            assert agency is not None
            key = (11, period.pk)
            state = self.contributed.get(key)
            mine = who.is_active and who.agency_id == agency.pk
            stored = Contribution.objects.filter(task=task, period=period, agency=agency).first()
            if move is None:
                measures = Measure.objects.concerning(task.pk, agency.pk)
                texts = tuple(MeasureText(m.pk, m.ordinal, "已办") for m in measures)
                outcome = self._outcome(
                    lambda: contribution_save(
                        task=task,
                        period=period,
                        agency=agency,
                        by=who,
                        now=self._later(),
                        content=ContributionContent(texts),
                        version=stored.version if stored else NOT_BEGUN,
                    )
                )
                if not mine:
                    assert outcome == FORBIDDEN
                elif not period.is_open or state not in (None, D, R):
                    assert outcome == CONFLICT
                else:
                    assert outcome == "done"
                    self.contributed[key] = state or D
                return
            if stored is None:
                return
            outcome = self._outcome(
                lambda: contribution_move(
                    contribution=stored, move=move, by=who, now=self._later(), reason="请补充"
                )
            )
            stored.refresh_from_db()
            is_lead = COMPILER in self._parts(who, 11)
            may_ever = is_lead if move == Move.RETURN else mine
            if move == Move.RETURN and mine and who.role == Role.APPROVER:
                may_ever = True
            if not may_ever:
                assert outcome == FORBIDDEN
            elif outcome == "done":
                assert period.is_open
                assert (state, ReportState(stored.state)) in {
                    (D, S),
                    (R, S),
                    (D, A),
                    (R, A),
                    (A, D),
                    (S, D),
                    (A, R),
                    (S, R),
                }
                self.contributed[key] = ReportState(stored.state)
            else:
                assert outcome == CONFLICT
            assert stored.state == self.contributed[key]

        @rule(which=st.sampled_from(["approver", "second_approver"]), active=st.booleans())
        def approver_comes_or_goes(self, which: str, active: bool) -> None:
            person = next(p for p in people if p.pk == getattr(cast, which).pk)
            person.is_active = active
            person.save(update_fields=["is_active"])

        @rule(who=st.sampled_from(people), chance=st.integers(0, 4))
        def close_and_open_the_next(self, who: User, chance: int) -> None:
            if chance:
                return
            newest = self.periods[-1]
            outcome = self._outcome(lambda: period_close(period=newest, by=who, now=self._later()))
            allowed = who.role == Role.COORDINATOR
            assert outcome == (("done" if newest.is_open else CONFLICT) if allowed else FORBIDDEN)
            newest.refresh_from_db()
            if len(self.periods) == 1:
                self.periods.append(
                    period_open(code="2026-11", by=cast.coordinator, now=self._later())
                )

        # --- What has to hold ----------------------------------------------------------------

        @invariant()
        def state_and_history_agree(self) -> None:
            events = defaultdict(list)
            for report_id, *move in MOVES.of():
                events[report_id].append(tuple(move))
            for report in REPORTS.of():
                one = self.expected[report.task.number, report.period_id]
                assert report.state == one.state
                assert (report.handed_in_on is not None) == one.handed_in
                assert (report.approved_at is not None) == (one.state == P)
                assert (report.taken_up_by_id is not None) == one.taken_up
                assert events[report.pk] == one.moves
                came_from = D
                for _move, before, after in one.moves:
                    assert before == came_from
                    came_from = after
                assert came_from in (report.state, D)

        @invariant()
        def history_is_only_added_to(self) -> None:
            rows: dict[int, object] = {}
            for event in HISTORY.of():
                rows[event["id"]] = event
            for moved in HISTORY_OF_CONTRIBUTIONS.of():
                rows[-moved["id"]] = moved
            for key, row in self.history.items():
                assert rows[key] == row
            self.history = rows

        @invariant()
        def status_is_what_was_last_approved(self) -> None:
            ends = {period.pk: period.ends_on for period in self.periods}
            said = defaultdict(list)
            for pk, status in STATUSES.of():
                said[pk].append(status)
            stored_tasks = {task.number: task for task in STORED_TASKS.of()}
            assert stored_tasks.keys() == TASKS.keys()
            for number, stored in stored_tasks.items():
                approved = [
                    (ends[period_id], one.statuses)
                    for (of, period_id), one in self.expected.items()
                    if of == number and one.state == P
                ]
                measures = said[stored.pk]
                last = max(approved)[1] if approved else (Status.NOT_STARTED,) * len(measures)
                assert measures == list(last)
                assert stored.status == _status_of(last)
                assert (stored.completed_on is not None) == (stored.status == Status.COMPLETED)

        @invariant()
        def what_is_read_agrees_with_the_rights(self) -> None:
            stored = {(r.task.number, r.state): r for r in REPORTS.of()}
            # A few of them after each step, everybody in turn: it costs more than writing.
            self.turn += 1
            for person in people[self.turn % 5 :: 5]:
                visible = set(VISIBLE.for_reader(person))
                for (number, state), report in stored.items():
                    parts = self._parts(person, number)
                    reads = person.is_active and (
                        bool(parts - {OFFICE})
                        or OFFICE in parts
                        or (person.role == Role.LEADER and state == P)
                        or self._shares(person, number)
                    )
                    if len([1 for n, _s in stored if n == number]) == 1:
                        assert (report.pk in visible) == reads, (person.username, number, state)

        @invariant()
        def every_measure_is_told_of_once(self) -> None:
            told = Counter(TOLD_OF.of())
            for report in REPORTS.of():
                assert told[report.pk] == measures_of[report.task.number]

        # --- The rules, said again -----------------------------------------------------------

        def _expected(
            self,
            who: User,
            number: int,
            period: ReportingPeriod,
            one: Expected,
            move: Move,
            reason: str,
        ) -> ReportState | str:
            """The state the report should get into, or why it should not."""
            rows = [RULES[move][part] for part in self._parts(who, number) if part in RULES[move]]
            if not rows:
                return FORBIDDEN
            if not period.is_open:
                return CONFLICT
            assert one.state is not None
            target = next((row[one.state] for row in rows if one.state in row), None)
            if target is None:
                return CONFLICT
            refusal = self._refusal(who, number, period, one, move, reason)
            if refusal:
                return refusal
            if target == "?":
                return self._first_stop(who, one, number)
            return one.state if target == "=" else ReportState(target)

        def _refusal(
            self,
            who: User,
            number: int,
            period: ReportingPeriod,
            one: Expected,
            move: Move,
            reason: str,
        ) -> str:
            """Why a move that the table allows is not made, "" where nothing is in its way."""
            about_agreement = move in (Move.ASK, Move.AGREE, Move.OBJECT)
            two_leads = TASKS[number].second is not None
            refusals = {
                CONFLICT: (about_agreement and not two_leads)
                or (move in (Move.AGREE, Move.OBJECT) and not one.asked)
                or (move in (Move.WITHDRAW, Move.TAKE_UP) and one.taken_up),
                FORBIDDEN: move == Move.ENDORSE and self._own_words(who, one, number),
            }
            for refusal, holds in refusals.items():
                if holds:
                    return refusal
            if move in (Move.SUBMIT, Move.ASK) and one.is_incomplete:
                return INVALID
            if move == Move.SUBMIT and two_leads and one.answer is None:
                return CONFLICT
            lacking = move == Move.SUBMIT and self._lacks_something(number, period, one)
            return INVALID if (move in NEED_REASON or lacking) and not reason else ""

        def _lacks_something(self, number: int, period: ReportingPeriod, one: Expected) -> bool:
            owing = TASKS[number].owing is not None
            return (owing and self.contributed.get((number, period.pk)) != S) or (
                TASKS[number].second is not None and one.answer is False
            )

        def _approvers(self, number: int, but: User) -> list[User]:
            lead = TASKS[number].lead
            return [
                person
                for person in people
                if person.is_active
                and person.role == Role.APPROVER
                and person.agency is not None
                and person.agency.name == lead
                and person.pk != but.pk
            ]

        def _own_words(self, who: User, one: Expected, number: int) -> bool:
            assert one.writer is not None
            return one.writer.pk == who.pk and bool(self._approvers(number, who))

        def _first_stop(self, who: User, one: Expected, number: int) -> ReportState:
            assert one.writer is not None
            if who.role == Role.APPROVER and one.writer.pk != who.pk:
                return S
            return A if self._approvers(number, who) else S

        def _parts(self, who: User, number: int) -> set[str]:
            if not who.is_active:
                return set()
            if who.role == Role.COORDINATOR:
                return {OFFICE}
            parts = set()
            if who.agency is not None and who.agency.name == TASKS[number].lead:
                parts.add(COMPILER)
                if who.role == Role.APPROVER:
                    parts.add(COMPILERS_APPROVER)
            if who.agency is not None and who.agency.name == TASKS[number].second:
                parts.add(SECOND)
            return parts

        def _shares(self, who: User, number: int) -> bool:
            return who.agency_id in sharing[number]

        # --- Going about it ------------------------------------------------------------------

        def _later(self) -> dt.datetime:
            self.now += dt.timedelta(minutes=7)
            return self.now

        def _period(self, late: bool) -> ReportingPeriod:
            return self.periods[-1 if late else 0]

        def _one(self, number: int, period: ReportingPeriod) -> Expected:
            return self.expected.setdefault((number, period.pk), Expected())

        def _version(self, number: int, period: ReportingPeriod) -> int:
            stored = Report.objects.filter(task=tasks[number], period=period).first()
            return stored.version if stored else NOT_BEGUN

        def _outcome(self, act: Callable[[], object]) -> str:
            try:
                with transaction.atomic():
                    act()
            except PermissionDenied:
                return FORBIDDEN
            except Conflict:
                return CONFLICT
            except ValidationError:
                return INVALID
            return "done"

    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # Shrinking a walk takes minutes; the long run is the place for it.
            phases=list(Phase) if LONG else [Phase.generate],
            derandomize=not LONG,
        ),
    )

    every = {move.value for move, whose in RULES.items() if whose}
    assert (every if LONG else USUAL) <= set(came_to)
    assert min(came_to[refusal] for refusal in (FORBIDDEN, CONFLICT, INVALID)) > 5


def _silent(written: ReportContent) -> ReportContent:
    return replace(written, measures=tuple(replace(one, text="") for one in written.measures))


def _status_of(statuses: tuple[str, ...]) -> Status:
    """DESIGN section 4, Status, word by word."""
    if all(one == Status.COMPLETED for one in statuses):
        return Status.COMPLETED
    done = all(one in (Status.COMPLETED, Status.ONGOING) for one in statuses)
    if done and Status.ONGOING in statuses:
        return Status.ONGOING
    if any(one != Status.NOT_STARTED for one in statuses):
        return Status.IN_PROGRESS
    return Status.NOT_STARTED
