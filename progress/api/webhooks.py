"""One's own webhooks: how they stand, their logs, and what is done with them. None is made here."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from progress.api.errors import ProblemSerializer
from progress.api.listed import Listed
from progress.api.parameters import KnownParameters, reader_of
from progress.api.writing import answers
from progress.models import DeliveryKind, DeliveryState, Webhook, WebhookDelivery, WebhookState
from progress.webhooks import (
    delivery_repeat,
    webhook_end,
    webhook_pause,
    webhook_resume,
    webhook_try,
)


class WebhookSerializer(serializers.Serializer[Webhook]):
    id = serializers.IntegerField(help_text=_("The webhook's id."))
    name = serializers.CharField(help_text=_("Which system is told."))
    host = serializers.CharField(source="place", help_text=_("The host at which it is called."))
    kinds = serializers.ListField(
        child=serializers.CharField(),
        help_text=_("The kinds of things of which it is told, as in the change feed."),
    )
    state = serializers.ChoiceField(WebhookState.choices, help_text=_("How it stands."))
    fault = serializers.CharField(
        source="why", help_text=_("Why it was paused; empty where you did it yourself.")
    )
    position = serializers.IntegerField(
        help_text=_("The position of the change feed up to which it has been told.")
    )
    made_at = serializers.DateTimeField(help_text=_("When it was made."))
    secret_set_at = serializers.DateTimeField(help_text=_("When its secret was set."))
    ended_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was ended for good, or null.")
    )


class DeliverySerializer(serializers.Serializer[WebhookDelivery]):
    id = serializers.IntegerField(help_text=_("The delivery's id."))
    message = serializers.UUIDField(
        help_text=_("The id that the receiver is given, the same where it is sent again.")
    )
    kind = serializers.ChoiceField(DeliveryKind.choices, help_text=_("What was to be sent."))
    after = serializers.IntegerField(
        help_text=_("It tells of what changed behind this position of the change feed.")
    )
    until = serializers.IntegerField(help_text=_("And up to this one."))
    state = serializers.ChoiceField(DeliveryState.choices, help_text=_("How far it is."))
    attempts = serializers.IntegerField(help_text=_("How often it was tried."))
    fault = serializers.CharField(
        source="why", help_text=_("What went wrong at last; empty where nothing did.")
    )
    answer = serializers.CharField(
        help_text=_("The status and the first characters of the last answer.")
    )
    made_at = serializers.DateTimeField(help_text=_("When it was recorded."))
    try_after = serializers.DateTimeField(
        allow_null=True, help_text=_("Before when it is not tried again, or null.")
    )
    sent_at = serializers.DateTimeField(allow_null=True, help_text=_("When it arrived, or null."))


class Webhooks(Listed[Webhook]):
    """Your own webhooks, the latest first. One is made by a person, on a page: a token that got
    into wrong hands must not open an export that outlives it."""

    shape = WebhookSerializer
    orders: ClassVar = {"made_at": "made_at", "name": "name", "state": "state"}
    default_order = "-made_at"
    # Its position moves on without an act.
    follows_the_trail = False

    queryset = Webhook.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Webhook]:
        return Webhook.objects.visible_to(reader_of(self.request))


class OneWebhook(KnownParameters):
    """One of your own webhooks, by its id."""

    shape = WebhookSerializer

    @extend_schema(responses=WebhookSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The webhook, without its address and its secret, which are never shown."""
        return Response(self.chosen(_webhook_of(request, pk)))

    @extend_schema(
        responses={
            204: None,
            403: ProblemSerializer,
            404: ProblemSerializer,
            409: ProblemSerializer,
        },
    )
    def delete(self, request: Request, pk: int) -> Response:
        """End it for good; its log stays for 90 days."""
        webhook_end(webhook=_webhook_of(request, pk), by=reader_of(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


MOVES: Mapping[str, Callable[..., Any]] = {"pause": webhook_pause, "resume": webhook_resume}


class WebhookMoves(KnownParameters):
    """What is done with a webhook: pause, resume."""

    reads_as = OneWebhook

    @extend_schema(request=None, responses=answers(WebhookSerializer))
    def post(self, request: Request, pk: int, move: str) -> Response:
        """Tell it nothing until it is resumed, or go on from where it was: what changed meanwhile
        is not lost."""
        MOVES[move](webhook=_webhook_of(request, pk), by=reader_of(request), now=timezone.now())
        return self.answered(request)


class Deliveries(Listed[WebhookDelivery]):
    """What one of your webhooks was told, the latest first; kept for 90 days."""

    shape = DeliverySerializer
    orders: ClassVar = {"made_at": "made_at"}
    default_order = "-made_at"
    # Workers bring them on, and no act.
    follows_the_trail = False

    queryset = WebhookDelivery.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        return WebhookDelivery.objects.filter(webhook=_webhook_of(self.request, self.kwargs["pk"]))


class OneDelivery(KnownParameters):
    """One delivery to one of your webhooks, by its id."""

    shape = DeliverySerializer

    @extend_schema(responses=DeliverySerializer)
    def get(self, request: Request, pk: int, delivery: int) -> Response:
        """How far it is, and what was answered."""
        return Response(self.chosen(_delivery_of(request, pk, delivery)))


class DeliveryAgain(KnownParameters):
    """Sending a delivery again."""

    @extend_schema(
        request=None,
        responses=answers(DeliverySerializer, status=202),
    )
    def post(self, request: Request, pk: int, delivery: int) -> Response:
        """Send it once more, with the id that it had; 202 with the delivery that does it."""
        again = delivery_repeat(
            delivery=_delivery_of(request, pk, delivery),
            by=reader_of(request),
            now=timezone.now(),
        )
        return _accepted(self, again, request)


class WebhookTest(KnownParameters):
    """Trying a webhook."""

    @extend_schema(
        request=None,
        responses=answers(DeliverySerializer, status=202),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Send it a message without changes, once; 202 with the delivery that does it."""
        sent = webhook_try(
            webhook=_webhook_of(request, pk), by=reader_of(request), now=timezone.now()
        )
        return _accepted(self, sent, request)


def _accepted(view: KnownParameters, delivery: WebhookDelivery, request: Request) -> Response:
    key = {"pk": delivery.webhook_id, "delivery": delivery.pk}
    return view.answered_as(
        OneDelivery,
        request,
        status=status.HTTP_202_ACCEPTED,
        headers={"Location": reverse("api:webhook-delivery", kwargs=key, request=request)},
        **key,
    )


def _webhook_of(request: Request, pk: int) -> Webhook:
    return get_object_or_404(Webhook.objects.visible_to(reader_of(request)), pk=pk)


def _delivery_of(request: Request, pk: int, delivery: int) -> WebhookDelivery:
    rows = WebhookDelivery.objects.filter(webhook=_webhook_of(request, pk))
    return get_object_or_404(rows.select_related("webhook"), pk=delivery)
