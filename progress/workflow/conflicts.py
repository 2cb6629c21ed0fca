"""What stands in the way of a move that the person is allowed to make: HTTP 409, never 403."""

from progress.models import Contribution, Matter, Report


class Conflict(Exception):  # noqa: N818 - the field's word for a 409; an "Error" it is not
    """The thing is in a state in which this cannot be done. The message says what to do instead."""


class StaleVersion(Conflict):
    """Somebody else saved in between. `report` is what is stored now; nothing was written."""

    def __init__(self, message: str, *, report: Report) -> None:
        super().__init__(message)
        self.report = report


class StaleContribution(Conflict):
    """The same of a contribution."""

    def __init__(self, message: str, *, contribution: Contribution) -> None:
        super().__init__(message)
        self.contribution = contribution


class StaleMatter(Conflict):
    """The same of a matter to coordinate."""

    def __init__(self, message: str, *, matter: Matter) -> None:
        super().__init__(message)
        self.matter = matter
