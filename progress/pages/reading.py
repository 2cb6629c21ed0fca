"""What every dashboard needs to know first: who reads, and as of which period."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, QueryDict
from django.urls import get_script_prefix, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agencies.models import User
from progress.models import KEPT_AT_CLOSING, ReportingPeriod
from progress.statements import WrittenOnce


def register_reader(request: HttpRequest) -> User:
    """The person signed in; raises PermissionDenied for administrators.

    Administering and reporting are separate duties: to them the register is closed.
    """
    user = request.user
    assert isinstance(user, User)
    if user.is_administrator:
        raise PermissionDenied(_("Administrators keep accounts and agencies; tasks are not shown."))
    return user


# The value of a parameter of an address; a list stands for one that is given several times.
Parameter = str | int | Iterable[str]


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """The periods there are, latest first, the one that is read, and whether it was asked for."""

    periods: Sequence[ReportingPeriod]
    period: ReportingPeriod | None
    was_asked_for: bool

    @property
    def parameters(self) -> dict[str, str]:
        """What links from this page add, so that they lead to the same period."""
        return {"period": self.period.code} if self.period and self.was_asked_for else {}

    @property
    def query(self) -> str:
        """The same as the end of an address: "?period=2026-10", or "" for the current period."""
        return f"?{urlencode(self.parameters)}" if self.parameters else ""


_PERIODS = WrittenOnce(
    lambda user: ReportingPeriod.objects.visible_to(user).latest_first().in_short()
)


def period_choice(request: HttpRequest, user: User) -> PeriodChoice:
    """The period that `?period=` names, else the current one: one statement,
    and another for one that is closed.

    Raises Http404 for a code that is no period of ours.
    """
    periods = _PERIODS.for_reader(user)
    if periods:
        periods[0].is_latest = True
    code = request.GET.get("period", "")
    if code:
        for period in periods:
            if period.code == code:
                if not period.is_open:
                    period.refresh_from_db(fields=KEPT_AT_CLOSING)
                return PeriodChoice(periods, period, was_asked_for=True)
        raise Http404(_("There is no reporting period “%(code)s”.") % {"code": code})
    # As PeriodQuerySet.current: the latest that is open, else the latest as things stand.
    current = next((period for period in periods if period.is_open), None)
    if current is None and periods:
        current = periods[0]
        current.as_it_stands = True
    return PeriodChoice(periods, current, was_asked_for=False)


@dataclass(frozen=True, slots=True)
class TaskLinks:
    """Addresses of the task list, narrowed by `parameters` (TaskFilter's) and what is added."""

    parameters: Mapping[str, Parameter]
    # Asked once for all of them: each answer is looked up anew.
    _prefix: str = field(default_factory=get_script_prefix, repr=False, compare=False)

    def to(self, **more: Parameter) -> str:
        return self._address("task-list", more)

    def measures_to(self, **more: Parameter) -> str:
        """Address of the list of measures, narrowed by the same (MeasureFilter's)."""
        return self._address("measure-list", more)

    def _address(self, route: str, more: Mapping[str, Parameter]) -> str:
        parameters = {**self.parameters, **more}
        said = [
            (name, value if isinstance(value, str | int) else tuple(value))
            for name, value in parameters.items()
        ]
        return _written(self._prefix, route, tuple(said))

    def within(self, **more: Parameter) -> "TaskLinks":
        return TaskLinks({**self.parameters, **more})


@functools.lru_cache(maxsize=8192)
def _written(
    _prefix: str, route: str, parameters: tuple[tuple[str, str | int | tuple[str, ...]], ...]
) -> str:
    """Kept, since a page writes hundreds of addresses, and each page the same ones."""
    return f"{reverse(route)}?{urlencode(parameters, doseq=True)}"


def address_of(route: str, *named: int | str) -> str:
    """The address of that name, of what is `named` in it."""
    return _place(get_script_prefix(), route, named)


@functools.lru_cache(maxsize=8192)
def _place(_prefix: str, route: str, named: tuple[int | str, ...]) -> str:
    """Kept as `_written` is."""
    return reverse(route, args=named)


def address_with(parameters: QueryDict, **changes: object) -> str:
    """`parameters`, which is changed, as a query string with its "?"."""
    for name, value in changes.items():
        parameters.pop(name, None)
        if value not in ("", None):
            parameters[name] = str(value)
    encoded = parameters.urlencode()
    return f"?{encoded}" if encoded else "?"
