"""The product's settings as tests want them; a bare `pytest` needs nothing in the environment."""

import datetime as dt
import os

os.environ.setdefault("DEBUG", "1")
# pytest-playwright keeps an event loop running in the thread of the tests that drive a browser.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from tianjin_pilot.settings import *  # noqa: F403 - the environment has to be set before

# Tests ask for more in a minute than a person; those of the limits set them.
PAGE_LIMITS = {"page": 0, "sign-in": 0}

# Hashing that is slow on purpose would be most of the time of a test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A static file is looked for when it is asked for, as in `make run`. Reading all of them took a
# third of a request, since every client of a test starts the middleware anew.
WHITENOISE_AUTOREFRESH = True

# Tests leap over days with somebody signed in; those of sessions set what they ask.
SESSION_IDLE = dt.timedelta()
SESSION_COOKIE_AGE = 400 * 24 * 60 * 60

# Emptied before each test, which would take a broker's queues with it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# In front of all others, so that no write of a request passes it by.
MIDDLEWARE = ["tianjin_pilot.tests.traces.WatchedMiddleware", *MIDDLEWARE]  # noqa: F405
