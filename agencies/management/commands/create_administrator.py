"""Make the first administrator of a new installation; everybody else gets an account from them."""

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from agencies.accounts import administrator_create

PASSWORD_VARIABLE = "ADMINISTRATOR_PASSWORD"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    help = (
        "Make an administrator's account. The password is asked for twice, or read from the "
        f"environment variable {PASSWORD_VARIABLE}; it is never an argument, which other users "
        "of the machine could read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the name to sign in with")
        parser.add_argument("--name", required=True, help="the person's full name")
        parser.add_argument("--email", default="", help="the person's e-mail address")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            account = administrator_create(
                username=options["username"],
                name=options["name"],
                email=options["email"],
                password=password_given(),
                now=timezone.now(),
            )
        except ValidationError as error:
            raise CommandError(
                "No account was made. "
                + " ".join(
                    f"{field}: {' '.join(messages)}"
                    for field, messages in error.message_dict.items()
                )
            ) from error
        self.stdout.write(self.style.SUCCESS(f"Administrator {account.username} can sign in now."))


def password_given() -> str:
    """The password from the environment, else typed twice. Raises CommandError without either."""
    password = os.environ.get(PASSWORD_VARIABLE)
    if password:
        return password
    if not sys.stdin.isatty():
        raise CommandError(
            f"There is no terminal to ask for the password on; set {PASSWORD_VARIABLE} instead."
        )
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Password (again): "):
        raise CommandError("The two passwords differ. No account was made.")
    return password
