"""Celery's app for a beat that orders the day's reminders every other second, so that no test waits
for the product's ten minutes. Which day is said by the environment, REMINDED_DAY."""

import datetime as dt
import os

from tianjin_pilot.celery import app

app.conf.beat_schedule = {
    "Send reminders": {
        "task": "progress.jobs.send_reminders",
        "schedule": dt.timedelta(seconds=2),
        "kwargs": {"date": os.environ["REMINDED_DAY"]},
        "options": {"expires": 600},
    }
}
