"""The four registers: how many entries each has, and their lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agencies.models import User
from agencies.pages import reader_of
from progress.filestore import document
from progress.filters import (
    CompletionFilter,
    ExtensionFilter,
    MatterFilter,
    RegisterFilter,
    ResultFilter,
)
from progress.models import CompletionState, DecisionState, MatterState, ResultKind
from progress.pages.chips import Chip, chips_of
from progress.pages.reading import address_with
from progress.rollups import (
    Register,
    RegisterCount,
    default_order,
    entries_of,
    in_order,
    register_count,
    register_counts,
    register_orders,
    register_rows,
    waiting_states,
)
from progress.workbooks import WORKBOOK_TYPE, register_workbook, register_workbook_name

ROWS_ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Listing:
    """How a register is listed: what narrows it, and what it is about.

    `checked` is the filter whose values are states, or kinds, to tick.
    """

    filterset: type[RegisterFilter]
    rows: str
    checked: str
    plain: Sequence[str]
    further: Sequence[str]
    states: Mapping[str, str | Promise]
    about: str | Promise


LISTINGS: Mapping[Register, Listing] = {
    Register.MATTERS: Listing(
        filterset=MatterFilter,
        rows="progress/register_matters.html",
        checked="state",
        plain=("q", "chapter", "agency", "addressed_to"),
        further=("task", "addressed", "raised_after", "raised_before", "unsettled"),
        states=dict(MatterState.choices),
        about=gettext_lazy(
            "What a report says that others have to decide or do; raised when it is handed in, "
            "and closed by a coordinator."
        ),
    ),
    Register.EXTENSIONS: Listing(
        filterset=ExtensionFilter,
        rows="progress/register_extensions.html",
        checked="state",
        plain=("q", "chapter", "agency", "about"),
        further=(
            "task",
            "measure",
            "requested_after",
            "requested_before",
            "decided_after",
            "decided_before",
        ),
        states=dict(DecisionState.choices),
        about=gettext_lazy(
            "Requests for a later deadline, made before the deadline has passed and decided by a "
            "coordinator. The original deadline stays beside the new one."
        ),
    ),
    Register.COMPLETIONS: Listing(
        filterset=CompletionFilter,
        rows="progress/register_completions.html",
        checked="state",
        plain=("q", "chapter", "agency", "task"),
        further=(
            "measure",
            "requested_after",
            "requested_before",
            "decided_after",
            "decided_before",
        ),
        states=dict(CompletionState.choices),
        about=gettext_lazy(
            "Measures that a report calls completed: granted with the report, refused apart from "
            "it, or reopened later."
        ),
    ),
    Register.RESULTS: Listing(
        filterset=ResultFilter,
        rows="progress/register_results.html",
        checked="kind",
        plain=("q", "chapter", "agency", "task"),
        further=("about", "measure", "came_after", "came_before", "struck"),
        states=dict(ResultKind.choices),
        about=gettext_lazy(
            "Policy documents issued, projects landed, firsts of their kind and practice cases, "
            "entered with the reports."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries have one state or kind, and the address of their list."""

    value: str
    label: str | Promise
    count: int
    address: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class RegisterCard:
    """One register on the page of all four."""

    register: Register
    about: str | Promise
    count: RegisterCount
    address: str
    waiting_address: str
    states: Sequence[Tally]


def registers_reader(request: HttpRequest) -> User:
    """The person signed in; raises PermissionDenied for those who have no part in reports."""
    user = reader_of(request)
    if not user.reads_registers:
        raise PermissionDenied(_("The registers are read by agencies, coordinators and leaders."))
    return user


@require_safe
def registers(request: HttpRequest) -> HttpResponse:
    """The four registers with what of them waits; every number leads to its rows."""
    user = registers_reader(request)
    cards = [_card(count) for count in register_counts(user=user)]
    return render(request, "progress/registers.html", {"cards": cards})


def _card(count: RegisterCount) -> RegisterCard:
    listing, address = LISTINGS[count.register], register_address(count.register)
    return RegisterCard(
        register=count.register,
        about=listing.about,
        count=count,
        address=address,
        waiting_address=register_address(count.register, state=waiting_states(count.register)),
        states=[
            Tally(
                value,
                listing.states[value],
                number,
                register_address(count.register, **{listing.checked: [value]}),
            )
            for value, number in count.by_state.items()
        ],
    )


def register_address(register: Register, **parameters: Sequence[str]) -> str:
    """The address of the register's list, narrowed by these parameters."""
    address = reverse(f"register-{register.value}")
    return f"{address}?{urlencode(parameters, doseq=True)}" if parameters else address


# --- One list ----------------------------------------------------------------------------------


@require_safe
def register_list(request: HttpRequest, register: Register) -> HttpResponse:
    """The entries that the filters leave. What cannot be read answers 400 and shows no rows.

    A constant number of statements, however many entries there are.
    """
    user = registers_reader(request)
    listing = LISTINGS[register]
    narrowed = _narrowed(request, register, user)
    form = _made_ready(narrowed.form, listing)
    sort = request.GET.get("sort", default_order(register))
    sort_is_unknown = sort.removeprefix("-") not in register_orders(register)
    readable = form.is_valid() and not sort_is_unknown
    page = None
    rows: Sequence[object] = []
    if readable:
        entries = in_order(register, narrowed.qs, sort)
        page = Paginator(entries, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
        of_page = page.object_list
        rows = register_rows(register, of_page, today=timezone.localdate())  # type: ignore[arg-type]
    return render(
        request,
        "progress/register_list.html",
        {
            "register": register,
            "rows_template": listing.rows,
            "about": listing.about,
            "form": form,
            "plain_fields": [form[name] for name in listing.plain],
            "checked_field": form[listing.checked],
            "further_fields": [form[name] for name in listing.further],
            "further_in_use": any(request.GET.get(name) for name in listing.further),
            "sort_is_unknown": sort_is_unknown,
            "readable": readable,
            "chips": _chips(form, request, listing) if readable else [],
            "tallies": _tallies(request, register, user) if readable else [],
            "registers": _beside(user, register),
            "page_obj": page,
            "rows": rows,
            "sort": sort,
            "here": register_address(register),
            "query": request.GET.urlencode(),
        },
        status=200 if readable else 400,
    )


def _narrowed(request: HttpRequest, register: Register, user: User) -> RegisterFilter:
    return LISTINGS[register].filterset(
        request.GET, queryset=entries_of(register, user=user), request=request
    )


def _made_ready(form: forms.Form, listing: Listing) -> forms.Form:
    """Controls that fit a page: boxes to tick, fields for dates; the labels say what they mean."""
    form.fields[listing.checked].widget = forms.CheckboxSelectMultiple(
        choices=list(listing.states.items())
    )
    for field in form.fields.values():
        field.help_text = ""
        if isinstance(field, forms.DateField):
            field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    form.fields["q"].widget.input_type = "search"
    return form


def _chips(form: forms.Form, request: HttpRequest, listing: Listing) -> list[Chip]:
    worded = [
        name
        for name, field in form.fields.items()
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField)
    ]
    return list(chips_of(form, request.GET, several=[listing.checked], worded=worded))


def _tallies(request: HttpRequest, register: Register, user: User) -> list[Tally]:
    """How many entries there are under the other filters in force, in all and by state or kind.

    One statement. Each leads to the entries that it counts.
    """
    listing = LISTINGS[register]
    others = request.GET.copy()
    chosen = others.pop(listing.checked, [])
    under_others = listing.filterset(
        others, queryset=entries_of(register, user=user), request=request
    )
    count = register_count(register, under_others.qs)
    return [
        Tally("", gettext_lazy("All"), count.all, address_with(others.copy(), page=""), not chosen),
        *(
            Tally(
                value,
                listing.states[value],
                number,
                address_with(others.copy(), page="", **{listing.checked: value}),
                is_chosen=chosen == [value],
            )
            for value, number in count.by_state.items()
        ),
    ]


def _beside(user: User, register: Register) -> list[Tally]:
    """The four registers with how many entries each has: a statement each."""
    return [
        Tally(
            count.register,
            count.register.label,
            count.all,
            register_address(count.register),
            is_chosen=count.register == register,
        )
        for count in register_counts(user=user)
    ]


# --- The workbook ------------------------------------------------------------------------------


@never_cache
@require_safe
def register_export(request: HttpRequest, name: str) -> HttpResponse:
    """The workbook of the entries that the same parameters show on the page; for coordinators.

    Answers 400 for filters that cannot be read. Raises Http404 for a name that is no register's.
    """
    user = registers_reader(request)
    if name not in Register.values:
        raise Http404
    if not user.is_coordinator:
        raise PermissionDenied(_("Only coordinators export the registers."))
    register = Register(name)
    listing = LISTINGS[register]
    narrowed = _narrowed(request, register, user)
    sort = request.GET.get("sort", default_order(register))
    if not narrowed.is_valid() or sort.removeprefix("-") not in register_orders(register):
        sentence = _("Some of the filters cannot be read; correct them or clear them.")
        return HttpResponseBadRequest(sentence, content_type="text/plain; charset=utf-8")
    now = timezone.now()
    today = timezone.localdate(now)
    language = get_language() or "zh-hans"
    chips = _chips(narrowed.form, request, listing)
    content = register_workbook(
        register=register,
        rows=register_rows(register, in_order(register, narrowed.qs, sort), today=today),
        filters=[f"{chip.label}: {chip.value}" for chip in chips],
        today=today,
        now=now,
        language=language,
    )
    file_name = register_workbook_name(
        register=register, today=today, narrowed=bool(chips), language=language
    )
    return document(content, name=file_name, media_type=WORKBOOK_TYPE)


def register_context(register: Register) -> dict[str, Any]:
    """What the page of one entry needs for the way back to its list."""
    return {"register": register, "register_address": register_address(register)}
