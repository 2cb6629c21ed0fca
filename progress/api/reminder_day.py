"""A day's reminders: what was sent, what waits, and what would be sent and why."""

import datetime as dt
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from progress.api.parameters import KnownParameters
from progress.api.permissions import CoordinatorsOnly
from progress.cadence import FIRST_YEAR, LAST_YEAR
from progress.models import Audience, Channel, Rule
from progress.reminders import Result, Tense, lines_on


class OwedItemSerializer(serializers.Serializer[Any]):
    rule = serializers.ChoiceField(Rule.choices, help_text=_("By which rule it is owed."))
    agency = serializers.IntegerField(
        source="agency_id", allow_null=True, help_text=_("The id of the agency that owes it.")
    )
    task = serializers.IntegerField(
        source="task_number",
        allow_null=True,
        help_text=_("The task's number; null where it is about none."),
    )
    period = serializers.CharField(
        source="period_code", help_text=_("The period's code; empty where it is about none.")
    )
    matter = serializers.IntegerField(
        source="matter_id",
        allow_null=True,
        help_text=_("The id of the matter to coordinate that is to be answered, or null."),
    )
    due_on = serializers.DateField(help_text=_("The day on which it is due."))
    step = serializers.IntegerField(
        help_text=_("Working days from the due date: negative before it, positive after it.")
    )
    escalated = serializers.BooleanField(
        help_text=_("Whether it is told because it is late, to somebody who need not do it.")
    )


class ReminderLineSerializer(serializers.Serializer[Any]):
    agency = serializers.IntegerField(
        source="recipient.agency_id",
        allow_null=True,
        help_text=_("The agency's id; null where a coordinator is told."),
    )
    agency_name = serializers.CharField(
        source="recipient.agency_name", help_text=_("The agency's name; empty for the office.")
    )
    recipient = serializers.CharField(
        source="recipient.name", help_text=_("The person; empty for an agency's address.")
    )
    recipient_id = serializers.IntegerField(
        source="recipient.user_id", allow_null=True, help_text=_("The person's id, or null.")
    )
    address = serializers.CharField(
        source="recipient.address", help_text=_("The address it goes to; empty for the inbox.")
    )
    audience = serializers.ChoiceField(
        Audience.choices, source="recipient.audience", help_text=_("As whom they are told.")
    )
    channel = serializers.ChoiceField(Channel.choices, help_text=_("How it is sent."))
    result = serializers.ChoiceField(
        Result.choices, help_text=_("What became of the message, or would, in English.")
    )
    answer = serializers.CharField(help_text=_("What the server answered, or why it is not sent."))
    at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was sent, or until when it waits; else null.")
    )
    asked_by = serializers.CharField(help_text=_("Who asked for it by hand; empty: the rules."))
    reminder = serializers.IntegerField(
        source="reminder_id",
        allow_null=True,
        help_text=_("The reminder's id; null for what is foretold."),
    )
    items = OwedItemSerializer(many=True, help_text=_("What is owed."))


class ReminderDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField(help_text=_("The day."))
    tense = serializers.ChoiceField(
        Tense.choices,
        help_text=_("past: as it was sent; today: sent, and to be sent; ahead: foretold."),
    )
    waits_until = serializers.DateTimeField(
        allow_null=True, help_text=_("When mail may go out again; null if it may now.")
    )
    lines = ReminderLineSerializer(many=True, help_text=_("One for each recipient and channel."))


class ReminderDay(KnownParameters):
    """Who gets what on a day, and why."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    shape = ReminderDaySerializer
    parameters: ClassVar = {"GET": ("day", "agency", "result")}

    @extend_schema(
        parameters=[
            OpenApiParameter("day", dt.date, description=_("YYYY-MM-DD; today if left out.")),
            OpenApiParameter("agency", int, description=_("The agency's id; its lines alone.")),
            OpenApiParameter(
                "result", str, enum=Result.values, description=_("Lines with this result alone.")
            ),
        ],
        responses=ReminderDaySerializer,
    )
    def get(self, request: Request) -> Response:
        """A day ahead is foretold from what is owed now, as if nothing changed until then."""
        now = timezone.now()
        day, result = _day(request, timezone.localdate(now)), request.query_params.get("result")
        agency = request.query_params.get("agency")
        if result is not None and result not in Result.values:
            known = ", ".join(Result.values)
            raise ValidationError({"result": [gettext("Choose of %(known)s.") % {"known": known}]})
        if agency is not None and not (agency.isascii() and agency.isdigit()):
            raise ValidationError({"agency": [gettext("Write the id of an agency.")]})
        found = lines_on(day=day, now=now)
        lines = [
            line
            for line in found.lines
            if (result is None or line.result == result)
            and (agency is None or str(line.recipient.agency_id) == agency)
        ]
        document = {
            "day": found.day,
            "tense": found.tense,
            "waits_until": found.waits_until,
            "lines": lines,
        }
        return Response(self.chosen(document))


def _day(request: Request, today: dt.date) -> dt.date:
    text = request.query_params.get("day")
    if text is None:
        return today
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise ValidationError({"day": [gettext("Write the day like 2026-10-23.")]})
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        bounds = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise ValidationError(
            {"day": [gettext("The year has to lie between %(first)d and %(last)d.") % bounds]}
        )
    return day
