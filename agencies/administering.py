"""Who keeps accounts and agencies: the one place that says it of a person."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from agencies.models import User


def administers(user: User) -> bool:
    """Whether this is an administrator, and the account still open."""
    return user.is_active and user.is_administrator


def administrator_check(user: User) -> None:
    """Raise PermissionDenied for anybody but an administrator."""
    if not administers(user):
        raise PermissionDenied(_("Only administrators keep accounts and agencies."))
