"""Whom a name and a password let in."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from agencies.models import User
from agencies.sessions.account import account_read


class AccountBackend(ModelBackend):
    """Everybody's password, or administrators' alone where everybody else comes by the city's
    sign-on: the answer to others is that to a wrong one, and takes as long."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        user = super().authenticate(request, username, password, **kwargs)
        return user if isinstance(user, User) and user.signs_in_by_password else None

    def get_user(self, user_id: int) -> User | None:
        """The account of a session, by the same rule as ever; without a statement where it was read
        with the session."""
        account = account_read(user_id)
        if account is None:
            return super().get_user(user_id)
        return account if self.user_can_authenticate(account) else None
