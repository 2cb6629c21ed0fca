"""The second step of signing in, setting up an app, and one's own page of security."""

import math
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.city.binding import binding_of
from agencies.factors.keeping import (
    PURPOSE,
    Need,
    Proof,
    codes_left,
    factor_remove,
    factor_set_up,
    need_of,
    proof_of,
    recovery_codes_renew,
    roles_requiring,
    wrong_sentence,
)
from agencies.factors.secrets import app_address, secret_in_groups, secret_new, square_code
from agencies.factors.steps import step_begun, step_of, step_pass
from agencies.held_posts import post_held, sign_in_page
from agencies.limits import TooManyRequests
from agencies.models import SecondFactor, User
from agencies.pages import SignIn as PasswordSignIn
from agencies.pages import errors_add, reader_of, status_of
from agencies.sealing import SealBrokenError, opened, sealed

# In the session: the sealed secret that a person is asked to put into their app.
OFFERED = "second_factor_offered"
TOO_MANY = 429


class CodeForm(forms.Form):
    """What the app shows, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text=gettext_lazy("The six digits that your app shows now, or a recovery code."),
    )


class SetUpForm(CodeForm):
    """The first code of a new app; nothing stands in for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("The six digits that your app shows now.")


class SignIn(PasswordSignIn):
    """The password, and after it the second step of those who have one or must."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        assert isinstance(user, User)
        backend = str(vars(user)["backend"])
        if not step_begun(self.request, user, backend=backend, now=timezone.now()):
            return super().form_valid(form)
        if self._held():
            # What was typed goes with the pages, not with the session.
            carries = {"held": self.request.POST["held"], "next": "", "is_signing_in": True}
            return _step_page(self.request, user, carries)
        query = urlencode({"next": self.get_redirect_url()})
        return redirect(f"{reverse('second-step')}?{query}")


@sensitive_post_parameters("code")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """After the password: a code, or the set-up where the role requires one. Nobody is signed in
    before it is passed."""
    now = timezone.now()
    carried = request.POST.get("held", "")
    held = carried if post_held(carried) else ""
    user = step_of(request, now=now)
    if user is None:
        messages.warning(request, _("That took too long. Sign in again."))
        return sign_in_page(request, held) if held else redirect("sign-in")
    carries = {"held": held, "next": next_of(request), "is_signing_in": True}
    if request.method != "POST":
        return _step_page(request, user, carries)
    if need_of(user) == Need.SET_UP:
        return _set_up(request, user, carries)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            proof = proof_of(user=user, code=form.cleaned_data["code"], now=now)
        except TooManyRequests as error:
            return _code_page(request, form, carries, status=_refused(form, error))
        if proof:
            step_pass(request, user, proof=proof, now=now)
            if proof == Proof.RECOVERY_CODE:
                messages.warning(request, _left_sentence(user))
            return _onwards(request, carries)
        form.add_error("code", wrong_sentence())
    return _code_page(request, form, carries, status=status_of(form))


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set up an app for one's own account, of one's own accord."""
    user = reader_of(request)
    if SecondFactor.objects.filter(user=user).exists():
        return redirect("security")
    carries = {"next": reverse("security")}
    if request.method != "POST":
        return _set_up_page(request, user, SetUpForm(), carries)
    return _set_up(request, user, carries)


@sensitive_post_parameters("code")
@never_cache
@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown in this answer and never again."""
    user = reader_of(request)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            codes = recovery_codes_renew(
                user=user, code=form.cleaned_data["code"], now=timezone.now()
            )
        except (ValidationError, TooManyRequests) as error:
            return _security_page(request, codes_form=form, status=_refused(form, error))
        return _codes_page(request, codes, {"next": reverse("security")})
    return _security_page(request, codes_form=form, status=status_of(form))


@sensitive_post_parameters("code")
@never_cache
@require_POST
def second_factor_remove(request: HttpRequest) -> HttpResponse:
    """Give up one's app, with a code, where one's role does not require it."""
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            factor_remove(
                user=reader_of(request), code=form.cleaned_data["code"], now=timezone.now()
            )
        except (ValidationError, TooManyRequests) as error:
            return _security_page(request, remove_form=form, status=_refused(form, error))
        messages.success(request, _("Signing in asks for your password alone from now on."))
        return redirect("security")
    return _security_page(request, remove_form=form, status=status_of(form))


@never_cache
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """How one's own account is secured, and the way to each part of it."""
    return _security_page(request)


def _security_page(
    request: HttpRequest,
    *,
    codes_form: CodeForm | None = None,
    remove_form: CodeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = reader_of(request)
    # Two forms of one page: each field needs an id of its own.
    context = {
        "factor": SecondFactor.objects.filter(user=user).first(),
        "codes_left": codes_left(user),
        "is_required": user.role in roles_requiring(),
        "codes_form": codes_form or CodeForm(auto_id="codes_%s"),
        "remove_form": remove_form or CodeForm(auto_id="remove_%s"),
        "binding": binding_of(user),
    }
    return render(request, "agencies/security.html", context, status=status)


def _step_page(request: HttpRequest, user: User, carries: dict[str, Any]) -> HttpResponse:
    """What signing in still asks of this person, before anything is typed."""
    if need_of(user) == Need.SET_UP:
        return _set_up_page(request, user, SetUpForm(), carries)
    return _code_page(request, CodeForm(), carries)


def _set_up(request: HttpRequest, user: User, carries: dict[str, Any]) -> HttpResponse:
    form = SetUpForm(request.POST)
    if form.is_valid():
        now = timezone.now()
        try:
            codes = factor_set_up(
                user=user, secret=_offered(request, user), code=form.cleaned_data["code"], now=now
            )
        except ValidationError as error:
            errors_add(form, error)
        else:
            del request.session[OFFERED]
            if carries.get("is_signing_in"):
                step_pass(request, user, proof="set_up", now=now)
            return _codes_page(request, codes, carries)
    return _set_up_page(request, user, form, carries)


def _set_up_page(
    request: HttpRequest, user: User, form: SetUpForm, carries: dict[str, Any]
) -> HttpResponse:
    secret = _offered(request, user)
    context = carries | {
        "form": form,
        "secret": secret_in_groups(secret),
        "square": square_code(app_address(secret, username=user.username)),
        "username": user.username,
    }
    return render(request, "agencies/second_factor_set_up.html", context, status=status_of(form))


def _offered(request: HttpRequest, user: User) -> str:
    """The secret that this session offers this person, the same until a code has confirmed it.

    It opens for them alone: a session goes on from one person to the next where the first one never
    signed in, and may have read it.
    """
    purpose = f"{PURPOSE}.offered.{user.pk}"
    try:
        return opened(request.session.get(OFFERED, ""), purpose=purpose)["secret"]
    except SealBrokenError:
        secret = secret_new()
        request.session[OFFERED] = sealed({"secret": secret}, purpose=purpose)
        return secret


def _code_page(
    request: HttpRequest, form: CodeForm, carries: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return render(request, "agencies/second_step.html", carries | {"form": form}, status=status)


def _codes_page(request: HttpRequest, codes: list[str], carries: dict[str, Any]) -> HttpResponse:
    context = carries | {"codes": codes, "owner": reader_of(request), "now": timezone.now()}
    return render(request, "agencies/recovery_codes.html", context)


def _onwards(request: HttpRequest, carries: dict[str, Any]) -> HttpResponse:
    if held := post_held(carries["held"]):
        return render(request, "agencies/held_post.html", {"held": held})
    return redirect(carries["next"])


def next_of(request: HttpRequest) -> str:
    """Where the person was going, if that is here; else home."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return asked
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _refused(form: CodeForm, error: ValidationError | TooManyRequests) -> int:
    """Show why at the field; the status of the answer."""
    if isinstance(error, TooManyRequests):
        form.add_error("code", _wait_sentence(error))
        return TOO_MANY
    errors_add(form, error)
    return status_of(form)


def _left_sentence(user: User) -> str:
    left = codes_left(user)
    return ngettext(
        "You signed in with a recovery code; %(left)d is left. New ones: Account security.",
        "You signed in with a recovery code; %(left)d are left. New ones: Account security.",
        left,
    ) % {"left": left}


def _wait_sentence(error: TooManyRequests) -> str:
    seconds = max(1, math.ceil(error.wait.total_seconds()))
    return ngettext(
        "Too many wrong codes. Try again in %(seconds)d second.",
        "Too many wrong codes. Try again in %(seconds)d seconds.",
        seconds,
    ) % {"seconds": seconds}
