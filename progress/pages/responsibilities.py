"""Who answers for a task: the agencies in order, as a coordinator says, beside the list's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from agencies.account_rules import ended_sentence
from agencies.forms import agency_label
from agencies.models import Agency, User
from agencies.pages import posted, reader_of
from progress.workflow import Conflict
from progress.workflow.succession import task_agencies_change
from tasks.listing import row_cells
from tasks.models import Division, ResponsibilityRole, Task
from tasks.responsibilities import (
    LONGEST_DOCUMENT,
    LONGEST_REASON,
    Part,
    parts_digest,
    parts_of,
)

BAD_REQUEST, CONFLICT = 400, 409
EMPTY_ROWS = 3
# As many as one page asks for at once; the longest cell of the list names 11.
MOST_ROWS = 60


class ResponsibilitiesForm(forms.Form):
    """The division, the reason and its document; the agencies stand in rows of their own."""

    division = forms.ChoiceField(label=gettext_lazy("Division of labour"), choices=Division.choices)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    document = forms.CharField(
        label=gettext_lazy("Document number"),
        max_length=LONGEST_DOCUMENT,
        required=False,
        help_text=gettext_lazy("Of the decision, such as 津政办函〔2026〕8号."),
    )
    # What the coordinator was looking at; "" from who sends the form without having opened it.
    seen = forms.CharField(required=False, widget=forms.HiddenInput, empty_value=None)


class PartForm(forms.Form):
    """One agency and its role; without an agency it is an empty row."""

    agency = forms.TypedChoiceField(
        label=gettext_lazy("Agency"), coerce=int, required=False, empty_value=None
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=ResponsibilityRole.choices, required=False
    )

    def __init__(self, *args: Any, agencies: Mapping[int, Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = agencies
        choice = self.fields["agency"]
        assert isinstance(choice, forms.TypedChoiceField)
        choice.choices = [("", ""), *((pk, agency_label(one)) for pk, one in agencies.items())]
        for one in self.fields.values():
            one.widget.attrs["class"] = "form-select"

    def chosen(self) -> tuple[Agency, str] | None:
        """The agency and its role; None for an empty row."""
        pk = self.cleaned_data["agency"]
        role = self.cleaned_data["role"] or ResponsibilityRole.CO
        return None if pk is None else (self.agencies[pk], role)


@require_http_methods(["GET", "HEAD", "POST"])
def task_agencies(request: HttpRequest, number: int) -> HttpResponse:
    """Change who answers for a task; without JavaScript too: rows are numbered, and more of them
    come by a button. A constant number of statements, however many rows there are."""
    user = reader_of(request)
    task = get_object_or_404(Task.objects.visible_to(user), number=number)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator says who answers for a task."))
    parts = parts_of(task)
    data = posted(request)
    form = ResponsibilitiesForm(data, initial={"division": task.division}, label_suffix="")
    rows = _rows(data, parts)
    wants_more = request.method == "POST" and "more" in request.POST
    problems: list[str] = []
    status = BAD_REQUEST
    if wants_more:
        form.errors.clear()
    elif request.method == "POST":
        valid = [form.is_valid(), *(row.is_valid() for row in rows)]
        if all(valid):
            chosen = [one for one in (row.chosen() for row in rows) if one is not None]
            try:
                task_agencies_change(
                    task=task, agencies=chosen, by=user, now=timezone.now(), **form.cleaned_data
                )
            except ValidationError as error:
                problems = _refused(form, error)
            except Conflict as conflict:
                if _is_done_already(task, chosen, form.cleaned_data, user):
                    return redirect("task", number)
                problems, status = [str(conflict)], CONFLICT
            else:
                messages.success(request, _("These agencies answer for the task from now on."))
                return redirect("task", number)
        else:
            problems = _not_offered(rows)
    is_refused = request.method == "POST" and not wants_more
    return render(
        request,
        "progress/task_agencies.html",
        {
            "task": task,
            "form": form,
            "rows": rows,
            "count": len(rows),
            "parts": parts,
            "division": Division(task.division).label,
            "listed": row_cells(task).agencies,
            "problems": problems,
            "seen": parts_digest(task.division, parts),
        },
        status=status if is_refused else 200,
    )


def _is_done_already(
    task: Task, chosen: Sequence[tuple[Agency, str]], wanted: Mapping[str, Any], user: User
) -> bool:
    """Whether this very change was made by this very person: the button was pressed twice."""
    last = task.responsibility_changes.order_by("-pk").first()
    parts = [Part(agency, role) for agency, role in chosen]
    return (
        last is not None
        and last.by_id == user.pk
        and (last.reason, last.document) == (wanted["reason"], wanted["document"])
        and parts_digest(wanted["division"], parts) == parts_digest(task.division, parts_of(task))
    )


def _rows(data: QueryDict | None, parts: Sequence[Part]) -> list[PartForm]:
    """As many rows as were sent, three more where they were asked for; else those of today."""
    if data is None:
        count = len(parts) + EMPTY_ROWS
    else:
        sent = data.get("count", "")
        count = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else len(parts)
        count += EMPTY_ROWS if "more" in data else 0
    count = min(max(count, 1), MOST_ROWS)
    offered = Agency.objects.standing().order_by("pk")
    # One that has ended may stay where it is; it is offered nowhere else.
    agencies = {one.pk: one for one in (*offered, *(part.agency for part in parts))}
    return [
        PartForm(
            data,
            prefix=f"part{place + 1}",
            agencies=agencies,
            initial={"agency": part.agency.pk, "role": part.role}
            if part
            else {"role": ResponsibilityRole.CO},
        )
        for place in range(count)
        for part in [parts[place] if place < len(parts) else None]
    ]


def _not_offered(rows: Sequence[PartForm]) -> list[str]:
    """What is wrong with the rows, of an agency that has ended since by its name and successor."""
    sent = [row["agency"].value() for row in rows if not row.is_valid() and row["agency"].errors]
    ids = [int(one) for one in sent if one and one.isascii() and one.isdigit() and len(one) < 10]
    ended = Agency.objects.filter(pk__in=ids).exclude(valid_to=None).order_by("pk")
    problems = [ended_sentence(one) for one in ended]
    if len(problems) < len(sent) or (not sent and any(not row.is_valid() for row in rows)):
        problems.append(_("Choose an agency from the list."))
    return problems


def _refused(form: ResponsibilitiesForm, error: ValidationError) -> list[str]:
    """What the writer refused, at its field; what belongs to the rows is given back."""
    problems = []
    for name, sentences in error.message_dict.items():
        for sentence in sentences:
            if name in form.fields:
                form.add_error(name, sentence)
            else:
                problems.append(sentence)
    return problems
