"""What a progress report is called: its period, its edition, and what it is a part of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from agencies.models import Agency
from progress.filters import TaskFilter
from progress.models import EditionKind, ReportingPeriod
from tasks.models import Chapter, ResponsibilityRole

# What file systems and mail programs have no place for in a name.
_UNFIT = re.compile(r'[\x00-\x1f\\/:*?"<>|]+')
LONGEST_PART = 40
# They say as of when and for whom the list is read, and leave no task out.
NARROWING_NOTHING = ("period",)
IN_THE_NAME = ("chapter", "agency", "role")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a report was narrowed to: in a few words for the name of its file, and what it was that
    narrowed it, for the sheets. Both empty for the whole list.

    `chapter` (its number) or `agency` (its id) where that alone narrowed it.
    """

    name: str = ""
    filters: tuple[str, ...] = ()
    chapter: int | None = None
    agency: int | None = None

    @property
    def has_figures(self) -> bool:
        """Whether periods keep figures of such a part."""
        return self.chapter is not None or self.agency is not None


NOT_NARROWED = Narrowing()


def narrowing_of(
    narrowed: TaskFilter, *, language: str, chosen: Sequence[int] | None = None
) -> Narrowing:
    """What these filters, which have to be valid, and the `chosen` numbers of tasks leave.

    One chapter or one agency is named in the name of the file; other filters are in words on the
    sheets only.
    """
    with translation.override(language):
        form = narrowed.form
        used: dict[str, Any] = {
            name: value
            for name, value in form.cleaned_data.items()
            if value and name not in NARROWING_NOTHING
        }
        if "agency" not in used:
            used.pop("role", None)
        filters = [_in_words(form.fields[name], value) for name, value in used.items()]
        names = list(_names(used))
        if chosen is not None:
            named = ngettext("%(count)d task chosen", "%(count)d tasks chosen", len(chosen)) % {
                "count": len(chosen)
            }
            names.append(named)
            filters.append(named)
        elif set(used) - set(IN_THE_NAME):
            names.append(pgettext("file name", "filtered"))
        chapter: Chapter | None = used.get("chapter")
        agency: Agency | None = used.get("agency")
        only = next(iter(used)) if len(used) == 1 and chosen is None else None
        return Narrowing(
            name="_".join(names),
            filters=tuple(filters),
            chapter=chapter.number if chapter and only == "chapter" else None,
            agency=agency.pk if agency and only == "agency" else None,
        )


def _in_words(field: Any, value: Any) -> str:
    """A filter as people read it: its label, and its value or all of them."""
    # Of chapter and agency the value names itself: reading all of them would cost a statement.
    worded = {} if hasattr(field, "queryset") else dict(getattr(field, "choices", ()))
    values = value if isinstance(value, list) else [value]
    return _("%(label)s: %(value)s") % {
        "label": field.label,
        "value": "、".join(str(worded.get(one, one)) for one in values),
    }


def _names(used: dict[str, Any]) -> Iterator[str]:
    if "chapter" in used:
        yield pgettext("file name", "chapter %(number)d") % {"number": used["chapter"].number}
    if "agency" in used:
        agency = used["agency"].name
        named: dict[str, str] = {
            ResponsibilityRole.LEAD: pgettext("file name", "led by %(agency)s"),
            ResponsibilityRole.CO: pgettext("file name", "shared by %(agency)s"),
        }
        yield named.get(used.get("role", ""), "%(agency)s") % {"agency": agency}


def workbook_name(
    *,
    period: ReportingPeriod,
    language: str,
    edition: EditionKind = EditionKind.INTERNAL,
    narrowing: Narrowing = NOT_NARROWED,
    errata: int = 0,
) -> str:
    """The file's name, such as 进展情况表_2026-10_第13章_公开版.xlsx; with errata it says so."""
    with translation.override(language):
        corrected = _("Corrected%(number)d") % {"number": errata} if errata else ""
        narrowed = narrowing.name[:LONGEST_PART]
        parts = [_("Progress"), period.code, narrowed, str(edition.label), corrected]
        return "_".join(_UNFIT.sub("", part).strip() for part in parts if part) + ".xlsx"
