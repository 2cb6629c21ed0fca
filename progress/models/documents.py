"""What an official document may be asked for as."""

from django.db import models
from django.utils.translation import pgettext_lazy


class EditionKind(models.TextChoices):
    """For whom a progress report is made: the public one has no internal columns."""

    INTERNAL = "internal", pgettext_lazy("edition", "Internal edition")
    PUBLIC = "public", pgettext_lazy("edition", "Public edition")


class Paper(models.TextChoices):
    """The sheets that official tables are printed on, always across."""

    A3 = "A3", "A3"
    A4 = "A4", "A4"
