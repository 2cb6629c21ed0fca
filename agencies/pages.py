"""Pages of signing in, one's own account, and what administrators keep: accounts and agencies."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.accounts import (
    account_change,
    account_create,
    account_password_set,
    accounts_visible_to,
    agency_change,
    agency_create,
    password_generated,
)
from agencies.administering import administrator_check
from agencies.changes import changes_of
from agencies.forms import (
    AccountCreateForm,
    AccountFilter,
    AccountForm,
    AgencyCreateForm,
    AgencyForm,
    PasswordSetForm,
    TokenForm,
)
from agencies.held_posts import HeldPost, post_held
from agencies.locking_out import account_unlock, is_locked_out, locked_until
from agencies.models import Agency, AgencyAlias, ApiToken, TokenAccess, User
from agencies.sessions import sessions_of
from agencies.tokens import token_create, token_revoke

ACCOUNTS_A_PAGE = 50
BAD_REQUEST = 400

P = ParamSpec("P")


def reader_of(request: HttpRequest) -> User:
    """The signed-in person; the middleware lets nobody else this far."""
    assert isinstance(request.user, User)
    return request.user


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, for a form; None where the page is only looked at."""
    return request.POST if request.method == "POST" else None


def administrators_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answer 403 to every other role: administering is a duty of its own."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        administrator_check(reader_of(request))
        return view(request, *args, **kwargs)

    return guarded


# --- Signing in and one's own account --------------------------------------------------------


class SignIn(auth_views.LoginView):
    """The same answer for an unknown name, a wrong password and a closed account; and after five
    failures the same for every name, whoever has it and whichever password is tried."""

    template_name = "agencies/sign_in.html"
    redirect_authenticated_user = True

    # Django's own decorators do not reach a method that stands in front of its own.
    @method_decorator([login_not_required, never_cache])
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # A page that is loaded again sends its form again, and is then signed in already.
        if request.method == "POST" and request.user.is_authenticated and (held := self._held()):
            return self._held_page(held)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_valid(form)
        held = self._held()
        return self._held_page(held) if held else answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = self.request.POST.get("held", "") if self._held() else ""
        return super().get_context_data(**kwargs) | {
            "held": held,
            "is_locked_out": is_locked_out(self.request),
            "locked_minutes": settings.AXES_COOLOFF_TIME // dt.timedelta(minutes=1),
        }

    def _held(self) -> HeldPost | None:
        return post_held(self.request.POST.get("held", ""))

    def _held_page(self, held: HeldPost) -> HttpResponse:
        """What was typed before signing in, and a button that sends it: nothing goes unasked."""
        return render(self.request, "agencies/held_post.html", {"held": held})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own API keys; a new one is shown in the answer that makes it, and never again."""
    user = reader_of(request)
    form = TokenForm(posted(request))
    made: tuple[ApiToken, str] | None = None
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        made = token_create(
            user=user,
            name=form.cleaned_data["name"],
            access=TokenAccess(form.cleaned_data["access"]),
            expires_at=now + dt.timedelta(days=form.cleaned_data["days"]),
            now=now,
        )
        form = TokenForm()
    context = {
        "form": form,
        "made": made,
        "tokens": ApiToken.objects.visible_to(user),
    }
    return render(request, "agencies/tokens.html", context, status=status_of(form))


@require_POST
def token_revoke_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of one's own keys; anybody else's is not found."""
    user = reader_of(request)
    token = get_object_or_404(ApiToken.objects.visible_to(user), pk=pk)
    token_revoke(token=token, by=user, now=timezone.now())
    messages.success(request, _("The key “%(name)s” no longer works.") % {"name": token.name})
    return redirect("tokens")


# --- Accounts --------------------------------------------------------------------------------


@require_safe
@administrators_only
def accounts(request: HttpRequest) -> HttpResponse:
    """The accounts, narrowed by role, agency and words in the name."""
    found = accounts_narrowed(accounts_visible_to(reader_of(request)), request.GET)
    context = {
        "filter": AccountFilter(request.GET),
        "query": request.GET.urlencode(),
        "page": Paginator(found, ACCOUNTS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "agencies/accounts.html", context)


def accounts_narrowed(found: QuerySet[User], query: QueryDict) -> QuerySet[User]:
    """Those that the filters of the page of accounts leave; one that cannot be read leaves all."""
    narrowing = AccountFilter(query)
    narrowing.is_valid()
    wanted = narrowing.cleaned_data
    if words := wanted.get("q"):
        found = found.filter(Q(username__contains=words) | Q(name__contains=words))
    if role := wanted.get("role"):
        found = found.filter(role=role)
    if agency := wanted.get("agency"):
        found = found.filter(agency=agency)
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def account_add(request: HttpRequest) -> HttpResponse:
    """Make an account; a generated password is shown in the answer, and never again."""
    by = reader_of(request)
    form = AccountCreateForm(posted(request), by=by)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        password = wanted["password"] or password_generated()
        try:
            account = account_create(
                by=by,
                now=timezone.now(),
                username=wanted["username"],
                name=wanted["name"],
                role=wanted["role"],
                agency=wanted["agency"],
                email=wanted["email"],
                password=password,
            )
        except ValidationError as error:
            errors_add(form, error)
        else:
            if not account.signs_in_by_password:
                messages.success(
                    request,
                    _("The account is there. %(name)s can sign in once it is bound below.")
                    % {"name": account.name},
                )
                return redirect("account-security", account.pk)
            if not wanted["password"]:
                return _shown_once(request, account, password)
            messages.success(request, _("%(name)s can sign in now.") % {"name": account.name})
            return redirect("accounts")
    return render(request, "agencies/account_form.html", {"form": form}, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def account_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an account; one's own role and right to sign in are another administrator's."""
    by = reader_of(request)
    account = get_object_or_404(accounts_visible_to(by), pk=pk)
    form = AccountForm(posted(request), instance=account, by=by)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            account = account_change(
                account=account,
                by=by,
                now=timezone.now(),
                name=wanted["name"],
                role=wanted["role"],
                agency=wanted["agency"],
                email=wanted["email"],
                is_active=wanted["is_active"],
            )
        except ValidationError as error:
            errors_add(form, error)
        else:
            messages.success(request, _("The account of %(name)s is saved.") % {"name": account})
            return redirect("accounts")
    return _account_page(request, pk, form=form)


@never_cache
@require_POST
@administrators_only
def account_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody a new password, typed twice or generated and shown once."""
    by = reader_of(request)
    account = get_object_or_404(accounts_visible_to(by), pk=pk)
    form = PasswordSetForm(request.POST, account=account)
    if form.is_valid():
        password = form.cleaned_data["password"] or password_generated()
        try:
            account_password_set(account=account, by=by, now=timezone.now(), password=password)
        except ValidationError as error:
            errors_add(form, error)
        else:
            if not form.cleaned_data["password"]:
                return _shown_once(request, account, password)
            messages.success(
                request, _("%(name)s signs in with the new password now.") % {"name": account}
            )
            return redirect("accounts")
    return _account_page(request, pk, password_form=form)


@require_POST
@administrators_only
def account_unlock_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody who was locked out try again at once."""
    by = reader_of(request)
    account = get_object_or_404(accounts_visible_to(by), pk=pk)
    account_unlock(account=account, by=by, now=timezone.now())
    messages.success(request, _("%(name)s can try to sign in again.") % {"name": account})
    return redirect("account-edit", pk)


def _account_page(
    request: HttpRequest,
    pk: int,
    *,
    form: AccountForm | None = None,
    password_form: PasswordSetForm | None = None,
) -> HttpResponse:
    by, now = reader_of(request), timezone.now()
    # As it is stored: a form that does not pass has already written what was typed on its own copy.
    account = get_object_or_404(accounts_visible_to(by), pk=pk)
    is_given_one = account.pk != by.pk and account.signs_in_by_password
    forms_shown: list[forms.BaseForm] = [
        form or AccountForm(instance=account, by=by),
        password_form or PasswordSetForm(account=account),
    ]
    return render(
        request,
        "agencies/account_form.html",
        {
            "account": account,
            "form": forms_shown[0],
            "password_form": forms_shown[1] if is_given_one else None,
            "locked_until": locked_until(account, now=now),
            "session_count": 0 if account.pk == by.pk else sessions_of(account, now=now).count(),
        },
        status=status_of(*forms_shown),
    )


def _shown_once(request: HttpRequest, account: User, password: str) -> HttpResponse:
    return render(
        request, "agencies/password_once.html", {"account": account, "password": password}
    )


# --- Agencies --------------------------------------------------------------------------------


@require_safe
@administrators_only
def agencies_kept(request: HttpRequest) -> HttpResponse:
    """Every agency with its spellings and contact address, each to be changed."""
    agencies = (
        Agency.objects.visible_to(reader_of(request))
        .select_related("successor", "robot")
        .prefetch_related(Prefetch("aliases", AgencyAlias.objects.order_by("pk")))
    )
    return render(request, "agencies/agencies_kept.html", {"agencies": agencies})


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def agency_add(request: HttpRequest) -> HttpResponse:
    """Add an agency that a revised list will name."""
    form = AgencyCreateForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            agency = agency_create(by=reader_of(request), now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            errors_add(form, error)
        else:
            messages.success(
                request, _("%(name)s is added; a list may name it now.") % {"name": agency}
            )
            return redirect("agencies-kept")
    return render(request, "agencies/agency_form.html", {"form": form}, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def agency_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an agency's short name and contact address, or add a spelling."""
    by = reader_of(request)
    agency = get_object_or_404(Agency.objects.visible_to(by).select_related("successor"), pk=pk)
    form = AgencyForm(
        posted(request),
        initial={"short_name": agency.short_name, "contact_email": agency.contact_email},
    )
    if request.method == "POST" and form.is_valid():
        try:
            agency = agency_change(agency=agency, by=by, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            errors_add(form, error)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": agency})
            return redirect("agencies-kept")
    return render(
        request,
        "agencies/agency_form.html",
        {
            "form": form,
            "agency": agency,
            "aliases": agency.aliases.all(),
            "changes": changes_of(agency),
        },
        status=status_of(form),
    )


def errors_add(form: forms.BaseForm, error: ValidationError) -> None:
    """Show what a writer refused at the fields it names, or above the form."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    for name, problems in by_field.items():
        for problem in problems:
            form.add_error(name if name in form.fields else None, problem)


def status_of(*shown: forms.BaseForm) -> int:
    return BAD_REQUEST if any(form.is_bound and not form.is_valid() for form in shown) else 200
