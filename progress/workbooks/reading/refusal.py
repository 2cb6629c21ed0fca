"""Why a workbook is not read: one exception, its message the sentence that the person reads."""

from django.utils.translation import gettext as _


class WorkbookRefused(Exception):  # noqa: N818 - an answer to the person, not an error of the program
    """The file cannot be read as a workbook. The message says why, and what to do instead."""


def broken(where: str) -> WorkbookRefused:
    """What the workbook says at this place contradicts itself or cannot be read."""
    return WorkbookRefused(
        _(
            "The workbook is damaged (%(where)s). Open it with Excel or WPS, save it again as "
            ".xlsx, and choose that file."
        )
        % {"where": "".join(c if c.isprintable() else "\ufffd" for c in where)[:120]}
    )


def too_much() -> WorkbookRefused:
    """There is more in it than anybody fills in, or more than it looks like."""
    return WorkbookRefused(
        _(
            "The workbook holds far more than a form or a list does. Delete the sheets, and the "
            "empty rows and columns below and beside the table, save it, and choose it again."
        )
    )
