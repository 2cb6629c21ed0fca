"""The coordinators' sheet of deadlines: written with what holds, and read with what shall hold."""

from progress.workbooks.deadlines.days import DayUnclear, day_read
from progress.workbooks.deadlines.reading import DeadlineLine, DeadlineSheet, deadline_sheet_read
from progress.workbooks.deadlines.writing import deadline_sheet_name, deadline_workbook

__all__ = [
    "DayUnclear",
    "DeadlineLine",
    "DeadlineSheet",
    "day_read",
    "deadline_sheet_name",
    "deadline_sheet_read",
    "deadline_workbook",
]
