"""From lines to joined rows: headers of pages left out, rows that cross a page put together."""

import re
import unicodedata
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.listing.cells import without_markup
from tasks.listing.faults import Fault
from tasks.listing.numerals import NUMBER_OF_NUMERAL
from tasks.listing.sequences import NumberedLine, sequence_faults

COLUMNS = ("序号", "试点任务", "落实举措", "责任单位")
NUMBER, AGENCIES = 0, 3
HEADING = re.compile(r"(?P<numeral>[〇零一二三四五六七八九十百]+)、(?P<title>.*)", re.DOTALL)
PLAIN_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
NUMBER_AT_START = re.compile(r"[1-9][0-9]{0,3}(?![0-9])")
LONGEST_CHAPTER_TITLE = 200
LONGEST_QUOTATION = 30


@dataclass(slots=True)
class JoinedCell:
    """A cell with the pieces that it was cut into by the pages of the original."""

    pieces: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, piece: str) -> None:
        if piece.strip():
            self.pieces.append((line, without_markup(piece)))

    @property
    def text(self) -> str:
        return "".join(piece for _line, piece in self.pieces)

    def line_at(self, offset: int, *, otherwise: int) -> int:
        """The line of the file on which this character of the joined text stands."""
        for line, piece in self.pieces:
            if offset < len(piece):
                return line
            offset -= len(piece)
        return otherwise


@dataclass(frozen=True, slots=True)
class ChapterRow:
    line: int
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """The row of a task. One with too few or too many cells is kept for its number alone."""

    line: int
    number: int
    chapter_number: int
    whole: bool
    title: JoinedCell = field(default_factory=JoinedCell)
    measures: JoinedCell = field(default_factory=JoinedCell)
    agencies: JoinedCell = field(default_factory=JoinedCell)

    def continued_by(self, line: int, cells: list[str]) -> None:
        for joined, piece in zip(self._cells(), cells[1:], strict=True):
            joined.add(line, piece)

    def empty_cell_faults(self) -> list[Fault]:
        if not self.whole:
            return []
        return [
            Fault(
                self.line,
                _("the cell %(name)s of task %(number)d is empty; every task has all four cells")
                % {"name": name, "number": self.number},
                column,
            )
            for column, (name, cell) in enumerate(
                zip(_cell_names(), self._cells(), strict=True), start=1
            )
            if not cell.text.strip()
        ]

    def _cells(self) -> tuple[JoinedCell, JoinedCell, JoinedCell]:
        return self.title, self.measures, self.agencies


def _cell_names() -> tuple[str, str, str]:
    return _("task (试点任务)"), _("measures (落实举措)"), _("agencies (责任单位)")


class TableReader:
    """Reads line after line into `chapters` and `tasks`, and what is wrong into `faults`."""

    def __init__(self) -> None:
        self.chapters: list[ChapterRow] = []
        self.tasks: list[TaskRow] = []
        self.faults: list[Fault] = []
        self._task: TaskRow | None = None
        self._in_table = False

    def read(self, lines: list[str]) -> None:
        for line, text in enumerate(lines, start=1):
            if text.strip():
                self._read_row(line, text.split("\t"))
        self.faults += sequence_faults(
            _("chapter"), [NumberedLine(one.number, one.line) for one in self.chapters]
        )
        self.faults += sequence_faults(
            _("task number"), [NumberedLine(one.number, one.line) for one in self.tasks]
        )
        self.faults += [fault for task in self.tasks for fault in task.empty_cell_faults()]
        self.faults += self._empty_chapter_faults()
        if not self.tasks:
            self.faults.append(
                Fault(
                    None,
                    _(
                        "there is no task in this file; a list is a table of four columns divided "
                        "by tabs: %(columns)s"
                    )
                    % {"columns": ", ".join(COLUMNS)},
                )
            )

    def _read_row(self, line: int, cells: list[str]) -> None:
        first = cells[0].strip()
        if len(cells) == 1 and not self._in_table and not HEADING.match(first):
            return  # The title above the table.
        self._in_table = True
        if first == COLUMNS[0]:
            self._check_header(line, cells)
            return
        if len(cells) != len(COLUMNS):
            self._read_torn_row(line, cells)
            return
        stands_alone = not any(cell.strip() for cell in cells[1:])
        if HEADING.match(first) or (stands_alone and first and not _number_meant(first)):
            self._read_heading(line, cells[0], stands_alone=stands_alone)
        elif first:
            self._start_task(line, cells)
        else:
            self._continue_task(line, cells)

    def _read_torn_row(self, line: int, cells: list[str]) -> None:
        """A row with too few or too many cells: only what keeps the count is taken from it."""
        self._fault(
            line,
            ngettext(
                "this row has %(count)d cell instead of %(wanted)d; cells are divided by one tab "
                "each, empty ones too",
                "this row has %(count)d cells instead of %(wanted)d; cells are divided by one tab "
                "each, empty ones too",
                len(cells),
            )
            % {"count": len(cells), "wanted": len(COLUMNS)},
        )
        heading = HEADING.match(cells[0])
        number = NUMBER_AT_START.match(cells[0].strip())
        if heading and heading["numeral"] in NUMBER_OF_NUMERAL:
            self._task = None
            chapter_number = NUMBER_OF_NUMERAL[heading["numeral"]]
            self.chapters.append(ChapterRow(line, chapter_number, heading["title"]))
        elif number:
            self._task = TaskRow(line, int(number[0]), self._chapter_number, whole=False)
            self.tasks.append(self._task)

    def _check_header(self, line: int, cells: list[str]) -> None:
        if len(cells) != len(COLUMNS) or not all(
            cell.strip().startswith(column) for cell, column in zip(cells, COLUMNS, strict=True)
        ):
            self._fault(
                line,
                _("the header reads %(header)s; the columns of a list are %(columns)s")
                % {
                    "header": ", ".join(cell.strip() for cell in cells),
                    "columns": ", ".join(COLUMNS),
                },
            )

    def _read_heading(self, line: int, heading: str, *, stands_alone: bool) -> None:
        self._task = None
        found = HEADING.fullmatch(heading)
        number = NUMBER_OF_NUMERAL.get(found["numeral"]) if found else None
        title = found["title"] if found else ""
        if number is None:
            self._fault(
                line,
                _(
                    '"%(heading)s" is neither the number of a task nor the heading of a chapter; a '
                    "heading reads 一、… and counts 一 to 九十九"
                )
                % {"heading": _beginning(heading)},
                NUMBER,
            )
            # Taken for the chapter that would follow, so that one slip is one fault.
            number = len(self.chapters) + 1
        elif not title.strip():
            self._fault(
                line,
                _("chapter %(number)d has no title; write it after %(heading)s")
                % {"number": number, "heading": heading},
                NUMBER,
            )
        elif len(title) > LONGEST_CHAPTER_TITLE:
            self._fault(
                line,
                _(
                    "the title of chapter %(number)d has %(length)d characters; %(limit)d are the "
                    "most"
                )
                % {"number": number, "length": len(title), "limit": LONGEST_CHAPTER_TITLE},
                NUMBER,
            )
        elif not stands_alone:
            self._fault(
                line,
                _("the heading of chapter %(number)d has other cells; leave them empty")
                % {"number": number},
            )
        self.chapters.append(ChapterRow(line, number, title))

    def _start_task(self, line: int, cells: list[str]) -> None:
        number = self._task_number(line, cells[0])
        if not self.chapters and not self.tasks:
            self._fault(
                line,
                _(
                    "task %(number)d stands before any chapter; a row 一、… with the chapter's "
                    "title comes first"
                )
                % {"number": number},
            )
        self._task = TaskRow(line, number, self._chapter_number, whole=True)
        self.tasks.append(self._task)
        self._task.continued_by(line, cells)

    @property
    def _chapter_number(self) -> int:
        return self.chapters[-1].number if self.chapters else 1

    def _task_number(self, line: int, written: str) -> int:
        """The number of a task; where it is written badly, the one that was probably meant."""
        if PLAIN_NUMBER.fullmatch(written):
            return int(written)
        meant = _number_meant(written)
        following = self.tasks[-1].number + 1 if self.tasks else 1
        if meant is not None:
            suggestion = _("write %(meant)d in plain digits without anything else") % {
                "meant": meant
            }
        else:
            suggestion = _("did you mean %(meant)s?") % {"meant": following}
        text = _('"%(written)s" is not the number of a task; %(suggestion)s') % {
            "written": _beginning(written),
            "suggestion": suggestion,
        }
        self._fault(line, text, NUMBER)
        return following if meant is None else meant

    def _continue_task(self, line: int, cells: list[str]) -> None:
        if self._task is None:
            self._fault(
                line,
                _(
                    "this row has no number, so it goes on with a task, but there is none before "
                    "it in this chapter; give it its number or move it behind its task"
                ),
            )
        elif len(cells) == len(COLUMNS):
            self._task.continued_by(line, cells)

    def _empty_chapter_faults(self) -> list[Fault]:
        with_tasks = {task.chapter_number for task in self.tasks}
        return [
            Fault(
                one.line,
                _("chapter %(number)d has no task; add its tasks or remove it")
                % {"number": one.number},
            )
            for one in self.chapters
            if one.number not in with_tasks
        ]

    def _fault(self, line: int, text: str, column: int | None = None) -> None:
        self.faults.append(Fault(line, text, column))


def _number_meant(written: str) -> int | None:
    """The number in full-width digits, with spaces, leading zeros or a full stop; or None."""
    plain = "".join(unicodedata.normalize("NFKC", written).split()).rstrip("、.。").lstrip("0")
    return int(plain) if PLAIN_NUMBER.fullmatch(plain) else None


def _beginning(text: str) -> str:
    """A cell as a fault quotes it: whole where it is short."""
    return text if len(text) <= LONGEST_QUOTATION else f"{text[:LONGEST_QUOTATION]}…"
