"""Where things are: the collections of the API, and its description, which are strict too."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from progress.api.described_once import Json, OnceForAll, PlainJson, PlainYaml, Yaml
from progress.api.parameters import KnownParameters

# The names of the routes under /api/v1/ that are where one begins, in the order of the house.
COLLECTIONS: Sequence[str] = (
    "overview",
    "board",
    "matrix",
    "trend",
    "comparison",
    "chapters",
    "tasks",
    "measures",
    "responsibilities",
    "deadline-changes",
    "agencies",
    "agencies-figures",
    "periods",
    "reports",
    "contributions",
    "filled-forms",
    "errata",
    "evidence",
    "registers",
    "register-matters",
    "register-extensions",
    "register-completions",
    "register-results",
    "changes",
    "audit-trail",
    "reminders",
    "reminder-day",
    "reminder-pauses",
    "exports",
    "notices",
    "saved-lists",
    "brief-templates",
    "brief-variables",
    "running",
    "rules",
    "calendar",
    "accounts",
    "sessions",
    "tokens",
    "webhooks",
    "schema",
    "docs",
)


class CollectionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text=_("What it is called."))
    address = serializers.CharField(help_text=_("Where it is."))


class Index(KnownParameters):
    """Where one begins."""

    @extend_schema(operation_id="index", responses=CollectionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The collections and their addresses."""
        return Response(
            [
                {"name": name, "address": reverse(f"api:{name}", request=request)}
                for name in COLLECTIONS
            ]
        )


class Schema(KnownParameters, SpectacularAPIView):
    """The description of the API in OpenAPI 3; YAML unless JSON is asked for."""

    generator_class = OnceForAll
    renderer_classes = [Yaml, PlainYaml, Json, PlainJson]  # noqa: RUF012 - as above it
    parameters: ClassVar = {"GET": ("lang",)}


class Docs(KnownParameters, SpectacularSwaggerSplitView):
    """The description of the API to read and to try out."""

    parameters: ClassVar = {"GET": ("lang", "script")}
    flags = ("script",)  # the page asks for its own script so
