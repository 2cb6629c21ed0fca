"""The way in by the city's sign-on, the way out, and binding one's account to it."""

import logging
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.accounts import accounts_visible_to
from agencies.audit import audit_event
from agencies.city.binding import (
    binding_of,
    binding_remove,
    binding_set,
    bound_to,
    own_binding_set,
    provider_set,
)
from agencies.city.installed import Provider
from agencies.city.journey import Fault, JourneyError, Known, journey_begin, journey_end
from agencies.city.provider import LONGEST_SUBJECT
from agencies.factors.administering import account_context
from agencies.factors.pages import next_of
from agencies.factors.steps import step_begun
from agencies.models import User
from agencies.pages import administrators_only, errors_add, reader_of, status_of
from agencies.passwords.asking import own_password_check
from agencies.passwords.whose import own_password_is_of_use
from agencies.sessions.store import CAME_BY

logger = logging.getLogger(__name__)

BACKEND = "agencies.city.backend.AccountBackend"
# In the session: the journey that has set out, the subject that came back to be bound, and of who
# has come in by the city's sign-on, where it is signed out of.
JOURNEY, OFFER = "city_journey", "city_offer"
FORBIDDEN, BAD_GATEWAY = 403, 502


class BindForm(forms.Form):
    """One's own password, so that nobody else binds an account that was left open."""

    password = forms.CharField(
        label=gettext_lazy("Your password here"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SubjectForm(forms.Form):
    """The subject under which the city's sign-on knows somebody."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=LONGEST_SUBJECT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "The value that the city's sign-on gives as “sub”. It stands on the page that people "
            "see who come in by it and are not bound yet."
        ),
    )


def city_sign_on(_request: HttpRequest) -> dict[str, bool]:
    """For every page: whether there is a way in by the city's sign-on."""
    return {"city_sign_on": provider_set() is not None}


@login_not_required
@never_cache
@require_safe
def city_begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the city's sign-on: to sign in, or signed in, to bind one's account."""
    provider = _provider()
    now = timezone.now()
    try:
        address, kept = journey_begin(
            provider, callback=request.build_absolute_uri(reverse("city-callback")), now=now
        )
    except JourneyError as error:
        # That the provider is down is for the log: whoever asks again and again fills no trail.
        return _refused(request, error, is_told=False)
    user = request.user
    kept["binds"] = user.pk if user.is_authenticated else None
    kept["next"] = next_of(request)
    request.session[JOURNEY] = kept
    return HttpResponseRedirect(address)


@login_not_required
@never_cache
@require_safe
def city_callback(request: HttpRequest) -> HttpResponse:
    """Where the city's sign-on sends people back to. What it brings is looked at once."""
    provider = _provider()
    kept = request.session.pop(JOURNEY, None)
    now = timezone.now()
    try:
        known = journey_end(provider, kept, request.GET.dict(), now=now)
    except JourneyError as error:
        # Whoever comes without having set out is told so, and fills no trail.
        return _refused(request, error, is_told=kept is not None)
    # The journey that binds belongs to whoever set out, and to nobody who has signed in meanwhile.
    user = request.user
    if kept["binds"] != (user.pk if user.is_authenticated else None):
        return _refused(request, JourneyError(Fault.STRAY, "somebody else is signed in by now"))
    if kept["binds"] is not None:
        request.session[OFFER] = {"subject": known.subject, "until": kept["until"]}
        return redirect("city-binding")
    return _signed_in(request, provider, known, kept["next"])


def _signed_in(
    request: HttpRequest, provider: Provider, known: Known, next_page: str
) -> HttpResponse:
    now = timezone.now()
    account = bound_to(known.subject, provider=provider)
    if account is None:
        # An account that was closed gets the same answer as none.
        audit_event("user.city_sign_on_refused", User(), by=None, now=now, why="unbound")
        # The address of this page says what is good for once.
        context = {"subject": known.subject, "language_back": reverse("sign-in")}
        return render(request, "agencies/city_unbound.html", context, status=FORBIDDEN)
    keeps = {CAME_BY: {"end_address": known.end_address}}
    if not known.has_second_factor and step_begun(
        request, account, backend=BACKEND, now=now, **keeps
    ):
        return redirect(f"{reverse('second-step')}?{urlencode({'next': next_page})}")
    audit_event(
        "user.city_sign_on", account, by=account, now=now, second_factor=known.has_second_factor
    )
    login(request, account, backend=BACKEND)
    request.session[CAME_BY] = keeps[CAME_BY]
    return redirect(next_page)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def city_binding(request: HttpRequest) -> HttpResponse:
    """Bind one's account to the subject that has just signed in over there, with one's password.

    So a subject that somebody slipped in, by sending the browser round with an account of their
    own, is bound only if the person reads its name and types their password under it.
    """
    provider = _provider()
    user = reader_of(request)
    own_password_is_of_use(user)
    offer = request.session.get(OFFER)
    if offer is None or timezone.now().timestamp() > offer["until"]:
        return redirect("security")
    form = BindForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            own_password_check(request, form.cleaned_data["password"], user=user)
        except ValidationError as error:
            form.add_error("password", error)
        else:
            try:
                own_binding_set(user=user, subject=offer["subject"], now=timezone.now())
            except ValidationError as error:
                errors_add(form, error)
            else:
                del request.session[OFFER]
                messages.success(request, _("You can sign in by the city's sign-on now."))
                return redirect("security")
    context = {"form": form, "subject": offer["subject"], "issuer": provider.issuer}
    return render(request, "agencies/city_binding.html", context, status=status_of(form))


@require_POST
def city_unbind(request: HttpRequest) -> HttpResponse:
    """Take one's own binding away; the password lets one in as before."""
    user = reader_of(request)
    if binding_remove(account=user, by=user, now=timezone.now()):
        messages.success(request, _("Your account is no longer bound to the city's sign-on."))
    return redirect("security")


@never_cache
@require_POST
@administrators_only
def account_city(request: HttpRequest, pk: int) -> HttpResponse:
    """Bind somebody's account to a subject that is typed, or take the binding away."""
    _provider()
    by, now = reader_of(request), timezone.now()
    account = get_object_or_404(accounts_visible_to(by), pk=pk)
    if "remove" in request.POST:
        binding_remove(account=account, by=by, now=now)
        messages.success(request, _("The binding of %(name)s is removed.") % {"name": account})
        return redirect("account-security", pk)
    form = SubjectForm(request.POST)
    if form.is_valid():
        try:
            binding_set(account=account, subject=form.cleaned_data["subject"], by=by, now=now)
        except ValidationError as error:
            errors_add(form, error)
        else:
            messages.success(
                request, _("%(name)s signs in by the city's sign-on now.") % {"name": account}
            )
            return redirect("account-security", pk)
    context = account_context(request, pk) | city_context(account, form)
    return render(request, "agencies/account_security.html", context, status=status_of(form))


@never_cache
@require_safe
@administrators_only
def account_security(request: HttpRequest, pk: int) -> HttpResponse:
    """How somebody signs in, and what an administrator may do about it."""
    context = account_context(request, pk)
    account = context["account"]
    assert isinstance(account, User)
    return render(request, "agencies/account_security.html", context | city_context(account))


def city_context(account: User, form: SubjectForm | None = None) -> dict[str, Any]:
    """What the page says of somebody's binding."""
    return {"binding": binding_of(account), "subject_form": form or SubjectForm()}


class SignOut(LogoutView):
    """Ends the session here; who came by the city's sign-on is told where to end that one too."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        came_by = request.session.get(CAME_BY)
        answer = super().post(request, *args, **kwargs)
        provider = provider_set()
        if not (provider and came_by and came_by["end_address"]):
            return _forgotten(answer)
        # A link, since the content policy lets no form of ours end at another host.
        query = urlencode(
            {
                "client_id": provider.client_id,
                "post_logout_redirect_uri": request.build_absolute_uri(reverse("sign-in")),
            }
        )
        mark = "&" if "?" in came_by["end_address"] else "?"
        context = {"end_address": f"{came_by['end_address']}{mark}{query}"}
        return _forgotten(render(request, "agencies/city_signed_out.html", context))


def _forgotten(answer: HttpResponse) -> HttpResponse:
    """Have the browser let go of what it holds of ours: pages that it would have asked about, and
    those that its button goes back to."""
    answer["Clear-Site-Data"] = '"cache"'
    return answer


def _provider() -> Provider:
    provider = provider_set()
    if provider is None:
        raise Http404
    return provider


def _refused(request: HttpRequest, error: JourneyError, *, is_told: bool = True) -> HttpResponse:
    """A page that says what went wrong and what to do; the log has the particulars."""
    sentences = {
        Fault.DENIED: _("The city's sign-on was called off, or refused you."),
        Fault.FAILED: _("The city's sign-on reports a failure of its own."),
        Fault.STRAY: _("This answer belongs to no sign-in of this browser, or was used already."),
        Fault.TOO_LATE: _("Signing in took too long."),
        Fault.DOWN: _("The city's sign-on cannot be reached, or does not answer as it should."),
        Fault.UNTRUE: _("What the city's sign-on answered could not be proved to be true."),
    }
    logger.warning("A sign-in by the city's sign-on failed: %s", error)
    user = request.user if isinstance(request.user, User) else None
    if is_told:
        now, why = timezone.now(), str(error.fault)
        audit_event("user.city_sign_on_refused", user or User(), by=user, now=now, why=why)
    status = BAD_GATEWAY if error.fault in (Fault.FAILED, Fault.DOWN, Fault.UNTRUE) else FORBIDDEN
    context = {
        "sentence": sentences[error.fault],
        "language_back": reverse("security" if user else "sign-in"),
    }
    return render(request, "agencies/city_refused.html", context, status=status)
