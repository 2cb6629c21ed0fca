"""The page on which an administrator gives an agency its group robot, tries it, and removes it."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from agencies.models import Agency, AgencyRobot
from agencies.outgoing import LONGEST_ADDRESS, CallError
from agencies.pages import administrators_only, errors_add, posted, reader_of, status_of
from agencies.robots.addresses import hosts_allowed
from agencies.robots.calling import robot_tell
from agencies.robots.keeping import robot_address, robot_remove, robot_save


class RobotForm(forms.Form):
    """What is pasted of a robot. Neither address nor secret is ever given back to the page."""

    name = forms.CharField(
        label=gettext_lazy("Name of the group"),
        max_length=50,
        help_text=gettext_lazy(
            "So that everybody knows which group is told, such as 综合处工作群."
        ),
    )
    address = forms.CharField(
        label=gettext_lazy("Address of the robot"),
        max_length=LONGEST_ADDRESS,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "The Webhook address, whole, as the product shows it. It is a key to the group: it is "
            "stored encrypted and never shown again."
        ),
    )
    secret = forms.CharField(
        label=gettext_lazy("Signing secret (optional)"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "Of DingTalk (加签, begins with SEC) or Feishu (签名校验), where signing is switched "
            "on."
        ),
    )


@sensitive_post_parameters("address", "secret")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def agency_robot(request: HttpRequest, pk: int) -> HttpResponse:
    """The agency's robot: which product and host, never the address; another one may be set."""
    by = reader_of(request)
    agencies = Agency.objects.visible_to(by).select_related("acts_through")
    agency = get_object_or_404(agencies, pk=pk)
    robot = (
        AgencyRobot.objects.visible_to(by).filter(agency=agency).select_related("set_by").first()
    )
    if agency.has_ended and robot is None:
        return redirect("agency-edit", pk)
    form = RobotForm(posted(request), initial={"name": robot.name if robot else ""})
    if request.method == "POST" and form.is_valid():
        try:
            robot_save(agency=agency, by=by, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            errors_add(form, error)
        else:
            messages.success(
                request, _("The group robot of %(name)s is saved; try it now.") % {"name": agency}
            )
            return redirect("agency-robot", pk)
    context = {
        "agency": agency,
        "robot": robot,
        "problem": _problem(robot) if robot else "",
        "form": form,
        "hosts": hosts_allowed(),
    }
    return render(request, "agencies/agency_robot.html", context, status=status_of(form))


@require_POST
@administrators_only
def agency_robot_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Say one sentence in the group, and tell the administrator what the product answered."""
    robots = AgencyRobot.objects.visible_to(reader_of(request)).in_use().select_related("agency")
    robot = get_object_or_404(robots, agency=pk)
    try:
        with translation.override(settings.LANGUAGE_CODE):
            title = _("Pilot tasks: test of the group robot")
            text = _("Reminders of %(agency)s will be sent to this group.") % {
                "agency": robot.agency.name
            }
        robot_tell(address=robot_address(robot), title=title, text=text, now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except CallError as error:
        messages.error(request, _trial_failed(error))
    else:
        messages.success(
            request,
            _("%(product)s took the test message; look whether it stands in the group.")
            % {"product": robot.get_kind_display()},
        )
    return redirect("agency-robot", pk)


@require_POST
@administrators_only
def agency_robot_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget the robot; its group is told nothing more."""
    by = reader_of(request)
    agency = get_object_or_404(Agency.objects.visible_to(by), pk=pk)
    if robot_remove(agency=agency, by=by, now=timezone.now()):
        messages.success(request, _("The group robot of %(name)s is removed.") % {"name": agency})
    return redirect("agency-edit", pk)


def _problem(robot: AgencyRobot) -> str:
    """Why the stored address cannot be used, "" where it can."""
    try:
        robot_address(robot)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _trial_failed(error: CallError) -> str:
    why = _(error.sentence)
    if error.said:
        return _("The test message did not arrive. %(why)s The answer was: %(said)s") % {
            "why": why,
            "said": error.said,
        }
    return _("The test message did not arrive. %(why)s") % {"why": why}
