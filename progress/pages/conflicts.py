"""A conflict that a page does not answer itself becomes a 409 page that says what to do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from progress.workflow import Conflict


class ConflictMiddleware:
    """Turns `Conflict` into HTTP 409; a wrong state is neither an error nor forbidden."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Conflict):
            context = {"message": str(exception), "back": _page_it_is_about(request)}
            return TemplateResponse(request, "409.html", context, status=409).render()
        return None


def _page_it_is_about(request: HttpRequest) -> str:
    """The page of the report or contribution that the address names, where it can be withdrawn or
    asked about; "" for any other address."""
    found = request.resolver_match.kwargs if request.resolver_match else {}
    if not {"number", "code"} <= found.keys():
        return ""
    place = [found["number"], found["code"]]
    if "agency" in found:
        return reverse("contribution", args=[*place, found["agency"]])
    return reverse("report", args=place)
