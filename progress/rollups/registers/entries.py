"""The four registers: what a person may read of each, in which order, and how many there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, Model, QuerySet, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.models import User
from progress.models import (
    Completion,
    CompletionState,
    DecisionState,
    Extension,
    Matter,
    MatterState,
    Result,
    ResultKind,
)

# Where an entry's state, or kind, stands among those there are: sorted so, and not by its code.
PLACE = "place_of_state"
# Of two that are equal the one that was entered later comes first.
BETWEEN_EQUALS = "-pk"


class Register(TextChoices):
    """The four registers, by the word of their addresses."""

    MATTERS = "matters", _("Matters to coordinate")
    EXTENSIONS = "extensions", _("Extension requests")
    COMPLETIONS = "completions", _("Completion requests")
    RESULTS = "results", pgettext_lazy("register", "Results")


@dataclass(frozen=True, slots=True)
class RegisterCount:
    """How many entries there are: in all, by state (results: by kind), and how many of them still
    wait for somebody."""

    register: Register
    all: int
    waiting: int
    by_state: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Kind:
    model: type[Model]
    column: str
    values: tuple[str, ...]
    # The states in which an entry waits for an answer or a decision.
    waiting: tuple[str, ...]
    # By which names it can be sorted; the first, backwards, is the order of who asks for none.
    orders: Mapping[str, str]


_KINDS: Mapping[Register, _Kind] = {
    Register.MATTERS: _Kind(
        Matter,
        "state",
        tuple(MatterState.values),
        (MatterState.OPEN, MatterState.ANSWERED),
        {"raised": "raised_on", "task": "task__number", "state": PLACE},
    ),
    Register.EXTENSIONS: _Kind(
        Extension,
        "state",
        tuple(DecisionState.values),
        (DecisionState.REQUESTED,),
        {
            "requested": "requested_at",
            "task": "task__number",
            "deadline": "new_deadline",
            "state": PLACE,
        },
    ),
    Register.COMPLETIONS: _Kind(
        Completion,
        "state",
        tuple(CompletionState.values),
        (CompletionState.REQUESTED,),
        {"requested": "requested_at", "task": "task__number", "state": PLACE},
    ),
    Register.RESULTS: _Kind(
        Result,
        "kind",
        tuple(ResultKind.values),
        (),
        {"date": "came_on", "task": "task__number", "kind": PLACE},
    ),
}


def waiting_states(register: Register) -> tuple[str, ...]:
    """The states in which an entry of the register waits for somebody; none for results."""
    return _KINDS[register].waiting


def register_orders(register: Register) -> Mapping[str, str]:
    """By what the register can be sorted: the name in addresses, and the field of `entries_of`."""
    return _KINDS[register].orders


def default_order(register: Register) -> str:
    """The name of the order of a list that asks for none: the latest first."""
    return f"-{next(iter(register_orders(register)))}"


def in_order(register: Register, entries: QuerySet[Any], sort: str) -> QuerySet[Any]:
    """Entries of `entries_of` by a name of `register_orders`, `-` before it reversing; equals
    stand as in a list that asks for no order."""
    names = (sort, default_order(register))
    terms = [name.replace(*_field(register, name)) for name in names]
    return entries.order_by(*terms, BETWEEN_EQUALS)


def _field(register: Register, name: str) -> tuple[str, str]:
    bare = name.removeprefix("-")
    return bare, register_orders(register)[bare]


def entries_of(register: Register, *, user: User) -> QuerySet[Any]:
    """All entries of the register that the person may read, results that were struck out too."""
    kind = _KINDS[register]
    entries: QuerySet[Any] = kind.model._default_manager.all()
    visible: QuerySet[Any] = entries.visible_to(user)  # type: ignore[attr-defined]
    places = [When(**{kind.column: value}, then=Value(n)) for n, value in enumerate(kind.values)]
    placed: QuerySet[Any] = visible.annotate(**{PLACE: Case(*places, output_field=IntegerField())})
    return placed


def register_count(register: Register, entries: QuerySet[Any]) -> RegisterCount:
    """The count of these entries: one statement, however many there are."""
    kind = _KINDS[register]
    found = dict(
        entries.order_by().values(kind.column).annotate(n=Count("pk")).values_list(kind.column, "n")
    )
    by_state = {value: found.get(value, 0) for value in kind.values}
    return RegisterCount(
        register=register,
        all=sum(by_state.values()),
        waiting=sum(by_state[state] for state in kind.waiting),
        by_state=by_state,
    )


def register_counts(*, user: User) -> list[RegisterCount]:
    """The counts of the four registers as this person reads them, results that were struck out left
    away: a statement each."""
    return [register_count(one, _standing(one, user)) for one in Register]


def _standing(register: Register, user: User) -> QuerySet[Any]:
    entries = entries_of(register, user=user)
    return entries.filter(struck_at=None) if register == Register.RESULTS else entries
