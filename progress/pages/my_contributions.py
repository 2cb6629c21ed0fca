"""The agency's parts in the reports of others, as its people find them among their tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agencies.models import Role, User
from progress.models import ContributionEvent, ReportingPeriod
from progress.rollups import ContributionRow, TaskRow
from progress.states import WRITABLE, ReportState

# What still has to be done stands first.
ORDER: Sequence[ReportState | None] = (
    ReportState.RETURNED,
    None,
    ReportState.DRAFT,
    ReportState.AGENCY_REVIEW,
    ReportState.SUBMITTED,
    ReportState.APPROVED,
)
# Where the page has them.
TO_REVIEW, RETURNED, OWED = "contributions-review", "contributions-returned", "owed"


@dataclass(frozen=True, slots=True)
class MyContribution:
    """The agency's part in the report of another."""

    row: TaskRow
    part: ContributionRow
    returned_because: str
    is_writable: bool
    is_to_review: bool

    @property
    def comes_first(self) -> bool:
        """Whether it was sent back and is to be corrected, or waits for the person that reads."""
        return self.is_to_review or (self.is_writable and self.part.state == ReportState.RETURNED)

    @property
    def can_stay(self) -> bool:
        """Whether "nothing to add" is possible in one click, since nobody has begun."""
        return self.is_writable and self.part.state is None


@dataclass(frozen=True, slots=True)
class ContributionGroup:
    """Contributions of which the same is to be done; `place` is where the page has them."""

    place: str
    title: str | Promise
    lines: Sequence[MyContribution]
    hint: str | Promise = ""

    @property
    def can_stay(self) -> bool:
        """Whether some of these can be answered with "nothing to add", several at once."""
        return any(one.can_stay for one in self.lines)


@dataclass(frozen=True, slots=True)
class ContributionGroups:
    """Each contribution in one group, so that a group has as many lines as are counted of it."""

    to_review: ContributionGroup
    returned: ContributionGroup
    owed: ContributionGroup
    answered: ContributionGroup
    possible: ContributionGroup

    @property
    def first(self) -> Sequence[ContributionGroup]:
        """What was sent back, or waits for the person that reads."""
        return (self.to_review, self.returned)

    @property
    def others(self) -> Sequence[ContributionGroup]:
        return (self.owed, self.possible, self.answered)


def grouped(contributions: Sequence[MyContribution], *, is_open: bool) -> ContributionGroups:
    """The contributions by what is to be done; of a closed period nothing is."""
    first = [one for one in contributions if one.comes_first]
    others = [one for one in contributions if not one.comes_first]
    owed = [one for one in others if one.part.owed]
    to_do = [one for one in owed if one.is_writable and not one.part.answered]
    by_duty = _(
        "Duties are divided in these tasks: the lead compiles, each agency hands in its own part."
    )
    return ContributionGroups(
        to_review=ContributionGroup(
            TO_REVIEW, _("Contributions to check"), [one for one in first if one.is_to_review]
        ),
        returned=ContributionGroup(
            RETURNED,
            _("Contributions returned, to correct"),
            [one for one in first if not one.is_to_review],
        ),
        owed=ContributionGroup(OWED, _("Contributions owed"), to_do, by_duty),
        answered=ContributionGroup(
            "answered",
            _("Contributions handed in or under review")
            if is_open
            else _("Contributions your agency owes"),
            [one for one in owed if one not in to_do],
            by_duty,
        ),
        possible=ContributionGroup(
            "possible",
            _("Tasks your agency shares"),
            [one for one in others if not one.part.owed and not one.part.leads_too],
            _("The lead reports; you may add what your agency did."),
        ),
    )


def contributions_of(
    rows: Sequence[TaskRow],
    parts: Mapping[int, Sequence[ContributionRow]],
    period: ReportingPeriod | None,
    *,
    user: User,
) -> list[MyContribution]:
    """The agency's parts in other agencies' reports: what still has to be done stands first."""
    if period is None:
        return []
    mine = [(row, part) for row in rows for part in parts.get(row.id, ()) if part.is_mine]
    returned = [part.contribution_id for _row, part in mine if part.state == ReportState.RETURNED]
    reasons = dict(
        ContributionEvent.objects.sent_back()
        .filter(contribution__in=returned)
        .order_by("pk")
        .values_list("contribution_id", "reason")
    )
    found = [
        MyContribution(
            row,
            part,
            returned_because=reasons.get(part.contribution_id or 0, ""),
            is_writable=period.is_open and (part.state is None or part.state in WRITABLE),
            is_to_review=period.is_open
            and part.state == ReportState.AGENCY_REVIEW
            and user.role == Role.APPROVER,
        )
        for row, part in mine
    ]
    return sorted(found, key=lambda one: ORDER.index(_state_of(one.part)))


def _state_of(part: ContributionRow) -> ReportState | None:
    return ReportState(part.state) if part.state else None
