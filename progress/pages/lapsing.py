"""What a changed text takes back: the question to another lead of the task, and its answer."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from progress.models import Agreement, Report


def answers_to(report: Report | None) -> Sequence[Agreement] | None:
    """What the other leads have said to the text as it stands; None where nobody has been asked."""
    if report is None or report.agreement_asked_at is None:
        return None
    return list(report.agreements.select_related("agency"))


def lapsed_sentence(before: Sequence[Agreement] | None, saved: Report) -> str:
    """What saving has taken back of the answers `before`; "" where nothing stood or it still does.

    A text that is the same as before takes nothing back.
    """
    if before is None or saved.agreement_asked_at is not None:
        return ""
    agencies = "、".join(one.agency.name for one in before if one.agrees)
    if agencies:
        return _("The text has changed, so that the agreement of %(agencies)s is void.") % {
            "agencies": agencies
        }
    if before:
        return _("The text has changed, so that the other lead's objection is void.")
    return _("The text has changed, so that the question to the other lead is taken back.")
