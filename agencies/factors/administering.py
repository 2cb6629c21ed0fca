"""What administrators do about signing in: whose second factor is reset, and who must have one."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from agencies.accounts import accounts_visible_to
from agencies.factors.keeping import codes_left, factor_reset, roles_requiring, rule_set
from agencies.models import Role, SecondFactor, User
from agencies.pages import administrators_only, posted, reader_of, status_of


class RuleForm(forms.Form):
    """Of which roles a second factor is required."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("A second factor is required of"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "A code from an app beside the password. Whoever has none yet is signed out and sets "
            "it up when signing in next."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def sign_in_rules(request: HttpRequest) -> HttpResponse:
    """Of which roles a second factor is required, to be changed."""
    form = RuleForm(posted(request), initial={"roles": sorted(roles_requiring())}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        rule_set(roles=form.cleaned_data["roles"], by=reader_of(request), now=timezone.now())
        messages.success(request, _("The rules of signing in are saved."))
        return redirect("sign-in-rules")
    return render(request, "agencies/sign_in_rules.html", {"form": form}, status=status_of(form))


@require_POST
@administrators_only
def second_factor_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away somebody's second factor; one's own is another administrator's."""
    by = reader_of(request)
    account = get_object_or_404(accounts_visible_to(by), pk=pk)
    if factor_reset(account=account, by=by, now=timezone.now()):
        messages.success(
            request,
            _("The second factor of %(name)s is reset; their sessions have ended.")
            % {"name": account},
        )
    return redirect("account-security", pk)


def account_context(request: HttpRequest, pk: int) -> dict[str, object]:
    """What the page says of the account."""
    by = reader_of(request)
    account: User = get_object_or_404(accounts_visible_to(by), pk=pk)
    return {
        "account": account,
        "is_own": account.pk == by.pk,
        "factor": SecondFactor.objects.filter(user=account).first(),
        "codes_left": codes_left(account),
        "is_required": account.role in roles_requiring(),
    }
