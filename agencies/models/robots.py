"""The robots by which agencies' work groups are told."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.agencies import Agency
from agencies.models.people import User


class RobotKind(models.TextChoices):
    WECOM = "wecom", _("WeCom")
    DINGTALK = "dingtalk", _("DingTalk")
    FEISHU = "feishu", _("Feishu")
    OTHER = "other", _("Another gateway")


class AgencyRobotQuerySet(models.QuerySet["AgencyRobot"]):
    def visible_to(self, user: User) -> Self:
        """Administrators keep them, coordinators know of them; the address is shown to nobody."""
        knows = user.is_active and (user.is_administrator or user.is_coordinator)
        return self if knows else self.none()

    def in_use(self) -> Self:
        """Those of agencies that have not ended."""
        return self.filter(agency__valid_to=None)


class AgencyRobot(models.Model):
    """The robot by which a group of an agency is told. Its address is a key: it lies sealed here,
    and what is shown is the product and the host."""

    agency = models.OneToOneField(
        Agency, on_delete=models.PROTECT, related_name="robot", verbose_name=_("agency")
    )
    name = models.CharField(_("group's name"), max_length=50)
    kind = models.CharField(_("product"), max_length=20, choices=RobotKind.choices)
    place = models.CharField(_("host"), max_length=260)
    sealed = models.TextField(editable=False)
    set_at = models.DateTimeField(_("set"))
    set_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("set by")
    )

    objects = AgencyRobotQuerySet.as_manager()

    class Meta:
        verbose_name = _("group robot")
        verbose_name_plural = _("group robots")
        ordering: ClassVar = ["agency"]
        constraints: ClassVar = [
            models.CheckConstraint(name="robot_kind_known", condition=Q(kind__in=RobotKind.values)),
        ]

    def __str__(self) -> str:
        return self.name
