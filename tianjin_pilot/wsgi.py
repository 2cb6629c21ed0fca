"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from tianjin_pilot.settled import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tianjin_pilot.settings")
# Whoever waits for a page has gone by then.
os.environ.setdefault("STATEMENT_SECONDS", "30")

application = get_wsgi_application()
settle()
