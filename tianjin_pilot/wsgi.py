"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tianjin_pilot.settings")
# Whoever waits for a page has gone by then.
os.environ.setdefault("STATEMENT_SECONDS", "30")

application = get_wsgi_application()
# With all pages and endpoints, which the first person to come would wait for.
get_resolver().url_patterns  # noqa: B018 - read once, it is kept
