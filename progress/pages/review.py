"""What waits for a decision: the queue of coordinators and of agencies' approvers."""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.models import Role, User
from agencies.pages import reader_of
from progress.models import Report
from tasks.models import Responsibility


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report that waits for a decision, and how many do."""

    number: int
    code: str
    title: str
    count: int


def next_waiting(*, user: User, after: Report) -> Waiting | None:
    """The report that follows `after` in this person's queue, from the start again at its end.

    None where no other waits. A report that was left undecided is so passed over until the round
    is done, instead of coming back at once.
    """
    queue = list(
        Report.objects.waiting_for_review(user)
        .exclude(pk=after.pk)
        .values_list("submitted_at", "task__number", "period__code", "task__title")
    )
    if not queue:
        return None
    here = (after.submitted_at or dt.datetime.min.replace(tzinfo=dt.UTC), after.task.number)
    following = (row for row in queue if row[0] is not None and (row[0], row[1]) > here)
    _at, number, code, title = next(following, queue[0])
    return Waiting(number=number, code=code, title=title, count=len(queue))


@require_safe
def review_queue(request: HttpRequest) -> HttpResponse:
    """The reports this person has to decide on, the longest wait first."""
    user = reader_of(request)
    if user.role not in (Role.COORDINATOR, Role.APPROVER):
        raise PermissionDenied(_("Only coordinators and agencies' approvers review reports."))
    waiting = (
        Report.objects.waiting_for_review(user)
        .select_related("task", "period", "submitted_by", "taken_up_by")
        .prefetch_related(
            Prefetch(
                "task__responsibilities",
                Responsibility.objects.compiling().select_related("agency"),
                to_attr="compiling",
            )
        )
    )
    today = timezone.localdate()
    return render(request, "progress/review_queue.html", {"reports": waiting, "today": today})
