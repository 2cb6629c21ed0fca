"""The writers of webhooks, but for the position that sending moves on (`outbox`).

A webhook is its owner's alone, like an API token: made by them on a page, ended by them, and it
stops with their account. It is a standing export of what they may read.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies.audit import (
    NoLongerKeptError,
    Note,
    audit_notes,
    audited,
    check_kept,
    entries_seal,
    values_of,
)
from agencies.models import User
from agencies.sealing import SealBrokenError, opened, sealed
from progress.feed import FOLLOWED
from progress.models import DeliveryKind, Webhook, WebhookState
from progress.webhooks.addresses import WebhookAddress, webhook_address_read
from progress.webhooks.outbox import NO_LONGER_KEPT, deliveries_call_off, webhooks_ask
from progress.webhooks.signing import secret_new
from progress.workflow import Conflict

# In English: whoever shows it to a person translates it then.
UNREADABLE = gettext_noop("What is stored cannot be read any more; make a new webhook.")
PURPOSE = "progress.webhooks"
# All that the audit trail holds of an address or a secret.
SET = "set"
# Of one person, ended ones not counted.
MOST_WEBHOOKS = 10
# For so long a secret that was replaced goes on signing beside the new one.
FORMER_SIGNS = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Opened:
    """What lies sealed of a webhook; `secrets`, with which it signs at the moment, the new one
    first."""

    address: WebhookAddress
    secrets: tuple[str, ...] = field(repr=False)


def webhook_create(
    *, owner: User, name: str, address: str, kinds: Iterable[str], now: dt.datetime
) -> tuple[Webhook, str]:
    """Make a webhook and return it with its secret, which is never shown again.

    It is told what changes from now on. Raises PermissionDenied for a person who may not sign in,
    and ValidationError, keyed by field, for a name that is missing or too long, an address that is
    not allowed, kinds that are none, and one webhook too many.
    """
    if not owner.is_active:
        raise PermissionDenied(_("This account may not sign in."))
    read, secret = webhook_address_read(address), secret_new()
    webhook = Webhook(
        owner=owner,
        name=name.strip(),
        place=read.place,
        sealed=_sealed(address, secret),
        kinds=_kinds(kinds),
        position=entries_seal(),
        made_at=now,
        secret_set_at=now,
    )
    webhook.full_clean(exclude=["owner", "sealed"])
    with transaction.atomic():
        # Two at once count one after the other.
        User.objects.select_for_update().get(pk=owner.pk)
        kept = Webhook.objects.filter(owner=owner).exclude(state=WebhookState.ENDED)
        if kept.count() >= MOST_WEBHOOKS:
            raise ValidationError(
                _("At most %(most)d webhooks; end one.") % {"most": MOST_WEBHOOKS}
            )
        webhook.save()
        values = values_of(webhook) | _told_of(webhook)
        audit_notes([Note("webhook.create", webhook, after=values)], by=owner, now=now)
    return webhook, secret


def webhook_change(
    *, webhook: Webhook, name: str, address: str, kinds: Iterable[str], by: User, now: dt.datetime
) -> Webhook:
    """Give it another name, address (empty keeps the stored one) or other kinds; it goes on from
    where it is. Raises as `webhook_create` does, and Conflict for one that has ended."""
    with transaction.atomic():
        held = _held(webhook, by)
        with audited("webhook.change", held, by=by, now=now) as note:
            note.before |= _told_of(held)
            held.name, held.kinds = name.strip(), _kinds(kinds)
            note.after |= _told_of(held)
            if address.strip():
                held.place = webhook_address_read(address).place
                note.after["address"] = SET
                held.sealed = sealed(_opened(held) | {"address": address.strip()}, purpose=PURPOSE)
            held.full_clean(exclude=["owner", "sealed"])
            held.save()
    return held


def webhook_secret_renew(*, webhook: Webhook, by: User, now: dt.datetime) -> str:
    """Give it another secret and return that; the former one signs beside it for 24 hours."""
    secret = secret_new()
    with transaction.atomic():
        held = _held(webhook, by)
        with audited("webhook.secret", held, by=by, now=now) as note:
            kept = _opened(held)
            held.sealed = _sealed(
                kept["address"],
                secret,
                former=kept["secret"],
                former_until=(now + FORMER_SIGNS).isoformat(),
            )
            held.secret_set_at = now
            note.after["secret"] = SET
            held.save(update_fields=["sealed", "secret_set_at"])
    return secret


def webhook_pause(*, webhook: Webhook, by: User, now: dt.datetime) -> Webhook:
    """Tell it nothing until it is resumed. Raises PermissionDenied for anybody but its owner, and
    Conflict where it is not active."""
    with transaction.atomic():
        held = _held(webhook, by, state=WebhookState.ACTIVE)
        with audited("webhook.pause", held, by=by, now=now):
            held.state = WebhookState.PAUSED
            held.save(update_fields=["state"])
        deliveries_call_off(webhook=held, kinds=[DeliveryKind.CHANGES])
    return held


def webhook_resume(*, webhook: Webhook, by: User, now: dt.datetime) -> Webhook:
    """Go on from the position up to which it was told: nothing that changed meanwhile is lost.
    Raises PermissionDenied for anybody but its owner, and Conflict where it is not paused or what
    changed meanwhile is no longer kept."""
    with transaction.atomic():
        held = _held(webhook, by, state=WebhookState.PAUSED)
        try:
            check_kept(held.position)
        except NoLongerKeptError as error:
            raise Conflict(_(NO_LONGER_KEPT)) from error
        with audited("webhook.resume", held, by=by, now=now):
            held.state, held.fault = WebhookState.ACTIVE, ""
            held.save(update_fields=["state", "fault"])
        webhooks_ask()
    return held


def webhook_end(*, webhook: Webhook, by: User, now: dt.datetime) -> Webhook:
    """End it for good and forget its address and secret; its log stays. Raises PermissionDenied for
    anybody but its owner, and Conflict where it has ended."""
    with transaction.atomic():
        held = _held(webhook, by)
        with audited("webhook.end", held, by=by, now=now):
            held.state, held.fault, held.ended_at, held.sealed = WebhookState.ENDED, "", now, ""
            held.save(update_fields=["state", "fault", "ended_at", "sealed"])
        deliveries_call_off(webhook=held, kinds=DeliveryKind.values)
    return held


def webhook_opened(webhook: Webhook, *, now: dt.datetime) -> Opened:
    """Where it is called and with what it signs, held against the allow-list of this moment.

    Raises ValidationError where it is not on it any more, and SealBrokenError.
    """
    kept = opened(webhook.sealed, purpose=PURPOSE)
    secrets = [kept["secret"]]
    if kept.get("former") and now < dt.datetime.fromisoformat(kept["former_until"]):
        secrets.append(kept["former"])
    return Opened(webhook_address_read(kept["address"]), tuple(secrets))


def webhook_problem(webhook: Webhook) -> str:
    """Why the stored address cannot be used, in the active language; "" where it can."""
    try:
        webhook_address_read(_opened(webhook)["address"])
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _held(webhook: Webhook, by: User, *, state: WebhookState | None = None) -> Webhook:
    """The row locked, for its owner."""
    held = Webhook.objects.select_for_update(of=("self",)).get(pk=webhook.pk)
    if held.owner_id != by.pk:
        raise PermissionDenied(_("Only the person whose webhook this is may do that."))
    if held.has_ended:
        raise Conflict(_("This webhook has ended."))
    if state == WebhookState.ACTIVE != held.state:
        raise Conflict(_("This webhook is paused already."))
    if state == WebhookState.PAUSED != held.state:
        raise Conflict(_("This webhook is not paused."))
    return held


def _told_of(webhook: Webhook) -> dict[str, str]:
    """For the audit trail: of which kinds, in words that an auditor reads."""
    return {"told_of": ", ".join(webhook.kinds)}


def _kinds(kinds: Iterable[str]) -> list[str]:
    chosen = set(kinds)
    if not chosen or not chosen <= FOLLOWED.keys():
        raise ValidationError({"kinds": [_("Choose at least one kind of things.")]})
    return [kind for kind in FOLLOWED if kind in chosen]


def _opened(webhook: Webhook) -> dict[str, str]:
    try:
        return opened(webhook.sealed, purpose=PURPOSE)
    except SealBrokenError as error:
        raise ValidationError({"address": [_(UNREADABLE)]}) from error


def _sealed(address: str, secret: str, **former: str) -> str:
    return sealed({"address": address.strip(), "secret": secret, **former}, purpose=PURPOSE)
