"""What keeps agencies from reporting and only people can settle: who acts, and who has accounts."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from agencies.models import Agency, AgencyKind, AgencyQuerySet, User
from progress.rollups.answering import AgencyRef
from tasks.models import Responsibility, ResponsibilityRole


@dataclass(frozen=True, slots=True)
class CollectiveBody:
    """A body of members that has a part in tasks, and through which agency it acts, if one is set.

    `tasks` are the numbers and titles of what it has a part in; it leads those of `leads`.
    """

    agency: AgencyRef
    acts_through: AgencyRef | None
    tasks: tuple[tuple[int, str], ...]
    leads: frozenset[int]


@dataclass(frozen=True, slots=True)
class UnstaffedLead:
    """An agency that leads tasks and for which nobody can sign in to report, and how many tasks."""

    agency: AgencyRef
    acts_through: AgencyRef | None
    tasks: int


def collective_bodies() -> list[CollectiveBody]:
    """Every body of members that the list names, in the register's order: two statements."""
    bodies = list(
        Agency.objects.filter(kind=AgencyKind.COLLECTIVE)
        .filter(Exists(Responsibility.objects.filter(agency=OuterRef("pk"))))
        .select_related("acts_through")
        .order_by("pk")
    )
    parts: dict[int, list[tuple[int, str, str]]] = {body.pk: [] for body in bodies}
    for agency_id, number, title, role in (
        Responsibility.objects.filter(agency__in=[body.pk for body in bodies])
        .order_by("task__number")
        .values_list("agency_id", "task__number", "task__title", "role")
    ):
        parts[agency_id].append((number, title, role))
    return [
        CollectiveBody(
            agency=_ref(body),
            acts_through=_ref(body.acts_through) if body.acts_through else None,
            tasks=tuple((number, title) for number, title, _role in parts[body.pk]),
            leads=frozenset(
                number for number, _title, role in parts[body.pk] if role == ResponsibilityRole.LEAD
            ),
        )
        for body in bodies
    ]


def unstaffed_leads() -> list[UnstaffedLead]:
    """The agencies that lead tasks without anybody to report for them: one statement.

    A body of members speaks through another agency; without one it waits for that first, and is
    not named here.
    """
    led = Count("responsibilities", filter=Q(responsibilities__role=ResponsibilityRole.LEAD))
    rows = agencies_without_people().annotate(led=led).order_by("-led", "pk")
    return [
        UnstaffedLead(
            AgencyRef(pk, name, short_name),
            AgencyRef(through_id, through_name or "", through_short or "") if through_id else None,
            tasks,
        )
        for pk, name, short_name, through_id, through_name, through_short, tasks in (
            rows.values_list(
                "pk",
                "name",
                "short_name",
                "acts_through",
                "acts_through__name",
                "acts_through__short_name",
                "led",
            )
        )
    ]


def settling_count() -> int:
    """How many things there are to settle: two statements."""
    return undirected_bodies().count() + agencies_without_people().count()


def undirected_bodies() -> AgencyQuerySet:
    """The bodies of members that have a part in tasks and act through no agency yet."""
    return Agency.objects.filter(
        Exists(Responsibility.objects.filter(agency=OuterRef("pk"))),
        kind=AgencyKind.COLLECTIVE,
        acts_through=None,
    )


def agencies_without_people() -> AgencyQuerySet:
    """The agencies that lead tasks and for which nobody can sign in to report."""
    leading = Responsibility.objects.filter(agency=OuterRef("pk"), role=ResponsibilityRole.LEAD)
    people = User.objects.active_at(OuterRef("pk"), OuterRef("acts_through"))
    # People first: nearly all agencies have some, and which lead is then not looked up.
    return Agency.objects.filter(~Exists(people), Exists(leading)).exclude(
        kind=AgencyKind.COLLECTIVE, acts_through=None
    )


def _ref(agency: Agency) -> AgencyRef:
    return AgencyRef(agency.pk, agency.name, agency.short_name)
