"""The one writer of an agency's contacts: its leader, office, address and telephone.

Each agency keeps them itself, by its approver; where it has none, by its reporters.
"""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.audit import audited
from agencies.locking import agencies_lock
from agencies.models import Agency, Role, User

FIELDS = ("leader", "leader_email", "office", "office_address", "telephone")


def agency_contacts_write(
    *,
    agency: Agency,
    by: User,
    now: dt.datetime,
    leader: str,
    office: str,
    office_address: str,
    telephone: str,
    leader_email: str = "",
) -> Agency:
    """Write what people find the agency by; "" for what it does not tell. Returns the agency.

    Raises PermissionDenied for whoever does not keep them (`keeps_contacts`), and ValidationError,
    keyed by field, for what is too long or no address.
    """
    with transaction.atomic():
        # Locked before it is asked: a merger may be ending it at this moment.
        agency = agencies_lock([agency.pk])[agency.pk]
        if not keeps_contacts(agency=agency, user=by):
            raise PermissionDenied(_("An agency's approver keeps its contacts."))
        with audited("agency.contacts", agency, by=by, now=now):
            agency.leader_email = leader_email.strip()
            agency.leader, agency.office = _one_line(leader), _one_line(office)
            agency.office_address = _one_line(office_address)
            agency.telephone = _one_line(telephone)
            agency.clean_fields(exclude={one.name for one in Agency._meta.fields} - set(FIELDS))
            agency.save(update_fields=FIELDS)
    return agency


def keeps_contacts(*, agency: Agency, user: User) -> bool:
    """Whether the person writes them: an approver of the agency, or its reporter if it has none."""
    if not user.is_active or user.agency_id != agency.pk or agency.has_ended:
        return False
    if user.role == Role.APPROVER:
        return True
    return not User.objects.filter(agency=agency, role=Role.APPROVER, is_active=True).exists()


def _one_line(value: str) -> str:
    """Without line breaks and spaces at its ends: each of them is one line wherever it is shown."""
    return " ".join(value.split())


def reads_contacts(user: User) -> bool:
    """Whether the person finds agencies by them: who works with agencies, and who keeps them."""
    return user.is_active and user.role != Role.AUDITOR
