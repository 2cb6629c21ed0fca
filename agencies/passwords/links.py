"""Links to set a new password, sent to the address of an account to whoever asks for one, and to
whoever is given an account by a sheet.

Asking leaves a row, and a job looks whether there is an account: the answer, and how long it takes,
say nothing of that. A link is good for an hour (PASSWORD_RESET_TIMEOUT) and for one use: it holds
what setting a password, signing in or another address changes.
"""

import datetime as dt
import hashlib
import logging
from collections.abc import Iterable
from smtplib import (
    SMTPConnectError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from agencies.audit import audit_event
from agencies.limits import Limit, counted
from agencies.models import PasswordLink, User

# Mails to one address, whoever asks for them.
TO_AN_ADDRESS = Limit("password-links", 3, dt.timedelta(hours=1))
# Asked for so long ago, nobody waits for it any more.
STALE = dt.timedelta(hours=1)
# What a mail server answers from here on it answers for good (RFC 5321).
PERMANENT = 500

logger = logging.getLogger(__name__)


def link_ask(*, email: str, language: str, now: dt.datetime) -> None:
    """Note that somebody asked, for the next run of the job."""
    who = hashlib.sha256(email.casefold().encode()).hexdigest()
    standing = counted(limit=TO_AN_ADDRESS, who=who, now=now)
    if standing is None or not standing.is_over:
        PasswordLink.objects.create(email=email, language=language, asked_at=now)


def links_ask(*, emails: Iterable[str], language: str, now: dt.datetime) -> None:
    """Note that an administrator made accounts with these addresses, each to be sent one link:
    however many, since nobody outside can ask for them.

    As when somebody asks, a link goes out for each account with the address, also for one that it
    had before: each mail names its account, and who reads there could ask for all of them.
    """
    once = {email.casefold(): email for email in emails}
    PasswordLink.objects.bulk_create(
        PasswordLink(email=email, language=language, asked_at=now) for email in once.values()
    )


def links_send(*, now: dt.datetime) -> int:
    """Send a link to each account with an address that was asked for; returns how many.

    A row is taken away before its mails are sent, so that of two runs at once one sends them, and
    put back where they could not be. Raises what the mail server answered last, after all rows were
    tried; an address that it refuses for good is left.
    """
    count, failure = 0, None
    if not (waiting := list(PasswordLink.objects.order_by("pk"))):
        return 0
    with get_connection() as server:
        for asked in waiting:
            try:
                count += _sent(asked, server, now=now)
            except (SMTPServerDisconnected, SMTPConnectError):
                raise
            except SMTPException as error:
                failure = error
    if failure:
        raise failure
    return count


def _sent(asked: PasswordLink, server: Any, *, now: dt.datetime) -> int:
    taken, _models = PasswordLink.objects.filter(pk=asked.pk).delete()
    if not taken or asked.asked_at < now - STALE:
        return 0
    count, is_left = 0, True
    try:
        # Sent to the address that the account has, and not to the one that was typed.
        for account in User.objects.filter(email__iexact=asked.email, is_active=True):
            if not account.signs_in_by_password:
                continue
            try:
                _send(account, server, language=asked.language)
            except SMTPException as error:
                if not _is_final(error):
                    raise
                logger.warning("A link to set a password was refused by the mail server.")
            else:
                audit_event("user.password_link", account, by=None, now=now)
                count += 1
        is_left = False
    finally:
        # Also where a worker's time limit ends the run here.
        if is_left:
            asked.save(force_insert=True)
    return count


def _is_final(error: SMTPException) -> bool:
    """Whether the mail server will answer the same another time."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _text in error.recipients.values())
    return isinstance(error, SMTPResponseException) and error.smtp_code >= PERMANENT


def _send(account: User, server: Any, *, language: str) -> None:
    address = reverse(
        "password-new",
        args=[
            urlsafe_base64_encode(force_bytes(account.pk)),
            default_token_generator.make_token(account),
        ],
    )
    with translation.override(language):
        context = {
            "name": account.name,
            "username": account.username,
            # Where the installation says that it is, whatever address the request came by.
            "url": f"{settings.SITE_URL}{address}",
            "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
        }
        subject = " ".join(render_to_string("mail/password/subject.txt", context).split())
        body = render_to_string("mail/password/body.txt", context)
    EmailMessage(
        subject,
        body,
        to=[account.email],
        headers={"Auto-Submitted": "auto-generated"},
        connection=server,
    ).send()
