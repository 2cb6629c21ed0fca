"""What a password must be, beside what Django's own validators ask (AUTH_PASSWORD_VALIDATORS)."""

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.models import PasswordKept, User

# A part of a name that is shorter may be in any password by chance.
SHORTEST_NAME = {True: 3, False: 2}


class ClassesValidator:
    """Characters of so many classes: capital letters, small letters, digits, and all others."""

    def __init__(self, classes: int = 3) -> None:
        self.classes = classes

    def validate(self, password: str, user: User | None = None) -> None:
        if len(classes_of(password)) < self.classes:
            raise ValidationError(self.get_help_text(), code="password_too_uniform")

    def get_help_text(self) -> str:
        return _(
            "The password must have characters of at least %(count)d of four kinds: capital "
            "letters, small letters, digits, and other characters."
        ) % {"count": self.classes}


class NameValidator:
    """Neither the user name, nor the person's name, nor the address may be part of it."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None:
            return
        folded = password.casefold()
        names = (user.username, user.name, (user.email or "").partition("@")[0])
        for name in filter(None, map(str.casefold, names)):
            if len(name) >= SHORTEST_NAME[name.isascii()] and name in folded:
                raise ValidationError(self.get_help_text(), code="password_has_name")

    def get_help_text(self) -> str:
        return _("The password must not hold your name, user name or e-mail address.")


class NotAgainValidator:
    """None of the last passwords of the account, the one it has included."""

    def __init__(self, count: int = 5) -> None:
        self.count = count

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        kept = PasswordKept.objects.filter(user=user).values_list("password", flat=True)
        hashes = list(dict.fromkeys([user.password, *kept[: self.count]]))[: self.count]
        if any(check_password(password, one) for one in hashes):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        return ngettext(
            "The password must not be the one you have.",
            "The password must not be one of your last %(count)d.",
            self.count,
        ) % {"count": self.count}


def classes_of(password: str) -> set[str]:
    """Which of the four classes have a character in the password."""
    return {
        "capital"
        if "A" <= one <= "Z"
        else "small"
        if "a" <= one <= "z"
        else "digit"
        if one.isdecimal()
        else "other"
        for one in password
    }
