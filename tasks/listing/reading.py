"""The list as what it says: chapters, and tasks with their measures and agencies."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasks.listing.cells import (
    MalformedAgenciesError,
    NamedAgency,
    RowCells,
    agencies_read,
    measures_split,
)
from tasks.listing.faults import Fault, ListFaults
from tasks.listing.names import AgencyNames
from tasks.listing.rows import AGENCIES, ChapterRow, TableReader, TaskRow
from tasks.listing.source import lines_read
from tasks.models import ResponsibilityRole


@dataclass(frozen=True, slots=True)
class ListedAgency:
    """An agency of a task: its canonical name and the name that the list writes."""

    name: str
    written_name: str
    role: ResponsibilityRole


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A task as the list has it, its cells as written beside what they say."""

    line: int
    number: int
    chapter_number: int
    cells: RowCells
    measures: tuple[str, ...]
    division: str
    open_ended: bool
    agencies: tuple[ListedAgency, ...]


@dataclass(frozen=True, slots=True)
class OfficialList:
    """A list without fault: chapters by number with their titles (without 一、), tasks in order."""

    chapters: dict[int, str]
    tasks: tuple[ListedTask, ...]


def list_read(content: bytes, *, names: AgencyNames) -> OfficialList:
    """Read the bytes of a list. Raises ListFaults with every fault that it has."""
    lines, encoding_faults = lines_read(content)
    table = TableReader()
    table.read(lines)
    reader = _TaskReader(names)
    tasks = tuple(reader.task(row) for row in table.tasks if row.whole)
    # What else is wrong on a damaged line comes from the damage.
    damaged = {fault.line for fault in encoding_faults}
    other_faults = [fault for fault in table.faults + reader.faults if fault.line not in damaged]
    if encoding_faults or other_faults:
        raise ListFaults(encoding_faults + other_faults)
    return OfficialList(_chapter_titles(table.chapters), tasks)


def _chapter_titles(rows: list[ChapterRow]) -> dict[int, str]:
    return {row.number: row.title for row in rows}


class _TaskReader:
    """Reads the cells of joined rows, and collects what is wrong with their agencies."""

    def __init__(self, names: AgencyNames) -> None:
        self.faults: list[Fault] = []
        self._names = names

    def task(self, row: TaskRow) -> ListedTask:
        cell = row.agencies.text
        division, open_ended, named = "", False, tuple[NamedAgency, ...]()
        try:
            if cell.strip():
                read = agencies_read(cell)
                division, open_ended, named = read.division, read.open_ended, read.agencies
        except MalformedAgenciesError as error:
            line = row.agencies.line_at(0, otherwise=row.line)
            text = _("task %(number)d: %(fault)s") % {"number": row.number, "fault": error}
            self.faults.append(Fault(line, text, AGENCIES))
        return ListedTask(
            line=row.line,
            number=row.number,
            chapter_number=row.chapter_number,
            cells=RowCells(str(row.number), row.title.text, row.measures.text, cell),
            measures=measures_split(row.measures.text),
            division=division,
            open_ended=open_ended,
            agencies=self._agencies(row, named),
        )

    def _agencies(self, row: TaskRow, named: tuple[NamedAgency, ...]) -> tuple[ListedAgency, ...]:
        listed: dict[str, ListedAgency] = {}
        for agency in named:
            written = agency.written_name
            line = row.agencies.line_at(agency.offset, otherwise=row.line)
            name = self._names.canonical(written)
            if name is None:
                suggestion = self._names.suggestion(written)
                text = _('agency "%(name)s" is unknown; %(suggestion)s') % {
                    "name": written,
                    "suggestion": suggestion,
                }
                self.faults.append(Fault(line, text, AGENCIES))
            elif name in listed:
                text = _("task %(number)d names %(name)s twice; remove one of the two") % {
                    "number": row.number,
                    "name": name,
                }
                self.faults.append(Fault(line, text, AGENCIES))
            else:
                listed[name] = ListedAgency(name, written, agency.role)
        return tuple(listed.values())
