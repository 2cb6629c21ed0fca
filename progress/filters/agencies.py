"""The choice of an agency, as every filter offers it: those that have ended stand apart."""

from collections.abc import Iterator
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters.fields import ModelChoiceField, ModelChoiceIterator

from agencies.account_rules import ended_sentence
from agencies.forms import agency_label
from agencies.models import Agency


class _StandingFirst(ModelChoiceIterator):
    """The agencies that stand, and in a group below them those that have ended."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        ended = []
        for value, label in super().__iter__():
            agency = getattr(value, "instance", None)
            if agency is not None and agency.has_ended:
                ended.append((value, label))
            else:
                yield value, label
        if ended:
            yield _("Merged into others"), ended


class AgencyChoiceField(ModelChoiceField):
    iterator = _StandingFirst

    def label_from_instance(self, obj: Any) -> str:
        return agency_label(obj)


class AgencyFilter(django_filters.ModelChoiceFilter):
    """Closed periods still have the agencies that have ended, so that they can be asked for."""

    field_class = AgencyChoiceField


class StandingAgencyField(ModelChoiceField):
    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except ValidationError:
            text = str(value)
            if text.isascii() and text.isdigit() and len(text) < 10:
                ended = Agency.objects.exclude(valid_to=None).filter(pk=int(text)).first()
                if ended is not None:
                    raise ValidationError(ended_sentence(ended)) from None
            raise


class StandingAgencyFilter(django_filters.ModelChoiceFilter):
    """Narrows by who answers today, which an agency that has ended never does: it is told so."""

    field_class = StandingAgencyField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, queryset=Agency.objects.standing(), **kwargs)
