"""Reminders: what was owed and said to whom. Read only; `progress.reminders` writes them."""

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
        help_text=_("Working days from the due date: -3 is three before it, 2 two after.")
    )


class ReminderSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The reminder's id."))
    day = serializers.DateField(help_text=_("The day on which it was owed."))
    channel = serializers.ChoiceField(Channel.choices, help_text=_("How it was sent."))
    agency = serializers.CharField(source="agency.name", help_text=_("The agency that owes."))
    recipient = serializers.CharField(
        source="user",
        allow_null=True,
        help_text=_("The person; null where it went to the agency's address."),
    )
    state = serializers.ChoiceField(ReminderState.choices, help_text=_("How far it is."))
    recorded_at = serializers.DateTimeField(help_text=_("When it was recorded."))
    sent_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was sent; null while it is not.")
    )
    read_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was opened in the inbox, or null.")
    )
    items = ReminderItemSerializer(many=True, help_text=_("What is owed."))


class Reminders(KnownParameters, ListAPIView[Reminder]):
    """What you were reminded of, the latest first; coordinators read what everybody was."""

    paginates = True
    serializer_class = ReminderSerializer
    filterset_class = ReminderFilter
    orders: ClassVar = {"day": "day"}
    default_order = "-day"

    def get_queryset(self) -> QuerySet[Reminder]:
        items = ReminderItem.objects.select_related("task", "period").order_by(
            "due_on", "task__number"
        )
        return (
            Reminder.objects.visible_to(reader_of(self.request))
            .select_related("agency", "user")
            .prefetch_related(Prefetch("items", queryset=items))
        )
