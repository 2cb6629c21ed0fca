"""The progress report: choosing what it holds, and its download."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import User
from agencies.pages import reader_of
from progress.closings import part_response, stored_workbook
from progress.exports import export_is_large, export_request
from progress.filestore import document
from progress.models import ExportJob
from progress.pages.chosen import PARAMETER, numbers_chosen, numbers_written
from progress.pages.lists.controls import CHECKED_FIELDS, FURTHER_FIELDS, PLAIN_FIELDS, made_ready
from progress.pages.reading import address_with
from progress.workbooks import (
    WORKBOOK_TYPE,
    Question,
    ReportAsked,
    report_asked,
    report_question,
)

PERIOD = "period"
BAD_REQUEST = 400


def exporter_of(request: HttpRequest) -> User:
    """The person signed in; raises PermissionDenied for everybody but coordinators."""
    user = reader_of(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only coordinators export the progress report."))
    return user


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """What the report shall hold: its period, the list's filters, its edition and paper.

    Says what a report of the parameters would hold; sent back, it asks a job to make it. Answers
    400 for filters that cannot be read.
    """
    user = exporter_of(request)
    now = timezone.now()
    question = report_question(request.GET, user=user, today=timezone.localdate(now))
    form = made_ready(question.filters.form)
    chosen = _chosen(request)
    asked = (
        report_asked(question, language=_language(), chosen=chosen) if question.is_valid else None
    )
    if asked and request.method == "POST":
        return redirect("export-job", _requested(asked, by=user, now=now).pk)
    further = [name for name in FURTHER_FIELDS if name != PERIOD]
    return render(
        request,
        "progress/export.html",
        {
            "form": question.form,
            "period_field": form[PERIOD],
            "plain_fields": [form[name] for name in PLAIN_FIELDS],
            "checked_fields": [form[name] for name in CHECKED_FIELDS],
            "further_fields": [form[name] for name in further],
            "further_in_use": any(request.GET.get(one) for one in [*CHECKED_FIELDS, *further]),
            "problem": "" if question.is_valid else _problem(question),
            "query": request.GET.urlencode(),
            "chosen": chosen,
            "chosen_value": numbers_written(chosen or ()),
            "not_chosen_address": address_with(request.GET.copy(), **{PARAMETER: ""}),
            **(_held(asked) if asked else {}),
        },
        status=200 if question.is_valid else BAD_REQUEST,
    )


@never_cache
@require_safe
def export_progress(request: HttpRequest) -> HttpResponse:
    """The report that the same parameters describe on the page before; for coordinators.

    Answers 400 for filters that cannot be read. Raises Http404 while no period was ever opened.
    """
    user = exporter_of(request)
    now = timezone.now()
    today = timezone.localdate(now)
    question = report_question(request.GET, user=user, today=today)
    if not question.is_valid:
        said = "\n".join(
            [_problem(question), *(one for each in question.errors.values() for one in each)]
        )
        return HttpResponseBadRequest(said, content_type="text/plain; charset=utf-8")
    language = _language()
    asked = report_asked(question, language=language, chosen=_chosen(request))
    if asked is None:
        raise Http404(_("No reporting period has been opened yet."))
    stored = stored_workbook(
        period=asked.period,
        is_whole=asked.is_whole,
        language=language,
        now=now,
        kind=asked.edition,
        paper=asked.paper,
    )
    if stored is not None:
        return part_response(stored)
    if export_is_large(period=asked.period, tasks=asked.tasks):
        messages.info(request, _("This report takes longer to make: ask for it here."))
        return redirect(f"{reverse('export')}?{request.GET.urlencode()}")
    content = asked.made(user=user, today=today, now=now, language=language)
    name = asked.name(language=language)
    return document(content, name=name, media_type=WORKBOOK_TYPE)


def _chosen(request: HttpRequest) -> Sequence[int] | None:
    """The numbers of the tasks that were ticked on the list; None where all are meant."""
    if PARAMETER not in request.GET:
        return None
    return numbers_chosen(request.GET.getlist(PARAMETER))


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _problem(question: Question) -> str:
    if question.contradicts:
        return _("These choices do not go together; see below.")
    return _("Some of the filters cannot be read; correct them or clear them.")


def _requested(asked: ReportAsked, *, by: User, now: dt.datetime) -> ExportJob:
    return export_request(
        period=asked.period,
        tasks=None if asked.is_whole else asked.tasks,
        language=_language(),
        by=by,
        now=now,
        kind=asked.edition,
        paper=asked.paper,
        narrowing=asked.narrowing,
        errata=asked.errata,
    )


def _held(asked: ReportAsked) -> dict[str, Any]:
    return {
        "asked": asked,
        "name": asked.name(language=_language()),
        "count": asked.tasks.count(),
        "is_large": export_is_large(period=asked.period, tasks=asked.tasks),
    }
