"""The filters in force above a list, each with the way to be rid of it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django import forms
from django.http import QueryDict

from progress.pages.reading import address_with


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address of the list without it."""

    label: str
    value: str
    without: str


def chips_of(
    form: forms.Form, parameters: QueryDict, *, several: Collection[str], worded: Collection[str]
) -> Iterator[Chip]:
    """A chip for each value of the filters, which have to be readable.

    Filters named in `several` take more than one value; those in `worded` have words of their own
    for their values. Of the others the value names itself: reading a list of rows once more for
    its choices would cost a statement.
    """
    for name, value in form.cleaned_data.items():
        if not value:
            continue
        label = str(form.fields[name].label)
        words = dict(getattr(form.fields[name], "choices", ())) if name in worded else {}
        for one in value if isinstance(value, list) else [value]:
            yield Chip(
                label,
                str(words.get(one, one)),
                _without(parameters, name, one, several=name in several),
            )


def _without(parameters: QueryDict, name: str, value: object, *, several: bool) -> str:
    """The address without this value; of a filter that takes several the others stay."""
    left = parameters.copy()
    left.setlist(name, [one for one in left.getlist(name) if several and one != value])
    return address_with(left, page="")
