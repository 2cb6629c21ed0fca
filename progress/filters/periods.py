"""The choice of a period as a filter."""

from typing import Any

import django_filters
from django_filters.fields import ModelChoiceField, ModelChoiceIterator


class PeriodIterator(ModelChoiceIterator):
    """The periods to choose from by their codes; of the chosen one all is read."""

    def __init__(self, field: Any) -> None:
        super().__init__(field)
        self.queryset = field.queryset.only("code")


class PeriodField(ModelChoiceField):
    iterator = PeriodIterator


class PeriodChoiceFilter(django_filters.ModelChoiceFilter):
    """As ModelChoiceFilter, of periods: it reads no more with each month."""

    field_class = PeriodField
