"""Whether the machinery runs (运行状态): last and next run of each job, the broker, the workers."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agencies.pages import reader_of
from progress.health import health_at, may_see_health


@never_cache
@require_safe
def running(request: HttpRequest) -> HttpResponse:
    """What runs when, and what is wrong. Raises PermissionDenied for who can do nothing about
    it."""
    user = reader_of(request)
    if not may_see_health(user):
        raise PermissionDenied(_("Only coordinators and administrators see whether jobs run."))
    return render(request, "progress/running.html", {"health": health_at(timezone.now())})
