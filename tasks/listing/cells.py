"""The cells of a row: read into their parts, and written again from what is stored.

Reading and writing are inverse: what `measures_split` and `agencies_read` take apart,
`measures_cell` and `agencies_cell` put together character for character.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from tasks.listing.numerals import HIGHEST, chinese_numeral
from tasks.models import Division, ResponsibilityRole, Task

# Markup of the file, not text of the list, and so is the white space around it.
PARAGRAPH_TAG = re.compile(r"\s*</?p(?:\s[^<>]*)?/?>\s*", re.IGNORECASE)
# A sentence starts with the cell, or after a full stop and the quotation marks that close with it.
SENTENCE_START = r"(?:^|[。！？!?][”’」』）》】)\"']*)\s*"

DIVIDER = "、"
BY_DUTY = "按职责分工负责"
OPEN_ENDED = "等"
CO_LEAD_START = "双牵头单位：{leads}"
CO_LEAD_END = "；配合单位：{others}"
CO_LEAD = re.compile(r"双牵头单位：(?P<leads>[^：；:;]+)(?:；配合单位：(?P<others>[^：；:;]+))?")
CO_LEAD_FORM = "双牵头单位：A、B；配合单位：C、D"


def without_markup(text: str) -> str:
    return PARAGRAPH_TAG.sub("", text)


def measures_split(cell: str) -> tuple[str, ...]:
    """The measures of a cell, marks included; joined they are the cell again.

    The list divides by 一是, 二是, … where these stand at the start of a sentence and count up from
    one. Words before 一是 stay with the first measure; a cell without marks is one measure.
    """
    starts: list[int] = []
    position = 0
    for number in range(1, HIGHEST + 1):
        mark = re.compile(SENTENCE_START + f"(?P<mark>{chinese_numeral(number)}是)")
        found = mark.search(cell, position)
        if found is None:
            break
        starts.append(found.start("mark"))
        position = found.end("mark")
    cuts = [0, *starts[1:], len(cell)]
    return tuple(cell[begin:end] for begin, end in pairwise(cuts))


def measure_without_mark(text: str, ordinal: int) -> str:
    """A measure's own words, by which it is known again when a revised list counts anew."""
    return text.removeprefix(f"{chinese_numeral(ordinal)}是") if ordinal <= HIGHEST else text


@dataclass(frozen=True, slots=True)
class NamedAgency:
    """An agency as a cell writes it, and at which character of the cell."""

    written_name: str
    role: ResponsibilityRole
    offset: int


@dataclass(frozen=True, slots=True)
class AgenciesCell:
    """How a cell of agencies reads, in the order of the list; the first is the lead."""

    division: Division
    open_ended: bool
    agencies: tuple[NamedAgency, ...]


class MalformedAgenciesError(ValueError):
    """A cell of agencies that cannot be read; the message says what to write instead."""


def agencies_read(cell: str) -> AgenciesCell:
    """Take a cell of agencies apart. Raises MalformedAgenciesError."""
    named = cell.removesuffix(BY_DUTY)
    by_duty = named != cell
    open_ended = named.endswith(OPEN_ENDED)
    named = named.removesuffix(OPEN_ENDED)
    if not named:
        raise MalformedAgenciesError(
            _('the cell "%(cell)s" names no agency; name at least the lead') % {"cell": cell}
        )
    if "牵头单位" in named or "配合单位" in named:
        if by_duty:
            raise MalformedAgenciesError(
                _("双牵头单位 and %(duty)s exclude each other; leave one of them out")
                % {"duty": BY_DUTY}
            )
        return AgenciesCell(Division.CO_LEAD, open_ended, _co_lead_agencies(named))
    agencies = _names(named, 0, ResponsibilityRole.CO)
    lead = NamedAgency(agencies[0].written_name, ResponsibilityRole.LEAD, 0)
    division = Division.BY_DUTY if by_duty else Division.LEAD_COMPILES
    return AgenciesCell(division, open_ended, (lead, *agencies[1:]))


def _co_lead_agencies(named: str) -> tuple[NamedAgency, ...]:
    found = CO_LEAD.fullmatch(named)
    if found is None:
        raise MalformedAgenciesError(
            _('"%(named)s" cannot be read; write %(form)s with full-width ： and ；')
            % {"named": named, "form": CO_LEAD_FORM}
        )
    leads = _names(found["leads"], found.start("leads"), ResponsibilityRole.LEAD)
    if len(leads) != 2:
        raise MalformedAgenciesError(
            _("双牵头单位 means two leads, but names %(count)d; write %(form)s")
            % {"count": len(leads), "form": CO_LEAD_FORM}
        )
    if found["others"] is None:
        return leads
    return leads + _names(found["others"], found.start("others"), ResponsibilityRole.CO)


def _names(text: str, start: int, role: ResponsibilityRole) -> tuple[NamedAgency, ...]:
    names: list[NamedAgency] = []
    offset = start
    for name in text.split(DIVIDER):
        if not name.strip():
            raise MalformedAgenciesError(
                _('an agency is missing beside a 、 in "%(text)s"; add it or remove the 、')
                % {"text": text}
            )
        names.append(NamedAgency(name, role, offset))
        offset += len(name) + len(DIVIDER)
    return tuple(names)


def measures_cell(texts: Iterable[str]) -> str:
    """The cell 落实举措 again, from the measures' texts in order."""
    return "".join(texts)


def agencies_cell(*, division: str, open_ended: bool, names: Iterable[tuple[str, str]]) -> str:
    """The cell 责任单位 again, from (role, name as written) in order of position."""
    roles_and_names = list(names)
    if division == Division.CO_LEAD:
        leads = [name for role, name in roles_and_names if role == ResponsibilityRole.LEAD]
        others = [name for role, name in roles_and_names if role == ResponsibilityRole.CO]
        cell = CO_LEAD_START.format(leads=DIVIDER.join(leads))
        if others:
            cell += CO_LEAD_END.format(others=DIVIDER.join(others))
    else:
        cell = DIVIDER.join(name for _role, name in roles_and_names)
    if open_ended:
        cell += OPEN_ENDED
    return cell + BY_DUTY if division == Division.BY_DUTY else cell


@dataclass(frozen=True, slots=True)
class RowCells:
    """The four cells of a task's row as the list writes them."""

    number: str
    title: str
    measures: str
    agencies: str


def row_cells(task: Task) -> RowCells:
    """A task's row of the list, written again from what is stored.

    Who answers for the task today may be others than the list says: then the list's own words are
    kept and stand here. Reads `task.measures` and `task.responsibilities`: prefetch them for more
    than one task.
    """
    measures = sorted(task.measures.all(), key=lambda measure: measure.ordinal)
    return RowCells(
        number=str(task.number),
        title=task.title,
        measures=measures_cell(measure.text for measure in measures),
        agencies=task.listed_agencies or agencies_cell_today(task),
    )


def agencies_cell_today(task: Task) -> str:
    """The cell 责任单位 as today's responsibilities write it; reads `task.responsibilities`."""
    responsibilities = sorted(task.responsibilities.all(), key=lambda one: one.position)
    return agencies_cell(
        division=task.division,
        open_ended=task.open_ended,
        names=((one.role, one.written_name) for one in responsibilities),
    )
