"""The editions of a closed period: its stored workbooks, figures and manifests."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agencies.models import User
from agencies.pages import reader_of
from progress.closings import edition_part, part_response, parts_of
from progress.models import Edition, EditionPart, ReportingPeriod, parts_open_to


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part of an edition that the reader may have."""

    part: EditionPart
    name: str
    size: int
    sha256: str
    address: str


@dataclass(frozen=True, slots=True)
class EditionShown:
    """An edition with its parts; `replaced_by` is the number of the next one, None where it holds
    still."""

    edition: Edition
    replaced_by: int | None
    parts: Sequence[PartShown]


def editions_shown(*, period: ReportingPeriod, user: User) -> list[EditionShown]:
    """The editions of the period, the latest first: one statement."""
    found = (
        Edition.objects.visible_to(user)
        .filter(period=period)
        .select_related("period", "made_by", "erratum__report__task", "erratum__measure")
        .order_by("-number")
    )
    shown, later = [], None
    for edition in found:
        shown.append(EditionShown(edition, later, _parts_shown(edition, user)))
        later = edition.number
    return shown


@require_safe
def period_editions(request: HttpRequest, code: str) -> HttpResponse:
    """What was stored of a closed period, for those who read the whole list."""
    user, period = _place(request, code)
    context = {"period": period, "editions": editions_shown(period=period, user=user)}
    return render(request, "progress/editions.html", context)


@never_cache
@require_safe
def edition_file(request: HttpRequest, code: str, number: int, part: str) -> HttpResponse:
    """One part of an edition, checked against its SHA-256 before anybody gets it."""
    user, period = _place(request, code)
    if part not in EditionPart.values:
        raise Http404
    if part not in parts_open_to(user):
        raise PermissionDenied(_("This part of an edition is for the coordinating office."))
    found = Edition.objects.visible_to(user).select_related("period", "internal", "public")
    edition = get_object_or_404(found, period=period, number=number)
    return part_response(edition_part(edition=edition, part=EditionPart(part), now=timezone.now()))


def _place(request: HttpRequest, code: str) -> tuple[User, ReportingPeriod]:
    user = reader_of(request)
    if not parts_open_to(user):
        raise PermissionDenied(
            _("The documents of closed periods are for those who read the whole list.")
        )
    return user, get_object_or_404(ReportingPeriod.objects.visible_to(user), code=code)


def _parts_shown(edition: Edition, user: User) -> list[PartShown]:
    open_to = parts_open_to(user)
    return [
        PartShown(
            part=EditionPart(one["part"]),
            name=one["name"],
            size=one["size"],
            sha256=one["sha256"],
            address=reverse(
                "edition-file", args=[edition.period.code, edition.number, one["part"]]
            ),
        )
        for one in parts_of(edition)
        if one["part"] in open_to
    ]
