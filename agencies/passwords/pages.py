"""Pages on which people set their own password: with the one they have, or by a mailed link."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from agencies.held_posts import post_held
from agencies.limits import Limit, TooManyRequests, counted
from agencies.locking_out import lock_lift
from agencies.models import User
from agencies.origin import address_of
from agencies.pages import posted, reader_of, status_of
from agencies.passwords.asking import own_password_check
from agencies.passwords.keeping import own_password_set, password_is_due
from agencies.passwords.links import link_ask
from agencies.passwords.whose import own_password_is_of_use
from agencies.sessions.store import SessionStore

FORBIDDEN = 403
# A whole office may be behind one address.
ASKED_FROM_AN_ADDRESS = Limit("password-links-asked", 20, dt.timedelta(hours=1))


class OwnPasswordForm(PasswordChangeForm):
    """The password that one has, and twice the one that is to be."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    @sensitive_variables("password")
    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        own_password_check(self.request, password, user=reader_of(self.request))
        return password


class PasswordChange(auth_views.PasswordChangeView):
    """One's own password; this session stays under another key, all others of the account end.

    What was sent by somebody whose password had to be changed first comes back after it.
    """

    template_name = "agencies/password_change.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("home")

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            own_password_is_of_use(reader_of(request))
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form: Any) -> HttpResponse:
        account, session = reader_of(self.request), self.request.session
        assert isinstance(session, SessionStore)
        with transaction.atomic():
            own_password_set(
                account=account,
                password=form.cleaned_data["new_password1"],
                session=session.digest,
                now=timezone.now(),
            )
            update_session_auth_hash(self.request, account)
            # As signing in does: what was mistyped before counts no more.
            lock_lift(account)
        messages.success(self.request, _("Your password is changed."))
        if held := post_held(self.request.POST.get("held", "")):
            return render(self.request, "agencies/held_post.html", {"held": held})
        return redirect(self._next() or self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = self.request.POST.get("held", "")
        return super().get_context_data(**kwargs) | {
            **_told(reader_of(self.request)),
            "held": held if post_held(held) else "",
            "next": self._next(),
        }

    def _next(self) -> str:
        """The page that was asked for when this one came in its place; "" for another host's."""
        wanted = str(self.request.POST.get("next", self.request.GET.get("next", "")))
        is_ours = url_has_allowed_host_and_scheme(
            wanted, {self.request.get_host()}, require_https=self.request.is_secure()
        )
        return wanted if is_ours else ""


def password_page(request: HttpRequest, *, held: str) -> HttpResponse:
    """The page on which the password has to be changed first, with what was sent instead."""
    user = reader_of(request)
    context = {**_told(user), "form": OwnPasswordForm(request, user), "held": held}
    return render(request, "agencies/password_change.html", context, status=FORBIDDEN)


def _told(user: User) -> dict[str, Any]:
    """What the page says beside its form: whether it has to be, and why."""
    return {
        "is_due": password_is_due(user, now=timezone.now()),
        "is_given": user.password_is_given,
    }


# --- Forgotten -------------------------------------------------------------------------------


class ForgottenForm(forms.Form):
    """To which address a link is to be sent."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password_forgotten(request: HttpRequest) -> HttpResponse:
    """Asking for a link. The answer is the same whether or not anybody has this address."""
    form = ForgottenForm(posted(request))
    asked = request.method == "POST" and form.is_valid()
    if asked:
        now = timezone.now()
        standing = counted(limit=ASKED_FROM_AN_ADDRESS, who=address_of(request) or "", now=now)
        if standing is not None and standing.is_over:
            raise TooManyRequests(standing.resets_in)
        language = get_language() or settings.LANGUAGE_CODE
        link_ask(email=form.cleaned_data["email"], language=language, now=now)
    context = {"form": form, "asked": asked}
    return render(request, "agencies/password_forgotten.html", context, status=status_of(form))


@method_decorator([login_not_required], name="dispatch")
class PasswordNew(auth_views.PasswordResetConfirmView):
    """Setting a new password by a link. Nobody is signed in by it: that is done with the password
    that was set, and whatever else signing in asks for."""

    template_name = "agencies/password_new.html"
    success_url = reverse_lazy("sign-in")

    def get_user(self, uidb64: str) -> Any:
        """Whose link it is; of whom no password lets in it is none that works."""
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.signs_in_by_password else None

    def form_valid(self, form: Any) -> HttpResponse:
        account = form.user
        with transaction.atomic():
            own_password_set(
                account=account, password=form.cleaned_data["new_password1"], now=timezone.now()
            )
            # Who reads the person's mail is the person, as far as a lock is concerned.
            lock_lift(account)
        del self.request.session[auth_views.INTERNAL_RESET_SESSION_TOKEN]
        messages.success(self.request, _("Your password is changed. Sign in with it now."))
        return redirect(self.get_success_url())
