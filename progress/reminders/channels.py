"""Channels: how a reminder reaches its recipient. They raise on failure and write nothing."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation

from progress.models import Audience
from progress.reminders.outbox import Claim
from progress.reminders.owed import OwedItem
from progress.reminders.sections import Section, divided, opening_of, place_of, section_of


@dataclass(frozen=True, slots=True)
class ItemShown:
    """One thing owed as a message names it: what, whose, by when, and where to do it. `rule` is ""
    where the heading above it says the same."""

    name: str
    title: str
    rule: str
    agency: str
    reason: str
    url: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class SectionShown:
    """A part of a message; `heading` is "" where there is no other. With `is_brief`, which many
    agencies have to do with, it says what is late agency by agency, a line each."""

    heading: str
    items: Sequence[ItemShown]
    is_brief: bool


def mail_message(claim: Claim) -> EmailMultiAlternatives:
    """The mail of a claimed row: names of tasks and dates, never a report's text.

    Its Message-ID is the row's own, so that mail programs fold a message that was sent twice. In
    Chinese: accounts have no language of their own.
    """
    reminder = claim.reminder
    agency = reminder.agency.name if reminder.agency else ""
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "name": reminder.user.name if reminder.user else agency,
            "agency": agency,
            "audience": reminder.audience,
            "opening": opening_of(reminder.audience),
            "count": len(claim.items),
            "sections": _sections(claim),
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


def _sections(claim: Claim) -> list[SectionShown]:
    parts = divided(claim.items)
    is_alone = len(parts) == 1 and parts[0].section in (Section.TO_DO, Section.LATE)
    return [
        SectionShown(
            "" if is_alone else str(part.section.label),
            [item_shown(item, claim, path=place_of(item)) for item in part.items],
            claim.reminder.audience == Audience.OFFICE and part.section == Section.LATE,
        )
        for part in parts
    ]


def item_shown(item: OwedItem, claim: Claim, *, path: str) -> ItemShown:
    """As a claimed row's message names an item, in the active language; its link is to `path`."""
    own = claim.reminder.agency_id
    is_said_above = section_of(item) in (Section.UNREACHABLE, Section.UNDELIVERED)
    return ItemShown(
        name=item.name,
        title=item.detail or item.task_title,
        rule="" if is_said_above else str(item.rule.label),
        agency=item.agency_name if item.agency_id not in (None, own) and item.task_id else "",
        reason=item.reason(today=claim.today),
        url=settings.SITE_URL + path,
        is_late=item.due_on < claim.today and not is_said_above,
    )
