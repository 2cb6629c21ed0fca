"""Where a person of each role begins."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from agencies.models import Role
from agencies.pages import reader_of

HOME_BY_ROLE = {
    Role.REPORTER: "my-tasks",
    Role.APPROVER: "my-tasks",
    Role.COORDINATOR: "overview",
    Role.LEADER: "overview",
    Role.AUDITOR: "audit-trail",
    Role.ADMINISTRATOR: "administration",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the page on which a person of this role begins."""
    return redirect(HOME_BY_ROLE[Role(reader_of(request).role)])
