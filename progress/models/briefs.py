"""Templates of the Word brief, each version kept, and which of them was put to use when."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.kept import KeptQuerySet, KeptRecord
from agencies.models import User
from progress.models.evidence import StoredFile

_WHO = settings.AUTH_USER_MODEL


class BriefKind(models.TextChoices):
    """To whom a brief goes: a special report upward, a circular to the agencies."""

    REPORT = "report", pgettext_lazy("brief", "Special report")
    CIRCULAR = "circular", pgettext_lazy("brief", "Circular")


class BriefTemplateQuerySet(KeptQuerySet["BriefTemplate"]):
    def visible_to(self, user: User) -> Self:
        """Templates are tools of the coordinating office."""
        return self if user.is_active and user.is_coordinator else self.none()


class BriefTemplate(KeptRecord):
    """A version of the office's own template, as it was uploaded. Never edited.

    Only `progress.workbooks.brief` writes it.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=BriefKind.choices)
    number = models.PositiveIntegerField(_("version"))
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="brief_templates")
    name = models.CharField(_("name"), max_length=200)
    note = models.CharField(_("what is different"), max_length=200, blank=True)
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(
        _WHO, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by")
    )

    objects = BriefTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("template of the brief")
        verbose_name_plural = _("templates of the brief")
        ordering: ClassVar = ["kind", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="brief_template_numbered_once", fields=["kind", "number"]),
            models.CheckConstraint(
                name="brief_template_kind_known", condition=Q(kind__in=BriefKind.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class BriefTemplateChoice(KeptRecord):
    """That a template was put to use: the latest row of a kind holds. Never edited."""

    kind = models.CharField(_("kind"), max_length=20, choices=BriefKind.choices)
    # None is the template that comes with the product.
    template = models.ForeignKey(
        BriefTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="choices"
    )
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(_WHO, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))

    objects = KeptQuerySet["BriefTemplateChoice"].as_manager()

    class Meta:
        verbose_name = _("choice of a template")
        verbose_name_plural = _("choices of templates")
        ordering: ClassVar = ["kind", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="brief_choice_kind_known", condition=Q(kind__in=BriefKind.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.template_id}"
