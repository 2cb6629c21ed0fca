"""On whose behalf a person acts in a task, and who checks what before it leaves an agency."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from agencies.models import Agency, Role, User
from progress.models import Policy
from progress.rollups import AgencyPart
from progress.statements import WrittenOnce
from progress.states import Party
from tasks.models import Division, Responsibility, ResponsibilityRole, Task

_PARTS = WrittenOnce(
    lambda user, task: Responsibility.objects.filter(
        task=task, agency__in=user.agency_ids
    ).values_list("role", "position")
)
_COMPILING = WrittenOnce(
    lambda task: Responsibility.objects.compiling().filter(task=task).select_related("agency")
)
_OTHER_APPROVERS = WrittenOnce(
    lambda user, *agencies: (
        User.objects.filter(_speak_for(agencies), role=Role.APPROVER)
        .exclude(pk=user)
        .values_list("pk")[:1]
    )
)


def parties_of(
    *, task: Task, user: User, parts: Sequence[AgencyPart] | None = None
) -> frozenset[Party]:
    """Of which parties to this task's report the person is: none, for a stranger. One query, none
    where its `parts_of_task` of today are at hand.

    Of a contribution an agency is the author; that is the matter of the contribution, not of this.
    """
    if not user.is_active:
        return frozenset()
    if user.is_coordinator:
        return frozenset({Party.OFFICE})
    own: Iterable[tuple[str, int]]
    if parts is None:
        own = _PARTS.for_reader(user, task.pk)
    else:
        own = [(one.role, one.position) for one in parts if one.agency.id in user.agency_ids]
    parties = set()
    for role, position in own:
        if role == ResponsibilityRole.LEAD:
            parties.add(Party.COMPILER if position == 1 else Party.CO_LEAD)
    return frozenset(parties)


def compiling_agency(task: Task) -> Agency:
    """The first lead, who compiles the task's report."""
    [lead] = _COMPILING.of(task.pk)
    return lead.agency


def other_leads(task: Task) -> list[Agency]:
    """The leads beside the one that compiles, whose agreement a report needs; [] as a rule."""
    if task.division != Division.CO_LEAD:
        return []
    others = task.responsibilities.filter(role=ResponsibilityRole.LEAD, position__gt=1)
    return [one.agency for one in others.select_related("agency").order_by("position")]


def may_write(*, task: Task, user: User, parts: Sequence[AgencyPart] | None = None) -> bool:
    """Whether this person's agency compiles the report of this task, whose `parts_of_task` of today
    may be at hand."""
    return Party.COMPILER in parties_of(task=task, user=user, parts=parts)


def may_contribute(*, task: Task, agency: Agency, user: User) -> bool:
    """Whether the person writes what this agency adds to the task's report."""
    return (
        user.is_active
        and agency.pk in user.agency_ids
        and task.responsibilities.filter(agency=agency, position__gt=1).exists()
    )


def people_of(agency: Agency) -> Q:
    """Which accounts speak for the agency, a body of members through the one it acts through."""
    return _speak_for([agency.pk, agency.acts_through_id])


def _speak_for(agencies: Iterable[int | None]) -> Q:
    return Q(agency__in=agencies, is_active=True)


def other_approver_exists(*, agency: Agency, user: User) -> bool:
    """Whether the agency has an active approver beside `user`."""
    speaking = {agency.pk, agency.acts_through_id or agency.pk}
    return bool(_OTHER_APPROVERS.of(user.pk, *sorted(speaking)))


def agency_reviews(*, agency: Agency, by: User, writer_id: int) -> bool:
    """Whether what `by` hands in goes to an approver of the agency first.

    It does where there is another approver, unless an approver hands in what somebody else wrote:
    that is the review.
    """
    if by.role == Role.APPROVER and writer_id != by.pk:
        return False
    return Policy.current().agency_review and other_approver_exists(agency=agency, user=by)


def decides_on_own_words(*, agency: Agency, user: User, writer_id: int) -> bool:
    """Nobody decides what they wrote themselves where another can (DESIGN: who may do what)."""
    return writer_id == user.pk and other_approver_exists(agency=agency, user=user)


def speaks_for(*, agency: Agency, user: User, policy: Policy | None = None) -> bool:
    """Whether the person's word is the agency's: its approver's, or anybody's if it has none.
    `policy` are the rules, where they are at hand."""
    if user.role == Role.APPROVER or not (policy or Policy.current()).agency_review:
        return True
    return not other_approver_exists(agency=agency, user=user)
