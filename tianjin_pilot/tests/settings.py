"""The product's settings as tests want them; a bare `pytest` needs nothing in the environment."""

import os

os.environ.setdefault("DEBUG", "1")
# pytest-playwright keeps an event loop running in the thread of the tests that drive a browser.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from tianjin_pilot.settings import *  # noqa: F403 - the environment has to be set before

# Hashing that is slow on purpose would be most of the time of a test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
