"""One's own webhooks: made, tried, paused, ended, and the log of what each was told."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from agencies.outgoing import LONGEST_ADDRESS
from agencies.pages import errors_add, posted, reader_of, status_of
from progress.feed import FOLLOWED
from progress.models import Webhook
from progress.webhooks import (
    delivery_repeat,
    hosts_allowed,
    webhook_change,
    webhook_create,
    webhook_end,
    webhook_pause,
    webhook_problem,
    webhook_resume,
    webhook_secret_renew,
    webhook_try,
)

DELIVERIES_A_PAGE = 20


def _kinds() -> list[tuple[str, str]]:
    return [(kind, str(one.model._meta.verbose_name)) for kind, one in FOLLOWED.items()]


class WebhookForm(forms.Form):
    """What is typed of a webhook. The address is never given back to the page."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=50,
        help_text=gettext_lazy("Which system is told, such as the city's data platform."),
    )
    address = forms.CharField(
        label=pgettext_lazy("webhook", "Address"),
        max_length=LONGEST_ADDRESS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        help_text=gettext_lazy(
            "Whole, from https:// on. It may hold a key, so it is stored encrypted and never shown "
            "again."
        ),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What it is told of"),
        choices=_kinds,
        initial=list(FOLLOWED),
        widget=forms.CheckboxSelectMultiple,
    )


@sensitive_post_parameters("address")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """One's own webhooks; the secret of a new one is shown in the answer that makes it."""
    user, made = reader_of(request), None
    form = WebhookForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = webhook_create(owner=user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            errors_add(form, error)
        else:
            form = WebhookForm()
    context = {
        "form": form,
        "made": made,
        "webhooks": Webhook.objects.visible_to(user),
        "hosts": hosts_allowed(),
    }
    return render(request, "progress/webhooks.html", context, status=status_of(form))


@sensitive_post_parameters("address")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One webhook, what may be changed of it, and its log."""
    hook = _webhook_of(request, pk)
    form = _form_of(hook, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            webhook_change(
                webhook=hook, by=reader_of(request), now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as error:
            errors_add(form, error)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": hook.name})
            return redirect("webhook", pk)
    return _webhook_page(request, hook, form)


def _form_of(hook: Webhook, data: Any = None) -> WebhookForm:
    form = WebhookForm(data, initial={"name": hook.name, "kinds": hook.kinds})
    form.fields["address"].required = False
    form.fields["address"].help_text = _("Leave it empty to keep the stored one.")
    return form


def _webhook_page(
    request: HttpRequest, hook: Webhook, form: WebhookForm, *, secret: str = ""
) -> HttpResponse:
    labels = dict(_kinds())
    page = Paginator(hook.deliveries.all(), DELIVERIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "hook": hook,
        "kinds": [labels[kind] for kind in hook.kinds if kind in labels],
        "problem": "" if hook.has_ended else webhook_problem(hook),
        "form": form,
        "secret": secret,
        "page_obj": page,
    }
    return render(request, "progress/webhook.html", context, status=status_of(form))


@never_cache
@require_POST
def webhook_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """Another secret, shown in the answer that makes it, and never again."""
    hook = _webhook_of(request, pk)
    secret = webhook_secret_renew(webhook=hook, by=reader_of(request), now=timezone.now())
    hook.refresh_from_db()
    return _webhook_page(request, hook, _form_of(hook), secret=secret)


MOVES: Mapping[str, Callable[..., Any]] = {
    "pause": webhook_pause,
    "resume": webhook_resume,
    "test": webhook_try,
    "end": webhook_end,
}


@require_POST
def webhook_move(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    """Pause, resume, try or end it."""
    if move not in MOVES:
        raise Http404
    hook = _webhook_of(request, pk)
    MOVES[move](webhook=hook, by=reader_of(request), now=timezone.now())
    said = {
        "pause": _("%(name)s is paused."),
        "resume": _("%(name)s goes on from where it was."),
        "test": _("A test is on its way; the log says what comes of it."),
        "end": _("%(name)s has ended; nothing is sent there any more."),
    }
    messages.success(request, said[move] % {"name": hook.name})
    return redirect("webhooks") if move == "end" else redirect("webhook", pk)


@require_POST
def delivery_again(request: HttpRequest, pk: int, delivery: int) -> HttpResponse:
    """Send a delivery of the log once more."""
    hook = _webhook_of(request, pk)
    row = get_object_or_404(hook.deliveries.select_related("webhook"), pk=delivery)
    delivery_repeat(delivery=row, by=reader_of(request), now=timezone.now())
    messages.success(request, _("It is sent again; the log says what comes of it."))
    return redirect("webhook", pk)


def _webhook_of(request: HttpRequest, pk: int) -> Webhook:
    return get_object_or_404(Webhook.objects.visible_to(reader_of(request)), pk=pk)
