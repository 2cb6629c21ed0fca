"""The outbox of webhooks: the only writer of `WebhookDelivery`, and of a webhook's position.

A row goes owed -> claimed -> sent, as a reminder does. An attempt that fails makes it owed again,
for a later moment and with what was answered, until there were too many: then it was given up, and
its webhook is paused. A webhook has one row of changes at a time, so it is told in order; what
changes meanwhile waits and is told in one stretch. Its position moves on with what was sent alone.
"""

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies.audit import NoLongerKeptError, audited
from agencies.models import User
from progress.feed import changes_after
from progress.models import (
    PENDING,
    DeliveryKind,
    DeliveryState,
    Webhook,
    WebhookDelivery,
    WebhookState,
)
from progress.workers import job_ask
from progress.workflow import Conflict
from progress.workflow.notices import webhook_pause_tell

# By name: what runs it stands above what asks for it.
WEBHOOK_JOB = "progress.jobs.send_webhooks"
# How many acts are told in one message.
MOST_ACTS = 500
# How many stretches without anything for their reader are passed over in one run.
MOST_PASSED_OVER = 20
# How long after each failed attempt the next one follows: three days in all, which is longer than
# a weekend in which nobody looks after the receiver.
DELAYS = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
    dt.timedelta(hours=14),
    dt.timedelta(hours=20),
    dt.timedelta(hours=24),
)
MOST_ATTEMPTS = len(DELAYS) + 1
# Of a wait that a receiver asks for: what it says by mistake stops nothing for long.
LONGEST_ASKED = dt.timedelta(hours=24)
# Several times what one call may take.
CLAIM_HOLDS = dt.timedelta(minutes=5)
LOG_KEPT = dt.timedelta(days=90)

# In English: whoever shows one to a person translates it then.
CALLED_OFF = gettext_noop("The webhook was paused or ended before it could be sent.")
OWNER_LEFT = gettext_noop("The owner's account is no longer active.")
NOTHING_LEFT = gettext_noop("Its owner may know of none of it any more.")
INTERRUPTED = gettext_noop("Sending was interrupted; it may or may not have arrived.")
GIVEN_UP = gettext_noop("The receiver took nothing for three days.")
GONE = gettext_noop("The receiver answered that nothing is to be sent there any more (410).")
NO_LONGER_KEPT = gettext_noop(
    "What it was not told yet is no longer kept. End it, read everything anew and make another."
)


def webhooks_ask() -> None:
    """Ask a worker to send, once this transaction is committed."""
    transaction.on_commit(lambda: job_ask(WEBHOOK_JOB))


# --- What is owed ---------------------------------------------------------------------------------


def webhooks_to_tell() -> QuerySet[Webhook]:
    """The webhooks that are told and of which no stretch waits."""
    pending = WebhookDelivery.objects.filter(
        webhook=OuterRef("pk"), kind=DeliveryKind.CHANGES, state__in=PENDING
    )
    return Webhook.objects.told_now().exclude(Exists(pending)).select_related("owner")


def delivery_record(*, webhook_id: int, now: dt.datetime) -> int | None:
    """Write the next stretch that the webhook is to be told, and return its id; None where there is
    none, or it has one already.

    Stretches of which its owner may know nothing are passed over.
    """
    for _count in range(MOST_PASSED_OVER):
        webhook = webhooks_to_tell().filter(pk=webhook_id).first()
        if webhook is None:
            return None
        try:
            stretch = changes_after(
                position=webhook.position,
                reader=webhook.owner,
                kinds=webhook.kinds,
                limit=MOST_ACTS,
            )
        except NoLongerKeptError:
            with transaction.atomic():
                _give_up(webhook, NO_LONGER_KEPT, now)
            return None
        # Whoever else is here now has moved it on, or has written the row.
        unmoved = Webhook.objects.filter(
            pk=webhook.pk, position=webhook.position, state=WebhookState.ACTIVE
        )
        if stretch.changes:
            return _recorded(unmoved, stretch.position, now)
        if stretch.position > webhook.position:
            unmoved.update(position=stretch.position)
        if not stretch.more:
            return None
    return None


def _recorded(unmoved: QuerySet[Webhook], until: int, now: dt.datetime) -> int | None:
    try:
        with transaction.atomic():
            webhook = unmoved.select_for_update().first()
            if webhook is None:
                return None
            delivery = WebhookDelivery.objects.create(
                webhook=webhook,
                kind=DeliveryKind.CHANGES,
                after=webhook.position,
                until=until,
                made_at=now,
            )
    except IntegrityError:
        return None
    return delivery.pk


def webhook_try(*, webhook: Webhook, by: User, now: dt.datetime) -> WebhookDelivery:
    """Send it a test, once, with no changes in it. Raises as `delivery_repeat` does."""
    return _asked_for(
        WebhookDelivery(
            webhook=webhook,
            kind=DeliveryKind.TEST,
            after=webhook.position,
            until=webhook.position,
            made_at=now,
        ),
        by,
    )


def delivery_repeat(*, delivery: WebhookDelivery, by: User, now: dt.datetime) -> WebhookDelivery:
    """Send a delivery of the log again, as a row of its own with the same message id.

    It tells the same stretch, of what its owner may know now, and moves no position. Raises
    Conflict for what waits itself, for a test, and where the webhook has ended or it waits already.
    """
    if not delivery.may_be_repeated:
        raise Conflict(_("Only what was sent, given up or called off can be sent again."))
    return _asked_for(
        WebhookDelivery(
            webhook=delivery.webhook,
            kind=DeliveryKind.REPEAT,
            message=delivery.message,
            after=delivery.after,
            until=delivery.until,
            made_at=now,
        ),
        by,
    )


def _asked_for(delivery: WebhookDelivery, by: User) -> WebhookDelivery:
    if delivery.webhook.owner_id != by.pk:
        raise PermissionDenied(_("Only the person whose webhook this is may do that."))
    try:
        with transaction.atomic():
            webhook = Webhook.objects.select_for_update(of=("self",)).get(pk=delivery.webhook_id)
            if webhook.has_ended:
                raise Conflict(_("This webhook has ended."))
            delivery.save()
            webhooks_ask()
    except IntegrityError as error:
        raise Conflict(_("It waits to be sent already.")) from error
    return delivery


# --- What is sent ---------------------------------------------------------------------------------


def claimable(*, now: dt.datetime) -> Q:
    """The rows that may be sent now: those that wait for no later moment, and those whose sender
    has held them for too long to be still alive."""
    return (Q(state=DeliveryState.OWED) & (Q(try_after=None) | Q(try_after__lte=now))) | Q(
        state=DeliveryState.CLAIMED, claimed_until__lte=now
    )


def delivery_claim(*, delivery_id: int, now: dt.datetime) -> WebhookDelivery | None:
    """Take a row for sending, or None where it is not to be sent; one that has nobody to tell any
    more is called off. The attempt is counted before anything is sent."""
    with transaction.atomic():
        delivery = (
            WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("webhook__owner")
            .filter(claimable(now=now), pk=delivery_id)
            .first()
        )
        if delivery is None:
            return None
        delivery.try_after = None
        if fault := _reason_to_cancel(delivery):
            delivery.state, delivery.fault, delivery.claimed_until = (
                DeliveryState.CANCELLED,
                fault,
                None,
            )
            delivery.save()
            return None
        delivery.state, delivery.claimed_until = DeliveryState.CLAIMED, now + CLAIM_HOLDS
        delivery.attempts += 1
        delivery.save()
    return delivery


def _reason_to_cancel(delivery: WebhookDelivery) -> str:
    webhook = delivery.webhook
    if not webhook.owner.is_active:
        return OWNER_LEFT
    is_told = webhook.state == WebhookState.ACTIVE or (
        delivery.kind != DeliveryKind.CHANGES and not webhook.has_ended
    )
    return "" if is_told else CALLED_OFF


def delivery_sent(*, delivery: WebhookDelivery, answer: str, now: dt.datetime) -> None:
    """Record that the claimed row has arrived, and move its webhook's position on."""
    delivery.state, delivery.sent_at = DeliveryState.SENT, now
    delivery.fault, delivery.answer = "", answer
    _release(delivery, moves_on=True)


def delivery_emptied(*, delivery: WebhookDelivery) -> None:
    """Record that the claimed row has nothing to tell any more; the position moves on."""
    delivery.state, delivery.fault = DeliveryState.CANCELLED, NOTHING_LEFT
    _release(delivery, moves_on=True)


def delivery_failed(
    *,
    delivery: WebhookDelivery,
    fault: str,
    answer: str,
    now: dt.datetime,
    is_gone: bool = False,
    asked: dt.timedelta = dt.timedelta(),
) -> None:
    """Record that the claimed row was not taken, and what was answered.

    It is tried again after a while that grows with every attempt, and not before the receiver
    `asked` it to be: that makes a wait longer and never shorter, or one who says "in a second"
    would have used up every attempt within ten. After the last attempt, or where the receiver says
    that it `is_gone`, it was given up, and the webhook is paused where it is.
    """
    delivery.fault, delivery.answer = fault, answer
    is_last = is_gone or delivery.kind == DeliveryKind.TEST or delivery.attempts >= MOST_ATTEMPTS
    if is_last:
        delivery.state = DeliveryState.FAILED
    else:
        delivery.state = DeliveryState.OWED
        usual = DELAYS[delivery.attempts - 1]
        delivery.try_after = now + max(usual, min(asked, LONGEST_ASKED))
    with transaction.atomic():
        if _release(delivery) and is_last and delivery.kind == DeliveryKind.CHANGES:
            _give_up(delivery.webhook, GONE if is_gone else GIVEN_UP, now)


def _release(delivery: WebhookDelivery, *, moves_on: bool = False) -> bool:
    """Write what became of a claimed row; False where its claim ran out and somebody else has taken
    it over since: then theirs is the word. The attempt tells whose claim it is."""
    delivery.claimed_until = None
    fields = ("state", "sent_at", "fault", "answer", "try_after", "claimed_until")
    with transaction.atomic():
        # Webhook before delivery, as whoever pauses it.
        Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
        held = WebhookDelivery.objects.filter(
            pk=delivery.pk, state=DeliveryState.CLAIMED, attempts=delivery.attempts
        ).update(**{name: getattr(delivery, name) for name in fields})
        if held and moves_on and delivery.kind == DeliveryKind.CHANGES:
            Webhook.objects.filter(pk=delivery.webhook_id, position=delivery.after).update(
                position=delivery.until
            )
    return bool(held)


def _give_up(webhook: Webhook, fault: str, now: dt.datetime) -> None:
    held = (
        Webhook.objects.select_for_update(of=("self",)).select_related("owner").get(pk=webhook.pk)
    )
    if held.state != WebhookState.ACTIVE:
        return
    with audited("webhook.pause", held, by=None, now=now):
        held.state, held.fault = WebhookState.PAUSED, fault
        held.save(update_fields=["state", "fault"])
    webhook_pause_tell(webhook=held, now=now)


def deliveries_call_off(*, webhook: Webhook, kinds: Iterable[str]) -> None:
    """Call off what waits of these kinds, in the transaction that pauses or ends the webhook."""
    waiting = webhook.deliveries.filter(state=DeliveryState.OWED, kind__in=list(kinds))
    waiting.update(state=DeliveryState.CANCELLED, fault=CALLED_OFF, try_after=None)


def deliveries_sweep(*, now: dt.datetime) -> int:
    """Remove what was sent, given up or called off long ago from the log; returns how many."""
    old = WebhookDelivery.objects.exclude(state__in=PENDING).filter(made_at__lte=now - LOG_KEPT)
    removed, _by_model = old.delete()
    return removed
