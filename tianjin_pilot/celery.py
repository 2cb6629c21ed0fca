"""Celery: finds the `jobs` module of each app. In this project "task" means one of the 131."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tianjin_pilot.settings")

app = Celery("tianjin_pilot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
