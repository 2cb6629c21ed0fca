"""The account of whoever is signed in, read together with the session: a statement less of each
page.

Who a session lets in is for Django to say, and stays so: it asks the backend for the account of the
id that the session holds, whether it may sign in, and whether the session was begun with the
password that it has now. The backend alone answers from what was read beside the session.
"""

from contextvars import ContextVar

from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from agencies.models import User
from agencies.sessions.store import SessionStore

# Set only while Django finds out who asks, since it hands the backend an id alone.
_READ: ContextVar[User | None] = ContextVar("account_read_with_the_session", default=None)


class AccountMiddleware(AuthenticationMiddleware):
    """Django's own, whose `request.user` is found without a statement of its own."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(  # type: ignore[assignment]  # as Django does
            lambda: _user_of(request)
        )


def account_read(pk: int) -> User | None:
    """The account of this id where it was read with the session that is being looked at."""
    account = _READ.get()
    return account if account is not None and account.pk == pk else None


def _user_of(request: HttpRequest) -> User | AnonymousUser:
    assert isinstance(request.session, SessionStore)
    token = _READ.set(request.session.account)
    try:
        user: User | AnonymousUser = get_user(request)
    finally:
        _READ.reset(token)
    return user
