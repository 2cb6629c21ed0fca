"""Who gets what and why on a day (催报): what was sent, what waits, what would be sent."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from progress.cadence import FIRST_YEAR, LAST_YEAR
from progress.health import health_at
from progress.models import Channel, ReminderPause, Rule
from progress.pages.chosen import is_an_id
from progress.pages.reading import address_with
from progress.pages.reminders.contents import Asked, asked_for
from progress.pages.reminders.outcomes import moment_words, recipient_words
from progress.pages.reminders.readers import coordinator_of
from progress.reminders import DayLines, Line, OwedItem, Result, answer_shown, lines_on
from progress.rollups import undelivered_count
from progress.steps import step_words
from progress.workdays import WorkCalendar

EARLIEST, LATEST = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31)
# What became of a message, by the word of the address that lists it.
RESULTS: Mapping[str, tuple[Result, str | Promise]] = {
    "sent": (Result.SENT, pgettext_lazy("reminder", "Sent")),
    "would-be-sent": (Result.WOULD_BE_SENT, pgettext_lazy("reminder", "Would be sent")),
    "waits": (Result.WAITS, pgettext_lazy("reminder", "Waits")),
    "failed": (Result.FAILED, pgettext_lazy("reminder", "Failed")),
    "unreachable": (Result.UNREACHABLE, pgettext_lazy("reminder", "Nobody to be reached")),
    "cancelled": (Result.CANCELLED, pgettext_lazy("reminder", "Cancelled")),
}


class DayForm(forms.Form):
    """Which day."""

    day = forms.DateField(
        label=pgettext_lazy("reminder", "Day"),
        widget=forms.DateInput(
            attrs={"type": "date", "min": EARLIEST.isoformat(), "max": LATEST.isoformat()},
            format="%Y-%m-%d",
        ),
        error_messages={"invalid": gettext_lazy("Write the day like 2026-10-23.")},
    )

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        if not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(
                _("The year has to lie between %(first)d and %(last)d.")
                % {"first": FIRST_YEAR, "last": LAST_YEAR}
            )
        return day


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages have come to this, and the address that lists them."""

    label: str | Promise
    count: int
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One channel of a recipient, and what became of the message. `words` says when, or why."""

    channel: str | Promise
    address: str
    kind: str
    label: str | Promise
    words: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of an agency, what is said to them, and by which channels. `name` is "" where
    nobody can be reached."""

    name: str
    person_id: int | None
    asked: Sequence[Asked]
    told: Sequence[Told]


@dataclass(frozen=True, slots=True)
class AgencyTold:
    """An agency and its recipients; `rows` are the lines of the table that they take."""

    id: int | None
    name: str
    recipients: Sequence[Recipient]

    @property
    def rows(self) -> int:
        return sum(len(one.told) for one in self.recipients)


@never_cache
@require_safe
def reminders(request: HttpRequest) -> HttpResponse:
    """A day's messages by agency and recipient; `day` is today unless asked for.

    `agency` (its id) and `result` narrow it. A day that cannot be read answers 400 and shows today.
    A constant number of statements, however many messages there are.
    """
    user = coordinator_of(request)
    now = timezone.now()
    today = timezone.localdate(now)
    form = DayForm(request.GET if request.GET.get("day") else None, label_suffix="")
    is_readable = not form.is_bound or form.is_valid()
    day = form.cleaned_data["day"] if form.is_bound and is_readable else today
    found = lines_on(day=day, now=now)
    agency, result = _agency(request), _result(request)
    of_agency = [one for one in found.lines if agency in (None, one.recipient.agency_id)]
    shown = [one for one in of_agency if result is None or _kind(one) == result]
    calendar = WorkCalendar.load()
    return render(
        request,
        "progress/reminders.html",
        {
            "form": form
            if form.is_bound and not is_readable
            else DayForm(initial={"day": day}, label_suffix=""),
            "day": day,
            "today": today,
            "found": found,
            "is_working": calendar.is_working(day),
            "is_estimated": calendar.is_estimated(day),
            "before": _day_address(request, calendar.add(day, -1)),
            "after": _day_address(request, calendar.add(day, 1)),
            "today_address": _day_address(request, None),
            "tallies": _tallies(request, of_agency, result),
            "is_narrowed": agency is not None or result is not None,
            "whole_address": address_with(request.GET.copy(), agency="", result=""),
            "agencies": _agencies(shown, found),
            "tense": found.tense.value,
            "has_pauses": day >= today
            and ReminderPause.objects.visible_to(user).holding_on(day).exists(),
            "health": health_at(now) if day == today else None,
            "undelivered": undelivered_count(user=user),
        },
        status=200 if is_readable else 400,
    )


def _agency(request: HttpRequest) -> int | None:
    text = request.GET.get("agency", "")
    if text and not is_an_id(text):
        raise BadRequest(_("The address names an agency that cannot be read."))
    return int(text) if text else None


def _result(request: HttpRequest) -> str | None:
    text = request.GET.get("result", "")
    if text and text not in RESULTS:
        raise BadRequest(_("The day cannot be narrowed like that."))
    return text or None


def _day_address(request: HttpRequest, day: dt.date | None) -> str:
    """The same page of another day; of today without naming it."""
    return address_with(request.GET.copy(), day=day.isoformat() if day else "", result="")


def _kind(line: Line) -> str:
    return next(kind for kind, (result, _label) in RESULTS.items() if result == line.result)


def _tallies(request: HttpRequest, lines: Sequence[Line], chosen: str | None) -> list[Tally]:
    """How many messages there are, in all and by what became of them, those of which there are
    some."""
    kinds = [_kind(line) for line in lines]
    every = Tally(
        pgettext_lazy("reminders", "All"),
        len(kinds),
        address_with(request.GET.copy(), result=""),
        chosen is None,
    )
    return [
        every,
        *(
            Tally(
                label,
                kinds.count(kind),
                address_with(request.GET.copy(), result=kind),
                kind == chosen,
            )
            for kind, (_result_of, label) in RESULTS.items()
            if kind in kinds or kind == chosen
        ),
    ]


def _agencies(lines: Sequence[Line], found: DayLines) -> list[AgencyTold]:
    """The lines by agency and recipient, in the order in which they stand."""
    agencies = []
    for (pk, name), of_agency in groupby(
        lines, key=lambda line: (line.recipient.agency_id, line.recipient.agency_name)
    ):
        recipients = [
            _recipient(list(alike), found) for _key, alike in groupby(of_agency, key=_said)
        ]
        agencies.append(AgencyTold(pk, name, recipients))
    return agencies


def _said(line: Line) -> tuple[object, ...]:
    """What has to be the same for two channels to share what is said."""
    recipient = line.recipient
    is_group = line.channel == Channel.ROBOT
    return recipient.user_id, recipient.audience, is_group, line.items, line.steps


def _recipient(lines: Sequence[Line], found: DayLines) -> Recipient:
    first = lines[0]
    why = dict(zip((item.key for item in first.items), first.steps, strict=True))
    return Recipient(
        name=recipient_words(first.recipient, first.channel),
        person_id=first.recipient.user_id,
        asked=asked_for(
            first.items, today=_as_of(first, found), why=lambda item: _why(item, why[item.key])
        ),
        told=[_told(line, found) for line in lines],
    )


def _as_of(line: Line, found: DayLines) -> dt.date:
    """The day as of which the items say how near they are due: that of sending, else the row's."""
    if line.result == Result.SENT and line.at is not None:
        return timezone.localdate(line.at)
    if line.result in (Result.WAITS, Result.WOULD_BE_SENT) or line.day is None:
        return found.day
    return line.day


def _why(item: OwedItem, step: int | None) -> str:
    if item.rule == Rule.UNDELIVERED:
        # Its steps count from the day on which it was given up: no due date to speak of.
        return ""
    if step is None:
        return _("told of it before; listed along")
    return _("step passed: %(step)s") % {"step": step_words(step)}


def _told(line: Line, found: DayLines) -> Told:
    kind = _kind(line)
    words: Iterable[str] = (_when(line), answer_shown(line.answer), _of_another_day(line, found))
    return Told(
        channel=line.channel.label,
        address=line.recipient.address if line.channel != Channel.INBOX else "",
        kind=kind,
        label=RESULTS[kind][1],
        words=_("; ").join(part for part in words if part),
        asked_by=line.asked_by,
    )


def _when(line: Line) -> str:
    if line.at is None:
        return ""
    moment = moment_words(line.at)
    if line.result == Result.SENT:
        return moment
    if line.result == Result.WAITS:
        return _("until %(moment)s") % {"moment": moment}
    return _("from %(moment)s on") % {"moment": moment}


def _of_another_day(line: Line, found: DayLines) -> str:
    if line.day is None or line.day == found.day:
        return ""
    return _("recorded for %(day)s") % {"day": line.day.isoformat()}
