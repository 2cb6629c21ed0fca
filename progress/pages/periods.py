"""Reporting periods: opening the next one, looking at one, and closing one, by coordinators."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.cadence import Span, span_after, span_containing
from progress.closings import period_close_with_edition
from progress.differences import Patience, Piece, marked_differences
from progress.models import Erratum, ErratumField, Policy, ReportingPeriod
from progress.pages.editions import editions_shown
from progress.pages.forms import PeriodOpenForm
from progress.pages.pauses import pauses_shown
from progress.rollups import Rate, period_ahead, period_figures, period_missing
from progress.workdays import WorkCalendar
from progress.workflow import Conflict, period_open

BAD_REQUEST, CONFLICT = 400, 409
# A year of months.
PERIODS_A_PAGE = 12
# A corrected text of more characters is folded away in the list of errata.
LONG_TEXT = 300


@dataclass(frozen=True, slots=True)
class ErratumShown:
    """An erratum with what it changed in a text marked; `pieces` is None where it is a status."""

    erratum: Erratum
    pieces: Sequence[Piece] | None

    @property
    def is_long(self) -> bool:
        return max(len(self.erratum.old), len(self.erratum.new)) > LONG_TEXT


def _coordinator_of(request: HttpRequest) -> User:
    user = reader_of(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator opens and closes periods."))
    return user


@require_http_methods(["GET", "HEAD", "POST"])
def periods(request: HttpRequest) -> HttpResponse:
    """The periods, the latest first, a year of months on a page, and the form that opens the next
    one."""
    user = _coordinator_of(request)
    status = 200
    following = next_span(today=timezone.localdate())
    form = PeriodOpenForm(posted(request), initial={"code": following.code}, label_suffix="")
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
    policy = Policy.current()
    all_periods = (
        ReportingPeriod.objects.visible_to(user).latest_first().values_list("pk", flat=True)
    )
    page = Paginator(all_periods, PERIODS_A_PAGE).get_page(request.GET.get("page"))
    lines = period_figures(periods=ReportingPeriod.objects.filter(pk__in=list(page)))
    return render(
        request,
        "progress/periods.html",
        {
            "form": form,
            "lines": lines,
            "page_obj": page,
            "ahead": period_ahead(following, policy=policy, calendar=WorkCalendar.load()),
            # Until a coordinator has opened the first one, the calendar has nothing to go on from.
            "calendar_opens": policy.opens_by_calendar and bool(lines),
        },
        status=status,
    )


@require_safe
def period(request: HttpRequest, code: str) -> HttpResponse:
    """One period: its days, its figures, what it lacks, its stored documents and its errata."""
    user = _coordinator_of(request)
    found = get_object_or_404(
        ReportingPeriod.objects.visible_to(user).select_related("opened_by", "closed_by"), code=code
    )
    [figures] = period_figures(periods=ReportingPeriod.objects.filter(pk=found.pk))
    errata = Erratum.objects.visible_to(user).filter(period=found).order_by("number")
    return render(
        request,
        "progress/period.html",
        {
            "period": found,
            "figures": figures,
            "on_time": Rate(
                figures.on_time, figures.due, _("reports submitted by the due date / reports due")
            ),
            "pauses": pauses_shown(user=user, today=timezone.localdate(), period=found),
            "lacks": period_missing(period=found),
            "editions": [] if found.is_open else editions_shown(period=found, user=user),
            "errata": _errata_shown(errata.select_related("report__task", "measure", "by")),
        },
    )


def _errata_shown(errata: Iterable[Erratum]) -> list[ErratumShown]:
    patience = Patience()
    return [
        ErratumShown(
            one,
            None
            if one.field == ErratumField.STATUS
            else marked_differences(one.old, one.new, patience=patience),
        )
        for one in errata
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def period_closing(request: HttpRequest, code: str) -> HttpResponse:
    """Ask once more, listing what is missing and what stays undecided, and close the period."""
    user = _coordinator_of(request)
    found = get_object_or_404(ReportingPeriod.objects.visible_to(user), code=code)
    if request.method == "POST":
        period_close_with_edition(period=found, by=user, now=timezone.now())
        messages.success(request, _("Period %(code)s is closed.") % {"code": found.code})
        return redirect("periods")
    if not found.is_open:
        raise Conflict(_("Period %(code)s is closed already.") % {"code": found.code})
    today = timezone.localdate()
    [figures] = period_figures(periods=ReportingPeriod.objects.filter(pk=found.pk))
    return render(
        request,
        "progress/period_close.html",
        {
            "period": found,
            "missing": figures.missing,
            "due": figures.due,
            "undecided": figures.undecided,
            "lacks": period_missing(period=found),
            "is_before_due": today <= found.due_on,
            "days_left": WorkCalendar.load().between(today, found.due_on),
        },
    )


def next_span(*, today: dt.date) -> Span:
    """The period to open next: of the cadence in force, after every day that one covers already."""
    cadence = Policy.current().cadence
    latest = ReportingPeriod.objects.latest_first().to_choose_from().first()
    if latest is None:
        return span_containing(today, cadence)
    span = span_containing(latest.ends_on + dt.timedelta(days=1), cadence)
    # After a change of cadence the first one may begin within the last one.
    return span if span.starts_on > latest.ends_on else span_after(span)
