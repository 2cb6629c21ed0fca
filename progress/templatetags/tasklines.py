"""The lines of a table of tasks as a template tag."""

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from progress.lights import Light
from progress.models import ReportingPeriod
from progress.pages.drawn import drawn
from progress.pages.lists.found import Place
from progress.pages.reading import address_of
from progress.rollups import AgencyRef, TaskRow
from progress.templatetags.components import (
    deadline,
    light_badge,
    report_state_badge,
    status_badge,
)
from progress.templatetags.searching import agency_with_hits, places_drawn, with_hits
from tasks.listing import chinese_numeral
from tasks.models import Division

register = template.Library()

# What a table shows that is no list with columns of its own; one across chapters names them too.
SHOWN = frozenset({"lead", "cos", "status", "measures", "light", "deadline", "report"})


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A row with its addresses and what is drawn of it; `report_page` is "" where there is none."""

    row: TaskRow
    page: str
    title: SafeString
    places: str
    chapter_page: str
    chapter_number: str
    leads: SafeString
    cos: SafeString
    status: SafeString
    light: SafeString
    deadline: SafeString
    report_page: str
    report_state: SafeString

    @property
    def to_choose(self) -> str:
        return _("Choose task %(number)s") % {"number": self.row.number}

    @property
    def cos_together(self) -> str:
        said = {"first": self.row.cos[0].short_name, "count": len(self.row.cos)}
        return _("%(first)s and others, %(count)s in all") % said

    @property
    def division(self) -> str:
        return str(Division(self.row.division).label)


@register.simple_tag
def task_lines(
    rows: Sequence[TaskRow],
    query: str,
    period: ReportingPeriod | str | None,
    columns: Collection[str],
    with_chapter: bool | str,
    words: Sequence[str] | str,
    found: Mapping[int, Sequence[Place]] | str,
    pick: str,
) -> SafeString:
    """A line for each row, as components/task_rows.html says; "" for what is not given."""
    code = period.code if isinstance(period, ReportingPeriod) else ""
    places = found if words and isinstance(found, Mapping) else {}
    return drawn(
        "task_rows.jinja",
        lines=_lines(rows, query, code, words, places),
        shown=columns or (SHOWN | {"chapter"} if with_chapter else SHOWN),
        pick=pick,
        words={
            "no": _("No."),
            "chapter": _("Chapter"),
            "lead": _("Lead"),
            "co_responsible": _("Co-responsible"),
            "and_others": _("and others"),
            "division": _("Division of labour"),
            "status": _("Status"),
            "measures_done": _("Measures done"),
            "light": _("Light"),
            "deadline": _("Deadline"),
            "not_set": _("Not set"),
            "report": _("Report"),
            "handed_in_late": _("handed in late"),
        },
    )


def _lines(
    rows: Sequence[TaskRow],
    query: str,
    code: str,
    words: Sequence[str] | str,
    found: Mapping[int, Sequence[Place]],
) -> Iterator[TaskLine]:
    # Dozens of rows share some fifty agencies, and all of them a few states.
    agency = functools.cache(lambda one: agency_with_hits(one, words, query))
    status, report_state = functools.cache(status_badge), functools.cache(report_state_badge)
    light = functools.cache(light_badge)

    def agencies(each: Sequence[AgencyRef]) -> SafeString:
        return format_html_join("、", "{}", ((agency(one),) for one in each))

    for row in rows:
        number, places = row.number, found.get(row.id, ())
        yield TaskLine(
            row,
            page=address_of("task", number) + query,
            title=with_hits(row.title, words),
            places=places_drawn(places) if places else "",
            chapter_page=address_of("chapter", row.chapter_number) + query,
            chapter_number=chinese_numeral(row.chapter_number),
            leads=agencies(row.leads),
            cos=agencies(row.cos),
            status=status(row.status),
            light=light(row.light, "" if row.light == Light.GREY else row.light_reason),
            deadline=deadline(row.deadline, row.original_deadline),
            report_page=address_of("report", number, code) if row.report_id and code else "",
            report_state=report_state(row.report_state),
        )
