"""The ledger of reminders (催报台账): every message that was ever owed, and what became of it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agencies.models import Agency, User
from progress.filestore import document
from progress.filters import REMINDER_ORDER, REMINDER_ORDERS, ReminderFilter
from progress.models import (
    UNREACHABLE,
    Channel,
    Policy,
    Reminder,
    ReminderQuerySet,
    ReminderState,
    Rule,
)
from progress.pages.chips import Chip, chips_of
from progress.pages.reminders.contents import Asked, asked_for
from progress.pages.reminders.outcomes import outcome_words, recipient_words
from progress.pages.reminders.readers import coordinator_of
from progress.reminders import (
    answer_shown,
    items_named,
    owed_item_of,
    recipient_of,
    sending_waits_until,
)
from progress.workbooks import WORKBOOK_TYPE, Column, list_workbook, list_workbook_name
from progress.workdays import WorkCalendar

ROWS_ON_A_PAGE = 50
# What a workbook is made of while its reader waits: more would take longer than a request may.
MOST_EXPORTED = 10_000
PLAIN_FIELDS = ("q", "agency", "day_after", "day_before")
CHECKED_FIELDS: Mapping[str, Sequence[tuple[str, Any]]] = {
    "state": ReminderState.choices,
    "rule": Rule.choices,
}
FURTHER_FIELDS = ("channel", "period", "task", "asked", "undelivered")
# Those that have words of their own for their values.
WORDED_FIELDS = (*CHECKED_FIELDS, "channel", "asked", "undelivered")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A message as the ledger lists it. `recipient` is the person's name, or says whose address it
    goes to; `recipient_id` the person's id."""

    id: int
    day: dt.date
    agency: Agency | None
    recipient: str
    recipient_id: int | None
    address: str
    channel: Channel
    state: ReminderState
    outcome: str
    asked: Sequence[Asked]
    asked_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A message that did not arrive and still matters."""

    agency: Agency | None
    recipient: str
    address: str
    channel: Channel
    day: dt.date
    answer: str
    is_unreachable: bool


@never_cache
@require_safe
def reminder_ledger(request: HttpRequest) -> HttpResponse:
    """The messages that the filters leave, the latest first, and on top what did not arrive.

    What cannot be read answers 400 and shows no rows. A constant number of statements, however many
    messages there are.
    """
    user, now = coordinator_of(request), timezone.now()
    narrowed = _narrowed(request, user)
    form = _made_ready(narrowed.form)
    sort = request.GET.get("sort", REMINDER_ORDER)
    sort_is_unknown = sort.removeprefix("-") not in REMINDER_ORDERS
    readable = form.is_valid() and not sort_is_unknown
    page = None
    rows: Sequence[LedgerRow] = []
    if readable:
        page = Paginator(_in_order(narrowed.qs, sort), ROWS_ON_A_PAGE).get_page(
            request.GET.get("page")
        )
        rows = _rows(page.object_list, now=now)
    return render(
        request,
        "progress/reminder_ledger.html",
        {
            "form": form,
            "plain_fields": [form[name] for name in PLAIN_FIELDS],
            "checked_fields": [form[name] for name in CHECKED_FIELDS],
            "further_fields": [form[name] for name in FURTHER_FIELDS],
            "further_in_use": any(
                request.GET.get(name) for name in (*FURTHER_FIELDS, *CHECKED_FIELDS)
            ),
            "sort_is_unknown": sort_is_unknown,
            "readable": readable,
            "chips": _chips(narrowed, request) if readable else [],
            "lost": lost_messages(user),
            "page_obj": page,
            "rows": rows,
            "sort": sort,
            "query": request.GET.urlencode(),
        },
        status=200 if readable else 400,
    )


def lost_messages(user: User) -> Sequence[Lost]:
    """What did not arrive and still matters, whatever the filters are; one statement."""
    rows = Reminder.objects.visible_to(user).undelivered().select_related("user", "agency")
    return [
        Lost(
            agency=row.agency,
            recipient=recipient_words(recipient_of(row), Channel(row.channel)),
            address=row.address,
            channel=Channel(row.channel),
            day=row.day,
            answer=answer_shown(row.answer),
            is_unreachable=row.answer == UNREACHABLE,
        )
        for row in rows.order_by("-day", "agency__name", "pk")
    ]


def _narrowed(request: HttpRequest, user: User) -> ReminderFilter:
    return ReminderFilter(request.GET, queryset=Reminder.objects.visible_to(user), request=request)


def _made_ready(form: forms.Form) -> forms.Form:
    """Controls that fit a page: boxes to tick, fields for dates; the labels say what they mean."""
    for name, choices in CHECKED_FIELDS.items():
        form.fields[name].widget = forms.CheckboxSelectMultiple(choices=choices)
    for field in form.fields.values():
        field.help_text = ""
        if isinstance(field, forms.DateField):
            field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    form.fields["q"].widget.input_type = "search"
    # A person is chosen by following their name in the list.
    form.fields["recipient"].widget = forms.HiddenInput()
    return form


def _chips(narrowed: ReminderFilter, request: HttpRequest) -> list[Chip]:
    chips = list(chips_of(narrowed.form, request.GET, several=CHECKED_FIELDS, worded=WORDED_FIELDS))
    person = narrowed.recipient_asked_for
    if person is None:
        return chips
    label = str(narrowed.form.fields["recipient"].label)
    return [replace(one, value=person.name) if one.label == label else one for one in chips]


def _in_order(reminders: ReminderQuerySet, sort: str) -> ReminderQuerySet:
    """By a name of REMINDER_ORDERS, "-" before it reversing; no value comes last either way."""
    column = F(REMINDER_ORDERS[sort.removeprefix("-")])
    term = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    return reminders.order_by(term, "-day", "pk")


def _rows(reminders: Any, *, now: dt.datetime) -> Sequence[LedgerRow]:
    """The rows of a page or of the workbook: the same few statements for any number of them."""
    found: Iterable[Reminder] = reminders.select_related(
        "user", "agency", "asked_by"
    ).prefetch_related(Prefetch("items", items_named()))
    until = sending_waits_until(now=now, policy=Policy.current(), calendar=WorkCalendar.load())
    return [
        LedgerRow(
            id=row.pk,
            day=row.day,
            agency=row.agency,
            recipient=recipient_words(recipient_of(row), Channel(row.channel)),
            recipient_id=row.user_id,
            address=row.address,
            channel=Channel(row.channel),
            state=ReminderState(row.state),
            outcome=outcome_words(row, now=now, sending_waits=until),
            asked=asked_for(map(owed_item_of, row.items.all()), today=_said_on(row)),
            asked_by=row.asked_by.name if row.asked_by else "",
            note=row.note,
        )
        for row in found
    ]


def _said_on(row: Reminder) -> dt.date:
    """The day as of which its items say how near they are due."""
    return timezone.localdate(row.sent_at) if row.sent_at else row.day


# --- The workbook ------------------------------------------------------------------------------


def _agency_words(row: LedgerRow) -> str:
    return row.agency.name if row.agency else ""


COLUMNS: Sequence[tuple[Column, Callable[[LedgerRow], str]]] = (
    (Column(pgettext_lazy("reminder", "Day"), 12), lambda row: row.day.isoformat()),
    (Column(gettext_lazy("Agency"), 18), _agency_words),
    (Column(gettext_lazy("Recipient"), 14), lambda row: row.recipient),
    (Column(pgettext_lazy("reminder", "Address"), 24), lambda row: row.address),
    (Column(gettext_lazy("Channel"), 10), lambda row: str(row.channel.label)),
    (
        Column(gettext_lazy("What was owed"), 56, is_centred=False),
        lambda row: "\n".join(one.words for one in row.asked),
    ),
    (Column(gettext_lazy("State"), 9), lambda row: str(row.state.label)),
    (Column(gettext_lazy("What became of it"), 34, is_centred=False), lambda row: row.outcome),
    (Column(gettext_lazy("Reminded by hand by"), 12), lambda row: row.asked_by),
    (Column(gettext_lazy("The office's words"), 24, is_centred=False), lambda row: row.note),
)


@never_cache
@require_safe
def reminder_ledger_export(request: HttpRequest) -> HttpResponse:
    """The workbook of the messages that the same parameters show on the page; for coordinators.

    Answers 400 for filters that cannot be read; too many are sent back to the page.
    """
    user, now = coordinator_of(request), timezone.now()
    narrowed = _narrowed(request, user)
    sort = request.GET.get("sort", REMINDER_ORDER)
    if not narrowed.is_valid() or sort.removeprefix("-") not in REMINDER_ORDERS:
        sentence = _("Some of the filters cannot be read; correct them or clear them.")
        return HttpResponseBadRequest(sentence, content_type="text/plain; charset=utf-8")
    count = narrowed.qs.count()
    if count > MOST_EXPORTED:
        about = {"count": count, "most": MOST_EXPORTED}
        messages.warning(
            request,
            _(
                "These are %(count)d entries, and a workbook takes %(most)d: narrow them, for "
                "example to some days."
            )
            % about,
        )
        return redirect(f"{reverse('reminder-ledger')}?{request.GET.urlencode()}")
    chips = _chips(narrowed, request)
    rows = _rows(_in_order(narrowed.qs, sort), now=now)
    today = timezone.localdate(now)
    name, language = _("Reminders"), get_language() or settings.LANGUAGE_CODE
    content = list_workbook(
        name=name,
        columns=[column for column, _said in COLUMNS],
        rows=[[said(row) for _column, said in COLUMNS] for row in rows],
        filters=[f"{chip.label}: {chip.value}" for chip in chips],
        today=today,
        now=now,
        language=language,
    )
    file_name = list_workbook_name(name=name, today=today, narrowed=bool(chips), language=language)
    return document(content, name=file_name, media_type=WORKBOOK_TYPE)
