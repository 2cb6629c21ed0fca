"""Addresses: people's pages, the API, and what belongs to signing in."""

from django.urls import include, path, re_path

from progress.api.errors import UnknownAddress

urlpatterns = [
    path("", include("progress.pages.urls")),
    path("", include("agencies.urls")),
    path("api/v1/", include("tianjin_pilot.api_routes")),
    re_path(r"^api/", UnknownAddress.as_view()),
]
