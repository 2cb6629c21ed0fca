"""进展情况表: the official form, a row for each measure, what is said of the task merged down."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from progress.lights import Light
from progress.models import Paper
from progress.workbooks.cells import height_of
from progress.workbooks.report.book import Book, Sheet
from progress.workbooks.report.content import ProgressContent, TaskEntry
from progress.workbooks.report.layout import (
    Pages,
    Stretch,
    Together,
    lines_needed,
    page_height,
    stretch,
    stretches_of,
)
from progress.workbooks.report.notes import closing_notes
from progress.workbooks.report.words import (
    as_of,
    chapter_band,
    deadline,
    labels,
    leads_and_cos,
    next_steps,
    remark,
    title,
)
from progress.workbooks.text_lines import lines_of
from tasks.models import Status

ANNEX_ROW, TITLE_ROW, AS_OF_ROW, SIGNED_ROW, GROUP_ROW, HEADING_ROW = range(6)
FIRST_ROW = HEADING_ROW + 1
HEADING_HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the form: its heading, below that of its group, and its width in half-width
    characters of the body font. `of_measure`: it says something of each measure by itself."""

    key: str
    heading: str
    group: str
    width: float
    centred: bool = False
    of_measure: bool = False


def columns_of(content: ProgressContent) -> list[Column]:
    """The columns in their order: the public edition has the form's without the internal ones."""
    agencies = pgettext("column group", "Responsible agencies")
    progress = pgettext("column group", "Progress")
    further = pgettext("column group", "Problems and further work")
    columns = [
        Column("number", pgettext("column", "No."), "", 5, centred=True),
        Column("title", pgettext("column", "Pilot task"), "", 30),
        Column("measure", pgettext("column", "Measures"), "", 40, of_measure=True),
        Column("leads", pgettext("column", "Lead"), agencies, 12),
        Column("cos", pgettext("column", "Co-responsible"), agencies, 14),
        Column("deadline", pgettext("column", "Deadline"), "", 10, centred=True),
        Column(
            "status", pgettext("form column", "Status"), progress, 8, centred=True, of_measure=True
        ),
        Column("light", pgettext("column", "Light"), progress, 6, centred=True),
        Column("progress", pgettext("column", "Progress this period"), progress, 44),
        Column("problems", pgettext("column", "Problems"), further, 16),
        Column("steps", pgettext("column", "Next steps and matters to coordinate"), further, 17),
        Column("remark", pgettext("column", "Remarks"), "", 8),
    ]
    if content.is_internal:
        return columns
    # The paper stays as wide: what is left over goes to the texts.
    wider = {"measure": 52, "progress": 79}
    return [
        replace(column, width=wider.get(column.key, column.width))
        for column in columns
        if column.key not in {"light", "problems", "steps", "remark"}
    ]


def form_write(
    book: Book,
    content: ProgressContent,
    *,
    paper: Paper,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Add the sheet; `on_progress` is told how many of how many tasks are written."""
    sheet = book.long_sheet(_("Progress"))
    columns = columns_of(content)
    last = len(columns) - 1
    for at, column in enumerate(columns):
        sheet.worksheet.set_column(at, at, column.width)
    sheet.printed_across(paper, repeated=(GROUP_ROW, HEADING_ROW))
    _head_write(sheet, content, columns)
    width = sum(column.width for column in columns)
    texts_of = partial(_texts_of, content=content, statuses=labels(Status), lights=labels(Light))
    notes = closing_notes(content)
    heights = [_across_height(note, width) for note in notes]
    pages = Pages(
        page=page_height(paper, widths=[column.width for column in columns]),
        head=sum(head_heights(content).values()) + 2 * HEADING_HEIGHT,
        repeated=2 * HEADING_HEIGHT,
    )
    row = FIRST_ROW
    for done, place in enumerate(_placed(content, columns, texts_of), start=1):
        row = place.together.first + len(place.together.heights)
        if done < len(content.tasks):
            pages.lay(place.together)
        else:
            pages.lay_last([place.together, Together(row, heights)])
        if place.band:
            _across(sheet, place.first - 1, last, place.band, "band", width)
        # Where a page ends within the task, its texts begin at the top, not in the page's break.
        is_torn = place.together.first in pages.torn
        _task_write(sheet, place, columns, top="_top" if is_torn else "")
        sheet.rows_end()
        if on_progress is not None:
            on_progress(done, len(content.tasks))
    sheet.worksheet.set_h_pagebreaks(pages.breaks)
    for at, note in enumerate(notes, start=row):
        _across(sheet, at, last, note, "note", width)


# What stands in the columns of a task, and in those of each of its measures.
Texts = tuple[Mapping[str, str | int], Sequence[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task stands: its first row, the band of its chapter where it is the first of it, what
    is said of it, and the rows of each measure."""

    first: int
    band: str
    said: Texts
    blocks: Sequence[Sequence[Stretch]]
    together: Together


def _placed(
    content: ProgressContent, columns: Sequence[Column], texts_of: Callable[[TaskEntry], Texts]
) -> Iterator[Place]:
    """The places of all tasks, one after the other: of a long list never all at once."""
    widths = {column.key: column.width for column in columns}
    bands = {one.number: chapter_band(one) for one in content.chapters}
    row = FIRST_ROW
    for task in content.tasks:
        # Each band stands once, above the first of its chapter.
        band = bands.pop(task.row.chapter_number, "")
        above = [_across_height(band, sum(widths.values()))] if band else []
        texts, measures = said = texts_of(task)
        blocks = _blocks(task, measures, widths)
        needed = lines_needed((str(texts[key]), widths[key]) for key in texts if key in widths)
        stretch(blocks, needed)
        heights = [one.height for block in blocks for one in block]
        together = Together(row, [*above, *heights], _ends(above, blocks, height_of(needed)))
        yield Place(row + len(above), band, said, blocks, together)
        row += len(together.heights)


def _blocks(
    task: TaskEntry, measures: Sequence[Mapping[str, str]], widths: Mapping[str, float]
) -> list[list[Stretch]]:
    return [
        stretches_of(
            progress=row.progress,
            beside=[(text, widths[key]) for key, text in measure.items()],
            width=widths["progress"],
        )
        for row, measure in zip(task.measures, measures, strict=True)
    ] or [[Stretch("", 1)]]


def _ends(
    above: Sequence[float], blocks: Sequence[Sequence[Stretch]], needed: float
) -> Sequence[int]:
    """After how many rows a page may end: between measures, once the task's texts have had room."""
    ends = []
    count, height = len(above), 0.0
    for block in blocks[:-1]:
        count += len(block)
        height += sum(one.height for one in block)
        if height >= needed:
            ends.append(count)
    return ends


def head_heights(content: ProgressContent) -> Mapping[int, float]:
    """By the row the heights above the headings; nobody signs the public edition."""
    signed = 26 if content.is_internal else 8
    return {ANNEX_ROW: 24, TITLE_ROW: 36, AS_OF_ROW: 22, SIGNED_ROW: signed}


def _head_write(sheet: Sheet, content: ProgressContent, columns: Sequence[Column]) -> None:
    last = len(columns) - 1
    for row, height in head_heights(content).items():
        sheet.worksheet.set_row(row, height)
    sheet.merged(ANNEX_ROW, 0, ANNEX_ROW, 1, _("Annex"), "annex")
    notice = _("Classified content must not be entered.") if content.is_internal else ""
    sheet.merged(ANNEX_ROW, 2, ANNEX_ROW, last, notice, "notice")
    sheet.merged(TITLE_ROW, 0, TITLE_ROW, last, title(), "title")
    sheet.merged(AS_OF_ROW, 0, AS_OF_ROW, last, as_of(content), "as_of")
    if content.is_internal:
        for left, right, label in (
            (0, 1, _("Filled in by (seal):")),
            (2, 2, _("Written by:")),
            (3, 5, _("Checked by:")),
            (6, 8, _("Telephone:")),
            (9, last, _("Date: year    month    day")),
        ):
            sheet.merged(SIGNED_ROW, left, SIGNED_ROW, right, label, "signed")
    _headings_write(sheet, columns)
    sheet.worksheet.freeze_panes(FIRST_ROW, 2)


def _headings_write(sheet: Sheet, columns: Sequence[Column]) -> None:
    """Two levels: what has no group stands in both rows."""
    for row in (GROUP_ROW, HEADING_ROW):
        sheet.worksheet.set_row(row, HEADING_HEIGHT)
    left = 0
    while left < len(columns):
        column = columns[left]
        right = left
        if not column.group:
            sheet.merged(GROUP_ROW, left, HEADING_ROW, left, column.heading, "heading")
        else:
            while right + 1 < len(columns) and columns[right + 1].group == column.group:
                right += 1
            sheet.merged(GROUP_ROW, left, GROUP_ROW, right, column.group, "heading")
            for at in range(left, right + 1):
                sheet.text(HEADING_ROW, at, columns[at].heading, "heading")
        left = right + 1


def _across_height(text: str, width: float) -> float:
    return height_of(max(len(lines_of(text, width)), 1) + 0.4)


def _across(sheet: Sheet, row: int, last: int, text: str, style: str, width: float) -> None:
    """A text across all columns."""
    sheet.merged(row, 0, row, last, text, style)
    sheet.worksheet.set_row(row, _across_height(text, width))


def _task_write(sheet: Sheet, place: Place, columns: Sequence[Column], *, top: str) -> None:
    texts, measures = place.said
    row = place.first
    ends = []
    for block in place.blocks:
        ends.append((row, row + len(block) - 1))
        for one in block:
            sheet.worksheet.set_row(row, one.height)
            row += 1
    for at, column in enumerate(columns):
        style = f"centred{top}" if column.centred else f"text{top}"
        if column.key == "progress":
            for (start, _end), block in zip(ends, place.blocks, strict=True):
                _progress_write(sheet, start, at, block, style)
        elif column.of_measure:
            for (start, end), measure in zip(ends, measures, strict=False):
                sheet.merged(start, at, end, at, measure[column.key], style)
        else:
            sheet.merged(place.first, at, row - 1, at, texts[column.key], style)


def _progress_write(
    sheet: Sheet, first: int, column: int, block: Sequence[Stretch], style: str
) -> None:
    """A measure's progress: where one row does not hold it, it goes on without a line between."""
    last = len(block) - 1
    for at, row in enumerate(block):
        if last:
            style = "goes_on" if at == 0 else "goes_on_from" if at == last else "between"
        sheet.text(first + at, column, row.progress, style)


def _texts_of(
    task: TaskEntry,
    *,
    content: ProgressContent,
    statuses: Mapping[str, str],
    lights: Mapping[str, str],
) -> Texts:
    leads, cos = leads_and_cos(task.row)
    texts = task.texts
    of_task: dict[str, str | int] = {
        "number": task.row.number,
        "title": task.row.title,
        "leads": leads,
        "cos": cos,
        "deadline": deadline(task.row, with_original=content.is_internal),
        "light": lights[task.row.light],
        "problems": texts.problems if texts else "",
        "steps": next_steps(texts),
        "remark": remark(task),
    }
    return of_task, [{"measure": one.text, "status": statuses[one.status]} for one in task.measures]
