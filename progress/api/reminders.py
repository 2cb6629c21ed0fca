"""Reminders: one's own, and for coordinators the whole ledger."""

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from progress.api.listed import Listed
from progress.api.parameters import KnownParameters, reader_of
from progress.filters import REMINDER_ORDER, REMINDER_ORDERS, ReminderFilter
from progress.models import Audience, Channel, Reminder, ReminderItem, ReminderState, Rule


class ReminderItemSerializer(serializers.Serializer[Any]):
    rule = serializers.ChoiceField(Rule.choices, help_text=_("By which rule it is owed."))
    agency = serializers.IntegerField(
        source="agency_id",
        allow_null=True,
        help_text=_("The id of the agency that owes it, or that cannot be reached; else null."),
    )
    task = serializers.IntegerField(
        source="task.number",
        default=None,
        allow_null=True,
        help_text=_("The task's number; null where it is about none."),
    )
    period = serializers.CharField(
        source="period.code",
        default=None,
        allow_null=True,
        help_text=_("The period's code; null where it is about none."),
    )
    matter = serializers.IntegerField(
        source="matter_id",
        allow_null=True,
        help_text=_("The id of the matter to coordinate that is to be answered, or null."),
    )
    undelivered = serializers.IntegerField(
        source="undelivered_id",
        allow_null=True,
        help_text=_("The id of the reminder that could not be delivered, or null."),
    )
    escalated = serializers.BooleanField(
        help_text=_("Whether it is told because it is late, to somebody who need not do it.")
    )
    due_on = serializers.DateField(help_text=_("The day on which it is due."))
    step = serializers.IntegerField(
        help_text=_("Working days from the due date: negative before it, positive after it.")
    )


class ReminderSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The reminder's id."))
    day = serializers.DateField(help_text=_("The day it is of."))
    channel = serializers.ChoiceField(Channel.choices, help_text=_("How it is sent."))
    state = serializers.ChoiceField(ReminderState.choices, help_text=_("How far it is."))
    audience = serializers.ChoiceField(
        Audience.choices, help_text=_("As whom the recipient is told.")
    )
    agency = serializers.IntegerField(
        source="agency_id",
        allow_null=True,
        help_text=_("The agency's id; null where a coordinator is told."),
    )
    recipient = serializers.CharField(
        source="user", allow_null=True, help_text=_("The person; null for an agency's address.")
    )
    recorded_at = serializers.DateTimeField(help_text=_("When it was recorded."))
    sent_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was sent, or null."))
    address = serializers.CharField(
        help_text=_("The address it goes to, of a group its name; empty for the inbox.")
    )
    attempts = serializers.IntegerField(help_text=_("How often sending was tried."))
    try_after = serializers.DateTimeField(
        allow_null=True, help_text=_("When it is tried again after a failure, or null.")
    )
    answer = serializers.CharField(
        help_text=_(
            "What the mail server or the robot answered, or why it is not sent; empty where it was."
        )
    )
    asked_by = serializers.CharField(
        allow_null=True,
        help_text=_("The coordinator who asked for it by hand; null where the rules did."),
    )
    note = serializers.CharField(help_text=_("The coordinating office's own words to it."))
    items = ReminderItemSerializer(many=True, help_text=_("What is owed."))


class Reminders(Listed[Reminder]):
    """Reminders to you; for coordinators all of them. The latest day first."""

    shape = ReminderSerializer
    filterset_class = ReminderFilter
    # Workers bring them on, and no act.
    follows_the_trail = False
    orders: ClassVar = REMINDER_ORDERS
    default_order = REMINDER_ORDER

    queryset = Reminder.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Reminder]:
        return _reminders_of(self)


class OneReminder(KnownParameters):
    """One reminder, by its id."""

    shape = ReminderSerializer

    @extend_schema(responses=ReminderSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One of yours; for coordinators any."""
        return Response(self.chosen(get_object_or_404(_reminders_of(self), pk=pk)))


def _reminders_of(view: KnownParameters) -> QuerySet[Reminder]:
    items = ReminderItem.objects.select_related("task", "period")
    reminders = Reminder.objects.visible_to(reader_of(view.request))
    reminders = reminders.select_related("user", "asked_by")
    if not view.wants("items"):
        return reminders
    return reminders.prefetch_related(Prefetch("items", queryset=items))
