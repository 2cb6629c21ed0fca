"""Reminders: one's own, and for coordinators the whole ledger."""

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from progress.api.filters import ReminderFilter
from progress.api.parameters import KnownParameters, reader_of
from progress.models import Channel, Reminder, ReminderItem, ReminderState, Rule


class ReminderItemSerializer(serializers.Serializer[Any]):
    rule = serializers.ChoiceField(Rule.choices, help_text=_("By which rule it is owed."))
    task = serializers.IntegerField(source="task.number", help_text=_("The task's number."))
    period = serializers.CharField(source="period.code", help_text=_("The period's code."))
    due_on = serializers.DateField(help_text=_("The day on which it is due."))
    step = serializers.IntegerField(
        help_text=_("Working days from the due date: negative before it, positive after it.")
    )


class ReminderSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The reminder's id."))
    day = serializers.DateField(help_text=_("The day it is of."))
    channel = serializers.ChoiceField(Channel.choices, help_text=_("How it is sent."))
    state = serializers.ChoiceField(ReminderState.choices, help_text=_("How far it is."))
    agency = serializers.IntegerField(source="agency_id", help_text=_("The agency's id."))
    recipient = serializers.CharField(
        source="user", allow_null=True, help_text=_("The person; null for an agency's address.")
    )
    recorded_at = serializers.DateTimeField(help_text=_("When it was recorded."))
    sent_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was sent, or null."))
    items = ReminderItemSerializer(many=True, help_text=_("What is owed."))


class Reminders(KnownParameters, ListAPIView[Reminder]):
    """Reminders to you; for coordinators all of them. The latest day first."""

    paginates = True
    serializer_class = ReminderSerializer
    filterset_class = ReminderFilter
    orders: ClassVar = {"day": "day"}
    default_order = "-day"

    queryset = Reminder.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Reminder]:
        items = ReminderItem.objects.select_related("task", "period")
        return (
            Reminder.objects.visible_to(reader_of(self.request))
            .select_related("user")
            .prefetch_related(Prefetch("items", queryset=items))
        )
