"""The agencies that answer for tasks, and their other spellings."""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from agencies.models.changes import AgencyChange
    from agencies.models.people import User


class AgencyKind(models.TextChoices):
    MUNICIPAL = "municipal", _("Municipal department")
    PARTY = "party", _("Party body")
    CENTRAL = "central", _("Central agency's branch in Tianjin")
    ZONE = "zone", _("Zone committee")
    COURT = "court", _("Court")
    ENTERPRISE = "enterprise", _("Enterprise")
    INSTITUTION = "institution", _("Public institution")
    COLLECTIVE = "collective", _("Collective body")


class AgencyQuerySet(models.QuerySet["Agency"]):
    def standing(self) -> Self:
        """Without those that have ended: what may be chosen for anything new."""
        return self.filter(valid_to=None)

    def visible_to(self, user: "User") -> Self:
        """Agencies are part of the register, and administrators keep them: everybody reads them."""
        return self if user.is_active else self.none()

    def spoken_for_by(self, agency_id: int | None) -> Self:
        """The agency itself and the collective bodies that act through it."""
        if agency_id is None:
            return self.none()
        return self.filter(Q(pk=agency_id) | Q(acts_through=agency_id))


class Agency(models.Model):
    """An agency under its canonical name; other spellings are `AgencyAlias`."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    short_name = models.CharField(_("short name"), max_length=30)
    kind = models.CharField(_("kind"), max_length=20, choices=AgencyKind.choices)
    contact_email = models.EmailField(
        _("contact address"),
        blank=True,
        help_text=_("Where reminders go while nobody of the agency has an account."),
    )
    # Each agency keeps these itself, through its approver.
    leader = models.CharField(_("leader in charge"), max_length=50, blank=True)
    leader_email = models.EmailField(
        _("leader's e-mail address"),
        blank=True,
        help_text=_("Where reminders go as well of what the agency is long late with."),
    )
    office = models.CharField(_("office in charge"), max_length=100, blank=True)
    office_address = models.CharField(_("office address"), max_length=200, blank=True)
    telephone = models.CharField(_("telephone"), max_length=50, blank=True)
    # Institutional reform: an agency that has ended stays in the history under the name it had.
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )
    # A body of members is no office with staff: a coordinator says through which agency it acts.
    acts_through = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="acting_for",
        verbose_name=_("acts through"),
    )

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="agency_kind_known", condition=Q(kind__in=AgencyKind.values)
            ),
            models.CheckConstraint(
                name="only_a_collective_body_acts_through_another",
                condition=Q(acts_through=None) | Q(kind=AgencyKind.COLLECTIVE),
            ),
            models.CheckConstraint(
                name="agency_valid_to_after_valid_from",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
            ),
            models.CheckConstraint(
                name="an_agency_with_a_successor_has_ended",
                condition=Q(successor=None) | Q(valid_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_ended(self) -> bool:
        """Whether another agency has taken its place."""
        return self.valid_to is not None

    def name_on(self, day: dt.date) -> str:
        """The name it had on that day, as far as its changes tell; reads `changes`."""
        change = self._change_after(day)
        return change.old_name if change else self.name

    def short_name_on(self, day: dt.date) -> str:
        """The short name it had on that day; reads `changes`."""
        change = self._change_after(day)
        return change.old_short_name if change else self.short_name

    def _change_after(self, day: dt.date) -> "AgencyChange | None":
        """The first change that came into effect after that day. In Python, for what is fetched."""
        later = [one for one in self.changes.all() if one.effective_on > day]
        return min(later, key=lambda one: (one.effective_on, one.pk), default=None)


class AgencyAlias(models.Model):
    """Another spelling of an agency in the list or in people's mouths."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("agency alias")
        verbose_name_plural = _("agency aliases")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.name
