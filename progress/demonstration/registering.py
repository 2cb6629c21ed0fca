"""What the registers hold: results that come with reports, and what became of the matters."""

import datetime as dt
from collections.abc import Sequence
from random import Random

from django.utils import timezone

from agencies.models import Agency
from progress.demonstration.chance import chance
from progress.demonstration.people import People, Reporting
from progress.demonstration.wording import Setting, clauses_of, sentence, texts
from progress.models import Matter, ReportingPeriod, ResultKind
from progress.workdays import ONE_DAY
from progress.workflow import (
    ReportContent,
    matter_address,
    matter_answer,
    matter_close,
    result_add,
)
from tasks.models import Status, Task

# How often a report comes with a result.
RESULT_SHARE = 0.05
# Of the answered matters, how often the office finds them settled.
SETTLED_SHARE = 0.7
# What nobody was named for is settled by the office itself within so many days, or stays open.
PATIENCE = 75


def result_play(
    task: Task,
    period: ReportingPeriod,
    content: ReportContent,
    *,
    lead: Reporting,
    now: dt.datetime,
) -> None:
    """Enter a result beside a report that was just begun, once in a while."""
    rng = chance("result", period.code, task.number)
    begun = [one for one in content.measures if one.status != Status.NOT_STARTED]
    if not begun or rng.random() >= RESULT_SHARE:
        return
    measures = {one.pk: one for one in task.measures.all()}
    measure = measures[rng.choice(begun).measure_id]
    kind = rng.choice(list(ResultKind))
    about = _setting(rng.choice(clauses_of(measure.text, task.title)), lead)
    came_on = timezone.localdate(now) - rng.randint(1, 12) * ONE_DAY
    result_add(
        task=task,
        period=period,
        kind=kind,
        title=sentence(texts().results[kind], about, rng),
        came_on=came_on,
        measure=measure,
        document=f"津示例发〔{came_on.year}〕{rng.randint(1, 60)}号"
        if kind == ResultKind.POLICY
        else "",
        by=lead.reporter,
        now=now,
    )


def matters_play(*, people: People, until: dt.datetime) -> None:
    """Address, answer and close the matters that were raised, as far as there was time for it."""
    for matter in Matter.objects.select_related("task", "report__period").order_by(
        "raised_on", "task__number"
    ):
        rng = chance("matter", matter.report.period.code, matter.task.number)
        since = matter.events.latest("pk").at
        asked = _named_in(matter.text, list(people.reporting.values()))
        if asked is None:
            _settle(matter, people, rng, since + rng.randint(20, PATIENCE) * ONE_DAY, until)
        else:
            _follow(matter, asked, people, rng, since=since, until=until)


def _follow(
    matter: Matter,
    asked: Reporting,
    people: People,
    rng: Random,
    *,
    since: dt.datetime,
    until: dt.datetime,
) -> None:
    addressed_at = since + rng.randint(1, 4) * ONE_DAY
    if addressed_at >= until:
        return
    speaker = asked.approver or asked.reporter
    matter = matter_address(
        matter=matter,
        to=Agency.objects.get(pk=asked.agency_id),
        by=people.coordinator,
        now=addressed_at,
        version=matter.version,
    )
    answered_at = addressed_at + rng.randint(5, 30) * ONE_DAY
    if answered_at >= until:
        return
    answer = sentence(texts().answers, _setting("", asked), rng)
    matter = matter_answer(
        matter=matter, text=answer, by=speaker, now=answered_at, version=matter.version
    )
    if rng.random() < SETTLED_SHARE:
        _settle(matter, people, rng, answered_at + rng.randint(1, 10) * ONE_DAY, until)


def _settle(
    matter: Matter, people: People, rng: Random, at: dt.datetime, until: dt.datetime
) -> None:
    if at < until:
        matter_close(
            matter=matter,
            by=people.coordinator,
            now=at,
            version=matter.version,
            note=rng.choice(texts().settled),
        )


def _named_in(text: str, agencies: Sequence[Reporting]) -> Reporting | None:
    """Whom the text names first, if it is somebody who can answer here."""
    named = [one for one in agencies if one.agency in text]
    return min(named, key=lambda one: text.index(one.agency), default=None)


def _setting(clause: str, lead: Reporting) -> Setting:
    return Setting(
        clause=clause,
        ministry=lead.ministry,
        partners=(),
        day="",
        next_month="下月",
        stage=0,
        rate=0,
    )
