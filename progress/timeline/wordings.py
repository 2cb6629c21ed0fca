"""What reports and contributions said, text by text, and the same beside what was said before."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from progress.filters.words import REPORT_TEXTS
from progress.models import ErratumField
from progress.states import Move
from progress.timeline.entries import Wording

Content = Mapping[str, Any]
Wordings = Mapping[str, Wording]


class Labels:
    """The names of texts, each translated once for all entries that have it."""

    def __init__(self) -> None:
        self.measure = functools.cache(measure_label)
        self.text = functools.cache(lambda name: str(ErratumField(name).label))
        self.move = functools.cache(lambda name: str(Move(name).label))
        self.compared_with_approved = functools.cache(compared_with_approved)


def compared_with_approved(code: str) -> str:
    return _("Compared with the approved report of %(code)s.") % {"code": code}


def measure_label(ordinal: int) -> str:
    return _("Measure %(ordinal)d") % {"ordinal": ordinal}


def beside(
    wordings: Callable[[Content, str, Labels], Wordings],
    now: Content,
    before: Content | None,
    labels: Labels,
) -> tuple[Wordings, Wordings | None]:
    """What was said now and before, the same measure under the same key.

    A measure is known by its id, since a revised list may move it to another place; the first
    events have none, and a place stands for the measure that had it.
    """
    both = [now, before] if before is not None else [now]
    has_ids = all("measure" in one for content in both for one in content["measures"])
    key = "measure" if has_ids else "ordinal"
    earlier = wordings(before, key, labels) if before is not None else None
    return wordings(now, key, labels), earlier


def report_wordings(content: Content, key: str, labels: Labels) -> Wordings:
    wordings = {
        f"measure {one[key]}": Wording(labels.measure(one["ordinal"]), one["text"], one["status"])
        for one in content["measures"]
    }
    for name in REPORT_TEXTS:
        wordings[name] = Wording(labels.text(name), content.get(name, ""))
    return wordings


def contribution_wordings(content: Content, key: str, labels: Labels) -> Wordings:
    wordings = {
        f"measure {one[key]}": Wording(labels.measure(one["ordinal"]), one["text"])
        for one in content["measures"]
    }
    wordings["remarks"] = Wording(_("Problems and other remarks"), content.get("remarks", ""))
    return wordings
