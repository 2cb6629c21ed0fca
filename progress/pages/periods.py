"""Reporting periods: opening the next one and closing one, by coordinators."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.cadence import Span, span_after, span_containing
from progress.models import Policy, ReportingPeriod
from progress.pages.forms import PeriodOpenForm
from progress.rollups import period_figures
from progress.workflow import Conflict, period_close, period_open

BAD_REQUEST, CONFLICT = 400, 409


def _coordinator_of(request: HttpRequest) -> User:
    user = reader_of(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator opens and closes periods."))
    return user


@require_http_methods(["GET", "HEAD", "POST"])
def periods(request: HttpRequest) -> HttpResponse:
    """The periods, the latest first, and the form that opens the next one."""
    user = _coordinator_of(request)
    status = 200
    form = PeriodOpenForm(
        posted(request),
        initial={"code": next_span(today=timezone.localdate()).code},
        label_suffix="",
    )
    if request.method == "POST":
        status = BAD_REQUEST
        if form.is_valid():
            try:
                period = period_open(
                    code=form.cleaned_data["code"].strip(), by=user, now=timezone.now()
                )
            except ValidationError as error:
                form.add_error("code", error.message_dict["code"])
            except Conflict as conflict:
                form.add_error("code", str(conflict))
                status = CONFLICT
            else:
                messages.success(
                    request,
                    _("Period %(code)s is open; reports are due %(day)s.")
                    % {"code": period.code, "day": period.due_on.isoformat()},
                )
                return redirect("periods")
    return render(
        request,
        "progress/periods.html",
        {
            "form": form,
            "lines": period_figures(periods=ReportingPeriod.objects.visible_to(user)),
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def period_closing(request: HttpRequest, code: str) -> HttpResponse:
    """Ask once more, naming how many reports are missing, and close the period."""
    user = _coordinator_of(request)
    period = get_object_or_404(ReportingPeriod.objects.visible_to(user), code=code)
    if request.method == "POST":
        period_close(period=period, by=user, now=timezone.now())
        messages.success(request, _("Period %(code)s is closed.") % {"code": period.code})
        return redirect("periods")
    if not period.is_open:
        raise Conflict(_("Period %(code)s is closed already.") % {"code": period.code})
    [figures] = period_figures(periods=ReportingPeriod.objects.filter(pk=period.pk))
    return render(
        request,
        "progress/period_close.html",
        {"period": period, "missing": figures.missing, "due": figures.due},
    )


def next_span(*, today: dt.date) -> Span:
    """The period to open next: of the cadence in force, after every day that one covers already."""
    cadence = Policy.current().cadence
    latest = ReportingPeriod.objects.latest_first().first()
    if latest is None:
        return span_containing(today, cadence)
    span = span_containing(latest.ends_on + dt.timedelta(days=1), cadence)
    # After a change of cadence the first one may begin within the last one.
    return span if span.starts_on > latest.ends_on else span_after(span)
