"""Files that people attach: what they are by their content, and where their bytes lie; and how a
file is given away."""

from progress.filestore.downloads import document, download
from progress.filestore.names import label_of
from progress.filestore.recognition import ENDINGS, kind_of
from progress.filestore.refusal import FileRefused, FileTooLarge
from progress.filestore.storage import (
    MEGABYTE,
    DamagedFile,
    Received,
    bytes_keep,
    evidence_dir,
    file_drop,
    file_keep,
    file_lay,
    file_opened,
    file_received,
    files_held,
    files_held_alone,
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
    "bytes_keep",
    "damages",
    "document",
    "download",
    "evidence_dir",
    "file_drop",
    "file_keep",
    "file_lay",
    "file_opened",
    "file_received",
    "files_held",
    "files_held_alone",
    "kind_of",
    "label_of",
    "orphans",
    "orphans_remove",
    "path_of",
]
