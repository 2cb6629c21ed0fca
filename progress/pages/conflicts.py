"""A conflict that a page does not answer itself becomes a 409 page that says what to do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from progress.workflow import Conflict


class ConflictMiddleware:
    """Turns `Conflict` into HTTP 409; a wrong state is neither an error nor forbidden."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Conflict):
            return TemplateResponse(
                request, "409.html", {"message": str(exception)}, status=409
            ).render()
        return None
