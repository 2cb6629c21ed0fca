"""What every answer tells the browser, beside the Content Security Policy and Django's own headers.

Pages are about people and their work: nothing keeps them, so that after signing out none comes back
by the browser's button. What says itself how long it may be kept goes on saying it: static files,
and answers of the API, which a client holds and asks about again.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

ALWAYS = {
    # None of these is asked for by any page of ours, nor by what a page might be made to hold.
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "autoplay",
            "camera",
            "display-capture",
            "encrypted-media",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "picture-in-picture",
            "screen-wake-lock",
            "usb",
            "xr-spatial-tracking",
        )
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
KEPT_BY_NOBODY = "private, no-store"


class HeadersMiddleware:
    """Adds them to the answers of everything that stands behind it, errors and files as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in ALWAYS.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", KEPT_BY_NOBODY)
        return response
