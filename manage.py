#!/usr/bin/env python
"""Django's command line: python manage.py help."""

import gc
import os
import sys

# What starting makes stays; going through it for garbage all the while takes an eighth of it.
# Loading all addresses makes fewer objects than these, so that nothing is looked for meanwhile.
gc.set_threshold(400_000)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tianjin_pilot.settings")
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            "Django is not installed here. Run `make run` once, or activate the virtual "
            "environment: . .venv/bin/activate"
        ) from error
    try:
        # Reads the settings now: each command would show this sentence under a traceback.
        _ = settings.DEBUG
    except ImproperlyConfigured as error:
        raise SystemExit(f"The settings cannot be used: {error}") from error
    try:
        execute_from_command_line(sys.argv)
    finally:
        # It all goes with the process. Python would look through it once more and take it apart
        # piece by piece: a third of what `check` takes. What is to happen at the end (`atexit`,
        # writing out what is buffered) happens all the same.
        gc.freeze()


if __name__ == "__main__":
    main()
