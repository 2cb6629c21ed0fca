"""The audit trail (审计记录): who did what to what, when, from where; for auditors alone."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.audit import entries_seal
from agencies.models import AuditRemoval, User
from agencies.pages import reader_of
from progress.exports import (
    MOST_AT_ONCE,
    MOST_IN_A_WORKBOOK,
    TrailOptions,
    trail_export_request,
)
from progress.filters import AUDIT_ORDER, AUDIT_ORDERS, AuditFilter
from progress.models import ExportJob, JobRun
from progress.pages.chips import Chip, chips_of
from progress.trail import (
    ACTS,
    COLUMNS,
    EntryRow,
    act_words,
    entry_rows,
    kind_words,
    models_by_kind,
    trail_narrowed,
    trail_rows,
)
from progress.workbooks import WORKBOOK_TYPE, list_workbook

ROWS_ON_A_PAGE = 50
PLAIN_FIELDS = ("person", "task", "act", "day_after", "day_before")
FURTHER_FIELDS = ("kind", "thing", "address", "via")
WORDED_FIELDS = ("act", "kind", "via")
VERIFYING_JOB = "progress.jobs.verify_audit_trail"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the trail is sealed, when it was last gone through and whether it held, and what of
    it was removed."""

    position: int
    verified: JobRun | None
    removal: AuditRemoval | None


@never_cache
@require_safe
def audit_trail(request: HttpRequest) -> HttpResponse:
    """The entries that the filters leave, the latest first, and how the trail stands.

    What cannot be read answers 400 and shows no rows. A constant number of statements, however many
    entries there are.
    """
    user = _auditor_of(request)
    # What was done a moment ago has its place too.
    position = entries_seal()
    narrowed, sort = trail_narrowed(request.GET, user=user), request.GET.get("sort", AUDIT_ORDER)
    form = _made_ready(narrowed.form)
    sort_is_unknown = sort.removeprefix("-") not in AUDIT_ORDERS
    readable = form.is_valid() and not sort_is_unknown
    page, rows = None, list[EntryRow]()
    if readable:
        page = Paginator(narrowed.qs.order_by(sort), ROWS_ON_A_PAGE).get_page(
            request.GET.get("page")
        )
        rows = list(entry_rows(page.object_list))
    return render(
        request,
        "progress/audit_trail.html",
        {
            "form": form,
            "plain_fields": [form[name] for name in PLAIN_FIELDS],
            "further_fields": [form[name] for name in FURTHER_FIELDS],
            "further_in_use": any(request.GET.get(name) for name in FURTHER_FIELDS),
            "sort_is_unknown": sort_is_unknown,
            "readable": readable,
            "chips": _chips(narrowed, request) if readable else [],
            "page_obj": page,
            "rows": rows,
            "sort": sort,
            "standing": Standing(
                position,
                JobRun.objects.filter(job=VERIFYING_JOB, ended_at__isnull=False).first(),
                AuditRemoval.objects.last(),
            ),
            "query": request.GET.urlencode(),
            "is_large": page is not None and page.paginator.count > MOST_AT_ONCE,
            "has_exports": ExportJob.objects.visible_to(user).exists(),
        },
        status=200 if readable else 400,
    )


@never_cache
@require_safe
def audit_trail_export(request: HttpRequest) -> HttpResponse:
    """The workbook of the entries that the same parameters show on the page; for auditors.

    Answers 400 for filters that cannot be read; where there are too many for somebody to wait for,
    it leads back to the page, which lets a job make it.
    """
    user, now = _auditor_of(request), timezone.now()
    position = entries_seal()
    narrowed, sort = trail_narrowed(request.GET, user=user), request.GET.get("sort", AUDIT_ORDER)
    if not narrowed.is_valid() or sort.removeprefix("-") not in AUDIT_ORDERS:
        return _unreadable()
    if narrowed.qs.count() > MOST_AT_ONCE:
        messages.info(request, _("This export takes longer to make: ask for it here."))
        return _back_to_the_page(request)
    options = _options_of(request, narrowed, sort=sort, until=position)
    content = list_workbook(
        name=_("Audit trail"),
        columns=[column for column, _said in COLUMNS],
        rows=list(trail_rows(narrowed.qs.order_by(sort))),
        filters=options.narrowed_by,
        today=timezone.localdate(now),
        now=now,
        language=options.language,
    )
    response = HttpResponse(content, content_type=WORKBOOK_TYPE)
    response.headers["Content-Disposition"] = (
        content_disposition_header(True, options.name(now=now)) or ""
    )
    return response


@require_POST
def audit_trail_ask(request: HttpRequest) -> HttpResponse:
    """Ask a job for the workbook of the entries that the same parameters show on the page.

    Answers 400 for filters that cannot be read; more entries than a workbook is made of are sent
    back to the page.
    """
    user, now = _auditor_of(request), timezone.now()
    position = entries_seal()
    narrowed, sort = trail_narrowed(request.GET, user=user), request.GET.get("sort", AUDIT_ORDER)
    if not narrowed.is_valid() or sort.removeprefix("-") not in AUDIT_ORDERS:
        return _unreadable()
    if (count := narrowed.qs.count()) > MOST_IN_A_WORKBOOK:
        sentence = _(
            "These are %(count)d entries, and a workbook takes %(most)d: narrow them, for example "
            "to some days."
        )
        messages.warning(request, sentence % {"count": count, "most": MOST_IN_A_WORKBOOK})
        return _back_to_the_page(request)
    options = _options_of(request, narrowed, sort=sort, until=position)
    return redirect("export-job", trail_export_request(options=options, by=user, now=now).pk)


def _unreadable() -> HttpResponse:
    sentence = _("Some of the filters cannot be read; correct them or clear them.")
    return HttpResponseBadRequest(sentence, content_type="text/plain; charset=utf-8")


def _back_to_the_page(request: HttpRequest) -> HttpResponse:
    return redirect(f"{reverse('audit-trail')}?{request.GET.urlencode()}")


def _options_of(
    request: HttpRequest, narrowed: AuditFilter, *, sort: str, until: int
) -> TrailOptions:
    return TrailOptions(
        parameters=request.GET.urlencode(),
        sort=sort,
        language=get_language() or settings.LANGUAGE_CODE,
        narrowed_by=tuple(f"{chip.label}: {chip.value}" for chip in _chips(narrowed, request)),
        until=until,
    )


def _auditor_of(request: HttpRequest) -> User:
    user = reader_of(request)
    if not user.is_auditor:
        raise PermissionDenied(_("Only auditors read the audit trail."))
    return user


def _made_ready(form: forms.Form) -> forms.Form:
    """Controls that fit a page: acts and kinds to choose by their words, fields for dates."""
    acts = sorted(((act, act_words(act)) for act in ACTS), key=lambda one: one[1])
    kinds = sorted(((kind, kind_words(kind)) for kind in models_by_kind()), key=lambda one: one[1])
    for name, all_of_them, choices in (
        ("act", pgettext("audit", "All acts"), acts),
        ("kind", pgettext("audit", "All kinds"), kinds),
    ):
        form.fields[name].widget = forms.Select(choices=[("", all_of_them), *choices])
        form.fields[name].choices = choices  # type: ignore[attr-defined] # for the chips
    for field in form.fields.values():
        field.help_text = ""
        if isinstance(field, forms.DateField):
            field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return form


def _chips(narrowed: AuditFilter, request: HttpRequest) -> list[Chip]:
    form: Any = _made_ready(narrowed.form)
    return list(chips_of(form, request.GET, several=(), worded=WORDED_FIELDS))
