"""What is a person's own: notices, what was read of the inbox, saved lists."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from agencies.models import User
from progress.api.bodies import StrictSerializer
from progress.api.errors import ProblemSerializer
from progress.api.listed import Listed
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import ReadersOfTheRegister
from progress.api.writing import DRY_RUN_PARAMETER, Creates, answers, one_or_many, sent
from progress.filters import query_kept
from progress.models import (
    EditionPart,
    ListPage,
    Notice,
    NoticeKind,
    Reminder,
    SavedList,
)
from progress.reminders import reminder_read
from progress.workflow import saved_list_change, saved_list_create, saved_list_remove
from progress.workflow.notices import notice_read
from tasks.models import Task

# --- Inbox -------------------------------------------------------------------------------------


class NoticeSerializer(serializers.Serializer[Notice]):
    id = serializers.IntegerField(help_text=_("The notice's id."))
    kind = serializers.ChoiceField(NoticeKind.choices, help_text=_("What it tells."))
    export = serializers.IntegerField(
        source="export_id", allow_null=True, help_text=_("The export's id, or null.")
    )
    period = serializers.CharField(
        source="edition.period.code",
        default=None,
        allow_null=True,
        help_text=_("The code of the period whose edition it is about, or null."),
    )
    edition = serializers.IntegerField(
        source="edition.number",
        default=None,
        allow_null=True,
        help_text=_("The edition's number, or null."),
    )
    part = serializers.ChoiceField(
        [("", "–"), *EditionPart.choices], help_text=_("The part that is damaged, or empty.")
    )
    webhook = serializers.IntegerField(
        source="webhook_id",
        allow_null=True,
        help_text=_("The id of the webhook that was paused, or null."),
    )
    at = serializers.DateTimeField(help_text=_("When it was."))
    read_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When you first read it, or null.")
    )


class Notices(Listed[Notice]):
    """What you are told in your inbox beside reminders, the latest first."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = NoticeSerializer
    # A message to one person is no act.
    follows_the_trail = False
    orders: ClassVar = {"at": "at"}
    default_order = "-at"

    queryset = Notice.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Notice]:
        mine = Notice.objects.inbox_of(reader_of(self.request))
        return mine.select_related("edition__period")


class OneNotice(KnownParameters):
    """One of your own notices, by its id."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = NoticeSerializer

    @extend_schema(operation_id="notices_retrieve", responses=NoticeSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The notice."""
        return Response(self.chosen(_notice_of(request, pk)))


class NoticeRead(KnownParameters):
    """Marking a notice as read."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    reads_as = OneNotice

    @extend_schema(operation_id="notices_read", request=None, responses=answers(NoticeSerializer))
    def post(self, request: Request, pk: int) -> Response:
        """Mark it as read; the first time counts."""
        notice_read(notice=_notice_of(request, pk), now=timezone.now())
        return self.answered(request)


class ReminderRead(KnownParameters):
    """Marking a reminder in your inbox as read."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)

    @extend_schema(
        operation_id="reminders_read",
        request=None,
        responses={204: None, 403: ProblemSerializer, 404: ProblemSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Mark one of your own as read; the first time counts."""
        mine = Reminder.objects.inbox_of(reader_of(request))
        reminder_read(reminder=get_object_or_404(mine, pk=pk), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _notice_of(request: Request, pk: int) -> Notice:
    mine = Notice.objects.inbox_of(reader_of(request)).select_related("edition__period")
    return get_object_or_404(mine, pk=pk)


# --- Saved lists -------------------------------------------------------------------------------


class SavedListSerializer(serializers.Serializer[SavedList]):
    id = serializers.IntegerField(help_text=_("The saved list's id."))
    page = serializers.ChoiceField(ListPage.choices, help_text=_("Of which list it is."))
    name = serializers.CharField(help_text=_("What it is called."))
    query = serializers.CharField(
        help_text=_("Its filters and order, as they stand in an address after the “?”.")
    )
    is_shared = serializers.BooleanField(help_text=_("Whether colleagues see it."))
    owner = serializers.CharField(help_text=_("Whose it is."))
    created_at = serializers.DateTimeField(help_text=_("When it was saved."))


class SavedListAddSerializer(StrictSerializer):
    """Filters of a list under a name."""

    page = serializers.ChoiceField(ListPage.choices, help_text=_("Of which list it is."))
    name = serializers.CharField(max_length=40, help_text=_("What it is called."))
    query = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=2_000,
        help_text=_("Its filters and order, as they stand in an address after the “?”."),
    )
    is_shared = serializers.BooleanField(
        required=False, default=False, help_text=_("Whether colleagues see it.")
    )


class SavedListChangeSerializer(StrictSerializer):
    """Another name, or whether it is shared; what is left out stays."""

    name = serializers.CharField(required=False, max_length=40, help_text=_("What it is called."))
    is_shared = serializers.BooleanField(required=False, help_text=_("Whether colleagues see it."))


class SavedLists(Creates, Listed[SavedList]):
    """Saved lists: your own, and those that colleagues share."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = SavedListSerializer
    # How a person likes to see a list is no act.
    follows_the_trail = False
    sends = SavedListAddSerializer
    orders: ClassVar = {"name": "name", "created_at": "created_at"}

    queryset = SavedList.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[SavedList]:
        return SavedList.objects.visible_to(reader_of(self.request)).select_related("owner")

    @extend_schema(
        operation_id="saved_lists_add",
        request=one_or_many(SavedListAddSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(SavedListSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Keep a list's filters under a name; only what the list understands is kept."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> SavedList:
        request: HttpRequest = self.request._request
        query = query_kept(
            given["page"],
            QueryDict(given["query"]),
            queryset=Task.objects.visible_to(by),
            request=request,
            today=timezone.localdate(),
        )
        return saved_list_create(by=by, now=timezone.now(), **{**given, "query": query})

    def tell(self, written: Sequence[Any], request: Request) -> list[Any]:
        return [SavedListSerializer(one).data for one in written]

    def location(self, written: Any, request: Request) -> str:
        return reverse("api:saved-list", args=[written.pk], request=request)


class OneSavedList(KnownParameters):
    """One saved list, by its id."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = SavedListSerializer

    @extend_schema(operation_id="saved_lists_retrieve", responses=SavedListSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The saved list."""
        return Response(self.chosen(_saved_of(request, pk)))

    @extend_schema(
        operation_id="saved_lists_change",
        request=SavedListChangeSerializer,
        responses=answers(SavedListSerializer),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Give it another name, share it or keep it to yourself; its owner alone. If-Match has to
        say what you started from."""
        saved = _saved_of(request, pk)
        given = sent(SavedListChangeSerializer, request)
        rows = SavedList.objects.select_for_update().filter(pk=pk)
        with self.unchanged(request, lambda: list(rows)):
            saved_list_change(
                saved=saved,
                name=given.get("name", saved.name),
                is_shared=given.get("is_shared", saved.is_shared),
                by=reader_of(request),
            )
        return self.answered(request)

    @extend_schema(
        operation_id="saved_lists_remove",
        responses={204: None, 403: ProblemSerializer, 404: ProblemSerializer},
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Remove it; its owner alone."""
        saved_list_remove(saved=_saved_of(request, pk), by=reader_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _saved_of(request: Request, pk: int) -> SavedList:
    mine = SavedList.objects.visible_to(reader_of(request)).select_related("owner")
    return get_object_or_404(mine, pk=pk)
