"""Channels: how a reminder reaches its recipient. They raise on failure and write nothing."""

import contextlib
from dataclasses import dataclass
from email.utils import parseaddr
from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from progress.models import Rule
from progress.reminders.outbox import Claim
from progress.reminders.owed import OwedItem


@dataclass(frozen=True, slots=True)
class ItemShown:
    """One thing owed as a message names it: what, by when, and where to do it."""

    period_code: str
    task_number: int
    task_title: str
    reason: str
    is_review: bool
    url: str


def mail_message(claim: Claim) -> EmailMultiAlternatives:
    """The mail of a claimed row: names of tasks and dates, never a report's text.

    Its Message-ID is the row's own, so that mail programs fold a message that was sent twice. In
    Chinese: accounts have no language of their own.
    """
    reminder = claim.reminder
    name = reminder.user.name if reminder.user else reminder.agency.name
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "name": name,
            "items": [_shown(item, claim) for item in claim.items],
            "first_due": min(item.due_on for item in claim.items),
            "site_url": settings.SITE_URL,
            "note": reminder.note,
        }
        subject = " ".join(render_to_string("mail/reminder/subject.txt", context).split())
        message = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string("mail/reminder/body.txt", context),
            to=[reminder.address],
            headers={
                "Message-ID": message_id(reminder.pk),
                # Out-of-office assistants do not answer what says this.
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(
            render_to_string("mail/reminder/body.html", context), "text/html"
        )
    return message


def message_id(reminder_id: int) -> str:
    """The Message-ID of a row's mail, the same at every attempt."""
    host = urlsplit(settings.SITE_URL).hostname or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return f"<reminder-{reminder_id}@{host}>"


class MailRun:
    """One connection to the mail server for all mails of a run, opened anew after a failure."""

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def open(self) -> None:
        """Connect, unless connected. What it raises (OSError, SMTPException) blames no address."""
        if self._connection is not None:
            return
        connection = get_connection()
        try:
            connection.open()
        except BaseException:
            # A login that is refused leaves the line open.
            connection.close()
            raise
        self._connection = connection

    def send(self, message: EmailMultiAlternatives) -> None:
        """Send one mail. Raises what the server or the network raised (OSError, SMTPException)."""
        self.open()
        assert self._connection is not None
        try:
            self._connection.send_messages([message])
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # Saying goodbye may fail as well, and nothing depends on it.
            with contextlib.suppress(OSError, SMTPException):
                connection.close()


def _shown(item: OwedItem, claim: Claim) -> ItemShown:
    is_review = item.rule == Rule.AGENCY_REVIEW
    name = "report" if is_review else "report-edit"
    return ItemShown(
        period_code=item.period_code,
        task_number=item.task_number,
        task_title=item.task_title,
        reason=item.reason(today=claim.reminder.day),
        is_review=is_review,
        url=settings.SITE_URL + reverse(name, args=[item.task_number, item.period_code]),
    )
