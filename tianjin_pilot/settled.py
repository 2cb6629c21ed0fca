"""What stays as long as a process that answers requests: loaded before the first one."""

import gc

from django.urls import get_resolver

# A page makes thousands of objects that go with it, and looking through them each time there are
# 700 more, as Python does by itself, finds next to nothing.
OBJECTS_BETWEEN_COLLECTIONS = 50_000


def settle() -> None:
    """Load all pages and endpoints, which the first person to come would wait for, and leave what
    they consist of out of looking for garbage: going through it takes longer than many a page."""
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
