"""Lookups: of a field `deadline` also `deadline__gte` and the like, the same ones for every field
of a kind.

A FilterSet declares its fields by kind. Lookups are made for those parameters alone that an address
has, so that a page's form stays what it is, with hidden fields for what the address asks for
besides.
"""

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, TypeVar

import django_filters
from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import User
from progress.filters.words import holding

# So many values stand in one `__in`, divided by commas.
MOST_VALUES = 200
LONGEST_TEXT = 200
# What every database takes as an integer.
LARGEST_INTEGER = 2**31 - 1
END_OF_DAY = dt.time(23, 59, 59, 999_999)


class Lookup(StrEnum):
    """What a value is compared by; EXACT has no suffix in addresses."""

    EXACT = "exact"
    IN = "in"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    CONTAINS = "contains"
    STARTSWITH = "startswith"
    ISNULL = "isnull"


MEANINGS: Mapping[Lookup, str | Promise] = {
    Lookup.EXACT: gettext_lazy("The value itself."),
    Lookup.IN: gettext_lazy("One of several values, divided by commas; 200 at most."),
    Lookup.GT: gettext_lazy("More or later than the value."),
    Lookup.GTE: gettext_lazy("The value, or more or later."),
    Lookup.LT: gettext_lazy("Less or earlier than the value."),
    Lookup.LTE: gettext_lazy("The value, or less or earlier."),
    Lookup.CONTAINS: gettext_lazy("Text that has this in it; Latin letters in any case."),
    Lookup.STARTSWITH: gettext_lazy("Text that begins with this; Latin letters in any case."),
    Lookup.ISNULL: gettext_lazy("true: without a value; false: with one."),
}
SIGNS: Mapping[Lookup, str] = {
    Lookup.EXACT: "=",
    Lookup.IN: "∈",
    Lookup.GT: ">",
    Lookup.GTE: "≥",
    Lookup.LT: "<",
    Lookup.LTE: "≤",
    Lookup.CONTAINS: "∋",
    Lookup.STARTSWITH: "^",
    Lookup.ISNULL: "∅",
}


class FieldKind(StrEnum):
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    TEXT = "text"
    ADDRESS = "address"
    CHOICE = "choice"
    RELATED = "related"
    FLAG = "flag"


_COMPARED = (Lookup.EXACT, Lookup.IN, Lookup.GT, Lookup.GTE, Lookup.LT, Lookup.LTE)
_OF_TEXT = (Lookup.EXACT, Lookup.IN, Lookup.CONTAINS, Lookup.STARTSWITH)
# Besides these `__isnull`, of whatever may have no value.
LOOKUPS: Mapping[FieldKind, tuple[Lookup, ...]] = {
    FieldKind.NUMBER: _COMPARED,
    FieldKind.DAY: _COMPARED,
    # A moment is never hit to the microsecond.
    FieldKind.MOMENT: (Lookup.GT, Lookup.GTE, Lookup.LT, Lookup.LTE),
    FieldKind.TEXT: _OF_TEXT,
    FieldKind.ADDRESS: _OF_TEXT,
    FieldKind.CHOICE: (Lookup.EXACT, Lookup.IN),
    FieldKind.RELATED: (Lookup.EXACT, Lookup.IN),
    FieldKind.FLAG: (Lookup.EXACT,),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A field that is compared: its kind, and the column, or the attribute of computed rows.

    `key` is, of what is related, the model and the column that addresses name it by.
    """

    kind: FieldKind
    column: str = ""
    nullable: bool = False
    computed: bool = False
    choices: tuple[str, ...] = ()
    key: tuple[type[Model], str] | None = None

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        return (*LOOKUPS[self.kind], *((Lookup.ISNULL,) if self.nullable else ()))

    @property
    def key_is_number(self) -> bool:
        if self.key is None:
            return False
        model, column = self.key
        try:
            return "Integer" in model._meta.get_field(column).get_internal_type() or column == "id"
        except FieldDoesNotExist:
            return column == "pk"


def number(column: str = "", **more: Any) -> Compared:
    return Compared(FieldKind.NUMBER, column, **more)


def day(column: str = "", **more: Any) -> Compared:
    return Compared(FieldKind.DAY, column, **more)


def moment(column: str = "", **more: Any) -> Compared:
    """A moment; a bare day stands for all of that day."""
    return Compared(FieldKind.MOMENT, column, **more)


def text(column: str = "", **more: Any) -> Compared:
    return Compared(FieldKind.TEXT, column, **more)


def network_address(column: str = "", **more: Any) -> Compared:
    """IPv4 or IPv6. A part of one is text; what it is compared with as a whole has to be one, which
    PostgreSQL takes nothing else for."""
    return Compared(FieldKind.ADDRESS, column, **more)


def choice(values: Iterable[str], column: str = "", **more: Any) -> Compared:
    return Compared(FieldKind.CHOICE, column, choices=tuple(values), **more)


def related(model: type[Model], key: str, column: str, **more: Any) -> Compared:
    """Rows of another table, named by their `key`; `column` is the path to it."""
    return Compared(FieldKind.RELATED, column, key=(model, key), **more)


def flag(column: str = "", **more: Any) -> Compared:
    return Compared(FieldKind.FLAG, column, **more)


# --- What is read from an address ----------------------------------------------------------------


class _Truth(forms.CharField):
    def clean(self, value: Any) -> Any:
        if value in (None, ""):
            return None
        known = {"true": True, "false": False}
        if str(value).lower() not in known:
            raise ValidationError(_("Write true or false."))
        return known[str(value).lower()]


class TruthFilter(django_filters.BooleanFilter):
    """true or false, and nothing else: the library's own filter passes over what it cannot read."""

    field_class = _Truth


class _Day(forms.CharField):
    """A day as YYYY-MM-DD, and in no other way: 2026-1-5 may be meant for many."""

    def clean(self, value: Any) -> Any:
        written = str(super().clean(value)).strip()
        if not written:
            return None
        try:
            day = dt.date.fromisoformat(written)
        except ValueError:
            day = None
        if day is None or day.isoformat() != written:
            raise ValidationError(_("Write a day as in 2026-10-31."))
        return day


class _Moment(forms.CharField):
    """An ISO moment, or a day: of it the first instant, or the last where `is_end`."""

    def __init__(self, *, is_end: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.is_end = is_end

    def clean(self, value: Any) -> Any:
        written = str(super().clean(value)).strip()
        if not written:
            return None
        try:
            on = parse_date(written)
            if on is not None:
                read = dt.datetime.combine(on, END_OF_DAY if self.is_end else dt.time())
            else:
                # A plus that was not escaped in an address has become a space.
                read = dt.datetime.fromisoformat(written.replace(" ", "+"))
            # As databases have it; at the ends of the calendar there is no such moment.
            aware = read if timezone.is_aware(read) else timezone.make_aware(read)
            return aware.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            raise ValidationError(
                _("Write a day, 2026-10-31, or a moment, 2026-10-31T08:00:00+08:00.")
            ) from None


class _Several(forms.CharField):
    """Values divided by commas, each as `one` reads it; of what is related each has to be there."""

    def __init__(
        self, one: forms.Field, asked: Compared, reader: User | None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.one, self.asked, self.reader = one, asked, reader

    def clean(self, value: Any) -> Any:
        parts = [part.strip() for part in str(super().clean(value)).split(",") if part.strip()]
        if len(parts) > MOST_VALUES:
            raise ValidationError(_("At most %(most)d values.") % {"most": MOST_VALUES})
        values = [self.one.clean(part) for part in parts]
        if self.asked.key is not None:
            model, key = self.asked.key
            rows = known_to(self.reader, model._default_manager.all())
            rows = rows.filter(**{f"{key}__in": values})
            absent = set(values) - set(rows.values_list(key, flat=True))
            if absent:
                raise ValidationError(
                    _("There is none of these: %(absent)s.")
                    % {"absent": ", ".join(map(str, sorted(absent)))}
                )
        return values


class _Known(forms.CharField):
    """One of the choices; the sentence that refuses another names them."""

    def __init__(self, choices: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = tuple(choices)

    def clean(self, value: Any) -> Any:
        written = str(super().clean(value))
        if written and written not in self.known:
            raise ValidationError(
                _("Choose of %(known)s.") % {"known": ", ".join(map(str, self.known))}
            )
        return written


def _one_field(asked: Compared, lookup: Lookup) -> forms.Field:
    if asked.kind == FieldKind.NUMBER or asked.key_is_number:
        return forms.IntegerField(
            min_value=-LARGEST_INTEGER, max_value=LARGEST_INTEGER, required=False
        )
    if asked.kind == FieldKind.DAY:
        return _Day(required=False)
    if asked.kind == FieldKind.MOMENT:
        return _Moment(is_end=lookup in (Lookup.GT, Lookup.LTE), required=False)
    if asked.kind == FieldKind.CHOICE:
        return _Known(asked.choices, required=False)
    if asked.kind == FieldKind.FLAG:
        return _Truth(required=False)
    if asked.kind == FieldKind.ADDRESS and lookup in (Lookup.EXACT, Lookup.IN):
        return forms.GenericIPAddressField(unpack_ipv4=True, required=False)
    return forms.CharField(max_length=LONGEST_TEXT, required=False)


def _field(asked: Compared, lookup: Lookup, reader: User | None) -> forms.Field:
    if lookup == Lookup.ISNULL:
        return _Truth(required=False)
    one = _one_field(asked, lookup)
    return _Several(one, asked, reader, required=False) if lookup == Lookup.IN else one


def known_to(reader: User | None, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the rows that a filter may name to its reader: what nobody tells them of is not told
    by a filter that knows it, or knows it not. Without a reader all of them, for a description."""
    return rows if reader is None else rows.visible_to(reader)  # type: ignore[attr-defined]


class LookupFilter(django_filters.Filter):
    """One lookup of one field."""

    parent: "LookupFilterSet"

    def __init__(self, name: str, asked: Compared, lookup: Lookup) -> None:
        super().__init__(field_name=name, lookup_expr=lookup.value)
        self.name, self.asked, self.lookup = name, asked, lookup

    @property
    def field(self) -> forms.Field:
        reader = self.parent.reader if hasattr(self, "parent") else None
        field = _field(self.asked, self.lookup, reader)
        field.widget = forms.HiddenInput()
        field.label = f"{self.name} {SIGNS[self.lookup]}"
        return field

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value in (None, "", []):
            return qs
        return self.parent.compared(qs, self.name, self.asked, self.lookup, value)


# --- The FilterSet that has them -----------------------------------------------------------------

R = TypeVar("R")


class LookupFilterSet(django_filters.FilterSet):
    """A FilterSet whose `lookups` declare fields by name, each with all lookups of its kind.

    Where a filter of a name is declared by itself it stands, and what is declared adds to it.
    """

    lookups: ClassVar[Mapping[str, Compared]] = {}
    # Whether it narrows too where nothing is asked for.
    narrows_unasked: ClassVar[bool] = False

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        for one in self.filters.values():
            if isinstance(one, django_filters.ModelChoiceFilter):
                one.queryset = known_to(self.reader, one.queryset)
        for name in data or ():
            made = self.lookup_named(name)
            if made is not None and name not in self.filters:
                made.parent = self
                made.model = getattr(self._meta, "model", None)
                self.filters[name] = made

    @property
    def reader(self) -> User | None:
        """Whose list it is; None where it is made for a description."""
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @classmethod
    def lookup_named(cls, parameter: str) -> LookupFilter | None:
        """The filter of a parameter such as `deadline__gte`; None for what is no lookup here."""
        name, divided, suffix = parameter.rpartition("__")
        if not divided or suffix not in list(Lookup) or suffix == Lookup.EXACT:
            name, suffix = parameter, Lookup.EXACT
        asked = cls.lookups.get(name)
        if asked is None or suffix not in asked.lookups:
            return None
        return LookupFilter(name, asked, Lookup(suffix))

    @classmethod
    @cache
    def parameters(cls) -> frozenset[str]:
        """All names that it narrows by."""
        return frozenset((*cls.base_filters, *cls.lookup_filters()))

    @classmethod
    def lookup_filters(cls) -> dict[str, LookupFilter]:
        """By parameter all lookups besides the filters that are declared by themselves."""
        return {
            parameter: LookupFilter(name, asked, lookup)
            for name, asked in cls.lookups.items()
            for lookup in asked.lookups
            if (parameter := name if lookup == Lookup.EXACT else f"{name}__{lookup}")
            not in cls.base_filters
        }

    def compared(
        self, queryset: QuerySet[Any], name: str, asked: Compared, lookup: Lookup, value: Any
    ) -> QuerySet[Any]:
        """The rows whose field compares so with the value."""
        column = asked.column or name
        if asked.computed:
            read = attrgetter(column)
            return self.of_rows(queryset, lambda row: holds(read(row), lookup, value))
        if lookup in (Lookup.CONTAINS, Lookup.STARTSWITH):
            return queryset.filter(holding(value, column, how=lookup.value))
        return queryset.filter(**{f"{column}__{lookup}": value})

    def of_rows(self, queryset: QuerySet[Any], condition: Callable[[Any], object]) -> QuerySet[Any]:
        """What is computed is asked of rows, which the FilterSet that has such fields knows."""
        raise NotImplementedError


_ORDERED: Mapping[Lookup, Callable[[Any, Any], bool]] = {
    Lookup.GT: operator.gt,
    Lookup.GTE: operator.ge,
    Lookup.LT: operator.lt,
    Lookup.LTE: operator.le,
}


def holds(found: Any, lookup: Lookup, value: Any) -> bool:
    """Whether what a row has compares so with the value, as a database would say; a row without a
    value (None) is found by `isnull` alone."""
    if lookup == Lookup.ISNULL:
        return (found is None) is value
    if found is None:
        return False
    if lookup == Lookup.EXACT:
        return bool(found == value)
    if lookup == Lookup.IN:
        return found in value
    if lookup in _ORDERED:
        return _ORDERED[lookup](found, value)
    written, asked = str(found).lower(), str(value).lower()
    return asked in written if lookup == Lookup.CONTAINS else written.startswith(asked)
