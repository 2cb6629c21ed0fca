"""The progress report as a download."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agencies.models import User
from progress.filters import TaskFilter
from progress.pages.chosen import PARAMETER, numbers_chosen
from progress.workbooks import WORKBOOK_TYPE, progress_workbook, workbook_name
from tasks.models import Task


@never_cache
@require_safe
def export_progress(request: HttpRequest) -> HttpResponse:
    """The workbook of the tasks that the same parameters show on a page; for coordinators.

    `tasks` leaves only those of them that have these numbers, as they were ticked on the list.

    Answers 400 for filters that cannot be read. Raises Http404 while no period was ever opened.
    """
    user = request.user
    assert isinstance(user, User)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only coordinators export the progress report."))
    now = timezone.now()
    today = timezone.localdate(now)
    narrowed = TaskFilter(
        request.GET, queryset=Task.objects.visible_to(user), request=request, today=today
    )
    if not narrowed.is_valid():
        sentence = _("Some of the filters cannot be read; correct them or clear them.")
        return HttpResponseBadRequest(sentence, content_type="text/plain; charset=utf-8")
    period = narrowed.chosen_period
    if period is None:
        raise Http404(_("No reporting period has been opened yet."))
    tasks = narrowed.qs
    if PARAMETER in request.GET:
        tasks = tasks.filter(number__in=numbers_chosen(request.GET.getlist(PARAMETER)))
    language = get_language() or "zh-hans"
    content = progress_workbook(
        period=period,
        user=user,
        today=today,
        now=now,
        tasks=tasks,
        language=language,
    )
    response = HttpResponse(content, content_type=WORKBOOK_TYPE)
    name = workbook_name(period=period, language=language)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
