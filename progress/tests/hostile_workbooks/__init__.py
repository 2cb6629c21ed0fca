"""Workbooks that are damaged, hostile or merely odd, made in code, each with the answer it gets.

Every upload of a workbook is given all of them: a refusal says `refused`, and what is harmless
reads as `values` say.
"""

import functools

from progress.tests.hostile_workbooks.kinds import KINDS
from progress.tests.hostile_workbooks.making import Hostile, workbook
from progress.tests.hostile_workbooks.markup import MARKUP
from progress.tests.hostile_workbooks.oddities import ODDITIES
from progress.tests.hostile_workbooks.zips import ZIPS

__all__ = ["HOSTILE", "Hostile", "made", "workbook"]

HOSTILE: dict[str, Hostile] = {**KINDS, **ZIPS, **MARKUP, **ODDITIES}


@functools.cache
def made(name: str) -> bytes:
    """The file of this name, made once: several pages are sent it."""
    return HOSTILE[name].make()
