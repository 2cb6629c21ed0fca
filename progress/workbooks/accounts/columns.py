"""The columns of the sheet, and what stands hidden in each row: the account as it went out.

Signed, so that a row may be sorted or moved anywhere, and none can be made up.
"""

from collections.abc import Mapping

from django.core.signing import BadSignature, Signer
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from agencies.accounts_together import AccountSaid, account_now
from agencies.models import User

# By field, in the order of the sheet.
HEADINGS: Mapping[str, Promise] = {
    "username": gettext_lazy("User name"),
    "name": gettext_lazy("Name of the person"),
    "role": gettext_lazy("Role"),
    "agency": gettext_lazy("Agency"),
    "email": gettext_lazy("E-mail address"),
    "is_active": gettext_lazy("State"),
}
OPEN: Promise = pgettext_lazy("account", "In use")
CLOSED: Promise = pgettext_lazy("account", "Closed")
KEY_HEADING = "#"
_SIGNER = Signer(salt="progress.workbooks.accounts")


def key_of(account: User) -> str:
    return _SIGNER.sign_object(list(packed(account_now(account))))


def key_read(text: str) -> AccountSaid | None:
    """The account as it went out; None for what this installation has not written."""
    try:
        return AccountSaid(*_SIGNER.unsign_object(text))
    except (BadSignature, ValueError):
        return None


def packed(said: AccountSaid) -> tuple[str | int | bool | None, ...]:
    """The fields in their order, for a document."""
    return (said.username, said.name, said.role, said.agency_id, said.email, said.is_active)
