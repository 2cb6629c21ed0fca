"""The description of the API is gathered and written out once in a process and language."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.utils.translation import get_language, override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
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
