"""Who answered for a task, and for which of its measures, where that was changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from progress.timeline.entries import Compare, Entry, Wording, said_of
from progress.timeline.sources import Source
from tasks.duties import DIVIDED
from tasks.models import Division, ResponsibilityChange, ResponsibilityRole


class Responsibilities(Source[ResponsibilityChange]):
    """Changes of a task's agencies, each beside what held until then."""

    rank = 8

    def visible(self) -> QuerySet[ResponsibilityChange]:
        return (
            ResponsibilityChange.objects.visible_to(self.user)
            .filter(task=self.task)
            .select_related("by__agency")
        )

    def entries(self, rows: Sequence[ResponsibilityChange], compare: Compare) -> list[Entry]:
        return [
            Entry(
                self.cursor(row),
                _("Measures were divided")
                if "duties" in row.after
                else _("The agencies were changed"),
                by=row.by,
                reason=_reason(row),
                said=said_of(_wordings(row.after, row.before), _wordings(row.before), compare),
                compared_with=_("Compared with what held until then."),
            )
            for row in rows
        ]


def _reason(row: ResponsibilityChange) -> str:
    # Where nobody gave one, history says so in the reader's language.
    reason = _(DIVIDED) if row.reason == DIVIDED else row.reason
    if not row.document:
        return reason
    return _("%(reason)s (%(document)s)") % {"reason": reason, "document": row.document}


def _wordings(
    content: Mapping[str, Any], other: Mapping[str, Any] | None = None
) -> dict[str, Wording]:
    if "duties" in content or "duties" in (other or {}):
        duties = content.get("duties", {})
        names = dict.fromkeys([*duties, *(other or {}).get("duties", {})])
        return {
            name: Wording(
                name,
                "、".join(map(str, duties[name])) if name in duties else _("all measures"),
            )
            for name in names
        }
    agencies = content["agencies"]
    leads = [one["agency"] for one in agencies if one["role"] == ResponsibilityRole.LEAD]
    cos = [one["agency"] for one in agencies if one["role"] != ResponsibilityRole.LEAD]
    return {
        "leads": Wording(_("Lead"), "、".join(leads)),
        "cos": Wording(_("Co-responsible"), "、".join(cos)),
        "division": Wording(_("Division of labour"), str(Division(content["division"]).label)),
    }
