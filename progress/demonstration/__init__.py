"""What `make run` shows: accounts, months of reports and deadlines that are plainly made up.

Everything but the deadlines goes through `progress.workflow`, as people would do it, at moments
that lie before the given day. The same day gives the same data.
"""

from progress.demonstration.people import PASSWORD, sign_ins
from progress.demonstration.seeding import (
    DemonstrationRefusedError,
    SeedOutcome,
    demonstration_seed,
)

__all__ = [
    "PASSWORD",
    "DemonstrationRefusedError",
    "SeedOutcome",
    "demonstration_seed",
    "sign_ins",
]
