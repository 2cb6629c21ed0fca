"""The product's addresses, and beside them what pages are compared with: A, an answer that is the
same for everybody who is signed in, behind everything that stands before a page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from tianjin_pilot.urls import handler400, handler500
from tianjin_pilot.urls import urlpatterns as addresses

__all__ = ["CONSTANT", "handler400", "handler500", "urlpatterns"]

CONSTANT = "/benchmark/constant/"


@require_safe
@login_required
def constant(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("42")


# First, so that no page is ahead of it in the comparing of addresses.
urlpatterns = [path(CONSTANT.removeprefix("/"), constant), *addresses]
