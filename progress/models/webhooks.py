"""Webhooks: the addresses of other systems that are told what changed, and what each was told."""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from agencies.models import User


class WebhookState(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("webhook", "Active")
    PAUSED = "paused", pgettext_lazy("webhook", "Paused")
    ENDED = "ended", pgettext_lazy("webhook", "Ended")


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, user: User) -> Self:
        """Everybody sees and ends their own webhooks, nobody another person's."""
        return self.filter(owner=user)

    def told_now(self) -> Self:
        """Those that are told: who has left the office is told nothing more."""
        return self.filter(state=WebhookState.ACTIVE, owner__is_active=True)


class Webhook(models.Model):
    """Where a system of its owner's is told what changed, of what the owner may know at the moment.

    `position` is the position of the change feed up to which it has been told. Address and secret
    are keys: they lie sealed here, and what is shown is the host.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="webhooks",
        verbose_name=_("owner"),
    )
    name = models.CharField(_("name"), max_length=50)
    place = models.CharField(_("host"), max_length=260)
    sealed = models.TextField(editable=False)
    # Of progress.feed.FOLLOWED.
    kinds = models.JSONField(_("kinds of things"), default=list)
    state = models.CharField(
        _("state"), max_length=10, choices=WebhookState.choices, default=WebhookState.ACTIVE
    )
    # Why it was paused, in English, for gettext; empty where its owner did it.
    fault = models.CharField(_("fault"), max_length=200, blank=True)
    position = models.BigIntegerField(_("told up to"))
    made_at = models.DateTimeField(_("created"))
    secret_set_at = models.DateTimeField(_("secret set"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering: ClassVar = ["-made_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="webhook_state_known", condition=Q(state__in=WebhookState.values)
            ),
            models.CheckConstraint(
                name="a_webhook_that_ended_alone_says_when",
                condition=Q(state=WebhookState.ENDED, ended_at__isnull=False)
                | (~Q(state=WebhookState.ENDED) & Q(ended_at=None)),
            ),
            models.CheckConstraint(
                name="an_active_webhook_has_no_fault",
                condition=~Q(state=WebhookState.ACTIVE) | Q(fault=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_ended(self) -> bool:
        return self.state == WebhookState.ENDED

    @property
    def why(self) -> str:
        """Why it was paused, in the active language; "" where its owner did it."""
        return gettext(self.fault) if self.fault else ""


class DeliveryKind(models.TextChoices):
    CHANGES = "changes", pgettext_lazy("delivery", "Changes")
    REPEAT = "repeat", pgettext_lazy("delivery", "Sent again")
    TEST = "test", pgettext_lazy("delivery", "Test")


class DeliveryState(models.TextChoices):
    OWED = "owed", pgettext_lazy("delivery", "To be sent")
    CLAIMED = "claimed", pgettext_lazy("delivery", "Being sent")
    SENT = "sent", pgettext_lazy("delivery", "Sent")
    FAILED = "failed", pgettext_lazy("delivery", "Given up")
    CANCELLED = "cancelled", pgettext_lazy("delivery", "Called off")


PENDING = (DeliveryState.OWED, DeliveryState.CLAIMED)


class WebhookDelivery(models.Model):
    """One message to a webhook, about the changes behind `after` and up to `until`: a row of the
    outbox, and once it was sent or given up, of the log.

    `message` is its key for whoever takes it: the same in every attempt, and where it is sent
    again.
    """

    webhook = models.ForeignKey(
        Webhook, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("webhook")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=DeliveryKind.choices)
    message = models.UUIDField(_("message"), default=uuid.uuid4)
    after = models.BigIntegerField(_("behind position"))
    until = models.BigIntegerField(_("up to position"))
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.OWED
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    made_at = models.DateTimeField(_("recorded"))
    try_after = models.DateTimeField(_("not before"), null=True, blank=True)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    # What went wrong at last, in English, for gettext.
    fault = models.CharField(_("fault"), max_length=200, blank=True)
    # The status and the first characters of the last answer.
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="delivery_kind_known", condition=Q(kind__in=DeliveryKind.values)
            ),
            models.CheckConstraint(
                name="delivery_state_known", condition=Q(state__in=DeliveryState.values)
            ),
            # In order: the next stretch waits until the former was sent or given up.
            models.UniqueConstraint(
                name="a_webhook_is_told_one_stretch_at_a_time",
                fields=["webhook"],
                condition=Q(kind=DeliveryKind.CHANGES, state__in=PENDING),
            ),
            # Two clicks at once.
            models.UniqueConstraint(
                name="a_delivery_waits_once_to_be_sent_again",
                fields=["webhook", "message"],
                condition=Q(kind=DeliveryKind.REPEAT, state__in=PENDING),
            ),
            models.UniqueConstraint(
                name="a_webhook_is_tried_once_at_a_time",
                fields=["webhook"],
                condition=Q(kind=DeliveryKind.TEST, state__in=PENDING),
            ),
            models.CheckConstraint(
                name="a_delivery_that_is_being_sent_alone_is_claimed",
                condition=Q(state=DeliveryState.CLAIMED, claimed_until__isnull=False)
                | (~Q(state=DeliveryState.CLAIMED) & Q(claimed_until=None)),
            ),
            models.CheckConstraint(
                name="a_delivery_that_was_sent_alone_says_when",
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | (~Q(state=DeliveryState.SENT) & Q(sent_at=None)),
            ),
            models.CheckConstraint(
                name="a_delivery_ends_no_sooner_than_it_begins", condition=Q(after__lte=F("until"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.message)

    @property
    def is_pending(self) -> bool:
        return self.state in PENDING

    @property
    def may_be_repeated(self) -> bool:
        """Whether it can be sent again: what tells of changes, once it was sent or given up."""
        return self.kind == DeliveryKind.CHANGES and not self.is_pending

    @property
    def why(self) -> str:
        """What went wrong, in the active language; "" where nothing did."""
        return gettext(self.fault) if self.fault else ""
