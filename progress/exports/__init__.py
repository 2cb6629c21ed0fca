"""Exports that take longer than somebody waits for: asked for, made by a job, kept for a while.

The only writer of `ExportJob`. A row goes waiting -> running -> done, failed or cancelled; a file
that was done is removed after some days. Who makes it has it for a short while and says again and
again that it still does: what a killed worker had is taken over by the next run.

keeping (the rows) <- reports, trail (what is asked for) <- making.
"""

from progress.exports.keeping import EXPORT_JOB, check_may, export_cancel
from progress.exports.making import (
    CLAIM,
    FILES_KEPT,
    MOST_ATTEMPTS,
    ROWS_KEPT,
    export_again,
    exports_make,
    exports_sweep,
)
from progress.exports.reports import export_is_large, export_request
from progress.exports.trail import (
    MOST_AT_ONCE,
    MOST_IN_A_WORKBOOK,
    TrailOptions,
    trail_export_request,
)

__all__ = [
    "CLAIM",
    "EXPORT_JOB",
    "FILES_KEPT",
    "MOST_ATTEMPTS",
    "MOST_AT_ONCE",
    "MOST_IN_A_WORKBOOK",
    "ROWS_KEPT",
    "TrailOptions",
    "check_may",
    "export_again",
    "export_cancel",
    "export_is_large",
    "export_request",
    "exports_make",
    "exports_sweep",
    "trail_export_request",
]
