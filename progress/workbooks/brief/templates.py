"""The office's own templates: the one writer of them, and which of them is in use."""

import datetime as dt
import hashlib
import io
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from agencies.audit import audit_note
from agencies.models import User
from progress.filestore import (
    DamagedFile,
    FileRefused,
    FileTooLarge,
    file_keep,
    file_opened,
    file_received,
    kind_of,
    label_of,
)
from progress.models import BriefKind, BriefTemplate, BriefTemplateChoice, FileKind
from progress.workbooks.brief.refusal import BriefTemplateRefused
from progress.workflow import Conflict

# A template holds text; what makes one larger are pictures, which a document of this kind has not.
LARGEST_MEGABYTES = 3
LONGEST_NOTE = 200
# The code of the problem with a file that is larger than that.
TOO_LARGE = "too_large"


def brief_template_add(
    *, kind: BriefKind, upload: "File[Any]", name: str, note: str, by: User, now: dt.datetime
) -> BriefTemplate:
    """Keep an uploaded template as the kind's next version, and put it to use.

    It is checked as a file, as a package and tag by tag, and filled in twice for a trial. Raises
    PermissionDenied for anybody but a coordinator, ValidationError keyed "file" (with the code
    TOO_LARGE where that is the reason; else each problem as a message of its own) or "note", and
    Conflict where two are uploaded at the same moment.
    """
    _check_right(by)
    label, note = label_of(name), " ".join(note.split())
    if len(note) > LONGEST_NOTE:
        raise ValidationError(
            {"note": [_("At most %(limit)d characters.") % {"limit": LONGEST_NOTE}]}
        )
    try:
        with file_received(upload, megabytes=LARGEST_MEGABYTES) as received:
            template_check(received.path, label=label, now=now)
            with transaction.atomic():
                file = file_keep(received, kind=FileKind.DOCX, now=now)
                last = BriefTemplate.objects.filter(kind=kind).aggregate(last=Max("number"))["last"]
                with transaction.atomic():
                    template = BriefTemplate.objects.create(
                        kind=kind,
                        number=(last or 0) + 1,
                        file=file,
                        name=label,
                        note=note,
                        added_at=now,
                        added_by=by,
                    )
                audit_note("brieftemplate.add", template, by=by, now=now)
                _choice_create(kind, template, by=by, now=now)
                return template
    except FileRefused as refused:
        code = TOO_LARGE if isinstance(refused, FileTooLarge) else "refused"
        raise ValidationError({"file": [ValidationError(str(refused), code=code)]}) from refused
    except BriefTemplateRefused as refused:
        raise ValidationError({"file": list(refused.problems)}) from refused
    except IntegrityError as error:
        raise Conflict(
            _("Somebody has uploaded a template at the same moment; look at it, then send again.")
        ) from error


def brief_template_use(
    *, kind: BriefKind, template: BriefTemplate | None, by: User, now: dt.datetime
) -> None:
    """Put a version to use again, or with None the template that comes with the product.

    What is in use already stays so without a further row. Raises PermissionDenied for anybody but a
    coordinator.
    """
    _check_right(by)
    if template is not None and template.kind != kind:
        raise ValueError("a template of another kind")
    if template_in_use(kind) != template:
        with transaction.atomic():
            _choice_create(kind, template, by=by, now=now)


def _choice_create(
    kind: BriefKind, template: BriefTemplate | None, *, by: User, now: dt.datetime
) -> None:
    choice = BriefTemplateChoice.objects.create(kind=kind, template=template, at=now, by=by)
    audit_note("brieftemplate.use", choice, by=by, now=now)


def template_in_use(kind: BriefKind) -> BriefTemplate | None:
    """The version in use; None where it is the template that comes with the product."""
    choices = BriefTemplateChoice.objects.filter(kind=kind).select_related("template__file")
    last = choices.order_by("-pk").first()
    return last.template if last else None


def template_bytes(kind: BriefKind, template: BriefTemplate | None) -> bytes:
    """The template as a Word file. Raises DamagedFile where the disk has lost what was stored."""
    from progress.workbooks.brief.default import default_template

    if template is None:
        return default_template(kind)
    with file_opened(template.file) as opened:
        data = opened.read()
    if hashlib.sha256(data).hexdigest() != template.file.sha256:
        raise DamagedFile(f"{template.file.storage_name}: its bytes are not those of the upload")
    return data


def template_check(path: Path, *, label: str, now: dt.datetime) -> None:
    """Check the file at this path, which came under this name, and fill it in for a trial.

    Raises FileRefused or BriefTemplateRefused.
    """
    from progress.workbooks.brief.package import package_check
    from progress.workbooks.brief.rendering import brief_rendered, template_faults
    from progress.workbooks.brief.sample import bare_sample, full_sample

    if kind_of(path, label=label) != FileKind.DOCX:
        raise BriefTemplateRefused(
            [_("A template is a Word file (.docx); download the one in use and edit that.")]
        )
    data = path.read_bytes()
    package_check(data)
    faults = template_faults(data)
    if faults:
        raise BriefTemplateRefused(faults)
    for content in (full_sample(), bare_sample()):
        made = brief_rendered(data, content, title="", subject="", now=now)
        # What python-docx does not read again, Word would not either.
        _read_again(made)


def _read_again(made: bytes) -> None:
    from docx import Document

    Document(io.BytesIO(made))


def _check_right(by: User) -> None:
    if not by.is_active or not by.is_coordinator:
        raise PermissionDenied(_("Only coordinators keep the templates of the brief."))
