"""Choosing the columns of a list: kept for the person, or given up again."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from progress.filters import columns_named
from progress.models import ListPage
from progress.pages.lists.saved import ROUTES
from progress.pages.reading import address_with, register_reader
from progress.workflow import columns_keep, columns_reset


@never_cache
@require_POST
def list_columns(request: HttpRequest, page: str) -> HttpResponse:
    """Keep the columns that are ticked, or with `reset` the list's own; back to the list.

    `query` is the list's address after the "?". Answers 400 for a column that the list has not,
    raises Http404 for a list that there is not.
    """
    user = register_reader(request)
    if page not in ListPage.values:
        raise Http404(_("There is no such list."))
    if "reset" in request.POST:
        columns_reset(page=page, by=user)
        messages.success(request, _("The list has its own columns again."))
    else:
        try:
            columns = columns_named(page, request.POST.getlist("columns"))
        except ValidationError as error:
            sentence = " ".join(error.messages)
            return HttpResponseBadRequest(sentence, content_type="text/plain; charset=utf-8")
        columns_keep(page=page, columns=columns, by=user)
        messages.success(request, _("These columns are kept for you."))
    query = QueryDict(request.POST.get("query", "")).copy()
    return redirect(reverse(ROUTES[ListPage(page)]) + address_with(query, columns=""))
