"""Things to settle (待处理事项): what keeps an agency from reporting until somebody acts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from agencies.accounts import agency_acts_through_set
from agencies.models import Agency, AgencyKind, User
from agencies.pages import reader_of
from progress.rollups import CollectiveBody, collective_bodies, unstaffed_leads

BAD_REQUEST = 400


class ActsThroughForm(forms.Form):
    """Through which agency a collective body acts."""

    body = forms.IntegerField(widget=forms.HiddenInput)
    through = forms.TypedChoiceField(label=gettext_lazy("It acts through"), coerce=int)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        body: CollectiveBody,
        agencies: Sequence[tuple[int, str]],
    ) -> None:
        super().__init__(data, label_suffix="", auto_id=f"id_{body.agency.id}_%s")
        self.fields["body"].initial = body.agency.id
        through = self.fields["through"]
        assert isinstance(through, forms.TypedChoiceField)
        through.choices = [("", _("Choose an agency")), *agencies]
        through.initial = body.acts_through.id if body.acts_through else ""


@dataclass(frozen=True, slots=True)
class BodyShown:
    body: CollectiveBody
    form: ActsThroughForm


@require_http_methods(["GET", "HEAD", "POST"])
def settling(request: HttpRequest) -> HttpResponse:
    """The bodies of members with the agency through which each acts, and leads without people."""
    user = reader_of(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only coordinators settle these things."))
    bodies = collective_bodies()
    agencies = list(
        Agency.objects.visible_to(user)
        .standing()
        .exclude(kind=AgencyKind.COLLECTIVE)
        .order_by("pk")
        .values_list("pk", "name")
    )
    bound: ActsThroughForm | None = None
    if request.method == "POST":
        body = next((b for b in bodies if str(b.agency.id) == request.POST.get("body")), None)
        if body is None:
            raise Http404
        bound = ActsThroughForm(request.POST, body=body, agencies=agencies)
        if bound.is_valid() and _settled(request, bound, by=user):
            return redirect("settling")
    shown = [
        BodyShown(
            body,
            bound
            if bound is not None and bound.data.get("body") == str(body.agency.id)
            else ActsThroughForm(body=body, agencies=agencies),
        )
        for body in bodies
    ]
    return render(
        request,
        "progress/settling.html",
        {
            "to_settle": [one for one in shown if one.body.acts_through is None],
            "settled": [one for one in shown if one.body.acts_through is not None],
            "unstaffed": unstaffed_leads(),
        },
        status=BAD_REQUEST if bound is not None else 200,
    )


def _settled(request: HttpRequest, form: ActsThroughForm, *, by: User) -> bool:
    """Write the choice, or show at its field why it cannot be."""
    chosen = {
        agency.pk: agency
        for agency in Agency.objects.filter(
            pk__in=[form.cleaned_data["body"], form.cleaned_data["through"]]
        )
    }
    body, through = chosen[form.cleaned_data["body"]], chosen[form.cleaned_data["through"]]
    try:
        agency_acts_through_set(agency=body, through=through, by=by, now=timezone.now())
    except ValidationError as error:
        for name, problems in error.message_dict.items():
            form.add_error(name if name in form.fields else None, problems)
        return False
    messages.success(
        request,
        _("%(body)s acts through %(agency)s now; its people write the reports.")
        % {"body": body.name, "agency": through.name},
    )
    return True
