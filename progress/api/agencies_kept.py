"""Agencies as administrators keep them: added, changed, renamed, merged; and their contacts."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from agencies.accounts import agency_acts_through_set, agency_change, agency_create
from agencies.authentication import SignedInWithinAccess
from agencies.changes import agency_rename, merger_check
from agencies.contacts import agency_contacts_write, reads_contacts
from agencies.locking import agencies_lock
from agencies.models import Agency, AgencyKind, User
from agencies.telephones import telephone_for
from progress.api.bodies import StrictSerializer
from progress.api.named import agency_named, text, whole
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import AdministratorsOnly, AdministratorsWrite, CoordinatorsOnly
from progress.api.register import Agencies, OneAgency
from progress.api.rows import DRY_RUN, is_dry_run
from progress.api.task_shapes import AgencySerializer
from progress.api.writing import DRY_RUN_PARAMETER, Creates, answers, one_or_many, sent
from progress.mergers import Merger, agency_merge, merger_of

SPELLINGS = gettext_lazy("Other spellings; those that are new are added, none is taken away.")
CONTACT = gettext_lazy(
    "Where reminders go while nobody of the agency has an account; told to administrators, null "
    "for others."
)
EFFECTIVE = gettext_lazy("The day since which it is so, YYYY-MM-DD; not one that has yet to come.")
REASON = gettext_lazy("Why; it stays in the agency's history.")
DOCUMENT = gettext_lazy("The document that says so, or empty.")


def _spellings() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        default=list,
        max_length=50,
        help_text=SPELLINGS,
    )


class AgencyKeptSerializer(AgencySerializer):
    """Give it `request`, whose reader is told the contact address if they keep agencies."""

    contact_email = serializers.SerializerMethodField(help_text=CONTACT)

    def get_contact_email(self, agency: Agency) -> str | None:
        keeps = reader_of(self.context["request"]).is_administrator
        return agency.contact_email if keeps else None


class AgencyAddSerializer(StrictSerializer):
    """An agency that a revised list will name."""

    name = serializers.CharField(max_length=100, help_text=gettext_lazy("The canonical name."))
    short_name = serializers.CharField(
        max_length=30, help_text=gettext_lazy("The name for narrow columns.")
    )
    kind = serializers.ChoiceField(AgencyKind.choices, help_text=gettext_lazy("What it is."))
    contact_email = serializers.EmailField(
        required=False, default="", allow_blank=True, help_text=CONTACT
    )
    aliases = _spellings()
    valid_from = serializers.DateField(
        required=False,
        default=None,
        allow_null=True,
        help_text=gettext_lazy("The day it was set up, YYYY-MM-DD; null where not known."),
    )


class AgencyChangeSerializer(StrictSerializer):
    """What changes of an agency; its name by rename/, its end by merge/."""

    short_name = serializers.CharField(
        required=False, max_length=30, help_text=gettext_lazy("The name for narrow columns.")
    )
    contact_email = serializers.EmailField(required=False, allow_blank=True, help_text=CONTACT)
    aliases = _spellings()


class AgenciesKept(Creates, Agencies):
    """The agencies that the list names."""

    permission_classes = (SignedInWithinAccess, AdministratorsWrite)
    sends = AgencyAddSerializer

    @extend_schema(
        operation_id="agencies_add",
        request=one_or_many(AgencyAddSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(AgencyKeptSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Add an agency that a revised list will name, with other spellings of it; or many."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> Agency:
        return agency_create(by=by, now=timezone.now(), **given)

    def tell(self, written: Sequence[Any], request: Request) -> list[Any]:
        ids = [one.pk for one in written]
        found = Agency.objects.prefetch_related("aliases").in_bulk(ids)
        context = {"request": request}
        return [AgencyKeptSerializer(found[pk], context=context).data for pk in ids]

    def told(self, written: Any, request: Request) -> Response:
        return self.answered_as(OneAgencyKept, request, pk=written.pk)

    def location(self, written: Any, request: Request) -> str:
        return reverse("api:agency", args=[written.pk], request=request)


class OneAgencyKept(OneAgency):
    """One agency, by its id."""

    permission_classes = (SignedInWithinAccess, AdministratorsWrite)
    shape = AgencyKeptSerializer

    @extend_schema(responses=AgencyKeptSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The agency, also one that has ended."""
        return super().get(request, pk)

    @extend_schema(
        operation_id="agencies_change",
        request=AgencyChangeSerializer,
        responses=answers(AgencyKeptSerializer),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change its short name and contact address, and add spellings; what is left out stays.
        If-Match has to say what you started from."""
        by = reader_of(request)
        agency = _agency_of(request, pk)
        given = sent(AgencyChangeSerializer, request)
        with self.unchanged(request, lambda: agencies_lock([pk])):
            agency.refresh_from_db()
            agency_change(
                agency=agency,
                by=by,
                now=timezone.now(),
                short_name=given.get("short_name", agency.short_name),
                contact_email=given.get("contact_email", agency.contact_email),
                aliases=given["aliases"],
            )
        return self.answered(request)


class AgencyRenameSerializer(StrictSerializer):
    """Another name from a day on; the old one stays a spelling of it, and its name in history."""

    name = serializers.CharField(max_length=100, help_text=gettext_lazy("The new name."))
    short_name = serializers.CharField(
        max_length=30, help_text=gettext_lazy("The name for narrow columns.")
    )
    effective_on = serializers.DateField(help_text=EFFECTIVE)
    document = text(DOCUMENT, longest=100)
    reason = text(REASON, longest=2_000)


class AgencyRenaming(KnownParameters):
    """Giving an agency another name."""

    permission_classes = (SignedInWithinAccess, AdministratorsOnly)
    reads_as = OneAgencyKept

    @extend_schema(
        operation_id="agencies_rename",
        request=AgencyRenameSerializer,
        responses=answers(AgencyKeptSerializer),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Rename the agency from a day on."""
        given = sent(AgencyRenameSerializer, request)
        agency = _agency_of(request, pk)
        with self.held(request, lambda: agencies_lock([pk])):
            agency_rename(agency=agency, by=reader_of(request), now=timezone.now(), **given)
        return self.answered(request)


class AgencyMergeSerializer(StrictSerializer):
    """What an agency is merged into, and since when."""

    successor = whole(gettext_lazy("The id of the agency that takes its part."))
    effective_on = serializers.DateField(help_text=EFFECTIVE)
    document = text(DOCUMENT, longest=100)
    reason = text(REASON, longest=2_000)
    seen = serializers.CharField(
        required=False,
        max_length=64,
        help_text=gettext_lazy("The `seen` of the dry run; 409 where another merger it would be."),
    )


class MergerSerializer(serializers.Serializer[Any]):
    """What a merger moves, or would move."""

    agency = serializers.IntegerField(help_text=gettext_lazy("The id of the one that ends."))
    successor = serializers.IntegerField(help_text=gettext_lazy("The id of its successor."))
    moves = serializers.JSONField(
        help_text=gettext_lazy(
            "Numbers of tasks, led and all; reports and contributions by task and period; "
            "accounts; bodies that act through it; how many matters and reminders."
        )
    )
    seen = serializers.CharField(
        help_text=gettext_lazy("Stands for it, to be sent back when it is done.")
    )


class AgencyMerging(KnownParameters):
    """Merging an agency into another."""

    permission_classes = (SignedInWithinAccess, AdministratorsOnly)
    reads_as = OneAgencyKept
    parameters: ClassVar = {"POST": (DRY_RUN,)}

    @extend_schema(
        operation_id="agencies_merge",
        request=AgencyMergeSerializer,
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(MergerSerializer),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Merge the agency into its successor. First with dry_run=true, which tells what would
        move; then with that answer's `seen`, without which it is not done."""
        by, now, agency = reader_of(request), timezone.now(), _agency_of(request, pk)
        given = sent(AgencyMergeSerializer, request)
        seen = given.pop("seen", "")
        wanted = {
            **given,
            "successor": agency_named(given["successor"], by=by, field="successor"),
        }
        if is_dry_run(request):
            about = {name: wanted[name] for name in ("successor", "effective_on", "reason")}
            merger_check(agency=agency, now=now, **about)
            return Response(_merger(merger_of(agency=agency, successor=wanted["successor"])))
        if not seen:
            raise serializers.ValidationError({"seen": [_("Send what the dry run showed.")]})
        change = agency_merge(agency=agency, by=by, now=now, seen=seen, **wanted)
        return Response(
            {
                "agency": pk,
                "successor": wanted["successor"].pk,
                "moves": change.moved,
                "seen": seen,
            }
        )


class ActsThroughSerializer(StrictSerializer):
    """Through which agency a body of members acts."""

    through = whole(gettext_lazy("The id of an agency with people of its own."))


class AgencyActingThrough(KnownParameters):
    """Saying through which agency a body of members acts."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    reads_as = OneAgencyKept

    @extend_schema(
        operation_id="agencies_acts_through",
        request=ActsThroughSerializer,
        responses=answers(AgencyKeptSerializer),
    )
    def post(self, request: Request, pk: int) -> Response:
        """From then on that agency's people write for the body, and nobody else."""
        by, agency = reader_of(request), _agency_of(request, pk)
        given = sent(ActsThroughSerializer, request)
        through = agency_named(given["through"], by=by, field="through")
        with self.held(request, lambda: agencies_lock([pk, through.pk])):
            agency_acts_through_set(agency=agency, through=through, by=by, now=timezone.now())
        return self.answered(request)


# --- Contacts ----------------------------------------------------------------------------------


class ReadersOfContacts(BasePermission):
    message = gettext_lazy("Auditors do not read the contacts of agencies.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return reads_contacts(reader_of(request))


class ContactsSerializer(StrictSerializer):
    """Where people find an agency; "" for what it does not tell."""

    leader = text(gettext_lazy("Its leader in charge."), longest=50)
    leader_email = serializers.EmailField(
        required=False,
        default="",
        allow_blank=True,
        help_text=gettext_lazy("Where reminders go as well of what it is long late with."),
    )
    office = text(gettext_lazy("The office in charge."), longest=100)
    office_address = text(gettext_lazy("Where that is."), longest=200)
    telephone = text(
        gettext_lazy(
            "Its telephone. Of a mobile one, people of other agencies and offices read 138****1234."
        ),
        longest=50,
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        told: dict[str, Any] = super().to_representation(instance)
        if "telephone" in told:
            told["telephone"] = telephone_for(instance, reader_of(self.context["request"]))
        return told


class AgencyContacts(KnownParameters):
    """Where one agency is found."""

    permission_classes = (SignedInWithinAccess, ReadersOfContacts)
    shape = ContactsSerializer

    @extend_schema(operation_id="agencies_contacts", responses=ContactsSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Its leader, office, address and telephone."""
        agency = _agency_of(request, pk)
        return Response(self.chosen(agency))

    @extend_schema(
        operation_id="agencies_contacts_write",
        request=ContactsSerializer,
        responses=answers(ContactsSerializer),
    )
    def put(self, request: Request, pk: int) -> Response:
        """Write all of it, by the agency's approver, or by its reporters where it has none.
        If-Match has to say what you started from."""
        by, agency = reader_of(request), _agency_of(request, pk)
        if by.agency_id != pk:
            raise PermissionDenied(_("Each agency keeps its own contacts."))
        given = sent(ContactsSerializer, request)
        with self.unchanged(request, lambda: agencies_lock([pk])):
            agency_contacts_write(agency=agency, by=by, now=timezone.now(), **given)
        return self.answered(request)


def _agency_of(request: Request, pk: int) -> Agency:
    return get_object_or_404(Agency.objects.visible_to(reader_of(request)), pk=pk)


def _merger(merger: Merger) -> dict[str, Any]:
    return {
        "agency": merger.agency.pk,
        "successor": merger.successor.pk,
        "moves": merger.as_json(),
        "seen": merger.digest,
    }
