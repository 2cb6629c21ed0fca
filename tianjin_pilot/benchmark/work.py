"""Acts that change something or look through everything: each beside the least that it could be."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

from django.db.models import Max, Model, OuterRef, Q, Subquery
from django.utils import timezone

from agencies.models import Agency, AgencyKind, User
from progress.filters.words import AGENCY_NAMES, REPORT_TEXTS, Readable
from progress.models import (
    Contribution,
    MeasureContribution,
    MeasureProgress,
    Policy,
    ReminderItem,
    Report,
    ReportEvent,
    ReportingPeriod,
)
from progress.reminders import owed_on
from progress.reminders.messages import messages_due, messages_of, steps_told
from progress.reminders.outbox import reminders_record
from progress.states import Move, ReportState
from progress.steps import steps_of
from progress.workdays import WorkCalendar
from progress.workflow import content_of, report_move
from tasks.importing import DEFAULT_LIST, list_import
from tasks.listing import COLUMNS, ListedTask, OfficialList, chinese_numeral, list_read
from tasks.listing.known_agencies import fixture_agencies, known_agencies
from tasks.models import Chapter, Division, Measure, Responsibility, Task
from tianjin_pilot.benchmark.budgets import Measured
from tianjin_pilot.benchmark.figures import UnequalError
from tianjin_pilot.benchmark.pages import COORDINATOR, FULL
from tianjin_pilot.benchmark.places import Place
from tianjin_pilot.benchmark.rounds import Act, medians, undone
from tianjin_pilot.benchmark.scales import SCALES, Scale

EMPTY = "empty"
# In a few reports of each month, and in nearly all of them.
RARE, FREQUENT = "紫微", "数据"


def approval_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    with place.within(FULL):
        now, office = timezone.now(), User.objects.get(username=COORDINATOR)
        waiting = Report.objects.filter(
            state=ReportState.SUBMITTED,
            period__closed_at=None,
            task__division=Division.LEAD_COMPILES,
        )
        report = waiting.order_by("task__number")[0]
        content = content_of(report).as_json()

        def approved() -> None:
            report_move(report=report, move=Move.APPROVE, by=office, now=now)

        def inserted() -> None:
            ReportEvent.objects.create(
                report=report,
                at=now,
                by=office,
                move=Move.APPROVE,
                from_state=ReportState.SUBMITTED,
                to_state=ReportState.APPROVED,
                content=content,
            )

        acts = {"approve": Act(approved, undone), "insert": Act(inserted, undone)}
        seconds = medians(acts, rounds=scale.rounds)
        yield Measured(
            "approve",
            seconds=seconds["approve"],
            against=seconds["insert"],
            statements=acts["approve"].statements(),
        )


def reminders_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    with place.within(FULL):
        period = ReportingPeriod.objects.open().get()
        day = period.due_on
        acts = {
            "record": Act(partial(day_record, day), undone),
            "select": Act(what_decides_read),
        }
        seconds = medians(acts, rounds=scale.slow_rounds)
        yield Measured(
            "reminders",
            seconds=seconds["record"],
            against=seconds["select"],
            statements=acts["record"].statements(),
        )


def day_record(day: dt.date) -> None:
    """What a run of reminders does before it sends."""
    policy, calendar = Policy.current(), WorkCalendar.load()
    owed = messages_of(owed_on(today=day, policy=policy, calendar=calendar))
    due = messages_due(owed, told=steps_told(today=day), steps=steps_of(policy))
    now = timezone.make_aware(dt.datetime.combine(day, dt.time(10)))
    if not reminders_record(messages=due, today=day, now=now):
        raise RuntimeError(f"Nothing is owed on {day}")


def what_decides_read() -> None:
    """The rows by which it is decided what is owed, fetched and no more: who answers for what, by
    when, how far each report and contribution is and since when, and what was told."""
    given_back = ReportEvent.objects.sent_back().filter(report=OuterRef("pk")).order_by("-pk")
    for rows in (
        Responsibility.objects.filter(Q(position=1) | Q(task__division=Division.BY_DUTY))
        .order_by("task__number", "position")
        .values_list("task", "position", "agency", "task__number", "task__title"),
        Task.objects.values_list("pk", "number", "title", "deadline", "status"),
        Report.objects.filter(period__closed_at=None).values_list(
            "task",
            "period",
            "state",
            "updated_by",
            "submitted_at",
            Subquery(given_back.values("at")[:1]),
        ),
        Contribution.objects.filter(period__closed_at=None).values_list(
            "task", "period", "agency", "state", "updated_by"
        ),
        ReminderItem.objects.order_by()
        .values_list("reminder__user", "reminder__channel", "rule", "agency", "task", "period")
        .annotate(last=Max("step")),
    ):
        list(rows)


def search_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    with place.within(FULL):
        office = User.objects.get(username=COORDINATOR)
        acts: dict[str, Act] = {}
        for word in (RARE, FREQUENT):
            acts[word] = Act(partial(_tasks_found, word, office))
            acts[f"LIKE {word}"] = Act(partial(_tasks_like, word))
            if (found := acts[word].call()) != (like := acts[f"LIKE {word}"].call()):
                raise UnequalError(f"{word}: the search finds {found}, LIKE {like}")
        seconds = medians(acts, rounds=scale.slow_rounds)
        for word, kind in ((RARE, "a rare word"), (FREQUENT, "a frequent word")):
            yield Measured("search", kind, seconds=seconds[word], against=seconds[f"LIKE {word}"])


def _tasks_found(word: str, user: User) -> set[int]:
    tasks = Task.objects.filter(Readable(user).tasks_with(word)).order_by("number")
    return set(tasks.values_list("pk", flat=True))


def _tasks_like(word: str) -> set[int]:
    found: set[int] = set()
    handed_over = {"state": ReportState.SUBMITTED}
    of_contribution = {"contribution__state": ReportState.SUBMITTED}
    places: Sequence[tuple[type[Model], str, Sequence[str], Mapping[str, Any]]] = (
        (Task, "pk", ("title",), {}),
        (Measure, "task", ("text",), {}),
        (Responsibility, "task", AGENCY_NAMES, {}),
        (Report, "task", REPORT_TEXTS, {}),
        (MeasureProgress, "report__task", ("text",), {}),
        (Contribution, "task", ("remarks",), handed_over),
        (MeasureContribution, "contribution__task", ("text",), of_contribution),
    )
    for model, task, fields, narrowed in places:
        for field in fields:
            rows = model._default_manager.order_by().filter(
                **{f"{field}__contains": word}, **narrowed
            )
            found.update(rows.values_list(task, flat=True))
    return found


def import_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    """Of the official list, and of one that is so many times as long, as far as a list's numbers
    go; into the database that has no rows."""
    with place.within(EMPTY):
        yield _import_measured("import", "", DEFAULT_LIST.read_bytes(), scale, times=1)
        times = min(scale.copies, SCALES["M"].copies)
        if times > 1:
            content = list_repeated(times)
            yield _import_measured("lists", f"{131 * times:,} tasks", content, scale, times=times)


def _import_measured(key: str, part: str, content: bytes, scale: Scale, *, times: int) -> Measured:
    now = timezone.now()
    official = list_read(content, names=known_agencies(fixture_agencies()).names)
    acts = {
        "import": Act(partial(list_import, content=content, name="list.txt", now=now), undone),
        # It takes minutes over all of them: it goes over one of so many.
        "loop": Act(partial(_imported_in_a_loop, official, official.tasks[::times]), undone),
    }
    seconds = medians(acts, rounds=scale.slow_rounds)
    return Measured(
        key,
        part,
        seconds=seconds["import"],
        against=seconds["loop"] * times,
        statements=acts["import"].statements(),
    )


def list_repeated(times: int) -> bytes:
    """The official list with each task so many times in its chapter, all of them numbered anew."""
    official = list_read(DEFAULT_LIST.read_bytes(), names=known_agencies(fixture_agencies()).names)
    lines, number = ["\t".join(COLUMNS)], count(1)
    for chapter, title in official.chapters.items():
        lines.append(f"{chinese_numeral(chapter)}、{title}\t\t\t")
        cells = [one.cells for one in official.tasks if one.chapter_number == chapter]
        lines += (
            f"{next(number)}\t第{again}项：{one.title}\t{one.measures}\t{one.agencies}"
            for again in range(1, times + 1)
            for one in cells
        )
    return "\n".join([*lines, ""]).encode()


def _imported_in_a_loop(official: OfficialList, tasks: Sequence[ListedTask]) -> None:
    for number, title in official.chapters.items():
        Chapter.objects.update_or_create(number=number, defaults={"title": title})
    for listed in tasks:
        task, _new = Task.objects.update_or_create(
            number=listed.number,
            defaults={
                "chapter": Chapter.objects.get(number=listed.chapter_number),
                "title": listed.cells.title,
                "division": listed.division,
                "open_ended": listed.open_ended,
            },
        )
        for ordinal, text in enumerate(listed.measures, start=1):
            Measure.objects.update_or_create(task=task, ordinal=ordinal, defaults={"text": text})
        for position, one in enumerate(listed.agencies, start=1):
            agency, _new = Agency.objects.update_or_create(
                name=one.name, defaults={"kind": AgencyKind.MUNICIPAL}
            )
            Responsibility.objects.update_or_create(
                task=task,
                position=position,
                defaults={
                    "agency": agency,
                    "role": one.role,
                    "written_name": one.written_name,
                },
            )
