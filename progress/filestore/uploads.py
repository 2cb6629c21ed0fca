"""Uploads while they come in: what is larger than any rule allows is not even written down."""

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

# The most that a coordinator may allow (Policy.evidence_megabytes), and one to be refused by name.
LARGEST = 101_000_000


class BoundedUploads(FileUploadHandler):
    """Stops taking in files once a request has brought more than LARGEST bytes of them.

    The fields that came before are kept, so that the page can say what was wrong.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: Mapping[str, Any],  # noqa: N803 - Django's own name
        content_length: Any,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        self.left = LARGEST

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.left -= len(raw_data)
        if self.left < 0:
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        return None
