"""Who is told of what an agency, or the coordinating office, owes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agencies.models import AGENCY_ROLES, Agency, Role, User
from progress.models import Audience
from progress.reminders.owed.items import Owed, OwedItem, Recipient
from progress.reminders.owed.rules import (
    ANSWERED_BY_APPROVERS,
    REVIEWS,
    Level,
)


class Owing(NamedTuple):
    """What an agency owes, who wrote it last, and for how many working days it has been late."""

    item: OwedItem
    agency: Agency
    late: int
    writer_id: int | None = None


# On what it depends who is told: the agency, the rule, and of a review who wrote it.
_Kind = tuple[int, str, int | None]


def _kind_of(owing: Owing) -> _Kind:
    rule = owing.item.rule
    return owing.agency.pk, rule, owing.writer_id if rule in REVIEWS else None


@dataclass(frozen=True, slots=True)
class People:
    """The active accounts of agencies, by agency and role, and the coordinators."""

    of_agencies: Mapping[tuple[int, str], Sequence[Recipient]]
    coordinators: Sequence[Recipient]
    # Of thousands of things that an agency owes the same people are told, and the same besides.
    _told: dict[_Kind, list[Recipient]] = field(default_factory=dict)
    _besides: dict[tuple[_Kind, frozenset[Level]], list[Recipient]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> "People":
        """One statement."""
        people: dict[tuple[int, str], list[Recipient]] = {}
        coordinators = []
        users = User.objects.filter(is_active=True, role__in=[*AGENCY_ROLES, Role.COORDINATOR])
        for user in users.select_related("agency").order_by("pk"):
            if user.agency is None:
                office = str(Audience.OFFICE.label)
                coordinators.append(
                    Recipient(None, office, user.pk, user.name, user.email, Audience.OFFICE)
                )
            else:
                people.setdefault((user.agency.pk, user.role), []).append(
                    Recipient(user.agency.pk, user.agency.name, user.pk, user.name, user.email)
                )
        return cls(people, coordinators)

    def told(self, owing: Owing) -> list[Owed]:
        """Who is told because they have to do it."""
        return [Owed(one, owing.item, owing.agency) for one in self.recipients(owing)]

    def recipients(self, owing: Owing) -> Sequence[Recipient]:
        """Whoever has to do it; never empty, though of the only one there may be no address."""
        kind = _kind_of(owing)
        told = self._told.get(kind)
        if told is None:
            told = self._told[kind] = self._recipients(owing)
        return told

    def escalated(self, owing: Owing, *, levels: frozenset[Level]) -> list[Owed]:
        """Who is told besides them, because it is so late that it reaches these levels."""
        if not levels:
            return []
        kind = (_kind_of(owing), levels)
        besides = self._besides.get(kind)
        if besides is None:
            told = self.recipients(owing)
            reached = self._reached(owing.agency, levels, told)
            besides = self._besides[kind] = [one for one in reached if one not in told]
        if not besides:
            return []
        item = owing.item._replace(escalated=True)
        return [Owed(one, item, owing.agency) for one in besides]

    def office(self, item: OwedItem, agency: Agency | None = None) -> list[Owed]:
        """Every coordinator."""
        return [Owed(one, item, agency) for one in self.coordinators]

    def _reached(
        self, agency: Agency, levels: Collection[Level], told: Collection[Recipient]
    ) -> list[Recipient]:
        """Who is at these levels; no leader at an address that was told."""
        office = agency.acts_through or agency
        found: list[Recipient] = []
        if Level.APPROVER in levels:
            found += self._of(agency, Role.APPROVER)
        address = office.leader_email
        if Level.LEADER in levels and address and address not in {one.address for one in told}:
            found.append(
                Recipient(
                    office.pk,
                    office.name,
                    name=office.leader,
                    address=address,
                    audience=Audience.LEADER,
                )
            )
        if Level.COORDINATORS in levels:
            found += self.coordinators
        return found

    def _of(self, agency: Agency, role: str) -> list[Recipient]:
        """The people of a role, also of the agency that a collective body acts through."""
        offices = {agency.pk, agency.acts_through_id or agency.pk}
        return [one for pk in sorted(offices) for one in self.of_agencies.get((pk, role), ())]

    def _recipients(self, owing: Owing) -> list[Recipient]:
        """The agency's people, else its contact address, else nobody.

        A collective body has no staff: the agency it acts through is told. Writing is asked of the
        reporters, a review or an answer of the approvers; where one kind is missing the other can
        act: an approver may write, and a reporter may withdraw a report that nobody is left to
        review.
        """
        rule = owing.item.rule
        kinds = (Role.REPORTER, Role.APPROVER)
        for role in reversed(kinds) if rule in ANSWERED_BY_APPROVERS else kinds:
            told = self._of(owing.agency, role)
            if told and rule in REVIEWS:
                # Nobody reviews what they wrote themselves where another can.
                told = [one for one in told if one.user_id != owing.writer_id] or told
            if told:
                return told
        office = owing.agency.acts_through or owing.agency
        return [Recipient(office.pk, office.name, address=office.contact_email)]
