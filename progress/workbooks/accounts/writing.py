"""The sheet as it goes out: each account in its row, empty rows below, and lists to choose from."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from agencies.accounts_together import MOST_ACCOUNTS
from agencies.models import Agency, Role, User
from progress.workbooks.accounts.columns import CLOSED, HEADINGS, KEY_HEADING, OPEN, key_of
from progress.workbooks.archive import workbook_bytes
from progress.workbooks.cells import height_of, printed_across, styles_add, text_write
from progress.workbooks.text_lines import lines_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

TITLE_ROW, HOW_ROW, NOTICE_ROW, HEADER_ROW = 1, 2, 3, 4
WIDTHS = (20, 14, 16, 36, 32, 10)
LAST_COLUMN = len(WIDTHS)
KEY_COLUMN = LAST_COLUMN + 1
# Rows that are drawn for new accounts; more may be filled in.
EMPTY_ROWS = 30
# So that a user name of digits stays what is typed.
AS_TEXT = "@"


def account_workbook(
    *, accounts: Sequence[User], agencies: Sequence[Agency], now: dt.datetime, language: str
) -> bytes:
    """These accounts, their agencies fetched, as the bytes of an .xlsx file to be filled in.

    `agencies` are those to choose from. No cell is locked: rows are added, sorted and taken out.
    """
    from openpyxl import Workbook

    with translation.override(language):
        workbook = Workbook()
        workbook.properties.title = _("Accounts to fill in")
        styles_add(workbook)
        sheet = workbook.active
        assert sheet is not None
        sheet.title = _("Accounts")
        _head_write(sheet)
        for at, account in enumerate(accounts, start=HEADER_ROW + 1):
            _row_write(sheet, at, _cells(account))
            sheet.cell(at, KEY_COLUMN, key_of(account))
        first = HEADER_ROW + 1 + len(accounts)
        for at in range(first, min(first + EMPTY_ROWS, HEADER_ROW + MOST_ACCOUNTS + 1)):
            _row_write(sheet, at, [""] * LAST_COLUMN)
        _choices_add(workbook, sheet, agencies)
        return workbook_bytes(workbook, now=now)


def account_sheet_name(*, today: dt.date, language: str) -> str:
    """The file's name, such as 账号填报表_2026-11-24.xlsx."""
    with translation.override(language):
        return _("Accounts_%(day)s.xlsx") % {"day": today.isoformat()}


def _cells(account: User) -> list[str]:
    return [
        account.username,
        account.name,
        str(Role(account.role).label),
        account.agency.name if account.agency else "",
        account.email,
        str(OPEN if account.is_active else CLOSED),
    ]


def _head_write(sheet: "Worksheet") -> None:
    for letter, width in zip("ABCDEF", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.column_dimensions["G"].hidden = True
    how = _(
        "Change what is to change, and add new people below. Rows that are taken out stay as they "
        "are; close the account of somebody who leaves in the last column. Only reporters and "
        "agency approvers have an agency. Write no passwords: new people are mailed a link, or get "
        "one from an administrator. At most %(most)d rows."
    ) % {"most": MOST_ACCOUNTS}
    for row, text, style, height in (
        (TITLE_ROW, _("Accounts to fill in"), "title", 36.0),
        (HOW_ROW, how, "note", height_of(len(lines_of(how, sum(WIDTHS))))),
        (NOTICE_ROW, _("Classified content must not be entered."), "notice", 18.0),
    ):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=LAST_COLUMN)
        text_write(sheet, row, 1, text, style)
        sheet.row_dimensions[row].height = height
    for column, heading in enumerate(HEADINGS.values(), start=1):
        text_write(sheet, HEADER_ROW, column, str(heading), "heading")
    sheet.cell(HEADER_ROW, KEY_COLUMN, KEY_HEADING)
    printed_across(sheet, header_row=HEADER_ROW)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 2)


def _row_write(sheet: "Worksheet", at: int, cells: Sequence[str]) -> None:
    for column, text in enumerate(cells, start=1):
        text_write(sheet, at, column, text, "text")
        sheet.cell(at, column).number_format = AS_TEXT


def _choices_add(workbook: "Workbook", sheet: "Worksheet", agencies: Sequence[Agency]) -> None:
    """A second sheet with what may be chosen, and the cells that offer it."""
    from openpyxl.worksheet.datavalidation import DataValidation

    choices = workbook.create_sheet(_("Choices"))
    last = HEADER_ROW + MOST_ACCOUNTS
    columns = (
        ("C", "A", HEADINGS["role"], [str(role.label) for role in Role]),
        ("D", "B", HEADINGS["agency"], [one.name for one in agencies]),
        ("F", "C", HEADINGS["is_active"], [str(OPEN), str(CLOSED)]),
    )
    for place, (column, listed, heading, texts) in enumerate(columns, start=1):
        choices.column_dimensions[listed].width = WIDTHS["ABCDEF".index(column)]
        text_write(choices, 1, place, str(heading), "heading")
        for at, text in enumerate(texts, start=2):
            text_write(choices, at, place, text, "text")
        end = max(len(texts), 1) + 1
        offered = DataValidation(
            type="list",
            formula1=f"'{choices.title}'!${listed}$2:${listed}${end}",
            allow_blank=True,
            # What is not listed is refused with a better sentence when the sheet comes back.
            showErrorMessage=False,
        )
        offered.add(f"{column}{HEADER_ROW + 1}:{column}{last}")
        sheet.add_data_validation(offered)
