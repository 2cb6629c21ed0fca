"""The official workbook beside XlsxWriter alone, and a form that comes back beside the quickest
reader there is.

openpyxl, XlsxWriter and python-calamine are imported where they are used.
"""

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from io import BytesIO

from django.db.models import Count
from django.utils import timezone

from agencies.models import Agency, Role, User
from progress.models import ReportingPeriod
from progress.workbooks import progress_workbook
from progress.workbooks.forms import form_read, form_workbook
from progress.workbooks.reading import WorkbookRefused
from progress.workflow.sheets import form_issue
from tasks.models import Task
from tianjin_pilot.benchmark.budgets import Measured
from tianjin_pilot.benchmark.pages import COORDINATOR, FULL
from tianjin_pilot.benchmark.places import Place
from tianjin_pilot.benchmark.plain_sheets import plain_sheets, written_plainly
from tianjin_pilot.benchmark.rounds import Act, medians, undone
from tianjin_pilot.benchmark.scales import Scale

LANGUAGE = "zh-hans"


def workbook_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    with place.within(FULL):
        now, office = timezone.now(), User.objects.get(username=COORDINATOR)

        def made() -> bytes:
            return progress_workbook(
                period=ReportingPeriod.objects.open().get(),
                user=office,
                today=timezone.localdate(now),
                now=now,
                tasks=Task.objects.all(),
                language=LANGUAGE,
            )

        sheets, styles = plain_sheets(made())
        acts = {"made": Act(made), "plain": Act(partial(written_plainly, sheets, styles))}
        seconds = medians(acts, rounds=scale.slow_rounds)
        cells = sum(len(sheet.cells) for sheet in sheets)
        yield Measured(
            "workbook", f"{cells:,} cells", seconds=seconds["made"], against=seconds["plain"]
        )


def form_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    if find_spec("python_calamine") is None:
        yield Measured("form", why_not="python-calamine is not installed")
        return
    with place.within(FULL):
        agency = Agency.objects.annotate(count=Count("responsibilities")).order_by("-count", "pk")[
            0
        ]
        data = _form_of(User.objects.get(role=Role.REPORTER, agency=agency))
        try:
            read = form_read(data, name="form.xlsx")
        except WorkbookRefused:
            yield Measured("form", why_not="one of so many tasks is refused as no form")
            return
        if read.faults or not read.said:
            raise RuntimeError(f"The form of {agency} is not read: {read.faults[:3]}")
        acts = {
            "read": Act(partial(form_read, data, name="form.xlsx")),
            "calamine": Act(partial(_read_by_calamine, data)),
        }
        seconds = medians(acts, rounds=scale.slow_rounds)
        yield Measured(
            "form",
            f"{len(read.said)} rows",
            seconds=seconds["read"],
            against=seconds["calamine"],
        )


def _form_of(reporter: User) -> bytes:
    """The form as it is downloaded, with what the agency said last in its cells."""
    now = timezone.now()
    with undone():
        form, lines = form_issue(by=reporter, period=ReportingPeriod.objects.open().get(), now=now)
        return form_workbook(form=form, lines=lines, by=reporter, now=now, language=LANGUAGE)


def _read_by_calamine(data: bytes) -> None:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(BytesIO(data))
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python()
