"""Files that were attached, replaced and taken out, as entries of a timeline."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from progress.models import Evidence, kept_with
from progress.timeline.entries import Compare, Entry
from progress.timeline.names import NamesThen
from progress.timeline.sources import Source


class Attached(Source[Evidence]):
    """Evidence that was attached, or came as a later version of what was."""

    rank = 10
    moment = "added_at"

    def visible(self) -> QuerySet[Evidence]:
        return (
            Evidence.objects.visible_to(self.user)
            .of_task(self.task)
            .select_related(
                "added_by__agency",
                "removed_by__agency",
                "measure",
                "replaces",
                "report__period",
                "contribution__agency",
                "contribution__period",
            )
            .defer(*kept_with("report__period"), *kept_with("contribution__period"))
        )

    def entries(self, rows: Sequence[Evidence], compare: Compare) -> list[Entry]:
        return [
            Entry(
                self.cursor(row),
                _("Evidence replaced: “%(old)s” by “%(name)s”")
                % {"old": row.replaces.name, "name": row.name}
                if row.replaces
                else _("Evidence attached: “%(name)s”") % {"name": row.name},
                by=row.added_by,
                code=_code_of(row),
                reason=_about(row, self.names),
            )
            for row in rows
        ]


class Removed(Attached):
    """Evidence that was taken out and has no later version."""

    rank = 11
    moment = "removed_at"

    def visible(self) -> QuerySet[Evidence]:
        return super().visible().exclude(removed_at=None).filter(replaced_by=None)

    def entries(self, rows: Sequence[Evidence], compare: Compare) -> list[Entry]:
        return [
            Entry(
                self.cursor(row),
                _("Evidence removed: “%(name)s”") % {"name": row.name},
                by=row.removed_by,
                code=_code_of(row),
                reason=_about(row, self.names),
            )
            for row in rows
        ]


def _code_of(row: Evidence) -> str:
    owner = row.report or row.contribution
    assert owner is not None
    return owner.period.code


def _about(row: Evidence, names: NamesThen) -> str:
    """What it shows, and to whose contribution it belongs."""
    shows = (
        _("Measure %(ordinal)d") % {"ordinal": row.measure.ordinal}
        if row.measure
        else _("The task as a whole")
    )
    if row.contribution is None:
        return shows
    return _("%(shows)s; contribution of %(agency)s") % {
        "shows": shows,
        "agency": names.of_contribution(row.contribution, row.added_at),
    }
