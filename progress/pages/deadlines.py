"""The deadlines of one task and its measures, set by a coordinator."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.models import User
from agencies.pages import posted
from progress.pages.forms import Prose
from progress.pages.reading import register_reader
from tasks.deadlines import UNCHANGED, Deadline, DeadlineMovedError, deadlines_write
from tasks.models import Measure, Task

BAD_REQUEST, CONFLICT = 400, 409
ISO_DAY = "%Y-%m-%d"


class Day(forms.DateField):
    """A day as a browser's own field for dates sends it; may be left empty unless required."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format=ISO_DAY)
        super().__init__(**{"widget": widget, "input_formats": [ISO_DAY], **kwargs})


class SeenDay(Day):
    """The day that stood there when the page was loaded; "" stands for none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.HiddenInput, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if hasattr(value, "isoformat") else value


def reason_field() -> Prose:
    """Why deadlines are changed."""
    return Prose(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept in the task's history, for everybody who reads the list."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def deadline_setter(request: HttpRequest) -> User:
    """The person signed in; raises PermissionDenied for everybody but coordinators."""
    user = register_reader(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator sets deadlines."))
    return user


def is_unchanged(error: ValidationError) -> bool:
    """Whether all that was wrong is that these deadlines hold already."""
    return any(one.code == UNCHANGED for one in error.error_dict.get("deadline", ()))


def hold_already(request: HttpRequest, address: str) -> HttpResponse:
    """The answer to who set what holds by now, most often to a button that was pressed twice."""
    messages.info(request, _("These deadlines hold already; nothing was changed once more."))
    return redirect(address)


@dataclass(frozen=True, slots=True)
class MeasureDay:
    """A measure and the field of its deadline, with what was on the page as it was loaded."""

    measure: Measure
    day: BoundField
    seen: BoundField


class DeadlinesForm(forms.Form):
    """The deadlines of a task and each of its measures, empty for none, and why they change."""

    def __init__(
        self, data: QueryDict | None = None, *, task: Task, measures: Sequence[Measure]
    ) -> None:
        super().__init__(data, label_suffix="")
        self.task, self.measures = task, measures
        self.fields["deadline"] = Day(
            label=gettext_lazy("Deadline of the task"), required=False, initial=task.deadline
        )
        self.fields["seen"] = SeenDay(initial=task.deadline)
        for measure in measures:
            self.fields[f"deadline_{measure.pk}"] = Day(
                label=_("Deadline of measure %(ordinal)d") % {"ordinal": measure.ordinal},
                required=False,
                initial=measure.deadline,
            )
            self.fields[f"seen_{measure.pk}"] = SeenDay(initial=measure.deadline)
        self.fields["reason"] = reason_field()

    def measure_days(self) -> list[MeasureDay]:
        return [
            MeasureDay(one, self[f"deadline_{one.pk}"], self[f"seen_{one.pk}"])
            for one in self.measures
        ]

    def deadlines(self, name: str) -> list[Deadline]:
        """What was typed ("deadline"), or what had been there ("seen"), of task and measures."""
        typed = self.cleaned_data
        return [
            Deadline(self.task, None, typed[name]),
            *(Deadline(self.task, one, typed[f"{name}_{one.pk}"]) for one in self.measures),
        ]

    def seeing(self, moved: Sequence[Deadline]) -> "DeadlinesForm":
        """The same form with everything typed in it, after a look at what has moved meanwhile.

        Fields that nobody had touched here take the new day, so that it is not undone unawares.
        """
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        for one in moved:
            suffix = f"_{one.measure.pk}" if one.measure else ""
            day = one.day.isoformat() if one.day else ""
            if data.get(f"deadline{suffix}", "") == data.get(f"seen{suffix}", ""):
                data[f"deadline{suffix}"] = day
            data[f"seen{suffix}"] = day
        return DeadlinesForm(data, task=self.task, measures=self.measures)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def task_deadlines(request: HttpRequest, number: int) -> HttpResponse:
    """Set the deadlines of a task and its measures. A conflict keeps what was typed."""
    user = deadline_setter(request)
    task = get_object_or_404(Task.objects.visible_to(user), number=number)
    measures = list(task.measures.order_by("ordinal"))
    form = DeadlinesForm(posted(request), task=task, measures=measures)
    if request.method != "POST":
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=BAD_REQUEST)
    # Only what somebody typed another day into: the rest may move meanwhile.
    before = {one.measure: one.day for one in form.deadlines("seen")}
    changes = [one for one in form.deadlines("deadline") if one.day != before[one.measure]]
    changed = {one.measure for one in changes}
    try:
        written = deadlines_write(
            changes=changes,
            seen=[one for one in form.deadlines("seen") if one.measure in changed],
            reason=form.cleaned_data["reason"],
            by=user,
            now=timezone.now(),
        )
    except ValidationError as error:
        if changes and is_unchanged(error):
            return hold_already(request, reverse("task", args=[number]))
        for name, problems in error.message_dict.items():
            form.add_error(name if name in form.fields else None, problems)
        return _page(request, form, status=BAD_REQUEST)
    except DeadlineMovedError as moved:
        return _page(request, form.seeing(moved.moved), problem=str(moved), status=CONFLICT)
    messages.success(
        request,
        ngettext("%(count)d deadline is set.", "%(count)d deadlines are set.", len(written))
        % {"count": len(written)},
    )
    return redirect("task", number)


def _page(
    request: HttpRequest, form: DeadlinesForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    return render(
        request,
        "progress/task_deadlines.html",
        {"task": form.task, "form": form, "problem": problem},
        status=status,
    )
