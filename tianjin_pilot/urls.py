"""Addresses: people's pages, the API, and what belongs to signing in."""

from django.urls import include, path

urlpatterns = [
    path("", include("progress.pages.urls")),
    path("", include("agencies.urls")),
    path("api/v1/", include("tianjin_pilot.api_routes")),
]
