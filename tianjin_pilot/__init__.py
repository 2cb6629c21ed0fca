"""Wiring only: settings, addresses, API routes, Celery."""

from tianjin_pilot.celery import app as celery_app

__all__ = ["celery_app"]
