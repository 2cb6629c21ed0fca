"""The closing pack: what stays of a closed period as documents, and who is given them.

A period is closed and corrected through here, so that it never lacks its edition
(`progress.workflow` writes the rows, and knows nothing of workbooks).
"""

from progress.closings.editions import (
    NotStored,
    edition_workbook,
    editions_keep_absent,
    erratum_create_with_edition,
    period_close_with_edition,
)
from progress.closings.manifest import content_type_of, part_name, parts_of, sha256_of
from progress.closings.reading import (
    EditionDamaged,
    PartRead,
    edition_part,
    part_response,
    stored_workbook,
)
from progress.closings.release import made_with, release
from progress.closings.verifying import Verified, cells_differing, editions_verify

__all__ = [
    "EditionDamaged",
    "NotStored",
    "PartRead",
    "Verified",
    "cells_differing",
    "content_type_of",
    "edition_part",
    "edition_workbook",
    "editions_keep_absent",
    "editions_verify",
    "erratum_create_with_edition",
    "made_with",
    "part_name",
    "part_response",
    "parts_of",
    "period_close_with_edition",
    "release",
    "sha256_of",
    "stored_workbook",
]
