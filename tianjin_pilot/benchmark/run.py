"""All of it: the databases are laid out, each thing is measured, nothing is left."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

from django.utils import timezone, translation

from tianjin_pilot.benchmark.budgets import Measured
from tianjin_pilot.benchmark.documents import form_measured, workbook_measured
from tianjin_pilot.benchmark.figures import rollup_measured
from tianjin_pilot.benchmark.filling import list_and_people, months_lay_out
from tianjin_pilot.benchmark.memory import memory_measured
from tianjin_pilot.benchmark.pages import (
    CITY,
    FULL,
    ONE_MONTH,
    months_measured,
    pages_measured,
    size_measured,
)
from tianjin_pilot.benchmark.places import Place, own_place
from tianjin_pilot.benchmark.printed import machine
from tianjin_pilot.benchmark.scales import SCALES, Scale
from tianjin_pilot.benchmark.starting import check_measured, cold_measured, start_measured
from tianjin_pilot.benchmark.work import (
    EMPTY,
    approval_measured,
    import_measured,
    reminders_measured,
    search_measured,
)
from tianjin_pilot.settled import settle

MEASURES: Sequence[Callable[[Place, Scale], Iterator[Measured]]] = (
    pages_measured,
    months_measured,
    size_measured,
    rollup_measured,
    approval_measured,
    workbook_measured,
    memory_measured,
    form_measured,
    reminders_measured,
    search_measured,
    import_measured,
    check_measured,
    start_measured,
    cold_measured,
)


def benchmark_run(
    scale: Scale,
    *,
    tell: Callable[[str], object],
    taken_on: Callable[[Mapping[str, str]], object],
) -> Generator[Measured, None, None]:
    """Every measured line in the order of the budgets; `tell` hears what is being done meanwhile,
    and `taken_on`, once, of the machine.

    The databases are gone once the last line is taken, or the iterator is closed.
    """
    tell("tables")
    with own_place() as place, translation.override("zh-hans"):
        with place.within(EMPTY):
            taken_on(machine())
        settle()
        _lay_out(place, scale, tell=tell)
        for measure in MEASURES:
            tell(measure.__name__.removesuffix("_measured"))
            yield from measure(place, scale)


def _lay_out(place: Place, scale: Scale, *, tell: Callable[[str], object]) -> None:
    now = timezone.now()
    places = [(ONE_MONTH, scale, 1), (FULL, scale, scale.months)]
    if scale.copies > 1:
        city = SCALES["S"]
        # Not for longer than what stands beside it.
        places.append((CITY, city, min(city.months, scale.months)))
    lists: dict[int, str] = {}
    for name, one, _shown in places:
        place.database_create(name, copied_from=lists.get(one.copies, EMPTY))
        if one.copies not in lists:
            lists[one.copies] = name
            tell(f"the list, {one.copies} times")
            with place.within(name):
                list_and_people(copies=one.copies, now=now)
    for name, one, shown in places:
        with place.within(name):
            tell(f"months: {shown}")
            months_lay_out(months=one.months, shown=shown, closed_each=one.closed_each, now=now)
