"""Evidence (佐证材料) as pages show it: what is attached, what was, and the form that attaches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Agency, User
from progress.filestore import ENDINGS, MEGABYTE, FileTooLarge
from progress.models import (
    Contribution,
    Evidence,
    EvidenceQuerySet,
    Policy,
    Report,
    ReportingPeriod,
    kept_with,
)
from progress.statements import WrittenOnce
from progress.workflow import may_attach
from tasks.models import Measure, Task

# What a browser offers to choose from.
ACCEPTED = ",".join(ending for kind in ENDINGS.values() for ending in kind)
# So many pieces stand on a task's page; the others are on the pages of their reports.
LATEST = 30


class MeasureChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # no parameter at run time
    """A measure of the task, by its number and its first words."""

    def label_from_instance(self, obj: Any) -> str:
        words = obj.text if len(obj.text) <= 24 else f"{obj.text[:24]}…"
        return _("Measure %(ordinal)d: %(words)s") % {"ordinal": obj.ordinal, "words": words}


class EvidenceForm(forms.Form):
    """A file, and the measure that it shows to be done."""

    # What an empty file is told, is told with all else that is wrong with a file.
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )
    measure = MeasureChoice(
        label=gettext_lazy("What it shows"),
        queryset=Measure.objects.none(),
        required=False,
        empty_label=gettext_lazy("The task as a whole"),
    )
    replaces = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        files: "MultiValueDict[str, UploadedFile[Any]] | None" = None,
        *,
        task: Task,
        initial: dict[str, Any] | None = None,
        measures: Sequence[Measure] | None = None,
    ) -> None:
        """`measures` are those of the task, where they are at hand."""
        super().__init__(data, files, initial=initial, label_suffix="", auto_id="evidence_%s")
        measure = self.fields["measure"]
        assert isinstance(measure, MeasureChoice)
        measure.queryset = task.measures.order_by("ordinal")
        if measures is not None:
            labels = [(str(one.pk), measure.label_from_instance(one)) for one in measures]
            measure.choices = [("", str(measure.empty_label)), *labels]


@dataclass(frozen=True, slots=True)
class EvidencePanel:
    """What is attached to a report or contribution and what was removed or replaced.

    `address` is the page of this evidence, which its forms are sent to; `form` adds to it, None for
    who reads only, who is not told of how many `files` of which size either; `changeable` are the
    ids of what this person may replace or remove.
    """

    standing: Sequence[Evidence]
    past: Sequence[Evidence]
    address: str
    problems: Sequence[str] = ()
    form: EvidenceForm | None = None
    changeable: frozenset[int] = frozenset()
    files: int = 0
    megabytes: int = 0
    accept: str = ACCEPTED

    @property
    def is_empty(self) -> bool:
        return not (self.standing or self.past)

    @property
    def largest(self) -> int:
        """The most bytes to a file, and `too_large` what is said of more: before it is sent."""
        return self.megabytes * MEGABYTE

    @property
    def too_large(self) -> str:
        return str(FileTooLarge(megabytes=self.megabytes))


def evidence_of_report(
    *,
    user: User,
    task: Task,
    period: ReportingPeriod,
    rows: Sequence[Evidence] | None = None,
    form: EvidenceForm | None = None,
    problems: Sequence[str] = (),
    attaches: bool | None = None,
    measures: Sequence[Measure] | None = None,
    policy: Policy | None = None,
) -> EvidencePanel:
    """The evidence of the task's report of the period, with that of the contributions to it.

    `rows` are what `EVIDENCE_OF_REPORT` gave, `attaches`, `measures` and `policy` whether this
    person may add to it now, the task's measures, and the rules: where these are known."""
    if rows is None:
        rows = EVIDENCE_OF_REPORT.for_reader(user, task.pk, period.pk)
    return _panel(
        rows,
        user=user,
        task=task,
        period=period,
        agency=None,
        address=reverse("report-evidence", args=[task.number, period.code]),
        form=form,
        problems=problems,
        attaches=attaches,
        measures=measures,
        policy=policy,
    )


def evidence_of_contribution(
    *,
    user: User,
    task: Task,
    period: ReportingPeriod,
    agency: Agency,
    form: EvidenceForm | None = None,
    problems: Sequence[str] = (),
) -> EvidencePanel:
    """The evidence of what this agency contributed."""
    return _panel(
        _OF_CONTRIBUTION.for_reader(user, task.pk, period.pk, agency.pk),
        user=user,
        task=task,
        period=period,
        agency=agency,
        address=reverse("contribution-evidence", args=[task.number, period.code, agency.pk]),
        form=form,
        problems=problems,
    )


@dataclass(frozen=True, slots=True)
class TaskEvidence:
    """The latest evidence of a task in all its periods; `more` says that there is older."""

    standing: Sequence[Evidence]
    past: Sequence[Evidence]
    more: bool


def evidence_read(*, standing: Sequence[Evidence], past: Sequence[Evidence]) -> TaskEvidence:
    """What `LATEST_OF_TASK` and `LATEST_PAST_OF_TASK` gave, the newest first."""
    return TaskEvidence(standing[:LATEST], past, len(standing) > LATEST)


def _shown(user: User) -> EvidenceQuerySet:
    """What evidence the person may read, with all that pages say of it, oldest first."""
    return (
        Evidence.objects.visible_to(user)
        .select_related(
            "file",
            "measure",
            "added_by",
            "removed_by",
            "report__period",
            "contribution__agency",
            "contribution__period",
        )
        .defer(*kept_with("report__period"), *kept_with("contribution__period"))
        .order_by("pk")
    )


def _of_task(user: User, task: int) -> EvidenceQuerySet:
    return _shown(user).of_task(task).order_by("-pk")


LATEST_OF_TASK = WrittenOnce(
    lambda user, task: _of_task(user, task).filter(removed_at=None)[: LATEST + 1]
)
LATEST_PAST_OF_TASK = WrittenOnce(
    lambda user, task: _of_task(user, task).exclude(removed_at=None)[:LATEST]
)
EVIDENCE_OF_REPORT = WrittenOnce(
    lambda user, task, period: _shown(user).filter(
        Q(report__in=Report.objects.filter(task=task, period=period))
        | Q(contribution__in=Contribution.objects.filter(task=task, period=period))
    )
)
_OF_CONTRIBUTION = WrittenOnce(
    lambda user, task, period, agency: _shown(user).filter(
        contribution__task=task, contribution__period=period, contribution__agency=agency
    )
)


def _panel(
    rows: Sequence[Evidence],
    *,
    user: User,
    task: Task,
    period: ReportingPeriod,
    agency: Agency | None,
    address: str,
    form: EvidenceForm | None,
    problems: Sequence[str],
    attaches: bool | None = None,
    measures: Sequence[Measure] | None = None,
    policy: Policy | None = None,
) -> EvidencePanel:
    standing = [one for one in rows if one.removed_at is None]
    panel = EvidencePanel(
        standing=standing,
        past=[one for one in rows if one.removed_at is not None],
        address=address,
        problems=problems,
    )
    if attaches is None:
        attaches = may_attach(task=task, period=period, agency=agency, user=user)
    if not attaches:
        return panel
    policy = policy or Policy.current()
    return replace(
        panel,
        form=form or EvidenceForm(task=task, measures=measures),
        changeable=frozenset(
            one.pk for one in standing if (one.contribution_id is None) == (agency is None)
        ),
        files=policy.evidence_files,
        megabytes=policy.evidence_megabytes,
    )
