"""The official list as a workbook: written from the register, and a revised one read from Excel."""

from progress.workbooks.lists.reading import ListSheet, list_sheet_read
from progress.workbooks.lists.writing import list_name, list_workbook

__all__ = ["ListSheet", "list_name", "list_sheet_read", "list_workbook"]
