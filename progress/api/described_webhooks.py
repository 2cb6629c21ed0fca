"""What is posted to webhooks, in the description of the API."""

from typing import Any

Document = dict[str, Any]
_HERE = "#/components"
# As `progress.webhooks.sending` makes it, of the feed that `changes/` gives.
_EXAMPLE: Document = {
    "type": "changes",
    "id": "66ffcd20-7a0a-4b7b-9e3a-0d3c1f0f9a11",
    "webhook": 3,
    "position": 231,
    "more": False,
    "results": [
        {
            "position": 231,
            "at": "2026-11-24T12:00:00+08:00",
            "kind": "report",
            "key": "17",
            "gone": False,
            "address": "https://pilot.example.cn/api/v1/reports/17/",
        }
    ],
}
_HEADERS: dict[str, tuple[str, Document]] = {
    "Webhook-Id": (
        "The message's id, the same in every attempt and when it is sent again.",
        {"type": "string", "format": "uuid"},
    ),
    "Webhook-Timestamp": (
        "When this attempt was made, in seconds since 1970.",
        {"type": "string", "pattern": "^[0-9]+$"},
    ),
    "Webhook-Signature": (
        "v1, and base64 of HMAC-SHA256 over id.timestamp.body; two while a secret is replaced.",
        {"type": "string"},
    ),
}
_ANSWERS = {
    "2XX": "Taken, within 12 seconds. What is answered besides is not read.",
    "410": "Nothing is to be sent there any more: the webhook is paused at once.",
    "default": (
        "Not taken: it comes again with the same Webhook-Id, for three days; after 429 and 503 no "
        "sooner than Retry-After says."
    ),
}


def webhooks_described(schemas: Document) -> Document:
    """The webhooks of the document; the message's own shape is written into `schemas`."""
    stretch = schemas["Stretch"]
    schemas["WebhookMessage"] = {
        "type": "object",
        "description": "What is posted to a webhook.",
        "properties": {
            "type": {
                "type": "string",
                "enum": ["changes", "test"],
                "description": "test of a test, which has no results.",
            },
            "id": {
                "type": "string",
                "format": "uuid",
                "description": "The message's id, as in Webhook-Id.",
            },
            "webhook": {"type": "integer", "description": "The webhook's id."},
            **stretch["properties"],
        },
        "required": ["id", "type", "webhook", *stretch["required"]],
    }
    return {
        "changes": {
            "post": {
                "operationId": "webhook_message",
                "summary": "Told to your own address: what changed, or a test",
                "description": "Posted within a minute of a change, in order, one message at a "
                "time, as Standard Webhooks has it. Answer first, and work afterwards.",
                "tags": ["Webhooks"],
                "parameters": [
                    {
                        "name": name,
                        "in": "header",
                        "required": True,
                        "description": text,
                        "schema": schema,
                    }
                    for name, (text, schema) in _HEADERS.items()
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"$ref": f"{_HERE}/schemas/WebhookMessage"},
                            "examples": {
                                "changes": {"summary": "What changed", "value": _EXAMPLE},
                                "test": {
                                    "summary": "A test",
                                    "value": _EXAMPLE | {"type": "test", "results": []},
                                },
                            },
                        }
                    },
                },
                "responses": {status: {"description": text} for status, text in _ANSWERS.items()},
            }
        }
    }
