"""The administrators' sheet of accounts: written as they are, and read as they shall be."""

from progress.workbooks.accounts.reading import AccountLine, AccountSheet, account_sheet_read
from progress.workbooks.accounts.writing import account_sheet_name, account_workbook

__all__ = [
    "AccountLine",
    "AccountSheet",
    "account_sheet_name",
    "account_sheet_read",
    "account_workbook",
]
