"""Signing in as people do, through the page."""

from typing import Any

from django.test import Client

NEW_PASSWORD = "Staple-battery-horse"


def sign_in(client: Client, username: str, password: str, **more: Any) -> int:
    """The status of the answer: 302 signs in, 200 refuses."""
    typed = {"username": username, "password": password, **more}
    return client.post("/sign-in/", typed).status_code


def signs_in(username: str, password: str) -> bool:
    """Whether these two open a session in a browser of their own."""
    return sign_in(Client(), username, password) == 302


def is_signed_in(client: Client) -> bool:
    return client.get("/account/password/").status_code == 200
