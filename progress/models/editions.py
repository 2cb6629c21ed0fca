"""What a closed period left as documents: numbered editions, each with its workbooks and manifest.

Edition 1 comes with the closing, one more with every erratum. The older ones stay.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.kept import KeptQuerySet, KeptRecord
from agencies.models import Role, User
from progress.models.errata import Erratum
from progress.models.evidence import StoredFile
from progress.models.periods import ReportingPeriod

# The edition that comes with the closing; that of erratum n is n + 1.
CLOSING_EDITION = 1


class EditionPart(models.TextChoices):
    """What an edition consists of."""

    INTERNAL = "internal", pgettext_lazy("edition", "Internal edition")
    PUBLIC = "public", pgettext_lazy("edition", "Public edition")
    FIGURES = "figures", _("Figures")
    MANIFEST = "manifest", _("Manifest")


# Who may have what. A leader reads what is approved, and neither how far a report is, which the
# internal edition says, nor what each agency owed; an auditor checks that nothing was changed.
_PARTS_OF_ROLES: Mapping[str, tuple[EditionPart, ...]] = {
    Role.COORDINATOR: tuple(EditionPart),
    Role.LEADER: (EditionPart.PUBLIC, EditionPart.MANIFEST),
    Role.AUDITOR: (EditionPart.MANIFEST,),
}


def parts_open_to(user: User) -> tuple[EditionPart, ...]:
    """The parts of an edition that this person may have, in their order."""
    return _PARTS_OF_ROLES.get(user.role, ()) if user.is_active else ()


class EditionQuerySet(KeptQuerySet["Edition"]):
    def visible_to(self, user: User) -> Self:
        """Editions are of the whole list, so for those who read the whole list."""
        return self if parts_open_to(user) else self.none()

    def latest(self) -> Self:  # type: ignore[override]
        """Of each period the edition that holds: the one that no later one replaces."""
        later = Edition.objects.filter(
            period=models.OuterRef("period"), number__gt=models.OuterRef("number")
        )
        return self.filter(~models.Exists(later))


class Edition(KeptRecord):
    """One edition of a closed period: its workbooks as they were made, and what they should be.

    `manifest` is JSON, byte for byte as it is given away: it names every part with its size and
    SHA-256. `release` stands for the program that made the workbooks: the same one makes the same
    bytes again. Nobody made it (`made_by`) where a job did, for a period that an earlier release
    had closed.
    """

    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField(_("number"))
    erratum = models.OneToOneField(
        Erratum, on_delete=models.PROTECT, null=True, blank=True, related_name="edition"
    )
    internal = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    public = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    manifest = models.TextField(_("manifest"))
    release = models.CharField(_("release"), max_length=64)
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made by"),
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering: ClassVar = ["period", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="edition_once_of_a_period", fields=["period", "number"]),
            models.CheckConstraint(
                name="an_edition_after_the_closing_has_its_erratum",
                condition=Q(number=CLOSING_EDITION, erratum=None)
                | Q(number__gt=CLOSING_EDITION, erratum__isnull=False),
            ),
            models.CheckConstraint(
                name="the_internal_edition_is_not_published",
                condition=~Q(internal=F("public")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period_id} edition {self.number}"

    def stored(self, part: EditionPart) -> StoredFile:
        """The file of a part that is one."""
        return self.internal if part == EditionPart.INTERNAL else self.public
