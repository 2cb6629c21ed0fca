"""What a template of the brief may say: its variables, each with its Chinese name and meaning.

People write the names in Word, so they are words of the office. A template is checked against these
types before it is used, and the page that lists the variables is made of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Variable:
    """How a field of the context is called in templates, and what it means."""

    name: str
    meaning: Words


@dataclass(frozen=True, slots=True)
class Counts:
    """Tasks or measures by status; a rate of nothing reads "—"."""

    all: Annotated[int, Variable("总数", _("How many there are"))]
    completed: Annotated[int, Variable("已完成", _("Completed"))]
    ongoing: Annotated[int, Variable("长期坚持", _("Ongoing"))]
    in_progress: Annotated[int, Variable("推进中", _("In progress"))]
    not_started: Annotated[int, Variable("未启动", _("Not started"))]
    started: Annotated[str, Variable("启动率", _("Started rate"))]
    implemented: Annotated[str, Variable("落地率", _("Implemented rate"))]
    completed_rate: Annotated[str, Variable("完成率", _("Completed rate"))]


@dataclass(frozen=True, slots=True)
class Lights:
    red: Annotated[int, Variable("红灯", _("Tasks past their deadline"))]
    yellow: Annotated[int, Variable("黄灯", _("Tasks with a yellow light"))]
    green: Annotated[int, Variable("绿灯", _("Tasks in time"))]
    blue: Annotated[int, Variable("蓝灯", _("Tasks completed in time"))]
    late_blue: Annotated[int, Variable("逾期完成", _("Tasks completed after their deadline"))]
    grey: Annotated[int, Variable("未设时限", _("Tasks without a deadline"))]


@dataclass(frozen=True, slots=True)
class HandingIn:
    due: Annotated[int, Variable("应报", _("Reports that the period asks for"))]
    handed_in: Annotated[int, Variable("已报", _("Reports handed in"))]
    on_time: Annotated[int, Variable("按时", _("Reports handed in by the due date"))]
    late: Annotated[int, Variable("逾期", _("Reports handed in after the due date"))]
    missing: Annotated[int, Variable("未报", _("Reports not handed in"))]
    on_time_rate: Annotated[str, Variable("按时报送率", _("Share of reports handed in on time"))]


@dataclass(frozen=True, slots=True)
class ChapterLine:
    numeral: Annotated[str, Variable("序号", _("Number of the chapter, as 一, 二, …"))]
    title: Annotated[str, Variable("名称", _("Title of the chapter"))]
    tasks: Annotated[Counts, Variable("任务", _("Its tasks by status"))]
    lights: Annotated[Lights, Variable("亮灯", _("Its tasks by light"))]
    said: Annotated[str, Variable("情况", _("A sentence on the chapter"))]


@dataclass(frozen=True, slots=True)
class ResultLine:
    kind: Annotated[str, Variable("类别", _("Kind of the result"))]
    title: Annotated[str, Variable("名称", _("What the result is called"))]
    document: Annotated[str, Variable("文号", _("Number of the document, empty for none"))]
    day: Annotated[str, Variable("日期", _("Date of the result"))]
    task: Annotated[int, Variable("任务号", _("Number of the task"))]
    task_title: Annotated[str, Variable("任务名称", _("Title of the task"))]
    leads: Annotated[str, Variable("牵头单位", _("Lead agencies"))]


@dataclass(frozen=True, slots=True)
class Results:
    all: Annotated[int, Variable("总数", _("Results of this period's approved reports"))]
    policies: Annotated[int, Variable("政策文件", _("Policy documents among them"))]
    projects: Annotated[int, Variable("落地项目", _("Projects landed among them"))]
    firsts: Annotated[int, Variable("首创首单", _("Firsts of their kind among them"))]
    practices: Annotated[int, Variable("创新实践案例", _("Practice cases among them"))]
    lines: Annotated[tuple[ResultLine, ...], Variable("清单", _("Each result, by kind and date"))]


@dataclass(frozen=True, slots=True)
class ProblemLine:
    task: Annotated[int, Variable("任务号", _("Number of the task"))]
    title: Annotated[str, Variable("任务名称", _("Title of the task"))]
    leads: Annotated[str, Variable("牵头单位", _("Lead agencies"))]
    light: Annotated[str, Variable("亮灯", _("Light of the task"))]
    text: Annotated[
        str,
        Variable("内容", _("Problems as reported, whole sentences from the beginning")),
    ]


@dataclass(frozen=True, slots=True)
class Problems:
    tasks: Annotated[int, Variable("任务数", _("Tasks whose approved report names problems"))]
    shown: Annotated[int, Variable("列出数", _("How many of them are listed"))]
    lines: Annotated[
        tuple[ProblemLine, ...],
        Variable("清单", _("Those listed: late ones first, then those near their deadline")),
    ]


@dataclass(frozen=True, slots=True)
class MatterLine:
    task: Annotated[int, Variable("任务号", _("Number of the task"))]
    title: Annotated[str, Variable("任务名称", _("Title of the task"))]
    agency: Annotated[str, Variable("提出单位", _("Agency whose report raised the matter"))]
    raised_on: Annotated[str, Variable("提出日期", _("Date on which it was raised"))]
    text: Annotated[
        str,
        Variable("内容", _("The matter as reported, whole sentences from the beginning")),
    ]


@dataclass(frozen=True, slots=True)
class Matters:
    all: Annotated[int, Variable("总数", _("Matters to coordinate that are not closed"))]
    shown: Annotated[int, Variable("列出数", _("How many of them are listed"))]
    lines: Annotated[
        tuple[MatterLine, ...],
        Variable("清单", _("Those listed, the longest wait first")),
    ]


@dataclass(frozen=True, slots=True)
class LateLine:
    task: Annotated[int, Variable("任务号", _("Number of the task"))]
    title: Annotated[str, Variable("任务名称", _("Title of the task"))]
    leads: Annotated[str, Variable("牵头单位", _("Lead agencies"))]
    deadline: Annotated[str, Variable("完成时限", _("Deadline"))]
    status: Annotated[str, Variable("推进状态", _("Status"))]


@dataclass(frozen=True, slots=True)
class Late:
    all: Annotated[int, Variable("总数", _("Tasks past their deadline"))]
    lines: Annotated[
        tuple[LateLine, ...],
        Variable("清单", _("Each of them, the earliest deadline first")),
    ]


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences that are right whatever the figures are; a template may write its own instead."""

    opening: Annotated[str, Variable("导语", _("What the document reports and as of when"))]
    tasks: Annotated[str, Variable("任务", _("Tasks by status and their rates"))]
    change: Annotated[
        str,
        Variable("较上期", _("What changed since the period before; empty for the first")),
    ]
    measures: Annotated[str, Variable("举措", _("Measures by status and their rates"))]
    lights: Annotated[str, Variable("亮灯", _("Tasks by light"))]
    handing_in: Annotated[str, Variable("报送", _("Reports handed in"))]
    results: Annotated[str, Variable("成果", _("Results by kind"))]
    problems: Annotated[str, Variable("问题", _("How many tasks have problems"))]
    matters: Annotated[str, Variable("协调", _("How many matters are to be coordinated"))]
    late: Annotated[str, Variable("逾期", _("How many tasks are late"))]
    errata: Annotated[str, Variable("更正", _("What was corrected since; empty for nothing"))]
    notes: Annotated[str, Variable("口径", _("How the figures are counted"))]


@dataclass(frozen=True, slots=True)
class Brief:
    """The whole of it. What is typed on the page of the brief may be empty, but for the date."""

    period: Annotated[str, Variable("期间", _("The reporting period, in words"))]
    day: Annotated[str, Variable("截止日期", _("The day as of which it is read"))]
    before: Annotated[str, Variable("上期", _("The period before; empty for the first"))]
    is_open: Annotated[
        bool, Variable("填报中", _("Whether the period is still open, for {% if %}"))
    ]
    masthead: Annotated[str, Variable("发文机关标志", _("Masthead"))]
    copy_number: Annotated[str, Variable("份号", _("Copy number"))]
    document: Annotated[str, Variable("文号", _("Document number"))]
    signer: Annotated[str, Variable("签发人", _("Signed off by"))]
    addressee: Annotated[str, Variable("主送", pgettext_lazy("brief", "Addressed to"))]
    signature: Annotated[str, Variable("署名", _("Signature"))]
    dated: Annotated[str, Variable("成文日期", _("Date of the document"))]
    copies: Annotated[str, Variable("抄送", _("Copies to"))]
    chapters_count: Annotated[int, Variable("章节数", _("How many chapters there are"))]
    dropped: Annotated[
        int,
        Variable("调出", _("Tasks counted that have left the list since the closing")),
    ]
    errata: Annotated[int, Variable("更正", _("Errata of the period, made after its closing"))]
    tasks: Annotated[Counts, Variable("任务", _("Tasks by status"))]
    measures: Annotated[Counts, Variable("举措", _("Measures by status"))]
    lights: Annotated[Lights, Variable("亮灯", _("Tasks by light"))]
    handing_in: Annotated[HandingIn, Variable("报送", _("The period's reports"))]
    chapters: Annotated[
        tuple[ChapterLine, ...],
        Variable("章节", _("Each chapter, in the list's order")),
    ]
    results: Annotated[Results, Variable("成果", _("Results"))]
    problems: Annotated[Problems, Variable("问题", _("Problems"))]
    matters: Annotated[Matters, Variable("事项", _("Matters to coordinate"))]
    late: Annotated[Late, Variable("逾期", _("What is late"))]
    said: Annotated[Sentences, Variable("表述", _("Ready sentences"))]


@dataclass(frozen=True, slots=True)
class Loop:
    """What a template knows of its turn within {% for %}; Jinja's own words."""

    index: Annotated[int, Variable("index", "")]
    first: Annotated[bool, Variable("first", "")]
    last: Annotated[bool, Variable("last", "")]
    length: Annotated[int, Variable("length", "")]


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of value a name stands for: a text, number or yes-or-no (`of` is its type), a group
    of variables, or many of one such (`is_many`)."""

    of: type
    is_many: bool = False

    @property
    def is_group(self) -> bool:
        return is_dataclass(self.of)

    def members(self) -> Mapping[str, "Shape"]:
        """By its name what can follow a point; nothing after a value or a list."""
        return {} if self.is_many or not self.is_group else _members(self.of)


def _members(group: type) -> Mapping[str, Shape]:
    return {one.name: _shape(hint) for _field, hint, one in _variables(group)}


_KNOWN: dict[type, Sequence[tuple[str, Any, Variable]]] = {}


def _variables(group: type) -> Sequence[tuple[str, Any, Variable]]:
    """The fields of a group, the type of each, and how it is called."""
    if group not in _KNOWN:
        _KNOWN[group] = [
            (name, get_args(hint)[0], hint.__metadata__[0])
            for name, hint in get_type_hints(group, include_extras=True).items()
            if get_origin(hint) is Annotated
        ]
    return _KNOWN[group]


def _shape(hint: Any) -> Shape:
    if get_origin(hint) is tuple:
        return Shape(get_args(hint)[0], is_many=True)
    return Shape(hint)


ROOT: Shape = Shape(Brief)


def as_named(value: Any) -> Any:
    """The value for a template: groups as mappings by their Chinese names."""
    if isinstance(value, tuple):
        return [as_named(one) for one in value]
    if not is_dataclass(value):
        return value
    return {
        one.name: as_named(getattr(value, field)) for field, _hint, one in _variables(type(value))
    }


@dataclass(frozen=True, slots=True)
class Described:
    """A variable as the page lists it: how it is written, what it means, what it is in the sample.

    Of a list `example` is "" and `within` are the variables of one of its lines.
    """

    name: str
    meaning: Words
    example: str
    within: tuple["Described", ...] = ()


# What a line of a list is called in the examples.
TURN = "行"


def described(sample: Brief) -> Iterator[Described]:
    """Every variable, in the order in which they are declared, with its value in the sample."""
    yield from _described(sample, "")


def _described(group: Any, prefix: str) -> Iterator[Described]:
    for field, _hint, one in _variables(type(group)):
        name, value = f"{prefix}{one.name}", getattr(group, field)
        if isinstance(value, tuple):
            yield Described(name, one.meaning, "", tuple(_described(value[0], f"{TURN}.")))
        elif is_dataclass(value):
            yield from _described(value, f"{name}.")
        else:
            yield Described(name, one.meaning, "" if isinstance(value, bool) else str(value))
