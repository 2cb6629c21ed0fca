"""Offline forms of an agency: written as a workbook, and read back wherever its rows have gone."""

from progress.workbooks.forms.reading import FormAnswers, form_read
from progress.workbooks.forms.writing import form_name, form_workbook

__all__ = ["FormAnswers", "form_name", "form_read", "form_workbook"]
