"""The inbox: what a person was reminded of, and what they are told besides."""

from collections.abc import Sequence
from dataclasses import dataclass

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
from progress.models import Notice, Reminder
from progress.reminders import (
    OwedItem,
    Section,
    divided,
    items_named,
    owed_item_of,
    page_of,
    reminder_read,
)
from progress.workflow.notices import notice_read

MESSAGES_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class InboxItem:
    """What was owed, and the path of its page."""

    owed: OwedItem
    url: str


@dataclass(frozen=True, slots=True)
class InboxSection:
    section: Section
    items: Sequence[InboxItem]


@dataclass(frozen=True, slots=True)
class InboxMessage:
    reminder: Reminder
    sections: Sequence[InboxSection]


def _recipient_of(request: HttpRequest) -> User:
    user = reader_of(request)
    if user.is_administrator:
        raise PermissionDenied(_("Administrators have no part in reporting and are not reminded."))
    return user


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """One's own reminders, the latest day first; before them, on the first page, the notices."""
    user = _recipient_of(request)
    mine = Reminder.objects.inbox_of(user).prefetch_related(Prefetch("items", items_named()))
    page = Paginator(mine, MESSAGES_A_PAGE).get_page(request.GET.get("page"))
    notices: list[Notice] = []
    if page.number == 1:
        mine_too = Notice.objects.inbox_of(user).select_related(
            "export", "edition__period", "webhook"
        )
        notices = list(mine_too[:MESSAGES_A_PAGE])
    listed = [InboxMessage(reminder, _sections(reminder)) for reminder in page.object_list]
    context = {"page_obj": page, "notices": notices, "inbox": listed}
    return render(request, "progress/inbox.html", context)


def _sections(reminder: Reminder) -> list[InboxSection]:
    parts = divided(owed_item_of(item) for item in reminder.items.all())
    return [
        InboxSection(part.section, [InboxItem(one, page_of(one)) for one in part.items])
        for part in parts
    ]


@require_POST
def inbox_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one's own reminder as read; anybody else's is not found."""
    user = _recipient_of(request)
    reminder = get_object_or_404(Reminder.objects.inbox_of(user), pk=pk)
    reminder_read(reminder=reminder, now=timezone.now())
    return redirect("inbox")


@require_POST
def notice_read_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one's own notice as read; anybody else's is not found."""
    notice = get_object_or_404(Notice.objects.inbox_of(_recipient_of(request)), pk=pk)
    notice_read(notice=notice, now=timezone.now())
    return redirect("inbox")
