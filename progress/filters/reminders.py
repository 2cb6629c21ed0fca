"""The filter of the ledger of reminders: its page, its endpoint and its workbook take this one."""

from collections.abc import Mapping
from typing import Any, ClassVar

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.models import Agency, User
from progress.filters.agencies import AgencyFilter
from progress.filters.lookups import (
    LookupFilterSet,
    choice,
    day,
    moment,
    number,
    related,
    text,
)
from progress.filters.periods import PeriodChoiceFilter
from progress.filters.registers import LARGEST_NUMBER, WholeNumberFilter
from progress.filters.words import WordsFilter, holding
from progress.hits import words_of
from progress.models import (
    Audience,
    Channel,
    Reminder,
    ReminderItem,
    ReminderState,
    ReportingPeriod,
    Rule,
    Undelivered,
)

BY_HAND, BY_SCHEDULE = "hand", "schedule"
WORDS_IN = ("user__name", "agency__name", "agency__short_name", "address", "answer", "note")
# By what reminders can be sorted: the name in addresses, and the column.
REMINDER_ORDERS: Mapping[str, str] = {
    "day": "day",
    "agency": "agency__name",
    "recipient": "user__name",
    "channel": "channel",
    "state": "state",
    "sent": "sent_at",
}
REMINDER_ORDER = "-day"
# The largest id that any of the databases holds.
LARGEST_ID = 2**31 - 1


class ReminderFilter(LookupFilterSet):
    """Narrows reminders: by the message, and by what is owed in it."""

    lookups: ClassVar = {
        "id": number(),
        "day": day(),
        "agency": related(Agency, "id", "agency", nullable=True),
        "recipient": number("user", nullable=True),
        "channel": choice(Channel.values),
        "state": choice(ReminderState.values),
        "audience": choice(Audience.values),
        "recorded_at": moment(),
        "sent_at": moment(nullable=True),
        "attempts": number(),
        "try_after": moment(nullable=True),
        "address": text(),
        "answer": text(),
        "note": text(),
    }

    q = WordsFilter(
        method="by_words",
        label=_("Words"),
        help_text=_(
            "Words in the recipient's name or address, the agency's name, the server's answer or "
            "the office's words, each of them."
        ),
    )
    day_after = django_filters.DateFilter(
        field_name="day", lookup_expr="gte", label=pgettext_lazy("reminder", "Day from")
    )
    day_before = django_filters.DateFilter(
        field_name="day", lookup_expr="lte", label=pgettext_lazy("reminder", "Day until")
    )
    agency = AgencyFilter(
        queryset=Agency.objects.all(),
        method="by_agency",
        label=_("Agency"),
        empty_label=_("All agencies"),
        help_text=_("The agency's id; messages to its people, and those about what it owes."),
    )
    recipient = WholeNumberFilter(
        field_name="user",
        min_value=1,
        max_value=LARGEST_ID,
        label=_("Recipient"),
        help_text=_("The id of the recipient's account."),
    )
    channel = django_filters.ChoiceFilter(
        choices=Channel.choices,
        label=_("Channel"),
        empty_label=_("All channels"),
        help_text=_("How it was sent."),
    )
    state = django_filters.MultipleChoiceFilter(
        choices=ReminderState.choices,
        label=_("State"),
        help_text=_("How far it is; several may be given."),
    )
    rule = django_filters.MultipleChoiceFilter(
        choices=Rule.choices,
        method="by_rule",
        label=_("Rule"),
        help_text=_("By which rule something in it is owed; several may be given."),
    )
    period = PeriodChoiceFilter(
        queryset=ReportingPeriod.objects.all(),
        to_field_name="code",
        method="by_period",
        label=_("Period"),
        empty_label=_("All periods"),
        help_text=_("The code of a period, such as 2026-10, of which something in it is owed."),
    )
    task = WholeNumberFilter(
        method="by_task",
        min_value=1,
        max_value=LARGEST_NUMBER,
        label=_("Task number"),
        help_text=_("The number of a task of which something in it is owed."),
    )
    asked = django_filters.ChoiceFilter(
        choices=[(BY_HAND, _("By hand")), (BY_SCHEDULE, _("By schedule"))],
        method="by_asking",
        label=_("Sent by hand or by schedule"),
        empty_label=_("By hand or by schedule"),
        help_text=_("Whether a coordinator asked for it by hand, or the rules did."),
    )
    undelivered = django_filters.ChoiceFilter(
        choices=Undelivered.choices,
        method="by_undelivered",
        label=_("Did not arrive"),
        empty_label=_("Whether it arrived or not"),
        help_text=_(
            "What was given up or could reach nobody, and that nothing has set right since: no "
            "later message, no other address, no new account."
        ),
    )

    class Meta:
        model = Reminder
        fields: ClassVar[tuple[str, ...]] = ()

    def by_words(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        for word in words_of(value):
            queryset = queryset.filter(holding(word, *WORDS_IN))
        return queryset

    def by_agency(self, queryset: QuerySet[Any], name: str, value: Agency) -> QuerySet[Any]:
        return queryset.filter(Q(agency=value) | Exists(_items().filter(agency=value)))

    def by_rule(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        return queryset.filter(Exists(_items().filter(rule__in=value))) if value else queryset

    def by_period(
        self, queryset: QuerySet[Any], name: str, value: ReportingPeriod
    ) -> QuerySet[Any]:
        return queryset.filter(Exists(_items().filter(period=value)))

    def by_task(self, queryset: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        return queryset.filter(Exists(_items().filter(task__number=value)))

    def by_asking(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(asked_by__isnull=value == BY_SCHEDULE)

    def by_undelivered(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(pk__in=Reminder.objects.undelivered(Undelivered(value)).values("pk"))

    @property
    def recipient_asked_for(self) -> User | None:
        """The person that `recipient` names, None for nobody to whom one of these was sent."""
        pk = self.form.cleaned_data.get("recipient") if self.form.is_valid() else None
        told = self.queryset.filter(user=pk).values("user")
        return User.objects.filter(pk__in=told).first() if pk else None


def _items() -> QuerySet[ReminderItem]:
    """The items of the message that is asked about."""
    return ReminderItem.objects.filter(reminder=OuterRef("pk"))
