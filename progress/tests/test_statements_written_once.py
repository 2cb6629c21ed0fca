"""A statement whose text is kept says what the ORM would say now, to each reader."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import AgencyKind, Role, User
from conftest import NOW, Cast
from progress.models import Policy, Report, ReportingPeriod
from progress.statements import MostlyNothing, WrittenOnce
from progress.states import ReportState
from progress.tests.acts import handed_in, task_numbered
from progress.workflow import period_close, period_open

pytestmark = pytest.mark.django_db

REPORTS = WrittenOnce(
    lambda user, task: (
        Report.objects.visible_to(user).filter(task=task).select_related("period").order_by("-pk")
    )
)


def test_each_reader_gets_what_the_orm_gives_them_and_sees_what_changed(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    readers = _everybody(cast)
    # Before there is anything and after: the texts are kept from the first round.
    for _round in range(2):
        for user in readers:
            found = REPORTS.for_reader(user, task.pk)
            assert found == list(Report.objects.visible_to(user).filter(task=task).order_by("-pk"))
            assert all(one.period == period for one in found)
        if not Report.objects.exists():
            handed_in(task, period, cast.reporter)
    assert REPORTS.for_reader(cast.coordinator, task.pk)
    assert REPORTS.for_reader(cast.coordinator, task.pk + 1) == []


def test_an_agency_of_another_number_of_bodies_is_another_reader(
    cast: Cast, period: ReportingPeriod
) -> None:
    """And one of the same number gets its own agency's rows."""
    handed_in(task_numbered(4), period, cast.reporter)
    before = REPORTS.for_reader(cast.reporter, task_numbered(4).pk)
    stranger = User.objects.get(pk=cast.stranger.pk)
    assert (len(before), REPORTS.for_reader(stranger, task_numbered(4).pk)) == (1, [])
    body = cast.reporter.agency
    assert body is not None
    body.kind, body.acts_through_id = AgencyKind.COLLECTIVE, stranger.agency_id
    body.save()
    again = User.objects.get(pk=stranger.pk)
    assert len(again.agency_ids) > len(stranger.agency_ids)
    assert REPORTS.for_reader(again, task_numbered(4).pk) == before


def test_numbers_words_days_and_moments_are_put_where_they_belong(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW + dt.timedelta(days=20))
    later = period_open(code="2026-11", by=cast.coordinator, now=NOW + dt.timedelta(days=30))
    found = WrittenOnce(
        lambda code, day, moment, *ids: ReportingPeriod.objects.filter(
            code=code, ends_on__lt=day, opened_at__lte=moment, pk__in=ids
        ).values_list("code", "ends_on", "opened_at", "closed_at")
    )
    for one in (period, later):
        one.refresh_from_db()
        row = (one.code, one.ends_on, one.opened_at, one.closed_at)
        day, moment = one.ends_on + dt.timedelta(days=1), one.opened_at
        assert found.of(one.code, day, moment, period.pk, later.pk) == [row]
        assert found.of(one.code, one.ends_on, moment, one.pk) == []
        assert found.of(one.code, day, moment - dt.timedelta(seconds=1), one.pk) == []
        assert found.of("2027-01", day, moment, one.pk) == []


def test_it_is_one_statement_and_none_for_who_may_read_nothing(cast: Cast) -> None:
    pk = task_numbered(4).pk
    for user, statements in ((cast.coordinator, 1), (User(pk=1, role=Role.AUDITOR), 0)):
        for _time in range(2):
            with CaptureQueriesContext(connection) as sent:
                assert REPORTS.for_reader(user, pk) == []
            assert len(sent) == statements


def test_a_value_that_stands_in_no_condition_is_refused() -> None:
    forgotten = WrittenOnce(lambda _task: Report.objects.filter(state=ReportState.DRAFT))
    with pytest.raises(TypeError, match="stand in no condition"):
        forgotten.of(4)


def test_what_few_tasks_have_is_asked_for_together_and_read_where_there_is_any(
    cast: Cast, period: ReportingPeriod
) -> None:
    few = MostlyNothing(
        reports=REPORTS,
        approved=WrittenOnce(
            lambda user, task: Report.objects.visible_to(user).filter(
                task=task, state=ReportState.APPROVED
            )
        ),
    )
    task, everybody = task_numbered(4), cast.everyone().values()
    for statements in (1, 2):
        for user in everybody:
            reports = REPORTS.for_reader(user, task.pk)
            assert few.for_reader(user, task.pk) == {"reports": reports, "approved": []}
        with CaptureQueriesContext(connection) as sent:
            few.for_reader(cast.coordinator, task.pk)
        assert len(sent) == statements
        if not Report.objects.exists():
            handed_in(task, period, cast.reporter)


def test_the_rules_are_read_as_they_are_now() -> None:
    """They are read by a kept text: nobody's answer but the database's."""
    assert Policy.current().due_day == Policy().due_day
    Policy.objects.update_or_create(pk=1, defaults={"due_day": 27})
    assert Policy.current().due_day == 27


def _everybody(cast: Cast) -> list[User]:
    out = User(pk=0, role=Role.COORDINATOR, is_active=False)
    return [*cast.everyone().values(), out]
