"""What people prove besides their password: an app's codes, and who must; the city's sign-on."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.people import User


class SecondFactor(models.Model):
    """An account's authenticator app. The secret that both share lies sealed here; what else is
    kept makes a code good for once and guessing slow."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    sealed = models.TextField(editable=False)
    set_up_at = models.DateTimeField(_("set up"))
    # By how many steps of 30 seconds the app's clock is known to differ from ours.
    drift = models.SmallIntegerField(default=0)
    # The step of the last code that was accepted: neither it nor an earlier one is again.
    last_step = models.BigIntegerField(default=-1)
    failures = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        ordering: ClassVar = ["user"]

    def __str__(self) -> str:
        return f"{self.user_id}"


class RecoveryCode(models.Model):
    """A code that stands in once for the app. Only its SHA-256 is kept: 16 random characters, which
    no dictionary holds, so a plain digest is as good as a slow one."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, editable=False)
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"


class SecondFactorRule(models.Model):
    """Of which roles a second factor is required: one row, once administrators have set it."""

    roles = models.JSONField(_("roles"), default=list)

    class Meta:
        verbose_name = _("rule of the second factor")
        verbose_name_plural = _("rules of the second factor")
        constraints: ClassVar = [
            models.CheckConstraint(name="the_second_factor_has_one_rule", condition=Q(pk=1)),
        ]

    def __str__(self) -> str:
        return ", ".join(self.roles)


class CityBinding(models.Model):
    """Whom the city's sign-on knows under which subject; another issuer's are other people."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="city_binding")
    issuer = models.CharField(_("issuer"), max_length=300)
    subject = models.CharField(_("subject"), max_length=255)
    bound_at = models.DateTimeField(_("bound"))
    # An administrator who typed the subject, or the person who signed in with both.
    bound_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("binding to the city's sign-on")
        verbose_name_plural = _("bindings to the city's sign-on")
        ordering: ClassVar = ["user"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="city_subject_binds_once"),
        ]

    def __str__(self) -> str:
        return self.subject
