"""Where Django's sessions are kept (SESSION_ENGINE): a row each, which knows whose it is.

A session is over at a fixed moment after signing in, whatever is done in it, and earlier where
nobody was there for a while. One that is over, or was ended, opens nothing: its row is asked on
every request, and there is nothing else of it.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies.models import Session, User

# By which name a session's own data hold from where it was begun.
FROM = "from"
# By which name they hold that it was begun by the city's sign-on, without a password of ours.
CAME_BY = "came_by_city"
# To the second it would cost a write for each request.
SEEN_RECORDED_EVERY = dt.timedelta(minutes=1)


class SessionStore(SessionBase):
    """A session by the key in a browser's cookie."""

    _row: Session | None = None

    @property
    def digest(self) -> str:
        """By which the row is found; "" without a key."""
        return Session.digest_of(self.session_key) if self.session_key else ""

    def load(self) -> dict[str, Any]:
        found = Session.objects.alive(now=timezone.now()).filter(digest=self.digest)
        self._row = found.select_related("user").first()
        if self._row is None:
            self._session_key = None
            return {}
        return dict(self.decode(self._row.data))

    @property
    def account(self) -> User | None:
        """Whose session it is, as read with it; None of nobody's, and of one that was just begun.

        What the session may open is not decided by it (`sessions.account`)."""
        self._get_session()  # type: ignore[attr-defined]  # so that its row is known
        row = self._row
        return row.user if row is not None and Session.user.is_cached(row) else None

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(digest=Session.digest_of(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def cycle_key(self) -> None:
        """Go on under another key. Whose session it is stays signed in since when they were, and
        for no longer: else a new password now and then would make it last for ever."""
        self._get_session()  # type: ignore[attr-defined]  # so that its row is known
        was = self._row
        super().cycle_key()
        if was is not None and was.user_id is not None:
            Session.objects.filter(digest=self.digest).update(
                began_at=was.began_at, ends_at=was.ends_at
            )

    def save(self, must_create: bool = False) -> None:
        """Store what is in it. Raises UpdateError where it was ended meanwhile: it stays so."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        place = data.get(FROM) or {}
        values = {
            "data": self.encode(data),
            "user_id": data.get(SESSION_KEY),
            "address": place.get("address"),
            "browser": place.get("browser", ""),
        }
        if not must_create:
            if not Session.objects.filter(digest=self.digest).update(**values):
                raise UpdateError
            return
        now = timezone.now()
        lasts = dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
        try:
            with transaction.atomic():
                self._row = Session.objects.create(
                    digest=self.digest, began_at=now, seen_at=now, ends_at=now + lasts, **values
                )
        except IntegrityError as error:
            raise CreateError from error

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            Session.objects.filter(digest=Session.digest_of(key)).delete()

    def seen(self, *, now: dt.datetime, every: dt.timedelta = SEEN_RECORDED_EVERY) -> None:
        """Note that the person is there, unless that was noted a moment ago."""
        row = self._row
        if row is not None and now - row.seen_at >= every:
            Session.objects.filter(pk=row.pk).update(seen_at=now)
            row.seen_at = now

    def left(self, *, now: dt.datetime) -> tuple[dt.timedelta, bool]:
        """How long the session still has if nobody does anything in it, and whether it lasts longer
        if somebody does."""
        row = self._row
        if row is None:
            return dt.timedelta(0), False
        idle = row.seen_at + settings.SESSION_IDLE
        if settings.SESSION_IDLE and idle < row.ends_at:
            return idle - now, True
        return row.ends_at - now, False

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.exclude(pk__in=Session.objects.alive(now=timezone.now())).delete()
