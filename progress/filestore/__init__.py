"""Files that people attach: what they are by their content, and where their bytes lie."""

from progress.filestore.downloads import download
from progress.filestore.names import label_of
from progress.filestore.recognition import ENDINGS, kind_of
from progress.filestore.refusal import FileRefused, FileTooLarge
from progress.filestore.storage import (
    MEGABYTE,
    DamagedFile,
    Received,
    file_keep,
    file_opened,
    file_received,
    path_of,
)
from progress.filestore.upkeep import Damage, damages, orphans, orphans_remove

__all__ = [
    "ENDINGS",
    "MEGABYTE",
    "Damage",
    "DamagedFile",
    "FileRefused",
    "FileTooLarge",
    "Received",
    "damages",
    "download",
    "file_keep",
    "file_opened",
    "file_received",
    "kind_of",
    "label_of",
    "orphans",
    "orphans_remove",
    "path_of",
]
