"""Writing an agency's form: locked but for the cells to fill, each row with its hidden identity."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from agencies.models import Agency, User
from progress.models import OfflineForm, Paper
from progress.states import ReportState
from progress.workbooks.archive import workbook_bytes
from progress.workbooks.cells import (
    MOST_LINES,
    height_of,
    printed_across,
    styles_add,
    text_write,
)
from progress.workbooks.forms.layout import (
    CODE,
    CODE_ROW,
    CONTRIBUTIONS,
    FIRST_ROW,
    HEADER_ROW,
    HEADINGS,
    KEY_COLUMN,
    MEASURES,
    NOTICE_ROW,
    TITLE_ROW,
    WHOLE,
    FormSheet,
)
from progress.workbooks.text_lines import lines_of
from progress.workflow import LONGEST_TEXT
from progress.workflow.sheets import FormLine
from tasks.models import Responsibility, Status

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

# Where nothing stands yet there is room to write by hand, too.
FEWEST_LINES = 3


def form_workbook(
    *, form: OfflineForm, lines: Sequence[FormLine], by: User, now: dt.datetime, language: str
) -> bytes:
    """The form with these lines, which are the form's own in their order, as an .xlsx file."""
    from openpyxl import Workbook

    with translation.override(language):
        workbook = Workbook()
        workbook.properties.title = form_title(form)
        workbook.properties.subject = form.agency.name
        workbook.properties.creator = str(_("Pilot tasks"))
        styles_add(workbook)
        _styles_add(workbook)
        _instructions_write(workbook, form, by=by, now=now)
        leads = _leads(lines)
        for layout in (MEASURES, WHOLE, CONTRIBUTIONS):
            its = [one for one in enumerate(lines) if _layout_of(one[1]) is layout]
            if its:
                _sheet_write(workbook, layout, form, its, leads=leads, by=by)
        return workbook_bytes(workbook, now=now)


def form_name(*, form: OfflineForm, language: str) -> str:
    """The file's name, such as 离线填报表_2026-10_市数据局.xlsx."""
    with translation.override(language):
        return _("Form_%(code)s_%(agency)s.xlsx") % {
            "code": form.period.code,
            "agency": form.agency.short_name,
        }


def form_title(form: OfflineForm) -> str:
    """What stands above each sheet."""
    return _("%(agency)s: form for reporting on %(code)s") % {
        "agency": form.agency.name,
        "code": form.period.code,
    }


def _layout_of(line: FormLine) -> FormSheet:
    """The sheet on which the line stands."""
    if line.standing.agency is not None:
        return CONTRIBUTIONS
    return WHOLE if line.measure is None else MEASURES


def _leads(lines: Sequence[FormLine]) -> Mapping[int, Agency]:
    """Who compiles the report of each task: one query."""
    tasks = {line.standing.task.pk for line in lines}
    parts = Responsibility.objects.compiling().filter(task__in=tasks).select_related("agency")
    return {part.task_id: part.agency for part in parts}


def _styles_add(workbook: "Workbook") -> None:
    """The cells to fill, and those that are only read."""
    from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side

    thin = Side(style="thin", color="FF8A94A3")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    body = Font(name="仿宋_GB2312", size=10.5)
    quiet = Font(name="仿宋_GB2312", size=10.5, color="FF4A5565")
    ground, shut = (
        PatternFill("solid", fgColor="FFFFF9E0"),
        PatternFill("solid", fgColor="FFEEF1F5"),
    )
    top = Alignment(horizontal="left", vertical="top", wrap_text=True)
    middle = Alignment(horizontal="center", vertical="top", wrap_text=True)
    free, locked = Protection(locked=False), Protection(locked=True)
    for name, font, fill, alignment, protection in (
        # As text: what begins with “=” or looks like a date stays what was typed.
        ("fill", body, ground, top, free),
        ("fill_middle", body, ground, middle, free),
        ("shut", quiet, shut, top, locked),
        ("shut_middle", quiet, shut, middle, locked),
        ("given", body, None, top, locked),
        ("given_middle", body, None, middle, locked),
        ("classified", Font(name="黑体", size=10.5, color="FFB3191F"), None, top, locked),
    ):
        style = NamedStyle(name, font=font, alignment=alignment, number_format="@")
        if name != "classified":
            style.border = box
        style.protection = protection
        if fill is not None:
            style.fill = fill
        workbook.add_named_style(style)


def _instructions_write(
    workbook: "Workbook", form: OfflineForm, *, by: User, now: dt.datetime
) -> None:
    sheet = workbook.active
    assert sheet is not None
    sheet.title = _("Instructions")
    sheet.column_dimensions["A"].width = 110
    rows = [
        (form_title(form), "title", 36.0),
        (_("Classified content must not be entered."), "classified", 22.0),
        *((text, "note", 0.0) for text in _instructions(form, by, timezone.localtime(now))),
    ]
    for row, (text, style, height) in enumerate(rows, start=1):
        text_write(sheet, row, 1, text, style)
        lines = len(lines_of(text, 100))
        sheet.row_dimensions[row].height = height or height_of(lines + 0.6)
    printed_across(sheet, header_row=1, paper=Paper.A4)
    sheet.protection.sheet = True


def _instructions(form: OfflineForm, by: User, at: dt.datetime) -> list[str]:
    steps = (
        _("Fill in the yellow cells only; all others are locked. Choose the status from the list."),
        _(
            "The cells hold what is stored, or where nothing has been written yet what was last "
            "approved. Change what is new, and leave the rest as it is."
        ),
        _(
            "Grey cells cannot be written now, since the report has been handed in. Withdraw it on "
            "its page first, then download the form anew."
        ),
        _(
            "Rows may be filtered, moved or deleted: a row that is missing changes nothing. Rows "
            "cannot be added, and cells may neither be merged nor hold formulas."
        ),
        _(
            "Save the file as .xlsx and upload it under “My tasks”, “Offline form”. There you see "
            "every change before anything is saved; where somebody else changed the same cell "
            "meanwhile, you are asked."
        ),
        _("What is taken over is saved as a draft. Handing it in remains to be done on the page."),
        _(
            "It is due on %(due)s. Until the period is closed anybody of the agency can upload the "
            "form, also several times."
        )
        % {"due": form.period.due_on.isoformat()},
    )
    downloaded = _("Downloaded by %(name)s, %(at)s") % {"name": by, "at": f"{at:%Y-%m-%d %H:%M}"}
    return [*(f"{number}. {step}" for number, step in enumerate(steps, start=1)), downloaded]


def _sheet_write(
    workbook: "Workbook",
    layout: FormSheet,
    form: OfflineForm,
    lines: Sequence[tuple[int, FormLine]],
    *,
    leads: Mapping[int, Agency],
    by: User,
) -> None:
    from openpyxl.utils import get_column_letter

    sheet = workbook.create_sheet(str(layout.title))
    last = KEY_COLUMN + len(layout.columns)
    text_write(sheet, CODE_ROW, KEY_COLUMN, form.key, "given")
    text_write(sheet, HEADER_ROW, KEY_COLUMN, HEADINGS, "given")
    for column, one in enumerate(layout.columns, start=KEY_COLUMN + 1):
        sheet.column_dimensions[get_column_letter(column)].width = one.width
        text_write(sheet, HEADER_ROW, column, str(one.heading), "heading")
        if one.field:
            text_write(sheet, CODE_ROW, column, f"{CODE}{one.field}", "given")
    for row, text, style, height in (
        (TITLE_ROW, form_title(form), "title", 36),
        (NOTICE_ROW, _("Classified content must not be entered."), "classified", 20),
    ):
        text_write(sheet, row, KEY_COLUMN + 1, text, style)
        sheet.merge_cells(start_row=row, end_row=row, start_column=KEY_COLUMN + 1, end_column=last)
        sheet.row_dimensions[row].height = height
    sheet.row_dimensions[HEADER_ROW].height = 30
    for row, (index, line) in enumerate(lines, start=FIRST_ROW):
        is_remarks = layout is CONTRIBUTIONS and line.measure is None
        identity = f"{form.key}-{index}{'r' if is_remarks else ''}"
        lead = leads[line.standing.task.pk]
        _line_write(sheet, row, layout, identity, line, lead=lead, by=by)
    end = FIRST_ROW + len(lines) - 1
    _checks_add(sheet, layout, end)
    sheet.row_dimensions[CODE_ROW].hidden = True
    sheet.column_dimensions[get_column_letter(KEY_COLUMN)].hidden = True
    sheet.freeze_panes = sheet.cell(FIRST_ROW, KEY_COLUMN + 3)
    letters = get_column_letter(KEY_COLUMN + 1), get_column_letter(last)
    sheet.auto_filter.ref = f"{letters[0]}{HEADER_ROW}:{letters[1]}{end}"
    printed_across(sheet, header_row=HEADER_ROW, paper=Paper.A4)
    # Against slips, not against people: what a file says is checked when it comes back.
    protection = sheet.protection
    protection.sheet = True
    protection.autoFilter = protection.sort = False
    protection.formatRows = protection.formatColumns = False


def _line_write(
    sheet: "Worksheet",
    row: int,
    layout: FormSheet,
    identity: str,
    line: FormLine,
    *,
    lead: Agency,
    by: User,
) -> None:
    standing = line.standing
    text_write(sheet, row, KEY_COLUMN, identity, "given")
    texts = _texts(layout, line, lead, _where_it_stands(line, lead, by))
    most = FEWEST_LINES
    for column, (one, text) in enumerate(
        zip(layout.columns, texts, strict=True), start=KEY_COLUMN + 1
    ):
        style = "given"
        if one.field:
            style = "shut" if standing.refused else "fill"
        text_write(sheet, row, column, text, f"{style}_middle" if one.is_short else style)
        most = max(most, len(lines_of(text, one.width)))
    number = sheet.cell(row, KEY_COLUMN + 1)
    number.value, number.number_format = standing.task.number, "0"
    sheet.row_dimensions[row].height = height_of(min(most, MOST_LINES))


def _texts(layout: FormSheet, line: FormLine, lead: Agency, state: str) -> list[str]:
    """What stands in the columns of the row, in their order."""
    said, task = line.said, [str(line.standing.task.number), line.standing.task.title]
    if layout is WHOLE:
        return [*task, said["problems"], said["next_steps"], said["coordination"], state]
    if layout is CONTRIBUTIONS:
        about = line.measure.text if line.measure else _("Problems and other remarks")
        return [*task, lead.short_name, about, said["text" if line.measure else "remarks"], state]
    assert line.measure is not None
    return [*task, line.measure.text, str(Status(said["status"]).label), said["text"], state]


def _where_it_stands(line: FormLine, lead: Agency, by: User) -> str:
    """The state of the report or contribution, whether it is owed, and in whose name it is."""
    standing = line.standing
    state = standing.state
    parts = [str(ReportState(state).label) if state else _("Not begun")]
    if not standing.owed:
        parts.append(_("may be left empty"))
    named = standing.agency or lead
    if named.pk != by.agency_id:
        parts.append(_("on behalf of %(body)s") % {"body": named.name})
    return "\n".join(parts)


def _checks_add(sheet: "Worksheet", layout: FormSheet, end: int) -> None:
    """The list of statuses, and how long a text may be."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    statuses = DataValidation(
        type="list",
        formula1=f'"{",".join(str(label) for label in Status.labels)}"',
        allow_blank=False,
        showErrorMessage=True,
        errorTitle=_("Status"),
        error=_("Choose one of the statuses of the list."),
    )
    lengths = DataValidation(
        type="textLength",
        operator="lessThanOrEqual",
        formula1=str(LONGEST_TEXT),
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=_("Too long"),
        error=_("%(limit)d characters are the most.") % {"limit": LONGEST_TEXT},
    )
    for column, one in enumerate(layout.columns, start=KEY_COLUMN + 1):
        if one.field:
            letter = get_column_letter(column)
            check = statuses if one.field == "status" else lengths
            check.add(f"{letter}{FIRST_ROW}:{letter}{end}")
    for check in (statuses, lengths):
        if check.sqref:
            sheet.add_data_validation(check)
