"""Saved lists: shown above their list; named, shared and removed by who saved them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from agencies.models import User
from agencies.pages import posted
from progress.filters import queries_invalid, query_kept
from progress.models import ListPage, SavedList
from progress.pages.reading import register_reader
from progress.workflow import saved_list_change, saved_list_create, saved_list_remove
from tasks.models import Task

BAD_REQUEST = 400
ROUTES = {ListPage.TASKS: "task-list", ListPage.MEASURES: "measure-list"}


@dataclass(frozen=True, slots=True)
class SavedLink:
    """A saved list as it stands above its list; invalid: its filters cannot be read any more."""

    saved: SavedList
    address: str
    is_own: bool
    is_current: bool
    is_invalid: bool


class SavedListForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the list"), max_length=40)
    is_shared = forms.BooleanField(
        label=gettext_lazy("Share with colleagues"),
        help_text=gettext_lazy(
            "With the people of your agency; coordinators, leaders and auditors each among "
            "themselves. Everybody sees in it what they may see."
        ),
        required=False,
    )


def saved_links(
    page: str, user: User, parameters: QueryDict | None, **filter_arguments: Any
) -> Sequence[SavedLink]:
    """The saved lists of this page that the person may open, their own first.

    `parameters` are those of the page that is shown, None where they cannot be read. At most four
    statements, however many lists there are.
    """
    found = list(
        SavedList.objects.visible_to(user)
        .filter(page=page)
        .select_related("owner")
        .order_by("name", "pk")
    )
    if not found:
        return []
    invalid = queries_invalid(page, {one.query for one in found})
    shown = None
    if parameters is not None:
        # More filters than can be saved are none of these lists.
        with suppress(ValidationError):
            shown = query_kept(page, parameters, **filter_arguments)
    links = [
        SavedLink(
            saved=one,
            address=address_of(one),
            is_own=one.owner_id == user.pk,
            is_current=one.query == shown,
            is_invalid=one.query in invalid,
        )
        for one in found
    ]
    return sorted(links, key=lambda link: not link.is_own)


def address_of(saved: SavedList) -> str:
    """Where the saved list is shown."""
    address = reverse(ROUTES[ListPage(saved.page)])
    return f"{address}?{saved.query}" if saved.query else address


@never_cache
@require_POST
def saved_list_add(request: HttpRequest, page: str) -> HttpResponse:
    """Save what the list shows under a name. Answers 400 with the form where that cannot be.

    `query` is the list's address after the "?"; only what the list understands is kept. Raises
    Http404 for a list that there is not.
    """
    user = register_reader(request)
    if page not in ListPage.values:
        raise Http404(_("There is no such list."))
    form = SavedListForm(request.POST, label_suffix="")
    query = request.POST.get("query", "")
    if form.is_valid():
        try:
            saved = saved_list_create(
                page=page,
                name=form.cleaned_data["name"],
                query=query_kept(
                    page,
                    QueryDict(query),
                    queryset=Task.objects.visible_to(user),
                    request=request,
                    today=timezone.localdate(),
                ),
                is_shared=form.cleaned_data["is_shared"],
                by=user,
                now=timezone.now(),
            )
        except ValidationError as error:
            _refuse(form, error)
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
            return redirect(address_of(saved))
    return _form_page(request, form, page=page, query=query, status=BAD_REQUEST)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def saved_list_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, share or keep to oneself. Raises Http404 for lists of people who are no colleagues,
    PermissionDenied for those of colleagues."""
    user, saved = _own(request, pk)
    form = SavedListForm(
        posted(request),
        label_suffix="",
        initial={"name": saved.name, "is_shared": saved.is_shared},
    )
    if request.method == "POST" and form.is_valid():
        try:
            saved_list_change(
                saved=saved,
                name=form.cleaned_data["name"],
                is_shared=form.cleaned_data["is_shared"],
                by=user,
            )
        except ValidationError as error:
            _refuse(form, error)
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
            return redirect(address_of(saved))
    status = BAD_REQUEST if form.errors else 200
    return _form_page(request, form, page=saved.page, query=saved.query, saved=saved, status=status)


@never_cache
@require_POST
def saved_list_remove_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a saved list of one's own; raises as `saved_list_edit`."""
    user, saved = _own(request, pk)
    name = saved.name
    route = ROUTES[ListPage(saved.page)]
    saved_list_remove(saved=saved, by=user)
    messages.success(request, _("“%(name)s” is removed.") % {"name": name})
    return redirect(route)


def _own(request: HttpRequest, pk: int) -> tuple[User, SavedList]:
    user = register_reader(request)
    saved = get_object_or_404(SavedList.objects.visible_to(user), pk=pk)
    if saved.owner_id != user.pk:
        raise PermissionDenied(_("Only who saved a list changes or removes it."))
    return user, saved


def _refuse(form: forms.Form, error: ValidationError) -> None:
    if hasattr(error, "error_dict"):
        for name, problems in error.message_dict.items():
            for problem in problems:
                form.add_error(name if name in form.fields else None, problem)
    else:
        for problem in error.messages:
            form.add_error(None, problem)


def _form_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    page: str,
    query: str,
    saved: SavedList | None = None,
    status: int,
) -> HttpResponse:
    address = reverse(ROUTES[ListPage(page)])
    return render(
        request,
        "progress/saved_list.html",
        {
            "form": form,
            "saved": saved,
            "list_page": page,
            "list_label": ListPage(page).label,
            "list_address": f"{address}?{query}" if query else address,
            "query": query,
        },
        status=status,
    )
