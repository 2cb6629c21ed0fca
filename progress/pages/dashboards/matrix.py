"""The matrix of chapters and agencies, each of its counts leading to the tasks behind it."""

from collections.abc import Mapping

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_safe

from agencies.models import Role, User
from progress.pages import charts
from progress.pages.dashboards.standing import is_frozen
from progress.pages.known_already import known_while_unchanged
from progress.pages.reading import (
    Parameter,
    PeriodChoice,
    TaskLinks,
    period_choice,
    register_reader,
)
from progress.rollups import Matrix, MatrixCell, MatrixChapter, MatrixRow, matrix, task_rows
from tasks.listing import chinese_numeral
from tasks.models import ResponsibilityRole, Task

MATRIX_ROLES = (Role.COORDINATOR, Role.LEADER, Role.REPORTER, Role.APPROVER)
SEES_ALL = (Role.COORDINATOR, Role.LEADER)
# Which parts are counted: `?role=`, as the list of tasks is narrowed.
EVERY_PART = ""
PARTS: Mapping[str, str | Promise] = {
    EVERY_PART: pgettext_lazy("matrix", "Leads or shares"),
    ResponsibilityRole.LEAD.value: pgettext_lazy("matrix", "Leads"),
    ResponsibilityRole.CO.value: pgettext_lazy("matrix", "Shares"),
}


@require_safe
@known_while_unchanged
def chapter_by_agency(request: HttpRequest) -> HttpResponse:
    """The matrix. Coordinators and leaders see every agency, an agency's people their own.

    Raises PermissionDenied for everybody else, BadRequest for a part that is none.
    """
    user = register_reader(request)
    if user.role not in MATRIX_ROLES:
        raise PermissionDenied(_("The matrix is for the office, leaders and the agencies."))
    part = request.GET.get("role", EVERY_PART)
    if part not in PARTS:
        raise BadRequest(_("The matrix cannot be narrowed like that."))
    choice = period_choice(request, user)
    rows = task_rows(
        tasks=Task.objects.visible_to(user),
        period=choice.period,
        user=user,
        today=timezone.localdate(),
    )
    found = matrix(rows=rows, user=user)
    return render(
        request,
        "progress/matrix.html",
        {
            "choice": choice,
            "is_frozen": is_frozen(choice),
            "matrix": _shown(found, part, user, choice),
            "parts": [
                (label, _address(choice, value), value == part) for value, label in PARTS.items()
            ],
            "sees_all": user.role in SEES_ALL,
            "counts_tasks_once": user.role in SEES_ALL and part == EVERY_PART,
        },
    )


def _address(choice: PeriodChoice, part: str) -> str:
    links = TaskLinks({**choice.parameters, **({"role": part} if part else {})})
    return reverse("matrix") + links.to().removeprefix(reverse("task-list"))


def _shown(found: Matrix, part: str, user: User, choice: PeriodChoice) -> charts.Matrix:
    links = TaskLinks(choice.parameters)
    role: dict[str, Parameter] = {"role": part} if part else {}
    # A task has several agencies: adding up a column counts it once for each of them, and no list
    # has so many rows. The office is shown the chapter's tasks instead, which have one.
    counts_tasks = user.role in SEES_ALL and part == EVERY_PART
    rows = [_row(row, found, part, links, role, choice) for row in found.rows]
    sums = [
        charts.MatrixCell(chapter.tasks, links.to(chapter=chapter.number))
        if counts_tasks
        else _sum(chapter, part, found, links, role)
        for chapter in found.chapters
    ]
    total = (
        charts.MatrixCell(sum(chapter.tasks for chapter in found.chapters), links.to())
        if counts_tasks
        else charts.MatrixCell(_count(found.sum, part))
    )
    if len(found.rows) == 1:
        total = rows[0].sum
    return charts.Matrix(
        caption=_("Tasks by chapter and agency"),
        corner=_("Agency"),
        columns=[
            charts.MatrixHead(
                chinese_numeral(chapter.number),
                reverse("chapter", args=[chapter.number]) + choice.query,
                chapter.title,
            )
            for chapter in found.chapters
        ],
        rows=rows,
        sums=sums,
        total=total,
        foot=_("Tasks, each once") if counts_tasks else "",
    )


def _row(
    row: MatrixRow,
    found: Matrix,
    part: str,
    links: TaskLinks,
    role: Mapping[str, Parameter],
    choice: PeriodChoice,
) -> charts.MatrixRow:
    of_agency = links.within(agency=row.agency.id, **role)
    return charts.MatrixRow(
        charts.MatrixHead(
            row.agency.short_name,
            reverse("agency", args=[row.agency.id]) + choice.query,
            row.agency.name,
        ),
        [
            _cell(cell, part, of_agency.to(chapter=chapter.number)) if _count(cell, part) else None
            for cell, chapter in zip(row.cells, found.chapters, strict=True)
        ],
        _cell(row.sum, part, of_agency.to()),
    )


def _sum(
    chapter: MatrixChapter,
    part: str,
    found: Matrix,
    links: TaskLinks,
    role: Mapping[str, Parameter],
) -> charts.MatrixCell:
    """The sum of a column; of a single agency it has the rows of that agency behind it."""
    count = _count(chapter.sum, part)
    if len(found.rows) != 1 or not count:
        return charts.MatrixCell(count)
    agency = found.rows[0].agency.id
    return charts.MatrixCell(count, links.to(agency=agency, chapter=chapter.number, **role))


def _cell(cell: MatrixCell, part: str, address: str) -> charts.MatrixCell:
    red = {
        EVERY_PART: cell.red,
        ResponsibilityRole.LEAD.value: cell.led_red,
        ResponsibilityRole.CO.value: cell.shared_red,
    }[part]
    said = ngettext("%(red)d red", "%(red)d red", red) % {"red": red} if red else ""
    return charts.MatrixCell(_count(cell, part), address, said)


def _count(cell: MatrixCell, part: str) -> int:
    return {
        EVERY_PART: cell.tasks,
        ResponsibilityRole.LEAD.value: cell.led,
        ResponsibilityRole.CO.value: cell.shared,
    }[part]
