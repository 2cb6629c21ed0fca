"""Each figure of the brief is the overview's, the API's, and that of a naive recount."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.lights import Light
from progress.models import BriefKind, ReportingPeriod
from progress.tests.briefs import downloaded, number_in, tables_of, text_of
from progress.tests.test_rollups import (
    CODES,
    DEADLINES,
    HISTORIES,
    NUMBERS,
    Chapter,
    play,
    recount_light,
    recount_standing,
)
from progress.workflow import period_close
from tasks.models import Status, Task

pytestmark = pytest.mark.wide

ClientOf = Callable[[User], Client]
STATUSES = {
    Status.COMPLETED: "已完成",
    Status.ONGOING: "长期坚持",
    Status.IN_PROGRESS: "推进中",
    Status.NOT_STARTED: "未启动",
}
LIGHTS = {
    Light.RED: "红灯（逾期未完成）",
    Light.YELLOW: "黄灯（临近时限或本期未报送）",
    Light.GREEN: "绿灯（正常推进）",
    Light.BLUE: "蓝灯（按时完成）",
    Light.LATE_BLUE: "、逾期完成",
    Light.GREY: "未设时限",
}


def said(rate: dict[str, Any]) -> str:
    return "—" if rate["percent"] is None else f"{rate['percent']:g}%"


def sentence(text: str, start: str) -> str:
    return next(part for part in text.split("\n") if part.startswith(start))


def status_counts(part: str) -> dict[str, int]:
    for status, word in STATUSES.items():
        if f"全部{word}" in part:
            whole = number_in(part, r"(\d+)项\S+全部")
            return {one: whole if one == status else 0 for one in STATUSES}
    return {status: number_in(part, rf"{word}(\d+)项") for status, word in STATUSES.items()}


def compare(document: bytes, told: dict[str, Any]) -> None:
    """The document with what the API tells of the overview."""
    text = text_of(document)
    tasks, measures = sentence(text, "截至"), sentence(text, "按落实举措统计")
    # What changed since the period before stands after the first sentence.
    tasks = tasks.split("与2026年")[0]
    for part, counts, rates in (
        (tasks, told["tasks_by_status"], ("started_rate", "implemented_rate", "completed_rate")),
        (
            measures,
            told["measures_by_status"],
            ("measures_started_rate", "measures_implemented_rate", "measures_completed_rate"),
        ),
    ):
        assert status_counts(part) == counts
        for word, rate in zip(("启动率", "落地率", "完成率"), rates, strict=True):
            assert f"{word}{said(told[rate])}" in part
    lights = sentence(text, "按亮灯情况统计")
    assert {one: number_in(lights, rf"{word}(\d+)项") for one, word in LIGHTS.items()} == (
        told["lights"]
    )
    reports = sentence(text, "本期应于")
    handed_in = told["handing_in"]
    assert number_in(reports, r"进展报告(\d+)份") == handed_in["due"]
    assert number_in(reports, r"已报送(\d+)份") == handed_in["handed_in"]
    missing = number_in(reports, r"，未报送(\d+)份")
    assert missing == (handed_in["due"] - handed_in["handed_in"]) * ("均未报送" not in reports)
    assert number_in(reports, r"其中按时报送(\d+)份") == handed_in["on_time"]
    if handed_in["handed_in"]:
        assert f"按时报送率{said(handed_in['on_time_rate'])}" in reports
    table = tables_of(document)[0]
    for row, chapter in zip(table[1:-1], told["chapters"], strict=True):
        assert row[1] == chapter["title"]
        compare_row(row, chapter)
        sentence_of = text.split(f"）{chapter['title']}\n")[1].split("\n")[0]
        assert status_counts(sentence_of) == chapter["tasks_by_status"]
        assert number_in(sentence_of, r"红灯(\d+)项") == chapter["lights"][Light.RED]
        assert number_in(sentence_of, r"黄灯(\d+)项") == chapter["lights"][Light.YELLOW]
    compare_row(table[-1], told)


def compare_row(row: list[str], told: dict[str, Any]) -> None:
    counts = told["tasks_by_status"]
    assert row[2:] == [
        str(told["tasks"]),
        *(str(counts[status]) for status in STATUSES),
        said(told["implemented_rate"]),
    ]


def late_recounted(period: ReportingPeriod, today: dt.date) -> list[str]:
    """The numbers of the late tasks, found one after the other."""
    late = []
    for task in Task.objects.exclude(deadline=None):
        _measures, status, completed_on = recount_standing(task, period)
        light = recount_light(status, task.deadline, completed_on, False, today)
        if light == Light.RED:
            late.append((task.deadline, task.number))
    return [str(number) for _day, number in sorted(late)]


def told_of(client: Client, code: str) -> dict[str, Any]:
    told: dict[str, Any] = client.get(f"/api/v1/overview/?period={code}").json()
    return told


@given(history=HISTORIES, deadlines=DEADLINES, draw=st.data())
@settings(
    max_examples=max(4, settings.default.max_examples // 25) if settings.default else 4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_figure_is_the_overviews_the_apis_and_a_recounts(
    cast: Cast,
    history: dict[tuple[str, int], Chapter],
    deadlines: tuple[dt.date | None, ...],
    draw: st.DataObject,
) -> None:
    order = draw.draw(st.permutations(list(history)))
    code = draw.draw(st.sampled_from(CODES))
    client = Client()
    client.force_login(cast.coordinator)
    with transaction.atomic(), time_machine.travel(NOW, tick=False):
        for number, deadline in zip(NUMBERS, deadlines, strict=True):
            Task.objects.filter(number=number).update(deadline=deadline)
        play(history, order, cast)
        period = ReportingPeriod.objects.get(code=code)
        for kind in BriefKind:
            document = downloaded(client, period, kind)
            told = told_of(client, code)
            compare(document, told)
            shown = client.get(f"/overview/?period={code}").context["figures"]
            assert told["tasks_by_status"] == dict(shown.tasks_by_status)
            assert told["lights"] == dict(shown.lights)
            late = late_recounted(period, TODAY)
            assert len(late) == told["lights"][Light.RED]
            tables = tables_of(document)
            assert [row[0] for row in tables[1][1:]] == late if late else len(tables) == 1
        transaction.set_rollback(True)


@pytest.mark.parametrize("kind", BriefKind)
def test_a_closed_period_reads_as_it_was_closed(
    kind: BriefKind, cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    from progress.tests.acts import approved, corrected, task_numbered

    client = signed_in(cast.coordinator)
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED)
    period_close(period=period, by=cast.coordinator, now=NOW)
    with time_machine.travel(NOW + dt.timedelta(days=20), tick=False):
        before = downloaded(client, period, kind)
        compare(before, told_of(client, period.code))
        assert "本期填报尚未结束" not in text_of(before)
        assert "更正" not in text_of(before)
        corrected(report, cast.coordinator, "status", Status.NOT_STARTED)
        after = downloaded(client, period, kind)
        compare(after, told_of(client, period.code))
        [added] = set(text_of(after).split("\n")) - set(text_of(before).split("\n"))
        assert added == (
            "本期关闭后作出更正1处，数据仍为关闭时的情况：任务4第1项举措的推进状态更正为未启动。"
        )
