"""Reminders kept back for a while, and reminding by hand."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from agencies.models import User
from progress.api.bodies import StrictSerializer
from progress.api.named import (
    agency_named,
    period_field,
    period_named,
    task_named,
    text,
    whole,
)
from progress.api.office import Pauses, PauseSerializer
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CoordinatorsOnly, CoordinatorsWrite, ReadersOfTheRegister
from progress.api.rows import DRY_RUN, is_dry_run
from progress.api.writing import DRY_RUN_PARAMETER, Creates, answers, one_or_many, sent
from progress.models import Channel, ReminderPause
from progress.reminders import (
    LONGEST_NOTE,
    Asking,
    Outlook,
    Seen,
    asking_ahead,
    delivery_ask,
    reminders_ask,
)
from progress.workflow import PauseOf, reminder_pause_begin, reminder_pause_end

AGENCY = gettext_lazy("The agency's id, of one of the three; else left out.")
TASK = gettext_lazy("The task's number, of one of the three; else left out.")
PERIOD = gettext_lazy("The period's code, of one of the three; else left out.")
KINDS = ("agency", "task", "period")


# --- Pauses ------------------------------------------------------------------------------------


class PauseBeginSerializer(StrictSerializer):
    """Of what nobody is to be reminded, from when to when, and why: of an agency, a task or a
    period."""

    agency = whole(AGENCY, required=False)
    task = whole(TASK, required=False)
    period = serializers.CharField(required=False, max_length=10, help_text=PERIOD)
    from_on = serializers.DateField(help_text=gettext_lazy("The first day, YYYY-MM-DD."))
    until = serializers.DateField(
        required=False,
        allow_null=True,
        default=None,
        help_text=gettext_lazy("The last day; null: until somebody ends it."),
    )
    reason = text(gettext_lazy("Why; at most 500 characters. The agencies concerned read it."))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in KINDS) != 1:
            raise ValidationError(_("Name an agency, a task or a period, and one of them alone."))
        return attrs


class PausesBegun(Creates, Pauses):
    """What is not reminded of, as far as you may know: of an agency, a task or a period."""

    permission_classes = (  # type: ignore[assignment]
        *Pauses.permission_classes,
        CoordinatorsWrite,
    )
    sends = PauseBeginSerializer

    @extend_schema(
        operation_id="reminder_pauses_begin",
        request=one_or_many(PauseBeginSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(PauseSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Let nobody be reminded of it for a while; what is owed stays owed."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> ReminderPause:
        of = PauseOf(
            agency=agency_named(given["agency"], by=by) if "agency" in given else None,
            task=task_named(given["task"], by=by) if "task" in given else None,
            period=period_named(given["period"], by=by) if "period" in given else None,
        )
        return reminder_pause_begin(
            of=of,
            reason=given["reason"],
            from_on=given["from_on"],
            until=given["until"],
            by=by,
            now=timezone.now(),
        )

    def tell(self, written: Sequence[Any], request: Request) -> list[Any]:
        return [PauseSerializer(one).data for one in written]

    def order(self, given: Mapping[str, Any]) -> Any:
        return (str(given.get("agency", "")), str(given.get("task", "")), given.get("period", ""))

    def location(self, written: Any, request: Request) -> str:
        return reverse("api:reminder-pause", args=[written.pk], request=request)


class OnePause(KnownParameters):
    """One pause, by its id."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = PauseSerializer

    @extend_schema(responses=PauseSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The pause, as far as it is about your own work."""
        rows = ReminderPause.objects.visible_to(reader_of(request))
        found = rows.select_related("task", "period", "by", "ended_by")
        return Response(self.chosen(get_object_or_404(found, pk=pk)))


class PauseEnding(KnownParameters):
    """Ending a pause."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    reads_as = OnePause

    @extend_schema(
        operation_id="reminder_pauses_end", request=None, responses=answers(PauseSerializer)
    )
    def post(self, request: Request, pk: int) -> Response:
        """Let reminders go on. What is over already stays as it is."""
        by = reader_of(request)
        pause = get_object_or_404(ReminderPause.objects.visible_to(by), pk=pk)
        reminder_pause_end(pause=pause, by=by, now=timezone.now())
        return self.answered(request)


# --- By hand -----------------------------------------------------------------------------------


class SeenSerializer(StrictSerializer):
    """What the preview showed."""

    items = serializers.ListField(
        child=serializers.CharField(max_length=100),
        max_length=5_000,
        help_text=gettext_lazy("What was owed, as the preview names it."),
    )
    messages = serializers.ListField(
        child=serializers.CharField(max_length=100),
        max_length=5_000,
        help_text=gettext_lazy("Which messages would go, as the preview names them."),
    )


class RemindSerializer(StrictSerializer):
    """Who is to be reminded now. Classified content must not be entered."""

    period = period_field()
    agencies = serializers.ListField(
        child=whole(gettext_lazy("An agency's id.")),
        required=False,
        max_length=500,
        help_text=gettext_lazy("The ids of agencies; left out: all that owe something."),
    )
    tasks = serializers.ListField(
        child=whole(gettext_lazy("A task's number.")),
        required=False,
        max_length=500,
        help_text=gettext_lazy("The numbers of tasks; left out: all."),
    )
    note = text(
        gettext_lazy("The office's own words, which stand in every message."), longest=LONGEST_NOTE
    )
    seen = SeenSerializer(
        required=False,
        help_text=gettext_lazy("What the dry run showed; 409 where it is not so any more."),
    )


class MessageAheadSerializer(serializers.Serializer[Any]):
    sign = serializers.CharField(help_text=gettext_lazy("What tells it from the others."))
    recipient = serializers.CharField(
        source="recipient.name", help_text=gettext_lazy("Who would be told.")
    )
    channel = serializers.ChoiceField(Channel.choices, help_text=gettext_lazy("How."))
    outlook = serializers.ChoiceField(
        [(one.value, one.value) for one in Outlook],
        help_text=gettext_lazy("What would become of it now."),
    )


class AgencyAheadSerializer(serializers.Serializer[Any]):
    agency = serializers.IntegerField(source="agency.pk", help_text=gettext_lazy("Its id."))
    name = serializers.CharField(source="agency.name", help_text=gettext_lazy("Its name."))
    items = serializers.ListField(
        child=serializers.CharField(), help_text=gettext_lazy("What it owes.")
    )
    messages = MessageAheadSerializer(
        many=True, help_text=gettext_lazy("By which messages it would be told.")
    )


class AskingSerializer(serializers.Serializer[Any]):
    """Who would be told what, or was."""

    people = serializers.IntegerField(help_text=gettext_lazy("How many recipients."))
    waits_until = serializers.DateTimeField(
        allow_null=True, help_text=gettext_lazy("Until when mail waits; null: it goes now.")
    )
    agencies = AgencyAheadSerializer(many=True, help_text=gettext_lazy("In the list's order."))
    seen = SeenSerializer(help_text=gettext_lazy("To be sent back when it is asked for."))


class RemindersByHand(KnownParameters):
    """Reminding by hand."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    parameters: ClassVar = {"POST": (DRY_RUN,)}

    @extend_schema(
        operation_id="reminders_by_hand",
        request=RemindSerializer,
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(AskingSerializer),
    )
    def post(self, request: Request) -> Response:
        """Remind agencies of what they owe now. First with dry_run=true, which tells who would be
        told what; then with that answer's `seen`, so that nobody is told what was not looked at."""
        by, now = reader_of(request), timezone.now()
        given = sent(RemindSerializer, request)
        of: dict[str, Any] = {
            "period": period_named(given["period"], by=by),
            "by": by,
            "now": now,
            "agencies": frozenset(given["agencies"]) if "agencies" in given else None,
            "tasks": frozenset(given["tasks"]) if "tasks" in given else None,
        }
        ahead = asking_ahead(**of)
        if is_dry_run(request):
            return Response(_asking(ahead))
        if "seen" not in given:
            raise ValidationError({"seen": [_("Send what the dry run showed.")]})
        seen = Seen(frozenset(given["seen"]["items"]), frozenset(given["seen"]["messages"]))
        asked = reminders_ask(note=given["note"], seen=seen, **of)
        delivery_ask()
        return Response(
            _asking(ahead) | {"people": asked.people, "waits_until": _moment(asked.waits_until)}
        )


def _asking(asking: Asking) -> dict[str, Any]:
    seen = asking.seen
    return {
        "people": asking.people,
        "waits_until": _moment(asking.waits_until),
        "agencies": [
            {
                "agency": line.agency.pk,
                "name": line.agency.name,
                "items": [f"{item.task_number}-{item.rule.value}" for item in line.items],
                "messages": [MessageAheadSerializer(one).data for one in line.messages],
            }
            for line in asking.agencies
        ],
        "seen": {"items": sorted(seen.items), "messages": sorted(seen.messages)},
    }


def _moment(moment: Any) -> Any:
    return None if moment is None else serializers.DateTimeField().to_representation(moment)
