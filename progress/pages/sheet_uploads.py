"""A workbook that somebody filled in and sends back: the form's field, and its bytes."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from progress.filestore import MEGABYTE, FileTooLarge
from progress.workbooks.reading import LARGEST_MEGABYTES

XLSX, TEXT = ".xlsx", ".txt"
# Whoever has more to correct begins with these.
MOST_FAULTS = 50

# What is wrong, and in which cell or line; "" where it is of no place alone.
Fault: TypeAlias = tuple[str, str]


def faults_shown(faults: Sequence[Fault]) -> list[Fault]:
    """The first faults, and how many there are besides."""
    shown = list(faults[:MOST_FAULTS])
    if len(faults) > MOST_FAULTS:
        more = _("And %(count)d more of this kind.") % {"count": len(faults) - MOST_FAULTS}
        shown.append(("", more))
    return shown


class SheetForm(forms.Form):
    """The file alone; what is wrong within it is told by whoever reads it."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )

    def __init__(self, *args: Any, endings: tuple[str, ...] = (XLSX,), **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["file"].widget = forms.FileInput(attrs={"accept": ",".join(endings)})

    def clean_file(self) -> "UploadedFile[Any]":
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        if (upload.size or 0) > LARGEST_MEGABYTES * MEGABYTE:
            raise ValidationError(str(FileTooLarge(megabytes=LARGEST_MEGABYTES)))
        return upload
