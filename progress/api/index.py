"""Where things are: the collections of the API, and its description, which are strict too."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

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


class Document(dict[str, Any]):
    """The description in one language, and what it reads as, by the kind of content."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        super().__init__(described)
        self.written: dict[str, bytes] = {}


@cache
def _document(language: str, version: str | None) -> Document:
    generator: Any = SchemaGenerator
    with override(language):
        return Document(generator(api_version=version).get_schema(request=None, public=True))


class OnceForAll(SchemaGenerator):
    """The same for everybody, and as long as the process lives: gathering it from the views takes
    a second, and writing it out another."""

    def get_schema(self, request: Any = None, public: bool = False) -> Document:
        return _document(get_language(), self.api_version)


class RenderedOnce:
    """A renderer that keeps what it has made of a Document."""

    media_type: str

    def render(self, data: Any, *args: Any, **options: Any) -> bytes:
        write = super().render  # type: ignore[misc]
        if not isinstance(data, Document):
            written: bytes = write(data, *args, **options)
            return written
        if self.media_type not in data.written:
            data.written[self.media_type] = write(dict(data), *args, **options)
        return data.written[self.media_type]


class Yaml(RenderedOnce, OpenApiYamlRenderer):
    pass


class PlainYaml(RenderedOnce, OpenApiYamlRenderer2):
    pass


class Json(RenderedOnce, OpenApiJsonRenderer):
    pass


class PlainJson(RenderedOnce, OpenApiJsonRenderer2):
    pass


class Schema(KnownParameters, SpectacularAPIView):
    """The description of the API in OpenAPI 3; YAML unless JSON is asked for."""

    generator_class = OnceForAll
    renderer_classes = [Yaml, PlainYaml, Json, PlainJson]  # noqa: RUF012 - as above it
    parameters: ClassVar = {"GET": ("lang",)}


class Docs(KnownParameters, SpectacularSwaggerSplitView):
    """The description of the API to read and to try out."""

    parameters: ClassVar = {"GET": ("lang", "script")}
    flags = ("script",)  # the page asks for its own script so
