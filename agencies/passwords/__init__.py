"""Passwords: what they must be, when they have to be changed, and links to set a new one.

rules -> keeping -> links: validators of the settings; the writers; links sent by mail. Asking for
the password that somebody has: asking.
"""

from agencies.passwords.keeping import (
    days_until_due,
    own_password_set,
    password_is_due,
    password_remember,
    password_stands_in_the_way,
    password_take,
)

__all__ = [
    "days_until_due",
    "own_password_set",
    "password_is_due",
    "password_remember",
    "password_stands_in_the_way",
    "password_take",
]
