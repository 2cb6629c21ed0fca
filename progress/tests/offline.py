"""What people do with an offline form, in as few words as a test can say it."""

import io
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from progress.models import SheetUpload
from progress.workflow.sheets import ComparedCell, comparison_of

PAGE, DOWNLOAD = "/my/form/", "/my/form/download/"
# Sheets by their place, and columns of the first: their words are those of the reader's language.
MEASURES, WHOLE, CONTRIBUTIONS = 1, 2, 3
STATUS, TEXT = "E", "F"
PROBLEMS, NEXT_STEPS, COORDINATION = "D", "E", "F"
CONTRIBUTED = "F"
FIRST = 5


def downloaded(client: Client, code: str = "2026-10") -> Workbook:
    answer = client.post(DOWNLOAD, {"period": code})
    assert answer.status_code == 200, answer.content[:2000]
    return load_workbook(io.BytesIO(answer.content))


def sheet_of(workbook: Workbook, place: int) -> Worksheet:
    """A sheet by its place: MEASURES, WHOLE or CONTRIBUTIONS."""
    sheet = workbook.worksheets[place]
    assert isinstance(sheet, Worksheet)
    return sheet


def rows_of_task(sheet: Worksheet, number: int) -> list[int]:
    """The rows of a task, which has its number in column B."""
    return [row for row in range(FIRST, sheet.max_row + 1) if sheet.cell(row, 2).value == number]


def file_of(workbook: Workbook | bytes, name: str = "填报表.xlsx") -> SimpleUploadedFile:
    if isinstance(workbook, bytes):
        return SimpleUploadedFile(name, workbook)
    written = io.BytesIO()
    workbook.save(written)
    return SimpleUploadedFile(name, written.getvalue())


def uploaded(client: Client, workbook: Workbook | bytes, name: str = "填报表.xlsx") -> Any:
    return client.post(PAGE, {"file": file_of(workbook, name)})


def taken_back(client: Client, workbook: Workbook) -> SheetUpload:
    """Uploaded without a fault, and waiting to be confirmed."""
    answer = uploaded(client, workbook)
    assert answer.status_code == 302, [
        *answer.context["faults"],
        *answer.context["form"].errors.get("file", []),
    ]
    return SheetUpload.objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[1])


def address_of(upload: SheetUpload) -> str:
    return f"{PAGE}{upload.pk}/"


def confirmed(
    client: Client, upload: SheetUpload, choices: Mapping[str, str] | None = None
) -> HttpResponse:
    """What the page answers to a confirmation of just what it shows, with FILE or STORED for each
    cell by what the file says there."""
    page = client.get(address_of(upload))
    cells = {cell.says: cell for cell in page.context["comparison"].asked}
    sent = {
        f"choice-{cells[says].name}": cells[says].sent_as(choice)
        for says, choice in (choices or {}).items()
    }
    seen = page.context["comparison"].seen
    answer = client.post(address_of(upload), {"seen": seen, **sent})
    assert isinstance(answer, HttpResponse)
    return answer


def faults_of(answer: Any) -> list[str]:
    """The sentences with which a file was refused."""
    assert answer.status_code in (400, 409)
    return [*answer.context["faults"], *answer.context["form"].errors.get("file", [])]


def compared(upload: SheetUpload) -> list[ComparedCell]:
    """All cells of which either side says anything new."""
    comparison = comparison_of(upload=upload, by=upload.by)
    return [cell for place in comparison.places for cell in place.cells]
