"""Several tasks at once from the list: on to the page that shows what would be done to them."""

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agencies.models import User
from agencies.pages import reader_of
from progress.filters import TaskFilter
from progress.pages.chosen import PARAMETER, numbers_chosen, numbers_written
from tasks.models import Task

# The form's own parameters; the others are the list's filters.
BOX, EVERYTHING, ACTION = "task", "everything", "do"

# The page that previews each action, by the name of its route.
PAGES: Mapping[str, str] = {
    "deadlines": "deadlines-bulk",
    "remind": "board-remind",
    "approve": "tasks-approve",
    "export": "export",
}


@never_cache
@require_safe
def tasks_together(request: HttpRequest) -> HttpResponse:
    """To the preview of `do` for the tasks that are ticked, or for all that the filters leave.

    Which tasks these are is settled here, so that the preview is about what the list showed.
    Nothing is written. Raises BadRequest for an action that there is not.
    """
    user = reader_of(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only coordinators work on several tasks at once."))
    page = PAGES.get(request.GET.get(ACTION, ""))
    if page is None:
        raise BadRequest(_("The address does not say what is to be done with the tasks."))
    filters = _filters(request.GET)
    numbers = (
        _numbers_of_filter(request, filters, user)
        if EVERYTHING in request.GET
        else numbers_chosen(request.GET.getlist(BOX))
    )
    if not numbers:
        messages.warning(request, _("Nothing was chosen; tick the tasks first."))
        return redirect(f"{reverse('task-list')}?{filters.urlencode()}")
    chosen = {PARAMETER: numbers_written(numbers)}
    period = filters.get("period")
    return redirect(
        f"{reverse(page)}?{urlencode({**chosen, **({'period': period} if period else {})})}"
    )


def _filters(parameters: QueryDict) -> QueryDict:
    filters = parameters.copy()
    for name in (BOX, EVERYTHING, ACTION):
        filters.pop(name, None)
    return filters


def _numbers_of_filter(request: HttpRequest, filters: QueryDict, user: User) -> list[int]:
    narrowed = TaskFilter(
        filters,
        queryset=Task.objects.visible_to(user),
        request=request,
        today=timezone.localdate(),
    )
    if not narrowed.form.is_valid():
        return []
    return sorted(narrowed.qs.values_list("number", flat=True))
