"""Under which name an agency did something: the one it had then, not the one it has since."""

import datetime as dt
from collections.abc import Sequence
from functools import cached_property

from django.utils import timezone

from agencies.models import Agency, AgencyChange, AgencyChangeKind, User
from progress.models import Contribution
from progress.statements import WrittenOnce

_CHANGES = AgencyChange.objects.select_related("agency").order_by("-at", "-pk")
_ALL_CHANGES = WrittenOnce(lambda: _CHANGES)
# For pages that ask together for what few have any of.
ALL_CHANGES_BESIDE = WrittenOnce(lambda _user, *_given: _CHANGES, asks_all=False)


class NamesThen:
    """All changes of agencies there were, the latest first; there are few. They are read once, and
    not before they are asked for, where they are not at hand."""

    def __init__(self, changes: Sequence[AgencyChange] | None = None) -> None:
        self._changes = changes

    @cached_property
    def changes(self) -> Sequence[AgencyChange]:
        return _ALL_CHANGES.of() if self._changes is None else self._changes

    def of_person(self, person: User, at: dt.datetime) -> str:
        """The short name of the agency for which the person acted then; "" for none."""
        agency = person.agency
        if agency is None:
            return ""
        for change in self._mergers_after(at):
            if person.username in change.moved.get("accounts", ()):
                agency = change.agency
        return self._short_name(agency, at)

    def of_contribution(self, contribution: Contribution, at: dt.datetime) -> str:
        """The short name of the agency whose contribution it was then."""
        agency = contribution.agency
        for change in self._mergers_after(at):
            if contribution.pk in change.moved.get("contributions", {}).get("moved_ids", ()):
                agency = change.agency
        return self._short_name(agency, at)

    def _mergers_after(self, at: dt.datetime) -> list[AgencyChange]:
        return [one for one in self.changes if one.kind == AgencyChangeKind.MERGED and one.at > at]

    def _short_name(self, agency: Agency, at: dt.datetime) -> str:
        if not self.changes:
            return agency.short_name
        day = timezone.localdate(at)
        later = [
            one for one in self.changes if one.agency_id == agency.pk and one.effective_on > day
        ]
        first = min(later, key=lambda one: (one.effective_on, one.pk), default=None)
        return first.old_short_name if first else agency.short_name
