"""The sheet as it comes back: each account as its row says it, and what is wrong, by cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from agencies.accounts_together import MOST_ACCOUNTS, AccountSaid
from agencies.models import Agency, Role, User
from progress.pasted_text import pasted_text_cleaned
from progress.workbooks.accounts.columns import CLOSED, HEADINGS, KEY_HEADING, OPEN, key_read
from progress.workbooks.reading import (
    CellError,
    ReadCell,
    ReadSheet,
    ReadWorkbook,
    WorkbookRefused,
    letters_of,
)
from tasks.listing.names import AgencyNames

# Unknown agencies for which a near one is looked for; as many as faults are shown.
MOST_SUGGESTED = 50


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A row that was filled in: the account it says, and as it was when the sheet went out (None:
    it was not in it). `places` are its cells by field."""

    row: int
    places: Mapping[str, str]
    said: AccountSaid
    was: AccountSaid | None


@dataclass(frozen=True, slots=True)
class AccountSheet:
    """The rows that were filled in, in the order of the sheet, and each fault with its cell."""

    lines: tuple[AccountLine, ...]
    faults: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the sheet has its header row, each field, and the hidden keys (0: nowhere)."""

    header_row: int
    of: Mapping[str, int]
    key: int


def account_sheet_read(
    workbook: ReadWorkbook, *, agencies: Sequence[Agency], names: AgencyNames
) -> AccountSheet:
    """What the sheet says; an agency goes by any of its spellings. Asks no database.

    Raises WorkbookRefused where no sheet has all headings, or one has too many rows.
    """
    found = [(sheet, columns) for sheet in workbook.sheets for columns in _columns(sheet)]
    if not found:
        headings = "、".join(str(one) for one in HEADINGS.values())
        raise WorkbookRefused(
            _(
                "This is no sheet of accounts, or it has lost a heading; it has to have these: "
                "%(headings)s. Download the sheet again and fill that one in."
            )
            % {"headings": headings}
        )
    if len(found) > 1:
        raise WorkbookRefused(
            _("Several sheets hold accounts: %(sheets)s. Leave the one that holds from now on.")
            % {"sheets": "、".join(sheet.name for sheet, _columns in found)}
        )
    ((sheet, columns),) = found
    reader = _Reader(sheet, columns, {one.name: one.pk for one in agencies}, names)
    lines = tuple(reader.lines())
    reader.renamed(lines)
    return AccountSheet(lines, tuple(reader.faults))


def _columns(sheet: ReadSheet) -> Iterator[_Columns]:
    headings = {field: _in_each_language(heading) for field, heading in HEADINGS.items()}
    for row, cells in sheet.rows():
        said = {_plain(str(cell.value)): cell.column for cell in cells}
        of = {
            field: column
            for field, written in headings.items()
            for heading, column in said.items()
            if heading in written
        }
        if len(of) == len(headings):
            yield _Columns(row, of, said.get(KEY_HEADING, 0))
            return


def _in_each_language(word: Promise | str) -> set[str]:
    """The word without its spaces: who fills the sheet in may read another language."""
    written = set()
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            written.add(_plain(str(word)))
    return written


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _by_word(words: Mapping[str, Promise | str]) -> dict[str, str]:
    return {word: value for value, label in words.items() for word in _in_each_language(label)}


class _Reader:
    def __init__(
        self, sheet: ReadSheet, columns: _Columns, agencies: Mapping[str, int], names: AgencyNames
    ) -> None:
        self.faults: list[tuple[str, str]] = []
        self._sheet, self._columns = sheet, columns
        self._agencies, self._names = agencies, names
        self._roles = _by_word({role.value: role.label for role in Role})
        self._suggested: dict[str, str] = {}
        self._states = _by_word({"open": OPEN, "closed": CLOSED})

    def lines(self) -> Iterator[AccountLine]:
        count = 0
        for row, _cells in self._sheet.rows():
            cells = {
                field: self._sheet.cells.get((row, column))
                for field, column in self._columns.of.items()
            }
            if row <= self._columns.header_row or not any(map(_says, cells.values())):
                continue
            count += 1
            if count > MOST_ACCOUNTS:
                raise WorkbookRefused(
                    _(
                        "The sheet has more than %(most)d rows. Take out those that change "
                        "nothing, or send it in parts."
                    )
                    % {"most": MOST_ACCOUNTS}
                )
            places = {f: f"{letters_of(at)}{row}" for f, at in self._columns.of.items()}
            before = len(self.faults)
            texts = {field: self._text(row, field, places[field]) for field in places}
            if len(self.faults) == before:
                line = self._line(row, places, texts)
                if len(self.faults) == before:
                    yield line

    def renamed(self, lines: Sequence[AccountLine]) -> None:
        """Name the rows whose user name was changed: of one that was copied, the first is there."""
        said = {line.said.username for line in lines}
        for line in lines:
            if line.was and line.was.username not in said:
                sentence = _(
                    "was “%(name)s”: a user name stays; add new people in rows of their own"
                )
                self.faults.append(
                    (line.places["username"], sentence % {"name": line.was.username})
                )

    def _text(self, row: int, field: str, place: str) -> str:
        column = self._columns.of[field]
        over = self._sheet.merge_of(row, column)
        if over is not None:
            sentence = _("is merged with others (%(cells)s); unmerge them and fill each in")
            self.faults.append((place, sentence % {"cells": over}))
            return ""
        cell = self._sheet.cells.get((row, column))
        if cell is None or (cell.value is None and not cell.is_formula):
            return ""
        value = cell.value
        if cell.is_formula:
            self.faults.append((place, _("holds a formula; put its value in its place")))
        elif isinstance(value, CellError):
            self.faults.append((place, _("holds the error %(error)s") % {"error": value}))
        elif isinstance(value, str):
            return " ".join(pasted_text_cleaned(value).split())
        elif isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        else:
            sentence = _("“%(written)s” is no text; write it as text")
            self.faults.append((place, sentence % {"written": str(value)[:30]}))
        return ""

    def _line(self, row: int, places: Mapping[str, str], texts: Mapping[str, str]) -> AccountLine:
        key = self._sheet.value(row, self._columns.key) if self._columns.key else None
        was = key_read(key) if isinstance(key, str) else None
        username = User.normalize_username(texts["username"])
        state = texts["is_active"]
        if state:
            is_active = self._word(self._states, state, "is_active", places) == "open"
        else:
            # Nothing said changes nothing; who is new may sign in.
            is_active = was.is_active if was and was.username == username else True
        said = AccountSaid(
            username=username,
            name=texts["name"],
            role=self._word(self._roles, texts["role"], "role", places) if texts["role"] else "",
            agency_id=self._agency(texts["agency"], places["agency"]),
            email=texts["email"],
            is_active=is_active,
        )
        return AccountLine(row, places, said, was)

    def _word(
        self, known: Mapping[str, str], written: str, field: str, places: Mapping[str, str]
    ) -> str:
        value = known.get(_plain(written))
        if value is None:
            labels = Role.labels if field == "role" else [OPEN, CLOSED]
            sentence = _("“%(written)s” is none of: %(known)s")
            words = {"written": written[:30], "known": "、".join(map(str, labels))}
            self.faults.append((places[field], sentence % words))
        return value or ""

    def _agency(self, written: str, place: str) -> int | None:
        written = written[:100]
        if not written:
            return None
        name = self._names.canonical(written)
        if name is None:
            if written not in self._suggested:
                # To look for a near name takes milliseconds, of some hundred names a second.
                many = len(self._suggested) >= MOST_SUGGESTED
                near = _("choose one that is listed") if many else self._names.suggestion(written)
                self._suggested[written] = near
            sentence = _('agency "%(name)s" is unknown; %(suggestion)s')
            words = {"name": written[:50], "suggestion": self._suggested[written]}
            self.faults.append((place, sentence % words))
            return None
        return self._agencies[name]


def _says(cell: ReadCell | None) -> bool:
    return cell is not None and (cell.is_formula or str(cell.value or "").strip() != "")
