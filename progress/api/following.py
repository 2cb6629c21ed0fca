"""What follows from the audit trail for lists: rows that changed, and answers that did not."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from agencies.audit import NoLongerKeptError, changed_after, changed_from, state_of_the_trail
from progress.api.conditional import Conditional, unless_known
from progress.closings import release

CHANGED_SINCE = "changed_since"
# Eighteen digits are more acts than there will ever be, and fewer than any database's limit.
LONGEST_NUMBER = 18


class ChangedSince(BaseFilterBackend):
    """`changed_since`: the rows with an act on them behind a position of the feed, or since a
    moment. A view says in `changes_of` what an act may be on: by the path from a row the model."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        changes_of: Mapping[str, type[Model]] = getattr(view, "changes_of", {})
        since = request.query_params.get(CHANGED_SINCE)
        if since is None or not changes_of:
            return queryset
        concerned = Q()
        try:
            for path, model in changes_of.items():
                concerned |= Q(**{f"{path}__in": _changed(model, since)})
        except NoLongerKeptError as error:
            raise NoLongerKept from error
        # A row of which two parts changed is one row.
        rows = queryset.model._default_manager.filter(concerned).order_by().values("pk")
        return queryset.filter(pk__in=rows)

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        if not getattr(view, "changes_of", {}):
            return []
        return [
            {
                "name": CHANGED_SINCE,
                "in": "query",
                "required": False,
                "description": _(
                    "Only what was changed behind this position of the change feed, or since this "
                    "moment, as in 2026-10-20T09:00:00+08:00. A position misses nothing; to a "
                    "moment add what an act may take."
                ),
                "schema": {"type": "string"},
            }
        ]


class NoLongerKept(APIException):
    status_code = 410
    default_detail = _lazy(
        "What changed there is told no more. Ask for changes/?after=now, read everything anew, and "
        "follow from the position of that answer."
    )


def _changed(model: type[Model], since: str) -> QuerySet[Any, int]:
    if since.isascii() and since.isdigit() and len(since) <= LONGEST_NUMBER:
        return changed_after(model, int(since))
    try:
        moment = parse_datetime(since)
        if moment is not None and timezone.is_aware(moment):
            # As databases have it; at the ends of the calendar there is no such moment.
            return changed_from(model, moment.astimezone(dt.UTC))
    except (ValueError, OverflowError):
        pass
    raise ValidationError(
        {
            CHANGED_SINCE: [
                _(
                    "Write a position of the change feed, or a moment with its time zone: "
                    "2026-10-20T09:00:00+08:00, in an address with %2B for the plus."
                )
            ]
        }
    )


class FollowsTheTrail(Conditional):
    """Says that an answer is what it was without making it again.

    For answers that follow from business data, the day and the reader alone: nothing of that
    changes without an act, and each act leaves an entry in the audit trail. The tag is weak, since
    an act may leave this very answer as it was.
    """

    follows_the_trail: ClassVar[bool] = True

    def known_already(self, request: Request) -> HttpResponse | None:
        """The 304 for a reader who has the answer already; else None, and the tag is noted."""
        if not self.follows_the_trail:
            return None
        said = (
            *state_of_the_trail(),
            timezone.localdate().isoformat(),
            release(),
            request.user.pk,
            get_language(),
            request.get_host(),
            request.is_secure(),
            request.get_full_path(),
            request.accepted_media_type,
        )
        self.trail_tag = f'W/"{hashlib.blake2b(repr(said).encode(), digest_size=16).hexdigest()}"'
        if request.headers.get("If-None-Match", "").strip() == "*":
            # Whoever names a tag was given this answer once; whether there is one is to be seen.
            return None
        empty = HttpResponse()
        empty["ETag"] = self.trail_tag
        known: HttpResponse | None = unless_known(empty, request=request)
        return known

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if (tag := getattr(self, "trail_tag", None)) and response.status_code == 200:
            response["ETag"] = tag
        return super().finalize_response(request, response, *args, **kwargs)
