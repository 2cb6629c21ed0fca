"""Words of closed periods are looked up by pairs of characters: what is found is what stands there.

Looked for beside it as anybody would, by going through every text that a person may read.
"""

import datetime as dt
import importlib
import os
import random
from collections.abc import Callable, Iterator, Set

import pytest
from django.apps import apps
from django.db import connection

from agencies.models import Role, User
from conftest import NOW, Cast
from progress.filters.words import Readable
from progress.models import (
    Contribution,
    HistoryBigram,
    MeasureContribution,
    MeasureProgress,
    PeriodTakenApart,
    Report,
    ReportingPeriod,
    bigrams_of,
)
from progress.states import ReportState
from progress.tests.acts import approved, contribution_begun, handed_in, saved, task_numbered
from progress.workflow import bigrams_keep, bigrams_keep_absent, period_close
from tasks.models import Measure, Responsibility, Task

SECRET = "紫微"  # stands nowhere in the list
LATER = NOW + dt.timedelta(days=30)
# With nine samples, 111 words for each reader in a long run, and 57 in a short one.
WORDS_OF_A_LENGTH = 12 if os.environ.get("LONG") else 6
LONG_WORDS = (3, 4, 7, 15)


def texts_readable(user: User) -> Iterator[tuple[int, int | None, str]]:
    """The task, the measure (None: the whole task) and the text, of all that the user may read."""
    yield from ((pk, None, title) for pk, title in Task.objects.values_list("pk", "title"))
    yield from Measure.objects.values_list("task", "pk", "text")
    for task, *names in Responsibility.objects.values_list(
        "task", "written_name", "agency__name", "agency__short_name", "agency__aliases__name"
    ):
        yield from ((task, None, name or "") for name in names)
    reports = Report.objects.visible_to(user)
    for task, *texts in reports.values_list("task", "problems", "next_steps", "coordination"):
        yield from ((task, None, text) for text in texts)
    yield from MeasureProgress.objects.filter(report__in=reports).values_list(
        "report__task", "measure", "text"
    )
    contributions = Contribution.objects.visible_to(user)
    yield from ((task, None, text) for task, text in contributions.values_list("task", "remarks"))
    yield from MeasureContribution.objects.filter(contribution__in=contributions).values_list(
        "contribution__task", "measure", "text"
    )


def words_to_look_for(seed: int) -> list[str]:
    """Stretches of what was written, of every length, and some that stand nowhere."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    texts = [
        text
        for rows in (
            MeasureProgress.objects.values_list("text", flat=True),
            Report.objects.values_list("problems", flat=True),
            Report.objects.values_list("next_steps", flat=True),
            Contribution.objects.values_list("remarks", flat=True),
            MeasureContribution.objects.values_list("text", flat=True),
        )
        for text in rows.order_by("pk")
        if len(text) > max(LONG_WORDS)
    ]
    words = ["紫微", "紫", "紫微垣中"]
    for length in (1, *[2] * 4, *LONG_WORDS):
        for text in chance.sample(texts, WORDS_OF_A_LENGTH):
            begin = chance.randrange(len(text) - length)
            words.append(text[begin : begin + length])
    return [word for word in words if not any(one.isspace() for one in word)]


def found(user: User, word: str) -> Set[int]:
    tasks = Task.objects.filter(Readable(user).tasks_with(word))
    return frozenset(tasks.values_list("pk", flat=True))


@pytest.mark.wide
@pytest.mark.parametrize(
    "username", ["coordinator", "leader", "auditor", "administrator", "agency", "co_agency"]
)
@pytest.mark.usefixtures("demonstration")
def test_everybody_finds_what_stands_in_what_they_may_read(username: str) -> None:
    """DESIGN: who may do what. Of twelve months of a city, eleven of them closed."""
    assert ReportingPeriod.objects.exclude(closed_at=None).exists()
    people = User.objects.filter(is_active=True)
    with_agency = people.filter(role=Role.REPORTER).order_by("pk")
    shares = people.filter(role=Role.REPORTER, agency__contributions__isnull=False)
    user = {
        "agency": with_agency.first(),
        "co_agency": shares.order_by("pk").first(),
    }.get(username) or people.filter(role=username).order_by("pk")[0]
    readable = list(texts_readable(user))
    shown = Readable(user)
    for word in words_to_look_for(seed=20):
        # Latin letters are found whatever their case.
        holding = [
            (task, measure) for task, measure, text in readable if word.lower() in text.lower()
        ]
        assert found(user, word) == {task for task, _measure in holding}, word
        whole = {task for task, measure in holding if measure is None}
        measures = Measure.objects.filter(shown.measures_with(word)).values_list("pk", flat=True)
        assert set(measures) == {
            *(measure for _task, measure in holding if measure is not None),
            *Measure.objects.filter(task__in=whole).values_list("pk", flat=True),
        }, word


def kept() -> Set[tuple[str, str, int]]:
    return frozenset(HistoryBigram.objects.values_list("bigram", "said_in", "task"))


@pytest.mark.wide
@pytest.mark.usefixtures("demonstration")
def test_periods_closed_by_an_earlier_release_are_taken_apart_alike() -> None:
    by_closings = kept()
    assert by_closings
    HistoryBigram.objects.all().delete()
    PeriodTakenApart.objects.all().delete()
    migration = importlib.import_module("progress.migrations.0024_pairs_of_closed_periods")
    migration.take_apart(apps, connection.schema_editor())
    assert kept() == by_closings
    assert bigrams_keep_absent() == []


def test_a_closing_keeps_the_pairs_of_its_own_texts_and_once(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = saved(task_numbered(4), period, cast.reporter)
    Report.objects.filter(pk=report.pk).update(problems=SECRET)
    assert not HistoryBigram.objects.exists()
    period_close(period=period, by=cast.coordinator, now=LATER)
    before = kept()
    assert (SECRET, "report", report.task_id) in before
    assert {bigram for bigram, _said_in, _task in before} == {
        pair
        for text in (SECRET, *MeasureProgress.objects.values_list("text", flat=True))
        for pair in bigrams_of(text)
    }
    bigrams_keep([period])
    assert kept() == before


def test_what_an_earlier_release_closes_is_found_before_and_after_it_is_taken_apart(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    Report.objects.filter(pk=report.pk).update(problems=f"{SECRET}仍缺")
    ReportingPeriod.objects.update(closed_at=LATER, closed_by=cast.coordinator)
    for taken_apart in ([period], []):
        for word in (SECRET, f"{SECRET}仍缺"):
            assert found(cast.coordinator, word) == {report.task_id}
        assert bigrams_keep_absent() == taken_apart
    assert (SECRET, "report", report.task_id) in kept()


@pytest.mark.parametrize("hand_in", [saved, handed_in, approved])
def test_a_leader_finds_in_a_closed_period_what_was_approved(
    cast: Cast, period: ReportingPeriod, hand_in: Callable[..., Report]
) -> None:
    """DESIGN: leaders read what is approved, and strangers nothing."""
    people = [cast.reporter, *([cast.coordinator] if hand_in is approved else [])]
    report = hand_in(task_numbered(4), period, *people)
    Report.objects.filter(pk=report.pk).update(problems=f"{SECRET}仍缺")
    period_close(period=period, by=cast.coordinator, now=LATER)
    for word in (SECRET, f"{SECRET}仍缺", SECRET[0]):
        assert bool(found(cast.leader, word)) == (report.state == ReportState.APPROVED)
        assert found(cast.coordinator, word) == found(cast.reporter, word) == {report.task_id}
        for user in (cast.stranger, cast.auditor, cast.administrator):
            assert not found(user, word)


def test_a_contribution_that_was_not_handed_over_stays_its_agencys_own(
    cast: Cast, period: ReportingPeriod
) -> None:
    begun = contribution_begun(task_numbered(4), period, cast.co_reporter, remarks=f"{SECRET}仍缺")
    period_close(period=period, by=cast.coordinator, now=LATER)
    for word in (SECRET, f"{SECRET}仍缺"):
        assert found(cast.co_reporter, word) == {begun.task_id}
        for user in (cast.reporter, cast.coordinator, cast.leader, cast.stranger):
            assert not found(user, word)
