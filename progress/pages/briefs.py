"""The brief (专报, 通报): making one, and the templates that the office keeps for it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.filestore import DamagedFile, document, download
from progress.models import BriefKind, BriefTemplate, PeriodQuerySet, ReportingPeriod
from progress.pages.reading import period_choice
from progress.workbooks.brief import (
    BRIEF_TYPE,
    LARGEST_MEGABYTES,
    LONGEST_NOTE,
    TOO_LARGE,
    BriefDetails,
    BriefTemplateRefused,
    brief,
    brief_name,
    brief_template_add,
    brief_template_use,
    template_bytes,
    template_in_use,
    variables,
)

BAD_REQUEST, CONFLICT, CONTENT_TOO_LARGE = 400, 409, 413
# What an office writes the same on every brief is kept for the next one, while one is signed in.
KEPT = ("kind", "masthead", "signer", "addressee", "signature", "copies")
SESSION = "brief"
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class PeriodField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no parameter at run time
    """A period, by its code."""

    def label_from_instance(self, obj: Any) -> str:
        if obj.is_open:
            return _("%(code)s (open, its figures still move)") % {"code": obj.code}
        return _("%(code)s (closed)") % {"code": obj.code}


class BriefForm(forms.Form):
    """Which period and kind, and what only the office knows: number, addressee and signature."""

    period = PeriodField(
        label=gettext_lazy("Period"),
        queryset=ReportingPeriod.objects.none(),
        to_field_name="code",
        empty_label=None,
    )
    kind = forms.ChoiceField(label=pgettext_lazy("brief", "Kind"), choices=BriefKind.choices)
    masthead = forms.CharField(
        label=gettext_lazy("Masthead"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("In red at the top; up to 16 characters stand on one line."),
    )
    document = forms.CharField(
        label=gettext_lazy("Document number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("The year is put in 〔〕, however it is typed."),
    )
    copy_number = forms.CharField(
        label=gettext_lazy("Copy number"),
        max_length=6,
        required=False,
        validators=[RegexValidator(r"\A[0-9]+\Z", gettext_lazy("Up to six digits."))],
    )
    signer = forms.CharField(label=gettext_lazy("Signed off by"), max_length=40, required=False)
    addressee = forms.CharField(
        label=pgettext_lazy("brief", "Addressed to"), max_length=200, required=False
    )
    signature = forms.CharField(label=gettext_lazy("Signature"), max_length=60, required=False)
    dated = forms.DateField(label=gettext_lazy("Date of the document"), widget=DAY)
    copies = forms.CharField(label=gettext_lazy("Copies to"), max_length=300, required=False)

    def __init__(
        self, data: QueryDict | None, *, periods: PeriodQuerySet, initial: dict[str, Any]
    ) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        period = self.fields["period"]
        assert isinstance(period, forms.ModelChoiceField)
        period.queryset = periods

    @property
    def details(self) -> BriefDetails:
        """What was typed, for the document."""
        given = {**self.cleaned_data}
        return BriefDetails(**{name: given[name] for name in BriefDetails.__slots__})


class TemplateForm(forms.Form):
    """A template as a Word file."""

    kind = forms.ChoiceField(label=pgettext_lazy("brief", "Kind"), choices=BriefKind.choices)
    file = forms.FileField(
        label=gettext_lazy("Word file (.docx)"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".docx"}),
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )
    note = forms.CharField(
        label=gettext_lazy("What is different"), max_length=LONGEST_NOTE, required=False
    )


@dataclass(frozen=True, slots=True)
class KindShown:
    """The versions of a kind, the latest first, and the one in use (None: the product's own)."""

    kind: BriefKind
    in_use: BriefTemplate | None
    versions: Sequence[BriefTemplate]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def brief_page(request: HttpRequest) -> HttpResponse:
    """The form of a brief; sent, it answers with the Word file.

    400 for a form that cannot be read, 409 where the template in use cannot be filled in. Raises
    Http404 while no period was ever opened.
    """
    user = _coordinator_of(request)
    choice = period_choice(request, user)
    if choice.period is None:
        raise Http404(_("No reporting period has been opened yet."))
    kept = request.session.get(SESSION, {})
    form = BriefForm(
        posted(request),
        periods=ReportingPeriod.objects.visible_to(user).latest_first(),
        initial={
            **{name: kept.get(name, "") for name in KEPT},
            "period": choice.period.code,
            "dated": timezone.localdate(),
        },
    )
    status, problems = 200, []
    if request.method == "POST":
        status = BAD_REQUEST
        if form.is_valid():
            request.session[SESSION] = {name: form.cleaned_data[name] for name in KEPT}
            try:
                return _made(form, user, timezone.now())
            except BriefTemplateRefused as refused:
                problems = [
                    _("The template in use does not fit; put another one to use."),
                    *refused.problems,
                ]
            except DamagedFile:
                problems = [
                    _(
                        "The template in use is damaged on the server; put another one to use, and "
                        "tell the administrator."
                    )
                ]
            status = CONFLICT
    return render(
        request, "progress/brief.html", {"form": form, "problems": problems}, status=status
    )


def _made(form: BriefForm, user: User, now: dt.datetime) -> HttpResponse:
    kind, period = BriefKind(form.cleaned_data["kind"]), form.cleaned_data["period"]
    content = brief(
        kind=kind,
        period=period,
        user=user,
        today=timezone.localdate(now),
        now=now,
        details=form.details,
    )
    name = brief_name(kind=kind, period=period)
    return document(content, name=name, media_type=BRIEF_TYPE)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def brief_templates(request: HttpRequest) -> HttpResponse:
    """The versions of the templates, and the form that uploads the next one.

    400 for a file that cannot be a template, with each problem; 413 for one that is too large.
    """
    user = _coordinator_of(request)
    form = TemplateForm(
        posted(request), request.FILES if request.method == "POST" else None, label_suffix=""
    )
    status = 200
    if request.method == "POST":
        status = BAD_REQUEST
        if form.is_valid():
            try:
                added = _added(form, user)
            except ValidationError as error:
                status = _refused(form, error)
            else:
                messages.success(
                    request,
                    _("Version %(number)d is checked and in use.") % {"number": added.number},
                )
                return redirect("brief-templates")
    return render(
        request,
        "progress/brief_templates.html",
        {"form": form, "kinds": _kinds_shown(user), "megabytes": LARGEST_MEGABYTES},
        status=status,
    )


def _added(form: TemplateForm, user: User) -> BriefTemplate:
    upload = cast("UploadedFile[Any]", form.cleaned_data["file"])
    return brief_template_add(
        kind=BriefKind(form.cleaned_data["kind"]),
        upload=upload,
        name=upload.name or "",
        note=form.cleaned_data["note"],
        by=user,
        now=timezone.now(),
    )


def _refused(form: TemplateForm, error: ValidationError) -> int:
    """Put the problems at their fields; returns the answer's status."""
    for name, problems in error.error_dict.items():
        form.add_error(name, problems)
    codes = [one.code for of_field in error.error_dict.values() for one in of_field]
    return CONTENT_TOO_LARGE if TOO_LARGE in codes else BAD_REQUEST


def _kinds_shown(user: User) -> list[KindShown]:
    versions = list(
        BriefTemplate.objects.visible_to(user).select_related("added_by").order_by("-number")
    )
    return [
        KindShown(kind, template_in_use(kind), [one for one in versions if one.kind == kind])
        for kind in BriefKind
    ]


@require_safe
def brief_template_file(request: HttpRequest, pk: int) -> FileResponse:
    """A version as it was uploaded, to be saved and edited."""
    user = _coordinator_of(request)
    found = get_object_or_404(BriefTemplate.objects.visible_to(user).select_related("file"), pk=pk)
    return download(found.file, name=found.name)


@require_safe
def brief_template_default(request: HttpRequest, kind: str) -> HttpResponse:
    """The template that comes with the product. Raises Http404 for a kind that is none."""
    _coordinator_of(request)
    if kind not in BriefKind.values:
        raise Http404
    name = _("Template_%(kind)s.docx") % {"kind": BriefKind(kind).label}
    content = template_bytes(BriefKind(kind), None)
    return document(content, name=name, media_type=BRIEF_TYPE)


@require_POST
def brief_template_use_page(request: HttpRequest) -> HttpResponse:
    """Put the version with the number `version` of `kind` to use, "" for the product's own.

    Raises Http404 for one that does not exist.
    """
    user = _coordinator_of(request)
    kind, version = request.POST.get("kind", ""), request.POST.get("version", "")
    if kind not in BriefKind.values:
        raise Http404
    template = None
    if version:
        if not version.isdecimal():
            raise Http404
        template = get_object_or_404(
            BriefTemplate.objects.visible_to(user), kind=kind, number=int(version)
        )
    brief_template_use(kind=BriefKind(kind), template=template, by=user, now=timezone.now())
    messages.success(request, _("The template is in use."))
    return redirect("brief-templates")


@require_safe
def brief_variables(request: HttpRequest) -> HttpResponse:
    """What a template may say: every variable with its meaning and an example."""
    _coordinator_of(request)
    return render(
        request, "progress/brief_variables.html", {"variables": variables(), "ways": _ways()}
    )


def _ways() -> Sequence[tuple[Sequence[str], str]]:
    """How a template writes things, and what becomes of it."""
    return (
        (("{{ 任务.已完成 }}",), _("The value of a variable.")),
        (
            ("{%p if 逾期.总数 %}", "{%p endif %}"),
            _(
                "Each in a paragraph of its own, which vanishes: what stands between them appears "
                "only where there is something."
            ),
        ),
        (
            ("{%p for 行 in 成果.清单 %}", "{%p endfor %}"),
            _(
                "Each in a paragraph of its own, which vanishes: what stands between them is "
                "repeated for each line of the list."
            ),
        ),
        (
            ("{%tr for 行 in 逾期.清单 %}", "{%tr endfor %}"),
            _("The same for a table: each in a row of its own, which vanishes."),
        ),
        (("{{ loop.index }}",), _("Within a repetition, the number of the turn.")),
    )


def _coordinator_of(request: HttpRequest) -> User:
    user = reader_of(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only coordinators make the brief."))
    return user
