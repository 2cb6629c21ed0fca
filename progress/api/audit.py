"""The audit trail, for auditors: who did what to what, when."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from agencies.audit import entries_seal
from agencies.authentication import SignedInWithinAccess
from agencies.models import AuditEntry, Role, Via
from progress.api.listed import Listed
from progress.api.parameters import reader_of
from progress.filters import AuditFilter


class AuditorsOnly(BasePermission):
    message = _("Only auditors read the audit trail.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return reader_of(request).role == Role.AUDITOR


class AuditEntrySerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField(help_text=_("Its place in the trail, counted from 1."))
    at = serializers.DateTimeField(help_text=_("When it was done, by the server's clock."))
    by = serializers.CharField(
        source="by.name",
        default=None,
        allow_null=True,
        help_text=_("Who did it; null for the calendar and for commands on the server."),
    )
    username = serializers.CharField(
        source="by.username",
        default=None,
        allow_null=True,
        help_text=_("The user name of who did it, or null."),
    )
    via = serializers.ChoiceField(Via.choices, help_text=_("By which way it came."))
    address = serializers.CharField(
        allow_null=True,
        help_text=_("From which network address it was asked for; null on the server itself."),
    )
    act = serializers.CharField(help_text=_("What was done, as in report.submit."))
    kind = serializers.CharField(help_text=_("What kind of thing it was done to."))
    thing = serializers.IntegerField(help_text=_("The id of the thing."))
    is_change = serializers.BooleanField(
        help_text=_("false for what changes nothing, such as signing in.")
    )
    changes = serializers.DictField(
        child=serializers.ListField(min_length=2, max_length=2),
        help_text=_(
            "By field the value before and the value since; of a text its length in characters and "
            "its SHA-256 alone."
        ),
    )


class AuditTrail(Listed[AuditEntry]):
    """The audit trail in its order. It holds no texts: auditors do not read reports."""

    permission_classes = (SignedInWithinAccess, AuditorsOnly)
    shape = AuditEntrySerializer
    filterset_class = AuditFilter
    orders: ClassVar = {"position": "position", "at": "at"}

    queryset = AuditEntry.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[AuditEntry]:
        # What was done a moment ago has its place too.
        entries_seal()
        return AuditEntry.objects.visible_to(reader_of(self.request)).select_related("by")
