"""Files in the body of a request: multipart/form-data, no longer than a file may be."""

from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, MultiPartParser

from progress.api.bodies import BodyTooLarge
from progress.filestore import MEGABYTE, FileTooLarge
from progress.models import Policy
from progress.workflow import TOO_LARGE

# In bytes: what a form carries beside its file.
BESIDE_THE_FILE = 1_000_000


class BoundedMultipart(MultiPartParser):
    """A form with a file, refused by the length that it says it has before any of it is read."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "DataAndFiles[Any, Any]":
        assert parser_context is not None
        megabytes = Policy.current().evidence_megabytes
        said = parser_context["request"].META.get("CONTENT_LENGTH") or "0"
        if not str(said).isdecimal():
            raise ParseError
        if int(said) > megabytes * MEGABYTE + BESIDE_THE_FILE:
            raise BodyTooLarge(str(FileTooLarge(megabytes=megabytes)))
        return super().parse(stream, media_type, parser_context)


def too_large_as_such(error: ValidationError) -> Exception:
    """What a writer refused, as 413 where its file is too large."""
    said = error.error_dict.get("file", ()) if hasattr(error, "error_dict") else ()
    if any(one.code == TOO_LARGE for one in said):
        return BodyTooLarge(" ".join(error.messages))
    return error
