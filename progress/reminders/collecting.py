"""Python's collector of garbage, while many thousands of rows are made that all stay."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """Nothing in the block is looked through for cycles.

    The collector comes by the more often the more is made, and goes through all of it each time: of
    what is owed on a large list that is a quarter of the work, and finds nothing, since rows do not
    point at one another. What has cycles waits until the block ends; all else is freed as ever.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
