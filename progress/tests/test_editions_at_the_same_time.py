"""Closings, errata, approvals and the job that fills editions in meet at the same moment."""

from io import StringIO

import pytest
from django.core.management import call_command

from conftest import NOW, Cast
from progress.closings import (
    editions_keep_absent,
    erratum_create_with_edition,
    period_close_with_edition,
    sha256_of,
)
from progress.models import Edition, KeptFigures, Report, ReportingPeriod
from progress.states import Move, ReportState
from progress.tests.acts import approved, handed_in, task_numbered
from progress.tests.agencies_changed import fresh
from progress.tests.test_mergers_at_the_same_time import at_once, holding
from progress.workflow import Conflict, period_close, report_move

pytestmark = pytest.mark.django_db(transaction=True)


def attempt(act: object) -> str:
    """What became of it: a conflict is an answer like another here."""
    assert callable(act)
    try:
        act()
    except Conflict:
        return "conflict"
    return "done"


def all_hold() -> bool:
    """Every edition is what was stored, and is made again to the byte."""
    call_command("verify_editions", "--again", stdout=StringIO())
    return True


def test_of_two_closings_one_closes_and_there_is_one_edition(
    cast: Cast, period: ReportingPeriod
) -> None:
    outcomes: list[str] = []

    def close() -> None:
        outcomes.append(
            attempt(
                lambda: period_close_with_edition(
                    period=period, by=fresh(cast.coordinator), now=NOW
                )
            )
        )

    assert at_once(holding(period), [close, close]) == [None, None]
    assert sorted(outcomes) == ["conflict", "done"]
    assert Edition.objects.count() == 1
    assert all_hold()


@pytest.mark.parametrize("closing_first", [True, False])
def test_an_approval_is_in_the_first_edition_or_refused(
    cast: Cast, period: ReportingPeriod, *, closing_first: bool
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    outcomes: dict[str, str] = {}

    def approve() -> None:
        outcomes["approve"] = attempt(
            lambda: report_move(
                report=report, move=Move.APPROVE, by=fresh(cast.coordinator), now=NOW
            )
        )

    def close() -> None:
        outcomes["close"] = attempt(
            lambda: period_close_with_edition(period=period, by=fresh(cast.coordinator), now=NOW)
        )

    acts = [close, approve] if closing_first else [approve, close]
    assert at_once(holding(period), acts) == [None, None]
    assert outcomes["close"] == "done"
    whole = KeptFigures.objects.get(chapter_number=None, agency=None).figures
    is_approved = Report.objects.get().state == ReportState.APPROVED
    assert is_approved == (outcomes["approve"] == "done")
    assert whole["tasks_by_status"].get("in_progress", 0) == int(is_approved)
    assert all_hold()


def test_errata_at_once_make_an_edition_each_one_after_the_other(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close_with_edition(period=period, by=cast.coordinator, now=NOW)

    def correct(field: str) -> None:
        erratum_create_with_edition(
            report=Report.objects.get(pk=report.pk),
            field=field,
            new="更正",
            reason="漏报",
            by=fresh(cast.coordinator),
            now=NOW,
        )

    acts = [lambda: correct("problems"), lambda: correct("next_steps")]
    assert at_once(holding(period), acts) == [None, None]
    first, second, third = Edition.objects.order_by("number")
    for before, after in ((first, second), (second, third)):
        assert sha256_of(before.manifest.encode()) in after.manifest
    assert all_hold()


def test_the_job_and_an_erratum_make_what_is_missing_once(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)

    def correct() -> None:
        erratum_create_with_edition(
            report=Report.objects.get(pk=report.pk),
            field="problems",
            new="更正",
            reason="漏报",
            by=fresh(cast.coordinator),
            now=NOW,
        )

    acts = [correct, lambda: editions_keep_absent(now=NOW), lambda: editions_keep_absent(now=NOW)]
    assert at_once(holding(period), acts) == [None, None, None]
    assert list(Edition.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert all_hold()
