"""The choice of an agency, as every filter offers it: one that has ended says so."""

from typing import Any

import django_filters
from django_filters.fields import ModelChoiceField

from agencies.forms import agency_label


class AgencyChoiceField(ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return agency_label(obj)


class AgencyFilter(django_filters.ModelChoiceFilter):
    """Closed periods still have the agencies that have ended, so that they can be asked for."""

    field_class = AgencyChoiceField
