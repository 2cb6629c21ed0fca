"""A person's authenticator app, as tests hold it: another program would show the same digits."""

import base64
import datetime as dt

from django_otp.oath import TOTP

from agencies.factors.keeping import factor_set_up
from agencies.factors.secrets import secret_new
from agencies.models import User


class App:
    """An app that has taken up a secret."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def code(self, at: dt.datetime) -> str:
        """What it shows at that moment."""
        totp = TOTP(base64.b32decode(self.secret))
        totp.time = at.timestamp()
        return f"{totp.token():06}"


def app_of(user: User, *, at: dt.datetime) -> tuple[App, list[str]]:
    """The app that the person has set up at that moment, and their recovery codes."""
    app = App(secret_new())
    codes = factor_set_up(user=user, secret=app.secret, code=app.code(at), now=at)
    return app, codes
