"""Sending to webhooks: what is to be told, claimed, posted, recorded.

A run that a slow receiver holds up ends soon, since the worker has other jobs to do; the next one
goes on. A host that cannot be reached is left alone for the rest of the run.
"""

import datetime as dt
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import orjson
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.http import parse_http_date_safe
from django.utils.translation import gettext_noop

from agencies.outgoing import HTTP_ERROR, SENT_ON, Answer, CallError, posted
from agencies.sealing import SealBrokenError
from progress.feed import Stretch, changes_after
from progress.models import DeliveryKind, DeliveryState, WebhookDelivery
from progress.webhooks.keeping import UNREADABLE, Opened, webhook_opened
from progress.webhooks.outbox import (
    INTERRUPTED,
    claimable,
    delivery_claim,
    delivery_emptied,
    delivery_failed,
    delivery_record,
    delivery_sent,
    webhooks_to_tell,
)
from progress.webhooks.signing import signed_headers

logger = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]

# No call begins after so long: a run is ordered every minute.
SENDING_ENDS = dt.timedelta(seconds=45)
LONGEST_SEEN = 200
GONE_STATUS = 410
# Of these alone Retry-After is read: too many at once, and not at the moment.
COME_LATER = (429, 503)

NOT_ALLOWED = gettext_noop("Webhooks may not be called at this host (any more).")


def webhooks_send(*, clock: Clock) -> int:
    """Tell each webhook what changed; returns how many messages arrived.

    Several runs may be under way at once: each row is one sender's.
    """
    return _Run(clock).sent()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What went wrong, "" where nothing did; what was answered; whether nothing is to be sent there
    any more; and for how long nothing is."""

    fault: str = ""
    answer: str = ""
    is_gone: bool = False
    asked: dt.timedelta = dt.timedelta()


class _Run:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ends = clock() + SENDING_ENDS
        self.unreachable: set[str] = set()

    def sent(self) -> int:
        for webhook_id in webhooks_to_tell().order_by("pk").values_list("pk", flat=True):
            delivery_record(webhook_id=webhook_id, now=self.clock())
        rows = WebhookDelivery.objects.filter(claimable(now=self.clock()))
        # What failed before comes last.
        waiting = deque(
            rows.order_by("attempts", "pk").values_list("pk", "webhook_id", "webhook__place")
        )
        sent = 0
        while waiting:
            if self.clock() > self.ends:
                logger.warning("sending to webhooks takes long; the next run goes on")
                break
            pk, webhook_id, place = waiting.popleft()
            if place in self.unreachable or not self._tell(pk):
                continue
            sent += 1
            # What lies behind it already is told at once.
            if following := delivery_record(webhook_id=webhook_id, now=self.clock()):
                waiting.append((following, webhook_id, place))
        return sent

    def _tell(self, pk: int) -> bool:
        """Send one row and record what came of it; False where it did not arrive."""
        delivery = delivery_claim(delivery_id=pk, now=self.clock())
        if delivery is None:
            return False
        came = _Outcome(INTERRUPTED)
        try:
            came = self._posted(delivery)
        finally:
            # Also where a worker's time limit ends the run here: nobody has to wait for the claim
            # to run out. Sent twice it has the same id, by which the receiver knows it.
            if delivery.state == DeliveryState.CLAIMED and came.fault:
                logger.warning("delivery %s was not taken: %s %s", pk, came.fault, came.answer)
                delivery_failed(
                    delivery=delivery,
                    fault=came.fault,
                    answer=came.answer,
                    now=self.clock(),
                    is_gone=came.is_gone,
                    asked=came.asked,
                )
        if delivery.state != DeliveryState.CLAIMED:
            return False
        delivery_sent(delivery=delivery, answer=came.answer, now=self.clock())
        return True

    def _posted(self, delivery: WebhookDelivery) -> _Outcome:
        stretch = _stretch_of(delivery)
        if not stretch.changes and delivery.kind != DeliveryKind.TEST:
            delivery_emptied(delivery=delivery)
            return _Outcome()
        now = self.clock()
        try:
            kept = webhook_opened(delivery.webhook, now=now)
        except SealBrokenError:
            return _Outcome(UNREADABLE)
        except ValidationError:
            return _Outcome(NOT_ALLOWED)
        body = body_of(delivery, stretch)
        signed = signed_headers(
            secrets_known=kept.secrets,
            message=str(delivery.message),
            timestamp=int(now.timestamp()),
            body=body,
        )
        headers = {"Content-Type": "application/json", "User-Agent": "tianjin-pilot-tasks/1"}
        try:
            answer = posted(kept.address, kept.address.path, body, headers | signed)
        except CallError as error:
            if error.is_unreachable:
                self.unreachable.add(delivery.webhook.place)
            return _Outcome(error.sentence, error.said)
        said = _seen(answer, kept)
        if 200 <= answer.status < 300:
            return _Outcome("", said)
        return _Outcome(
            SENT_ON if 300 <= answer.status < 400 else HTTP_ERROR,
            said,
            is_gone=answer.status == GONE_STATUS,
            asked=_asked(answer, self.clock()),
        )


def _asked(answer: Answer, now: dt.datetime) -> dt.timedelta:
    """How long the receiver asks to be left alone: seconds, or a moment of the past or future; what
    is neither asks for nothing."""
    said = answer.retry_after.strip()
    if answer.status not in COME_LATER:
        return dt.timedelta()
    # No more digits than a timedelta can hold; nobody means 30 years.
    if said.isascii() and said.isdigit():
        return dt.timedelta(seconds=int(said[:9]))
    moment = parse_http_date_safe(said)
    return dt.timedelta(seconds=0 if moment is None else moment - now.timestamp())


def _stretch_of(delivery: WebhookDelivery) -> Stretch:
    """What it tells, as its webhook's owner may know it at this moment."""
    if delivery.kind == DeliveryKind.TEST:
        return Stretch([], delivery.until, more=False)
    webhook = delivery.webhook
    return changes_after(
        position=delivery.after,
        reader=webhook.owner,
        kinds=webhook.kinds,
        limit=None,
        until=delivery.until,
    )


def body_of(delivery: WebhookDelivery, stretch: Stretch) -> bytes:
    """The message: what kind it is, its id and its webhook's, and a stretch of the change feed as
    the API gives it."""
    is_test = delivery.kind == DeliveryKind.TEST
    return orjson.dumps(
        {
            "type": "test" if is_test else "changes",
            "id": str(delivery.message),
            "webhook": delivery.webhook_id,
            **stretch.as_document(lambda path: f"{settings.SITE_URL}{path}"),
        }
    )


def _seen(answer: Answer, kept: Opened) -> str:
    """The status and the first characters of an answer, on one line and without our secrets."""
    text = answer.body.decode(errors="replace")
    for secret in kept.secrets:
        text = text.replace(secret, "…")
    text = "".join(one if one.isprintable() else " " for one in text)
    return f"HTTP {answer.status} {' '.join(text.split())[:LONGEST_SEEN]}".strip()
