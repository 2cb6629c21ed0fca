"""A filled form beside what the database says now: what would change, and what is to be asked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext as _

from agencies.changes import heir_of
from agencies.models import Agency, User
from progress.models import SheetUpload, UploadState
from progress.pasted_text import pasted_text_cleaned
from progress.workflow.sheets.merging import Outcome, outcome
from progress.workflow.sheets.standing import Place, Standing, place_gone, standings_of
from tasks.models import Measure, Task

FILE, STORED = "file", "stored"

# A place, and whether these cells are about measures that the list has no more.
_Group = tuple[Place, bool]


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """One cell: what it `was` when the form was downloaded, what the file `says`, what is `stored`.

    `name` tells it from the others, `cell` says where it is in the file (“Sheet!E17”); `measure` is
    None for what is said of the task as a whole, or where the list has dropped it.
    """

    name: str
    line: int
    field: str
    measure: Measure | None
    cell: str
    was: str
    says: str
    stored: str
    outcome: Outcome
    choice: str

    def sent_as(self, choice: str) -> str:
        """What the page sends back for this choice. It names the stored text that was seen, so that
        nobody has chosen against one that came later."""
        return f"{choice}.{hashlib.sha256(self.stored.encode()).hexdigest()[:16]}"

    @property
    def is_asked(self) -> bool:
        return self.outcome == Outcome.ASKED

    @property
    def is_taken(self) -> bool:
        """Whether what the file says would be written."""
        return self.outcome == Outcome.TAKEN or (self.is_asked and self.choice == FILE)


@dataclass(frozen=True, slots=True)
class ComparedPlace:
    """The cells of one report or contribution of which the file or the database says anything new.

    `standing` is None where the place is not this person's any more; `refused` says why nothing of
    it can be written, "" where it can.
    """

    task: Task
    agency: Agency | None
    standing: Standing | None
    refused: str
    cells: Sequence[ComparedCell]

    @property
    def new_in_file(self) -> list[ComparedCell]:
        return [one for one in self.cells if one.outcome in (Outcome.TAKEN, Outcome.ASKED)]

    @property
    def taken(self) -> list[ComparedCell]:
        return [] if self.refused else [one for one in self.cells if one.is_taken]


class Comparison:
    """All places of an upload, those with something new first to last in the order of the form."""

    def __init__(
        self,
        places: Sequence[ComparedPlace],
        *,
        dropped: Sequence[ComparedCell],
        agreeing: int,
        absent: int,
    ) -> None:
        self.places = places
        # What the file says anew of tasks that the list has no more.
        self.dropped = dropped
        # Cells of which neither side says anything new, and lines that the file has no more.
        self.agreeing, self.absent = agreeing, absent

    @cached_property
    def writable(self) -> list[ComparedPlace]:
        """Where the file has something to say that can be written."""
        return [one for one in self.places if not one.refused and one.new_in_file]

    @cached_property
    def refused(self) -> list[ComparedPlace]:
        """Where it has, and nothing can be written."""
        return [one for one in self.places if one.refused and one.new_in_file]

    @cached_property
    def staying(self) -> list[tuple[ComparedPlace, ComparedCell]]:
        """What only the database says anew."""
        return [
            (place, one)
            for place in self.places
            for one in place.cells
            if one.outcome == Outcome.STAYS
        ]

    @cached_property
    def asked(self) -> list[ComparedCell]:
        return [one for place in self.writable for one in place.cells if one.is_asked]

    @cached_property
    def seen(self) -> str:
        """A digest of all that a person decides upon: whoever confirms sends it back."""
        said: list[object] = [
            (
                place.task.pk,
                place.agency.pk if place.agency else 0,
                place.standing.version if place.standing else -1,
                bool(place.refused),
                [(one.name, one.says, one.stored, one.outcome.value) for one in place.cells],
            )
            for place in (*self.writable, *self.refused)
        ]
        said += [one.name for one in self.dropped]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def comparison_of(
    *, upload: SheetUpload, by: User, choices: Mapping[str, str] | None = None
) -> Comparison:
    """The upload beside what stands now for this person; `choices` as `ComparedCell.sent_as` by the
    cell's name. A constant number of queries."""
    choices = choices or {}
    form = upload.form
    standings = standings_of(user=by, period=form.period)
    last = last_said(upload)
    cells: dict[_Group, list[ComparedCell]] = {}
    agreeing = 0
    heirs = _heirs({line["agency"] for line in form.lines if line["agency"]})
    absent = set(upload.absent)
    for index, line in enumerate(form.lines):
        place = Place(line["task"], heirs.get(line["agency"], line["agency"]))
        standing = standings.get(place)
        now = standing.values(line["measure"]) if standing else {}
        measure = _measure(standing, line["measure"])
        is_gone = standing is not None and line["measure"] is not None and measure is None
        of_place = cells.setdefault((place, is_gone), [])
        if index in absent:
            continue
        for field, original in line["said"].items():
            says, cell = upload.said.get(str(index), {}).get(field, (original, ""))
            # What is not there any more has not changed; what a lead gave to others is empty here.
            nothing = original if standing is None or is_gone else ""
            stored = pasted_text_cleaned(now.get(field, nothing))
            before = last.get((index, field), original)
            result = outcome(original=original, last=before, says=says, stored=stored)
            if result == Outcome.AGREES or (result == Outcome.STAYS and stored == before):
                agreeing += 1
                continue
            compared = ComparedCell(
                f"{index}.{field}", index, field, measure, cell, original, says, stored, result, ""
            )
            of_place.append(_chosen(compared, choices.get(compared.name, "")))
    places, dropped = _places(cells, standings)
    return Comparison(places, dropped=dropped, agreeing=agreeing, absent=len(absent))


def _chosen(cell: ComparedCell, sent: str) -> ComparedCell:
    choice = next(
        (one for one in (FILE, STORED) if cell.is_asked and sent == cell.sent_as(one)), ""
    )
    return replace(cell, choice=choice)


def last_said(upload: SheetUpload) -> dict[tuple[int, str], str]:
    """What this person's copy of the form said when it was last confirmed, by line and field: of
    what differs from the form alone."""
    said: dict[tuple[int, str], str] = {}
    earlier = SheetUpload.objects.filter(
        form=upload.form_id, by=upload.by_id, state=UploadState.CONFIRMED
    ).order_by("settled_at", "pk")
    for lines, absent, aside in earlier.values_list("said", "absent", "aside"):
        silent = {*absent, *aside}
        said = {key: value for key, value in said.items() if key[0] in silent}
        said |= {
            (int(index), field): value
            for index, fields in lines.items()
            if int(index) not in silent
            for field, (value, _cell) in fields.items()
        }
    return said


def _heirs(agency_ids: set[int]) -> dict[int, int]:
    """By the id of an agency that has ended the id of the one that has its part today."""
    ended = Agency.objects.filter(pk__in=agency_ids).exclude(successor=None)
    return {one.pk: heir_of(one).pk for one in ended.select_related("successor")}


def _measure(standing: Standing | None, measure_id: int | None) -> Measure | None:
    if standing is None:
        return None
    return next((one for one in standing.task.measures.all() if one.pk == measure_id), None)


def _places(
    cells: Mapping[_Group, list[ComparedCell]], standings: Mapping[Place, Standing]
) -> tuple[list[ComparedPlace], list[ComparedCell]]:
    found = {group: of_place for group, of_place in cells.items() if of_place}
    gone = [place for place, _is_gone in found if place not in standings]
    tasks = Task.objects.in_bulk({place.task_id for place in gone})
    agencies = Agency.objects.in_bulk({place.agency_id for place in gone if place.agency_id})
    places, dropped = [], []
    for (place, is_gone), of_place in found.items():
        standing = standings.get(place)
        if standing is not None:
            refused = _("The list has this measure no more.") if is_gone else standing.refused
            places.append(
                ComparedPlace(standing.task, standing.agency, standing, refused, of_place)
            )
        elif place.task_id in tasks:
            agency = agencies.get(place.agency_id or 0)
            refused = place_gone(place.agency_id)
            places.append(ComparedPlace(tasks[place.task_id], agency, None, refused, of_place))
        else:
            dropped += [one for one in of_place if one.outcome in (Outcome.TAKEN, Outcome.ASKED)]
    return places, dropped
