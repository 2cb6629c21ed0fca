"""What a form that saves itself is answered: JSON that static/js/draft.js reads.

An answer is {"version", "saved_at"} once the text is stored, else {"kind", "problem"}: what stands
in the way, for the script to act on and for the person to read.
"""

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agencies.models import User
from progress.models import Contribution, Report
from progress.pages.forms import TOO_LONG
from progress.pages.revised_measures import RevisedMeasures

# The word that a form sends with "then" where no button was pressed.
AUTOSAVE = "autosave"
BAD_REQUEST, CONFLICT = 400, 409


def standing(
    request: HttpRequest, user: User, written: Report | Contribution | None
) -> HttpResponse:
    """Who is signed in here, which version is stored, and the key of the forms of this session.

    A form asks before it is sent: the key changes when somebody signs in.
    """
    return JsonResponse(
        {
            "writer": user.pk,
            "name": user.name,
            "csrf": get_token(request),
            "version": written.version if written else 0,
        }
    )


def saved(written: Report | Contribution | None) -> HttpResponse:
    """The text is stored: as which version, and by the clock when; 0 and "" if never."""
    if written is None:
        return JsonResponse({"version": 0, "saved_at": ""})
    moment = timezone.localtime(written.updated_at)
    return JsonResponse({"version": written.version, "saved_at": date_format(moment, "H:i")})


def refused(kind: str, problem: str) -> HttpResponse:
    """It cannot be stored: "stale", somebody else has saved; "asked", it would take back a question
    or its answer; "measures", the form is not of these any more; "closed", nobody can save."""
    return JsonResponse({"kind": kind, "problem": problem}, status=CONFLICT)


def refused_as_revised(revised: RevisedMeasures) -> HttpResponse:
    """The form is not of the measures that the task now has."""
    press = _("Press “Save draft” to see the form as it is now.")
    return refused("measures", f"{revised.problem()} {press}")


def invalid(form: forms.BaseForm) -> HttpResponse:
    """It does not fit: each problem with the name of its field."""
    problems = []
    for name, of_field in form.errors.as_data().items():
        for error in of_field:
            problem = " ".join(error.messages)
            names_itself = name not in form.fields or error.code == TOO_LONG
            problems.append(problem if names_itself else f"{form[name].label}: {problem}")
    return JsonResponse({"kind": "invalid", "problem": " ".join(problems)}, status=BAD_REQUEST)


def refusal_of_another(request: HttpRequest, user: User) -> HttpResponse | None:
    """The answer to a form that one person opened where another has signed in since."""
    if request.POST.get("writer", str(user.pk)) == str(user.pk):
        return None
    return refused(
        "other_person",
        _("%(name)s has signed in on this computer; sign in yourself to save what you typed.")
        % {"name": user.name},
    )
