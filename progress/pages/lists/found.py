"""Where else the words stand that a list was searched for: in texts that its rows do not show."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from progress.filters.words import AGENCY_NAMES, REPORT_TEXTS, Readable, holding
from progress.hits import Snippet, held, snippet_of
from progress.models import ErratumField, MeasureContribution, MeasureProgress
from progress.pages.reading import address_of
from progress.rollups import TaskRow
from tasks.models import Measure, Responsibility

# Of each kind of text the latest so many of a task are looked at, and so many places shown.
LATEST = 3
MOST_PLACES = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A text in which words were found, and what it is: few of those that are found are shown, so
    that what is shown of one is made only then.

    `words` are those of the words that stand in it; `measure` is the id of the measure that it is
    about, None where it is about the whole task; `is_list` whether it is the list's own text.
    """

    text: str
    words: frozenset[str]
    label_pattern: str
    label_values: Mapping[str, object]
    page: str
    page_arguments: Sequence[int | str]
    measure: int | None
    is_list: bool

    @property
    def label(self) -> str:
        return self.label_pattern % self.label_values

    @property
    def address(self) -> str:
        """Where it is read."""
        return address_of(self.page, *self.page_arguments)

    @property
    def snippet(self) -> Snippet | None:
        """The part of it around the words."""
        return snippet_of(self.text, tuple(self.words))


def places_found(
    rows: Iterable[TaskRow], words: Sequence[str], readable: Readable
) -> Mapping[int, Sequence[Place]]:
    """By the task's id the texts outside of its title that hold one of the words, the list's first.

    Six statements, however many rows and reports there are; none where no word is searched for.
    """
    numbers = {row.id: row.number for row in rows}
    if not words or not numbers:
        return {}
    found: dict[int, list[Place]] = defaultdict(list)
    for task_id, place in (
        *_in_measures(numbers, words),
        *_in_agencies(numbers, words),
        *_in_reports(numbers, words, readable),
        *_in_contributions(numbers, words, readable),
    ):
        found[task_id].append(place)
    return found


def places_shown(places: Iterable[Place], shown_text: str, words: Sequence[str]) -> list[Place]:
    """Those of the places that say the most beside the text that a row shows anyway.

    First what has a word that was not to be seen yet, then others up to `MOST_PLACES`.
    """
    left = list(places)
    seen = set(held(shown_text, words))
    shown: list[Place] = []
    while left:
        best = max(left, key=lambda place: len(place.words - seen))
        if not best.words - seen and len(shown) >= MOST_PLACES:
            break
        shown.append(best)
        left.remove(best)
        seen |= best.words
    return shown


def _any_of(words: Sequence[str], *fields: str) -> Q:
    condition = Q()
    for word in words:
        condition |= holding(word, *fields)
    return condition


def _place(
    text: str,
    words: Sequence[str],
    label: tuple[str, Mapping[str, object]],
    address: tuple[str, Sequence[int | str]],
    *,
    measure: int | None = None,
    is_list: bool = False,
) -> Iterator[Place]:
    """The place, or nothing where the text holds none of the words after all."""
    if found := held(text, words):
        yield Place(text, found, *label, *address, measure, is_list)


def _in_measures(numbers: Mapping[int, int], words: Sequence[str]) -> Iterator[tuple[int, Place]]:
    measures = Measure.objects.filter(_any_of(words, "text"), task__in=numbers)
    says = _("Measure %(ordinal)d")
    for pk, task_id, ordinal, text in measures.order_by("task", "ordinal").values_list(
        "pk", "task_id", "ordinal", "text"
    ):
        label = (says, {"ordinal": ordinal})
        address = ("task", [numbers[task_id]])
        for place in _place(text, words, label, address, measure=pk, is_list=True):
            yield task_id, place


def _in_agencies(numbers: Mapping[int, int], words: Sequence[str]) -> Iterator[tuple[int, Place]]:
    """The name that holds a word: the canonical one, another spelling, or as the list writes it."""
    parts = Responsibility.objects.filter(_any_of(words, *AGENCY_NAMES), task__in=numbers)
    told = set()
    label: tuple[str, Mapping[str, object]] = (_("Agency"), {})
    for task_id, agency_id, *names in parts.order_by("task", "position", "pk").values_list(
        "task_id", "agency_id", *("agency__name", "written_name", "agency__aliases__name")
    ):
        for name in names:
            if name and (task_id, agency_id) not in told:
                for place in _place(name, words, label, ("agency", [agency_id]), is_list=True):
                    told.add((task_id, agency_id))
                    yield task_id, place


def _latest(rows: QuerySet[Any], path: str) -> QuerySet[Any]:
    """Of each task the rows of the latest periods; `path` leads to their report or contribution."""
    latest: QuerySet[Any] = rows.annotate(
        place=Window(
            RowNumber(),
            partition_by=F(f"{path}task"),
            order_by=[F(f"{path}period__ends_on").desc(), F("pk").asc()],
        )
    ).filter(place__lte=LATEST)
    return latest


def _in_reports(
    numbers: Mapping[int, int], words: Sequence[str], readable: Readable
) -> Iterator[tuple[int, Place]]:
    reports = readable.reports.filter(task__in=numbers)
    said = _of(MeasureProgress, words).filter(report__in=reports.values("pk"))
    says = _("Report %(period)s, measure %(ordinal)d")
    for task_id, code, measure, ordinal, text in _latest(said, "report__").values_list(
        "report__task", "report__period__code", "measure", "measure__ordinal", "text"
    ):
        label = (says, {"period": code, "ordinal": ordinal})
        address = ("report", [numbers[task_id], code])
        for place in _place(text, words, label, address, measure=measure):
            yield task_id, place
    with_words = _latest(reports.filter(_any_of(words, *REPORT_TEXTS)), "")
    names = [str(ErratumField(one).label) for one in REPORT_TEXTS]
    says = _("Report %(period)s, %(part)s")
    for task_id, code, *texts in with_words.values_list("task", "period__code", *REPORT_TEXTS):
        address = ("report", [numbers[task_id], code])
        for name, text in zip(names, texts, strict=True):
            for place in _place(text, words, (says, {"period": code, "part": name}), address):
                yield task_id, place


def _in_contributions(
    numbers: Mapping[int, int], words: Sequence[str], readable: Readable
) -> Iterator[tuple[int, Place]]:
    contributions = readable.contributions.filter(task__in=numbers)
    said = _of(MeasureContribution, words).filter(contribution__in=contributions.values("pk"))
    texts = [
        *_latest(said, "contribution__").values_list(
            "contribution__task",
            "contribution__period__code",
            "contribution__agency",
            "contribution__agency__short_name",
            "text",
            "measure",
        ),
        *(
            (*row, None)
            for row in _latest(contributions.filter(_any_of(words, "remarks")), "").values_list(
                "task", "period__code", "agency", "agency__short_name", "remarks"
            )
        ),
    ]
    says = _("Contribution of %(agency)s, %(period)s")
    for task_id, code, agency_id, agency, text, measure in texts:
        label = (says, {"agency": agency, "period": code})
        address = ("contribution", [numbers[task_id], code, agency_id])
        for place in _place(text, words, label, address, measure=measure):
            yield task_id, place


def _of(
    model: type[MeasureProgress] | type[MeasureContribution], words: Sequence[str]
) -> QuerySet[Model]:
    rows: QuerySet[Model] = model._default_manager.filter(_any_of(words, "text"))
    return rows
