"""One's own sessions: where one is signed in with a browser."""

from typing import ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.models import ApiToken, Session
from agencies.sessions import digest_of, other_sessions_end, session_end, sessions_of
from progress.api.errors import ProblemSerializer
from progress.api.listed import Listed
from progress.api.parameters import KnownParameters, reader_of


class SessionSerializer(serializers.Serializer[Session]):
    id = serializers.IntegerField(help_text=_("The session's id."))
    address = serializers.CharField(
        allow_null=True, help_text=_("The network address it was begun from, or null.")
    )
    browser = serializers.CharField(help_text=_("What the browser says of itself."))
    began_at = serializers.DateTimeField(help_text=_("When the person signed in."))
    seen_at = serializers.DateTimeField(help_text=_("When it was last used, to a minute."))
    ends_at = serializers.DateTimeField(
        help_text=_("When it ends whatever is done in it; without use it ends earlier.")
    )


class Sessions(Listed[Session]):
    """Where you are signed in with a browser, the last used first."""

    shape = SessionSerializer
    # Being there is no act.
    follows_the_trail = False
    orders: ClassVar = {"seen_at": "seen_at", "began_at": "began_at"}
    default_order = "-seen_at"

    queryset = Session.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Session]:
        return sessions_of(reader_of(self.request), now=timezone.now())


class OneSession(KnownParameters):
    """One of your own sessions, by its id."""

    shape = SessionSerializer

    @extend_schema(operation_id="sessions_retrieve", responses=SessionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The session."""
        return Response(self.chosen(_session_of(request, pk)))

    @extend_schema(
        operation_id="sessions_end",
        responses={204: None, 403: ProblemSerializer, 404: ProblemSerializer},
    )
    def delete(self, request: Request, pk: int) -> Response:
        """End it at once; the very session that asks too."""
        by = reader_of(request)
        session_end(session=_session_of(request, pk), by=by, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class SessionsEnding(KnownParameters):
    """Ending all of your sessions."""

    @extend_schema(
        operation_id="sessions_end_others",
        request=None,
        responses={204: None, 403: ProblemSerializer},
    )
    def post(self, request: Request) -> Response:
        """End all but the one that asks; with a token, all."""
        asks = "" if isinstance(request.auth, ApiToken) else digest_of(request._request)
        other_sessions_end(user=reader_of(request), but=asks, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _session_of(request: Request, pk: int) -> Session:
    return get_object_or_404(sessions_of(reader_of(request), now=timezone.now()), pk=pk)
