"""The inbox: what a person was reminded of."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from agencies.models import User
from agencies.pages import reader_of
from progress.models import Reminder, ReminderItem
from progress.reminders import reminder_read

MESSAGES_A_PAGE = 20


def _recipient_of(request: HttpRequest) -> User:
    user = reader_of(request)
    if user.is_administrator:
        raise PermissionDenied(_("Administrators have no part in reporting and are not reminded."))
    return user


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """One's own reminders, the latest day first."""
    items = ReminderItem.objects.select_related("task", "period").order_by("due_on", "task__number")
    mine = Reminder.objects.inbox_of(_recipient_of(request)).prefetch_related(
        Prefetch("items", items)
    )
    page = Paginator(mine, MESSAGES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "progress/inbox.html", {"page_obj": page})


@require_POST
def inbox_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one's own reminder as read; anybody else's is not found."""
    user = _recipient_of(request)
    reminder = get_object_or_404(Reminder.objects.inbox_of(user), pk=pk)
    reminder_read(reminder=reminder, now=timezone.now())
    return redirect("inbox")
