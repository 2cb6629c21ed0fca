"""seed_demo: only where DEBUG is on, all or nothing, and the same for the same day."""

import datetime as dt
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from agencies.models import Role, User
from conftest import NOW, SHANGHAI
from progress.demonstration import (
    DemonstrationRefusedError,
    demonstration_seed,
    seeding,
)
from progress.demonstration.moments import MONTHS, months_until
from progress.lights import Light
from progress.models import (
    Completion,
    CompletionState,
    Evidence,
    Extension,
    MatterEvent,
    MeasureProgress,
    PeriodKind,
    Policy,
    ReminderPause,
    Report,
    ReportEvent,
    ReportingPeriod,
    Result,
)
from progress.rollups import task_rows
from progress.states import ReportState
from progress.tests.laid_out import TODAY, debug_in_seeding, demonstration_copy
from tasks.importing import import_list
from tasks.models import Task

REQUESTED = CompletionState.REQUESTED


@pytest.fixture(autouse=True)
def debug() -> Iterator[None]:
    with debug_in_seeding():
        yield


def facts() -> list[Any]:
    """Everything that was laid out, without the keys of rows, which a database may choose."""
    return [
        list(User.objects.order_by("username").values_list("username", "name", "agency__name")),
        list(ReportingPeriod.objects.values_list("code", "opened_at", "closed_at", "due_on")),
        list(Task.objects.values_list("number", "deadline", "status", "completed_on")),
        list(
            Report.objects.order_by("period__code", "task__number").values_list(
                "period__code", "task__number", "state", "handed_in_on", "problems", "version"
            )
        ),
        list(
            MeasureProgress.objects.order_by(
                "report__period__code", "report__task__number", "measure__ordinal"
            ).values_list("status", "text")
        ),
        list(
            ReportEvent.objects.order_by("at", "report__task__number", "pk").values_list(
                "at", "by__username", "move", "reason"
            )
        ),
        list(
            MatterEvent.objects.order_by("at", "matter__task__number", "pk").values_list(
                "at", "by__username", "move", "text"
            )
        ),
        list(
            Evidence.objects.order_by("added_at", "report__task__number").values_list(
                "added_at", "name", "file__sha256", "added_by__username"
            )
        ),
        list(
            Result.objects.order_by("added_at", "task__number").values_list(
                "added_at", "title", "kind", "came_on"
            )
        ),
        list(
            ReminderPause.objects.order_by("at").values_list(
                "task__number", "reason", "from_on", "until", "ended_at"
            )
        ),
    ]


# --- where, and when -------------------------------------------------------------------------


def test_it_is_refused_in_service(register: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # As a service has them.
    monkeypatch.setattr(seeding, "settings", settings)
    assert not settings.DEBUG
    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_it_is_refused_before_the_list_is_imported(db: None) -> None:
    with pytest.raises(CommandError, match="import_tasks"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_it_is_refused_where_a_user_name_is_taken(register: None) -> None:
    User.objects.create_user("leader", name="吴领", role=Role.LEADER)
    with pytest.raises(DemonstrationRefusedError, match="leader"):
        demonstration_seed(today=TODAY)
    assert User.objects.count() == 1


def test_it_is_refused_where_reports_are_not_monthly(register: None) -> None:
    Policy(pk=1, cadence=PeriodKind.QUARTER).save()
    with pytest.raises(DemonstrationRefusedError, match="month"):
        demonstration_seed(today=TODAY)


@pytest.mark.once
@pytest.mark.wide
def test_it_says_what_it_did_and_a_second_run_changes_nothing_not_even_on_a_later_day(
    register: None,
) -> None:
    said, again = StringIO(), StringIO()
    with time_machine.travel(dt.datetime(2026, 11, 1, 9, 0, tzinfo=SHANGHAI), tick=False):
        call_command("seed_demo", "--months", "4", stdout=said)
    assert said.getvalue().startswith("34 accounts, 4 periods (2026-08 to 2026-11), ")
    look_at(dt.date(2026, 11, 1))
    before = facts()
    with time_machine.travel(dt.datetime(2026, 12, 30, 9, 0, tzinfo=SHANGHAI), tick=False):
        call_command("seed_demo", stdout=again)
    assert "nothing was changed" in again.getvalue()
    assert facts() == before


@pytest.mark.once
def test_the_same_day_gives_the_same_data_whatever_the_clock_says(
    db: None, kept_folder: Path, evidence_dir: Path
) -> None:
    def kept_seeding() -> None:
        demonstration_copy(kept=kept_folder, evidence=evidence_dir, months=4)

    def seeding_years_later() -> None:
        with time_machine.travel(NOW + dt.timedelta(days=900), tick=False):
            import_list(now=NOW)
            demonstration_seed(today=TODAY, months=4)

    found = []
    for lay_out in (kept_seeding, seeding_years_later):
        with transaction.atomic():
            lay_out()
            look_at(TODAY)
            found.append(facts())
            transaction.set_rollback(True)
    assert found[0] == found[1]


def look_at(day: dt.date) -> None:
    """Every light and state shows, and nothing lies ahead, also on a day that is not handy."""
    current = ReportingPeriod.objects.current()
    assert current is not None
    rows = task_rows(
        tasks=Task.objects.all(),
        period=current,
        user=User.objects.get(username="coordinator"),
        today=day,
    )
    assert {row.light for row in rows} == set(Light)
    assert {row.report_state for row in rows} == {None, *ReportState}
    undecided = Report.objects.filter(period=current, state=ReportState.SUBMITTED)
    assert Completion.objects.filter(report__in=undecided, state=REQUESTED).exists()
    assert {"granted", "requested", "refused"} == set(
        Extension.objects.values_list("state", flat=True)
    )
    morning = dt.datetime.combine(day, dt.time(), SHANGHAI)
    assert not ReportEvent.objects.filter(at__gt=morning).exists()
    assert not MatterEvent.objects.filter(at__gt=morning).exists()
    assert not ReportingPeriod.objects.filter(opened_at__gt=morning).exists()
    assert not ReminderPause.objects.filter(at__gt=morning).exists()
    [over, holding] = ReminderPause.objects.order_by("at")
    assert over.ended_at is not None
    assert over.ended_at < morning
    assert list(ReminderPause.objects.holding_on(day)) == [holding]


def test_a_fault_on_the_way_leaves_nothing_behind(register: None) -> None:
    # An opening that cannot be: the months of a year that the product does not keep.
    with pytest.raises(Exception, match="1999"):
        demonstration_seed(today=dt.date(1999, 7, 15))
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        ("2026-11-24", "2026-06", "2026-11"),
        ("2026-10-01", "2026-05", "2026-10"),
        ("2024-01-31", "2023-08", "2024-01"),
        ("2031-01-01", "2030-08", "2031-01"),
    ],
)
def test_the_months_end_with_the_current_one(today: str, first: str, last: str) -> None:
    codes = [span.code for span in months_until(dt.date.fromisoformat(today))]
    assert (codes[0], codes[-1], len(codes)) == (first, last, MONTHS)
