"""How an office writes: days, periods, rates, changes, and the sentences that are made of them.

The brief is an official document and so in Chinese whatever the language of the screen: what it
says is written here as it is printed, and words of the screen are taken from the catalogue.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from progress.lights import Light
from progress.models import ErratumField, PeriodKind, ReportingPeriod
from progress.rollups import Change, ErratumRow, Figures, Rate, ResultRow, points_between
from tasks.listing import chinese_numeral
from tasks.models import Status

NOTHING = "—"
# What a quotation keeps at most, in characters, unless its first sentence alone is longer.
LONGEST_QUOTE = 150
_SENTENCE = re.compile(r"[^。！？；!?;]*[。！？；!?;]+[”’』」）)]*|[^。！？；!?;]+$")
# What XML has no place for, or nobody can see.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def day_said(day: dt.date) -> str:
    """2026年11月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


def period_said(period: ReportingPeriod) -> str:
    """2026年10月, 2026年第三季度, 2026年上半年, 2026年."""
    year, month = period.starts_on.year, period.starts_on.month
    return {
        PeriodKind.MONTH: f"{year}年{month}月",
        PeriodKind.QUARTER: f"{year}年第{chinese_numeral((month + 2) // 3)}季度",
        PeriodKind.HALF_YEAR: f"{year}年{'上' if month == 1 else '下'}半年",
        PeriodKind.YEAR: f"{year}年",
    }[PeriodKind(period.kind)]


def rate_said(rate: Rate) -> str:
    """46.6%, 100%; "—" of nothing."""
    return NOTHING if rate.percent is None else f"{rate.percent:g}%"


def document_number(typed: str) -> str:
    """A document number as it is printed: the year in 〔〕, its digits in half width."""
    plain = re.sub(r"\s", "", typed).translate(
        {ord("０") + place: str(place) for place in range(10)}
    )
    return re.sub(r"[\[(（【［〔]([0-9]{4})[\])）】］〕]", r"〔\1〕", plain)


def plain(text: str) -> str:
    """A text of several lines as one, without what cannot be printed; its words stay as they are.

    Lines that end without a mark are kept apart by a space.
    """
    lines = [one.strip() for one in _UNSEEN.sub("", text).splitlines()]
    joined = ""
    for line in filter(None, lines):
        apart = joined and joined[-1] not in "。！？；，、：!?;,:"
        joined += f"　{line}" if apart else line
    return joined.replace("\t", " ")


def quoted(text: str, most: int = LONGEST_QUOTE) -> str:
    """The text, or as many whole sentences of its beginning as fit, with …… for what is left out.

    No sentence is cut: where the first alone is too long it stands whole.
    """
    whole = plain(text)
    if len(whole) <= most:
        return whole
    kept = ""
    for sentence in _SENTENCE.findall(whole):
        if kept and len(kept) + len(sentence) > most:
            break
        kept += sentence
    return kept if kept == whole else f"{kept.rstrip()}……"


def tasks_said(figures: Figures, day: str) -> str:
    """Tasks by status and their rates."""
    if not figures.tasks:
        return "《任务清单》目前没有试点任务。"
    rates = _rates(figures.started_rate, figures.implemented_rate, figures.completed_rate)
    return f"截至{day}，{_by_status(figures.tasks_by_status, '试点任务')}，{rates}。"


def measures_said(figures: Figures) -> str:
    """Measures by status and their rates."""
    if not figures.measures:
        return ""
    rates = _rates(
        figures.measures_started_rate,
        figures.measures_implemented_rate,
        figures.measures_completed_rate,
    )
    return f"按落实举措统计，{_by_status(figures.measures_by_status, '落实举措')}，{rates}。"


def change_said(figures: Figures, before: Figures | None, period: str) -> str:
    """What changed since the period before; "" where there is none to compare with."""
    if before is None or not before.tasks:
        return ""
    counted = (
        ("试点任务", Change(figures.tasks, before.tasks)),
        ("已完成任务", _change(figures, before, Status.COMPLETED)),
        ("长期坚持任务", _change(figures, before, Status.ONGOING)),
        ("未启动任务", _change(figures, before, Status.NOT_STARTED)),
        ("红灯任务", Change(figures.lights[Light.RED], before.lights[Light.RED])),
    )
    rates = (
        ("启动率", points_between(figures.started_rate, before.started_rate)),
        ("落地率", points_between(figures.implemented_rate, before.implemented_rate)),
        ("完成率", points_between(figures.completed_rate, before.completed_rate)),
    )
    parts = [
        f"{name}{'增加' if change.by > 0 else '减少'}{abs(change.by)}项"
        for name, change in counted
        if change.by
    ]
    parts += [
        f"{name}{'提高' if points > 0 else '下降'}{abs(points):g}个百分点"
        for name, points in rates
        if points
    ]
    return f"与{period}相比，{'，'.join(parts) or '各项指标持平'}。"


def lights_said(figures: Figures) -> str:
    """Tasks by light, those that ask for attention first."""
    words: Mapping[str, str] = {
        Light.RED: "红灯（逾期未完成）",
        Light.YELLOW: "黄灯（临近时限或本期未报送）",
        Light.GREEN: "绿灯（正常推进）",
        Light.BLUE: "蓝灯（按时完成）",
        Light.LATE_BLUE: "逾期完成",
        Light.GREY: "未设时限",
    }
    parts = [
        f"{word}{figures.lights[light]}项"
        for light, word in words.items()
        if figures.lights[light] or (light == Light.RED and figures.tasks)
    ]
    return f"按亮灯情况统计，{'、'.join(parts)}。" if parts else ""


def handing_in_said(figures: Figures, period: ReportingPeriod) -> str:
    """How many reports were handed in, and how many of them in time."""
    if not figures.due:
        return ""
    begin = f"本期应于{day_said(period.due_on)}前报送进展报告{figures.due}份，"
    if period.is_open:
        begin += "目前"
    if not figures.handed_in:
        return f"{begin}均未报送。"
    told = "已全部报送" if not figures.missing else f"已报送{figures.handed_in}份"
    late = f"，逾期报送{figures.handed_in_late}份" if figures.handed_in_late else ""
    missing = f"，未报送{figures.missing}份" if figures.missing else ""
    return (
        f"{begin}{told}，其中按时报送{figures.on_time}份{late}{missing}，"
        f"按时报送率{rate_said(figures.on_time_rate)}。"
    )


def chapter_said(figures: Figures) -> str:
    """A chapter in a sentence."""
    lights = "、".join(
        f"{word}{figures.lights[light]}项"
        for light, word in ((Light.RED, "红灯"), (Light.YELLOW, "黄灯"))
        if figures.lights[light]
    )
    return (
        f"共{figures.tasks}项任务，{_statuses(figures.tasks_by_status)}；"
        f"{f'其中{lights}；' if lights else ''}落地率{rate_said(figures.implemented_rate)}。"
    )


def results_said(rows: Sequence[ResultRow]) -> str:
    """How many results there are, by kind."""
    if not rows:
        return "本期进展报告中没有登记新的成果。"
    kinds = type(rows[0].kind)
    counted = [(kind, sum(row.kind == kind for row in rows)) for kind in kinds]
    by_kind = "、".join(f"{kind.label}{count}项" for kind, count in counted if count)
    return f"本期形成成果{len(rows)}项，其中{by_kind}。"


def problems_said(*, tasks: int, shown: int, reports: int) -> str:
    """How many tasks have problems; `reports` is how many approved reports there are."""
    if not reports:
        return "本期尚无审核通过的进展报告。"
    if not tasks:
        return f"本期审核通过的{reports}份进展报告均未反映存在问题。"
    listed = "具体如下" if shown == tasks else f"现列出其中{shown}项"
    return f"本期审核通过的{reports}份进展报告中，{tasks}项任务反映存在问题，{listed}："


def matters_said(*, count: int, shown: int) -> str:
    """How many matters wait to be coordinated."""
    if not count:
        return "目前没有尚未办结的需协调事项。"
    listed = "具体如下" if shown == count else f"现列出提出时间最早的{shown}项"
    return f"目前尚未办结的需协调事项{count}项，{listed}："


def late_said(figures: Figures, day: str) -> str:
    """How many tasks are late, or were completed late."""
    red, late = figures.lights[Light.RED], figures.lights[Light.LATE_BLUE]
    told = f"截至{day}，" + (f"逾期未完成的任务{red}项" if red else "没有逾期未完成的任务")
    return f"{told}；另有{late}项任务逾期后完成。" if late else f"{told}。"


def errata_said(errata: Sequence[ErratumRow]) -> str:
    """What was corrected after the closing, without the words of texts; "" for nothing."""
    if not errata:
        return ""
    told = "；".join(
        f"任务{one.task_number}"
        + (f"第{one.measure}项举措" if one.measure else "")
        + f"的{ErratumField(one.field).label}"
        + (f"更正为{Status(one.new).label}" if one.field == ErratumField.STATUS else "已更正")
        for one in errata
    )
    return f"本期关闭后作出更正{len(errata)}处，数据仍为关闭时的情况：{told}。"


def _change(now: Figures, before: Figures, status: str) -> Change:
    return Change(now.tasks_by_status[status], before.tasks_by_status[status])


def _by_status(counts: Mapping[str, int], what: str) -> str:
    total = sum(counts.values())
    for status, count in counts.items():
        if count == total:
            return f"{total}项{what}全部{Status(status).label}"
    return f"{total}项{what}中，{_statuses(counts)}"


def _statuses(counts: Mapping[str, int]) -> str:
    order = (Status.COMPLETED, Status.ONGOING, Status.IN_PROGRESS, Status.NOT_STARTED)
    return "、".join(f"{one.label}{counts[one]}项" for one in order if counts[one])


def _rates(started: Rate, implemented: Rate, completed: Rate) -> str:
    return (
        f"启动率{rate_said(started)}、落地率{rate_said(implemented)}、完成率{rate_said(completed)}"
    )
