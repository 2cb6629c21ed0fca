"""Addresses: people's pages, the API, and what belongs to signing in."""

from django.conf import settings
from django.urls import include, path, re_path

from progress.api.errors import UnknownAddress
from progress.pages.styleguide import styleguide
from tianjin_pilot.probes import healthz, readyz

urlpatterns = [
    # First, so that no request of a program is compared with every page's address.
    path("api/v1/", include("tianjin_pilot.api_routes")),
    path("", include("progress.pages.urls")),
    path("", include("agencies.urls")),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    re_path(r"^api/", UnknownAddress.as_view()),
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))

handler400 = "tianjin_pilot.faults.bad_request"
handler500 = "tianjin_pilot.faults.failure"
