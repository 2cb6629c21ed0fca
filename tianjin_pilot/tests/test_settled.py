"""What a process of the web server has done before its first request."""

import subprocess
import sys

from django.conf import settings

SERVED = """
import gc, sys
import tianjin_pilot.wsgi
print("progress.pages.urls" in sys.modules, gc.get_freeze_count(), gc.isenabled())
"""
OBJECTS_AT_LEAST = 100_000


def test_a_process_loads_its_pages_and_leaves_them_out_of_looking_for_garbage() -> None:
    told = subprocess.run(
        [sys.executable, "-c", SERVED],
        cwd=settings.BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
    )
    loaded, frozen, still_looks = told.stdout.split()
    assert (loaded, still_looks) == ("True", "True")
    assert int(frozen) > OBJECTS_AT_LEAST
