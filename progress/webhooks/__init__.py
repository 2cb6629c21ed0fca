"""Webhooks: other systems are told what changed, instead of asking again and again.

The change feed of what a webhook's owner may know -> one delivery at a time, a row in the outbox ->
signed, posted to a host that the installation allows -> recorded with what was answered. What is
told is kinds, keys and addresses of things, never a text of a report.
"""

from progress.webhooks.addresses import WebhookAddress, hosts_allowed, webhook_address_read
from progress.webhooks.keeping import (
    webhook_change,
    webhook_create,
    webhook_end,
    webhook_pause,
    webhook_problem,
    webhook_resume,
    webhook_secret_renew,
)
from progress.webhooks.outbox import (
    WEBHOOK_JOB,
    deliveries_sweep,
    delivery_repeat,
    webhook_try,
)
from progress.webhooks.sending import webhooks_send

__all__ = [
    "WEBHOOK_JOB",
    "WebhookAddress",
    "deliveries_sweep",
    "delivery_repeat",
    "hosts_allowed",
    "webhook_address_read",
    "webhook_change",
    "webhook_create",
    "webhook_end",
    "webhook_pause",
    "webhook_problem",
    "webhook_resume",
    "webhook_secret_renew",
    "webhook_try",
    "webhooks_send",
]
