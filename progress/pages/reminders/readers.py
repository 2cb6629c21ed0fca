"""Who reads these pages."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from agencies.models import User
from agencies.pages import reader_of


def coordinator_of(request: HttpRequest) -> User:
    """The person signed in; raises PermissionDenied for everybody but coordinators."""
    user = reader_of(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only coordinators see who was reminded of what."))
    return user
