"""Whom a password lets in: everybody, or administrators alone where all others come by the city's
sign-on (User.signs_in_by_password). To others no page offers what would open nothing."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from agencies.models import User


def own_password_is_of_use(user: User) -> None:
    """Raise PermissionDenied for somebody whom no password lets in."""
    if not user.signs_in_by_password:
        raise PermissionDenied(_("You sign in by the city's sign-on alone; ask an administrator."))


def password_is_of_use(account: User) -> None:
    """Raise PermissionDenied where a password is to be given to such a person."""
    if not account.signs_in_by_password:
        raise PermissionDenied(
            _("Only administrators have a password here; bind the account to the city's sign-on.")
        )


def passwords_of_whom(_request: HttpRequest) -> dict[str, bool]:
    """For every page: whether passwords are administrators' alone."""
    return {"passwords_for_administrators_alone": settings.PASSWORDS_FOR_ADMINISTRATORS_ALONE}
