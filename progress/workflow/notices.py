"""Telling people in their inbox: the only writer of `Notice`."""

import datetime as dt

from agencies.models import Role, User
from progress.models import Edition, EditionPart, ExportJob, Notice, NoticeKind, Webhook


def export_end_tell(*, export: ExportJob, now: dt.datetime) -> None:
    """Tell who asked for an export that it has ended, once."""
    Notice.objects.bulk_create(
        [Notice(user_id=export.by_id, kind=NoticeKind.EXPORT_ENDED, export=export, at=now)],
        ignore_conflicts=True,
    )


def edition_damage_tell(*, edition: Edition, part: EditionPart, now: dt.datetime) -> None:
    """Tell all coordinators that a stored workbook is damaged; who has not read it yet, once."""
    coordinators = User.objects.filter(role=Role.COORDINATOR, is_active=True)
    Notice.objects.bulk_create(
        [
            Notice(user_id=pk, kind=NoticeKind.EDITION_DAMAGED, edition=edition, part=part, at=now)
            for pk in coordinators.values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )


def webhook_pause_tell(*, webhook: Webhook, now: dt.datetime) -> None:
    """Tell its owner that it was paused; who has not read it yet, once. Administrators have no
    inbox: the webhook's own page tells them."""
    if webhook.owner.is_administrator:
        return
    Notice.objects.bulk_create(
        [Notice(user_id=webhook.owner_id, kind=NoticeKind.WEBHOOK_PAUSED, webhook=webhook, at=now)],
        ignore_conflicts=True,
    )


def notice_read(*, notice: Notice, now: dt.datetime) -> None:
    """Remember when it was first read."""
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=now)
