"""Reading a filled form back: which line says what, and every fault by its cell."""

import datetime as dt
import difflib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from django.utils import translation
from django.utils.translation import gettext as _

from progress.pasted_text import pasted_text_cleaned
from progress.workbooks.forms.layout import CODE, HEADINGS, IDENTITY, KEY
from progress.workbooks.reading import CellError, ReadCell, ReadSheet, Value, workbook_read
from progress.workflow import LONGEST_TEXT
from tasks.models import Status

# A word that is less like any status is nothing that could be meant.
NEAR = 0.3
MOST_FAULTS = 50

# A value, and the cell that holds it.
Answer = tuple[str, str]


@dataclass(slots=True)
class FormAnswers:
    """What a filled form says: by the number of the line its fields, and what is wrong with it.

    `key` tells which form it is, "" where no sheet of it is one.
    """

    key: str = ""
    said: dict[int, dict[str, Answer]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def form_read(data: bytes, *, name: str) -> FormAnswers:
    """The answers of the uploaded workbook, wherever its rows have been moved to.

    Rows are known by their hidden identity and columns by their hidden codes, so that sheets may be
    renamed and rows sorted, filtered or deleted. Raises WorkbookRefused for what is no workbook.
    """
    answers = FormAnswers()
    for sheet in workbook_read(data, name=name).sheets:
        _sheet_read(sheet, answers)
    if len(answers.faults) > MOST_FAULTS:
        more = len(answers.faults) - MOST_FAULTS
        del answers.faults[MOST_FAULTS:]
        answers.faults.append(_("And %(count)d more of this kind.") % {"count": more})
    return answers


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a sheet of the form keeps what, as its hidden row says."""

    row: int
    key: str
    key_column: int
    fields: dict[int, str]


def _sheet_read(sheet: ReadSheet, answers: FormAnswers) -> None:
    head = _head_of(sheet)
    if head is None:
        if any(_identity(cell.value) for cell in sheet.cells.values()):
            answers.faults.append(
                _(
                    "Sheet “%(sheet)s”: its hidden first row is gone, so that its columns cannot "
                    "be told. Download the form anew and copy what you wrote into it."
                )
                % {"sheet": sheet.name}
            )
        return
    if answers.key and head.key != answers.key:
        answers.faults.append(
            _("Sheet “%(sheet)s” is from another form than the sheets before it; delete it.")
            % {"sheet": sheet.name}
        )
        return
    answers.key = head.key
    for row, _cells in sheet.rows():
        if row != head.row:
            _row_read(sheet, row, head, answers)


def _head_of(sheet: ReadSheet) -> _Head | None:
    """The hidden row of codes, wherever it has gone; None where the sheet has none."""
    for row, cells in sheet.rows():
        fields = {
            cell.column: cell.value.removeprefix(CODE)
            for cell in cells
            if isinstance(cell.value, str) and cell.value.startswith(CODE)
        }
        keys = [cell for cell in cells if isinstance(cell.value, str) and KEY.fullmatch(cell.value)]
        if fields and keys:
            return _Head(row, str(keys[0].value), keys[0].column, fields)
    return None


def _identity(value: Value) -> tuple[str, int, bool] | None:
    """The form's key, the line's number, and whether it is about the whole task."""
    found = IDENTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    return (found[1], int(found[2]), bool(found[3])) if found else None


def _row_read(sheet: ReadSheet, row: int, head: _Head, answers: FormAnswers) -> None:
    marked = sheet.value(row, head.key_column)
    if marked == HEADINGS:
        return
    identity = _identity(marked)
    if identity is None:
        for column in head.fields:
            if _is_filled(sheet, row, column):
                answers.faults.append(
                    _(
                        "%(cell)s: this row is none of the form's, so that nobody can tell what it "
                        "is about. Write in the row of the measure or task, and empty this one."
                    )
                    % {"cell": _cell_name(sheet, row, column)}
                )
                return
        return
    key, line, is_whole = identity
    first = _cell_name(sheet, row, min(head.fields))
    if key != head.key:
        answers.faults.append(
            _("%(cell)s: this row was copied from another form; delete it.") % {"cell": first}
        )
        return
    said = dict(_answers_of_row(sheet, row, head, is_whole=is_whole, faults=answers.faults))
    twice = answers.said.get(line)
    if twice is None:
        answers.said[line] = said
    elif any(twice[name][0] != value for name, (value, _cell) in said.items() if name in twice):
        answers.faults.append(
            _("%(cell)s and %(other)s are the same row of the form twice; delete one of them.")
            % {"cell": next(iter(twice.values()))[1], "other": first}
        )


def _answers_of_row(
    sheet: ReadSheet, row: int, head: _Head, *, is_whole: bool, faults: list[str]
) -> Iterator[tuple[str, Answer]]:
    for column, name in sorted(head.fields.items()):
        place = _cell_name(sheet, row, column)
        try:
            text = _text(sheet, row, column)
            value = _status(text) if name == "status" else _prose(text)
        except _CellRefused as refused:
            faults.append(f"{place}: {refused}")
            continue
        yield "remarks" if is_whole and name == "text" else name, (value, place)


class _CellRefused(Exception):  # noqa: N818 - an answer to the person, not an error of the program
    """What is wrong with a cell, and what to do about it."""


def _cell_name(sheet: ReadSheet, row: int, column: int) -> str:
    return f"{sheet.name}!{ReadCell(row, column, None).coordinate}"


def _is_filled(sheet: ReadSheet, row: int, column: int) -> bool:
    value = sheet.value(row, column)
    return value is not None and bool(str(value).strip())


def _text(sheet: ReadSheet, row: int, column: int) -> str:
    """What stands in the cell as text. Raises _CellRefused for what is no typed value."""
    if merged := sheet.merge_of(row, column):
        raise _CellRefused(
            _("it is merged with others (%(range)s). Unmerge them and write in each.")
            % {"range": merged}
        )
    cell = sheet.cells.get((row, column))
    if cell is None:
        return ""
    if cell.is_formula:
        raise _CellRefused(_("it holds a formula. Type what it should say."))
    if isinstance(cell.value, CellError):
        raise _CellRefused(
            _("it holds the error %(error)s. Type what it should say.") % {"error": cell.value}
        )
    return _typed(cell.value)


def _typed(value: Value) -> str:
    """A value as the person sees it."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, bool):
        return str(value).upper()
    return str(value)


def _prose(text: str) -> str:
    cleaned = pasted_text_cleaned(text)
    if len(cleaned) > LONGEST_TEXT:
        raise _CellRefused(
            _("the text has %(length)d characters; %(limit)d are allowed. Shorten it.")
            % {"length": len(cleaned), "limit": LONGEST_TEXT}
        )
    return cleaned


def _status(text: str) -> str:
    word = _plain(text)
    words = _status_words()
    if word in words:
        return words[word]
    choices = "、".join(str(label) for label in Status.labels)
    if not word:
        raise _CellRefused(
            _("it has no status. Choose one of: %(choices)s.") % {"choices": choices}
        )
    near = difflib.get_close_matches(word, words, n=1, cutoff=NEAR)
    if near:
        raise _CellRefused(
            _("“%(word)s” is no status; do you mean “%(near)s”? Choose one of: %(choices)s.")
            % {"word": text.strip()[:20], "near": Status(words[near[0]]).label, "choices": choices}
        )
    raise _CellRefused(
        _("“%(word)s” is no status. Choose one of: %(choices)s.")
        % {"word": text.strip()[:20], "choices": choices}
    )


@cache
def _status_words() -> dict[str, str]:
    """The statuses by their words in both languages: a form goes from hand to hand."""
    words: dict[str, str] = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            words |= {_plain(str(status.label)): status.value for status in Status}
    return words


def _plain(text: str) -> str:
    """Without blanks, and full-width letters and digits as their half-width ones."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
