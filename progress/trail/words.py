"""The audit trail in words: what was done to what, and what stood there before and since."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from agencies.audit import kind_of
from agencies.models import Agency, AgencyRobot, AuditEntry, User
from progress.models import (
    Completion,
    Contribution,
    Extension,
    Matter,
    Report,
    ReportingPeriod,
    Result,
)
from progress.trail.said import FIELDS_OF_A_MEASURE, OF_A_MEASURE, ROBOT, SAID, WORDS
from tasks.models import Measure, Task

OURS = ("agencies", "tasks", "progress")
# The first words of acts that are not the name of a model.
NAMED_OTHERWISE = {
    "period": "reportingperiod",
    "pause": "reminderpause",
    "correction": "calendarcorrection",
    "token": "apitoken",
}
VERBS: Mapping[str, Promise] = {
    "acts_through": pgettext_lazy("act", "body of members acts through"),
    "add": pgettext_lazy("act", "added"),
    "address": pgettext_lazy("act", "addressed to an agency"),
    "agencies": pgettext_lazy("act", "given to agencies"),
    "agree": pgettext_lazy("act", "agreed"),
    "answer": pgettext_lazy("act", "answered"),
    "approve": pgettext_lazy("act", "approved"),
    "ask": pgettext_lazy("act", "asked the other lead"),
    "begin": pgettext_lazy("act", "begun"),
    "cancel": pgettext_lazy("act", "called off"),
    "change": pgettext_lazy("act", "changed"),
    "city_bind": pgettext_lazy("act", "bound to the city's sign-on"),
    "city_sign_on": pgettext_lazy("act", "signed in through the city"),
    "city_sign_on_refused": pgettext_lazy("act", "refused at the city's sign-on"),
    "city_unbind": pgettext_lazy("act", "unbound from the city's sign-on"),
    "close": pgettext_lazy("act", "closed"),
    "confirm": pgettext_lazy("act", "confirmed"),
    "abandon": pgettext_lazy("act", "discarded"),
    "contacts": pgettext_lazy("act", "contacts written"),
    "create": pgettext_lazy("act", "made"),
    "deadline": pgettext_lazy("act", "deadline set"),
    "download": pgettext_lazy("act", "file downloaded"),
    "drop": pgettext_lazy("act", "dropped"),
    "duties": pgettext_lazy("act", "measures divided"),
    "end": pgettext_lazy("act", "ended"),
    "endorse": pgettext_lazy("act", "handed in for the agency"),
    "give_up": pgettext_lazy("act", "given up"),
    "grant": pgettext_lazy("act", "granted"),
    "issue": pgettext_lazy("act", "issued"),
    "join": pgettext_lazy("act", "joined"),
    "lapse": pgettext_lazy("act", "lapsed"),
    "lock": pgettext_lazy("act", "locked after failures"),
    "make": pgettext_lazy("act", "made by a job"),
    "merge": pgettext_lazy("act", "merged"),
    "object": pgettext_lazy("act", "objected"),
    "open": pgettext_lazy("act", "opened"),
    "pass_on": pgettext_lazy("act", "passed on"),
    "password": pgettext_lazy("act", "password set"),
    "password_link": pgettext_lazy("act", "link for a new password sent"),
    "pause": pgettext_lazy("act", "paused"),
    "raise": pgettext_lazy("act", "raised"),
    "recovery_code_used": pgettext_lazy("act", "recovery code used"),
    "recovery_codes_renewed": pgettext_lazy("act", "recovery codes renewed"),
    "refuse": pgettext_lazy("act", "refused by a coordinator"),
    "forbidden": pgettext_lazy("act", "act refused"),
    "granted": pgettext_lazy("act", "granted"),
    "refused": pgettext_lazy("act", "refused by a coordinator"),
    "withdrawn": pgettext_lazy("act", "withdrawn"),
    "remind": pgettext_lazy("act", "reminded by hand"),
    "remove": pgettext_lazy("act", "removed"),
    "rename": pgettext_lazy("act", "renamed"),
    "reopen": pgettext_lazy("act", "reopened"),
    "request": pgettext_lazy("act", "asked for"),
    "resume": pgettext_lazy("act", "resumed"),
    "return": pgettext_lazy("act", "returned"),
    "revise": pgettext_lazy("act", "revised by a list"),
    "revoke": pgettext_lazy("act", "revoked"),
    "reword": pgettext_lazy("act", "reworded"),
    "robot": pgettext_lazy("act", "group robot kept"),
    "save": pgettext_lazy("act", "text saved"),
    "second_factor_passed": pgettext_lazy("act", "second factor passed"),
    "second_factor_refused": pgettext_lazy("act", "second factor refused"),
    "second_factor_removed": pgettext_lazy("act", "second factor removed"),
    "second_factor_reset": pgettext_lazy("act", "second factor reset"),
    "second_factor_set_up": pgettext_lazy("act", "second factor set up"),
    "secret": pgettext_lazy("act", "secret renewed"),
    "sessions_end": pgettext_lazy("act", "sessions ended"),
    "set": pgettext_lazy("act", "set"),
    "sign_in": pgettext_lazy("act", "signed in"),
    "sign_in_refused": pgettext_lazy("act", "sign-in refused"),
    "sign_out": pgettext_lazy("act", "signed out"),
    "status": pgettext_lazy("act", "status renewed"),
    "strike": pgettext_lazy("act", "struck out"),
    "submit": pgettext_lazy("act", "handed in"),
    "take_over": pgettext_lazy("act", "taken over"),
    "take_up": pgettext_lazy("act", "taken up"),
    "undecide": pgettext_lazy("act", "decision withdrawn"),
    "unlock": pgettext_lazy("act", "unlocked"),
    "upload": pgettext_lazy("act", "uploaded"),
    "use": pgettext_lazy("act", "put to use"),
    "withdraw": pgettext_lazy("act", "withdrawn"),
}
# What things are called by, each kind of them in one statement; no texts of reports.
SHOWN_BY: Mapping[type[models.Model], tuple[str, ...]] = {
    Agency: ("name",),
    User: ("name", "username"),
    Task: ("number",),
    Measure: ("task__number", "ordinal"),
    ReportingPeriod: ("code",),
    Report: ("task__number", "period__code"),
    Contribution: ("task__number", "period__code", "agency__name"),
    **dict.fromkeys((Completion, Extension, Matter, Result), ("task__number", "pk")),
}


@functools.cache
def models_by_kind() -> Mapping[str, type[models.Model]]:
    """The models of ours by the word by which the trail knows their rows."""
    found = apps.get_models()
    return {kind_of(model): model for model in found if model._meta.app_label in OURS}


def kind_words(kind: str) -> str:
    model = models_by_kind().get(kind)
    return str(model._meta.verbose_name) if model else kind


def act_words(act: str) -> str:
    """What was done, in words: the kind of thing, and what happened to it."""
    about, _dot, verb = act.partition(".")
    word = VERBS.get(verb)
    colon = pgettext("before a list", ": ")
    return f"{kind_words(NAMED_OTHERWISE.get(about, about))}{colon}{word or verb}"


@dataclass(frozen=True, slots=True)
class Changed:
    """A value of a thing, in words, as it was and as it is."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as people read it. `thing` names what it was done to, by its number at the least."""

    entry: AuditEntry
    act: str
    kind: str
    thing: str
    changes: Sequence[Changed]


def entry_rows(entries: Iterable[AuditEntry]) -> Sequence[EntryRow]:
    """Entries in words: a statement for each kind of thing that is named, for any number."""
    found = list(entries)
    names = _Names.of(found)
    return [
        EntryRow(
            entry=one,
            act=act_words(one.act),
            kind=kind_words(one.kind),
            thing=names.of_thing(models_by_kind().get(one.kind), one.thing),
            changes=[
                names.changed(one, name, before, after)
                for name, (before, after) in one.changes.items()
            ],
        )
        for one in found
    ]


class _Names:
    """What the things that entries speak of are called."""

    def __init__(self, known: Mapping[type[models.Model], Mapping[int, str]]) -> None:
        self.known = known

    @classmethod
    def of(cls, entries: Sequence[AuditEntry]) -> "_Names":
        asked: defaultdict[type[models.Model], set[int]] = defaultdict(set)
        kinds = models_by_kind()
        for entry in entries:
            model = kinds.get(entry.kind)
            if model is None:
                continue
            asked[model].add(entry.thing)
            for name, values in entry.changes.items():
                if of_measure := OF_A_MEASURE.fullmatch(name):
                    asked[Measure].add(int(of_measure["measure"]))
                if (related := _related(model, name)) is not None:
                    asked[related] |= {one for one in values if isinstance(one, int)}
        return cls(
            {
                model: {
                    pk: " · ".join(map(str, said))
                    for pk, *said in model._default_manager.filter(pk__in=ids).values_list(
                        "pk", *SHOWN_BY[model]
                    )
                }
                for model, ids in asked.items()
                if model in SHOWN_BY
            }
        )

    def of_thing(self, model: type[models.Model] | None, pk: int) -> str:
        if model is not None and pk in self.known.get(model, {}):
            return self.known[model][pk]
        return f"#{pk}" if pk else "—"

    def changed(self, entry: AuditEntry, name: str, before: Any, after: Any) -> Changed:
        if of_measure := OF_A_MEASURE.fullmatch(name):
            name = of_measure["field"]
            label = _("Measure %(measure)s: %(field)s") % {
                "measure": self.of_thing(Measure, int(of_measure["measure"])),
                "field": FIELDS_OF_A_MEASURE[name],
            }
            return Changed(label, _value_said(name, before), _value_said(name, after))
        model = models_by_kind().get(entry.kind)
        if model is Agency and name.startswith(ROBOT):
            model, name = AgencyRobot, name.removeprefix(ROBOT)
        field = _field(model, name) if entry.is_change else None
        if field is None:
            label = str(SAID.get(name, name))
            return Changed(label, _value_said(name, before), _value_said(name, after))
        label = str(getattr(field, "verbose_name", name))
        if field.is_relation and label == name.replace("_", " "):
            # Where it has no name of its own it has that of what it leads to.
            label = str(field.related_model._meta.verbose_name)
        return Changed(label, self._value(field, before), self._value(field, after))

    def _value(self, field: Any, value: Any) -> str:
        if field.is_relation and isinstance(value, int):
            return self.of_thing(field.related_model, value)
        if field.choices and value not in (None, ""):
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(field, models.DateTimeField) and value and (moment := parse_datetime(value)):
            return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
        return _value_said(field.name, value)


def _value_said(name: str, value: Any) -> str:
    """A value as it was noted, in words: texts by length and digest, lists one after the other."""
    if value in (None, "", [], {}):
        return "—"
    match value:
        case bool():
            return _("yes") if value else _("no")
        case {"length": length, "sha256": digest}:
            return _("%(length)s characters, SHA-256 %(digest)s") % {
                "length": number_format(length),
                "digest": digest[:16],
            }
        case {"agency": agency, "role": role}:
            bracketed = pgettext("agency and its role", "%(agency)s (%(role)s)")
            return bracketed % {"agency": agency, "role": _value_said("role", role)}
        case dict():
            colon = pgettext("before a list", ": ")
            return "; ".join(f"{key}{colon}{_value_said(name, one)}" for key, one in value.items())
        case list():
            return pgettext("between the items of a list", ", ").join(
                _value_said(name, one) for one in value
            )
    return str(WORDS.get(name, {}).get(value, value))


def _field(model: type[models.Model] | None, name: str) -> Any:
    """The column of this name; what is written of things of other tables has no column here."""
    try:
        field = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
    return field if field is not None and field.concrete else None


def _related(model: type[models.Model], name: str) -> type[models.Model] | None:
    field = _field(model, name)
    return field.related_model if field is not None and field.is_relation else None
