"""Something of every kind that belongs to the agencies of task 4, and what texts there are to write
into."""

import contextlib
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction

from agencies.tokens import token_create
from conftest import NOW, Cast
from progress.exports import export_request
from progress.models import (
    BriefKind,
    BriefTemplate,
    CalendarCorrection,
    Channel,
    Completion,
    DeliveryKind,
    DeliveryState,
    Extension,
    ListPage,
    Notice,
    NoticeKind,
    OfflineForm,
    Reminder,
    ReminderState,
    ReportingPeriod,
    Result,
    ResultKind,
    SheetUpload,
    Webhook,
    WebhookDelivery,
)
from progress.tests.acts import attached, handed_in, task_numbered
from progress.workflow import (
    ContributionContent,
    MeasureText,
    PauseOf,
    contribution_save,
    reminder_pause_begin,
    saved_list_create,
)

# Texts that nobody types: digests, keys and codes, addresses that are checked, what programs keep.
NOT_TYPED = frozenset(
    {
        "act",
        "address",
        "cadence",
        "code",
        "digest",
        "email",
        "contact_email",
        "data",
        "leader_email",
        "key",
        "kind",
        "language",
        "password",
        "place",
        "release",
        "session_key",
        "sha256",
        "signature",
        "state",
        "username",
    }
)
SHORTEST = 13


def foreign_things(cast: Cast, period: ReportingPeriod) -> dict[str, int]:
    """Their ids, by the words of `every_address`. Nothing of it is approved, shared or closed."""
    task, own = task_numbered(4), cast.reporter
    shared, agency = cast.co_reporter.agency, own.agency
    assert shared is not None
    assert agency is not None
    evidence = attached(task, period, own)
    measure = task.measures.get(ordinal=1)
    contribution = contribution_save(
        task=task,
        period=period,
        agency=shared,
        by=cast.co_reporter,
        now=NOW,
        content=ContributionContent((MeasureText(measure.pk, 1, "配合推进"),)),
        version=0,
    )
    report = handed_in(task, period, own, coordination="请协调用地指标")
    of_report = {"task": task, "report": report, "measure": measure}
    asked = {"requested_at": NOW, "requested_by": own}
    later = NOW.date() + dt.timedelta(days=30)
    extension = Extension.objects.create(
        **of_report, **asked, deadline=NOW.date(), new_deadline=later, reason="需要时间"
    )
    completion = Completion.objects.create(**of_report, **asked)
    result = Result.objects.create(
        **of_report,
        kind=ResultKind.FIRST,
        title="首例",
        came_on=NOW.date(),
        added_at=NOW,
        added_by=own,
    )
    reminder = Reminder.objects.create(
        day=NOW.date(),
        channel=Channel.INBOX,
        state=ReminderState.SENT,
        user=own,
        agency=agency,
        recorded_at=NOW,
        sent_at=NOW,
    )
    export = export_request(
        period=period,
        tasks=None,
        language="zh-hans",
        by=cast.coordinator,
        now=NOW,
        asks_worker=False,
    )
    pause = reminder_pause_begin(
        of=PauseOf(task=task),
        reason="机构调整",
        from_on=NOW.date(),
        until=None,
        by=cast.coordinator,
        now=NOW,
    )
    notice = Notice.objects.create(
        user=cast.coordinator, kind=NoticeKind.EXPORT_ENDED, export=export, at=NOW
    )
    saved_list = saved_list_create(
        page=ListPage.TASKS, name="全部", query="", is_shared=False, by=own, now=NOW
    )
    correction = CalendarCorrection.objects.create(day=dt.date(2026, 11, 7), working=True)
    token, _key = token_create(user=own, name="平台", access="read", expires_at=None, now=NOW)
    webhook = Webhook.objects.create(
        owner=own,
        name="数据平台",
        place="data.example.cn",
        kinds=["report"],
        position=1,
        made_at=NOW,
        secret_set_at=NOW,
    )
    delivery = WebhookDelivery.objects.create(
        webhook=webhook,
        kind=DeliveryKind.CHANGES,
        after=0,
        until=1,
        state=DeliveryState.SENT,
        made_at=NOW,
        sent_at=NOW,
    )
    form = OfflineForm.objects.create(
        key="K1", period=period, agency=agency, lines={}, made_at=NOW, made_by=own
    )
    upload = SheetUpload.objects.create(
        form=form,
        name="填报表.xlsx",
        said={},
        absent=[],
        at=NOW,
        by=own,
        expires_at=NOW + dt.timedelta(9),
    )
    template = BriefTemplate.objects.create(
        kind=BriefKind.values[0],
        number=1,
        file=evidence.file,
        name="模板.docx",
        added_at=NOW,
        added_by=cast.coordinator,
    )
    return {
        "report": report.pk,
        "contribution": contribution.pk,
        "evidence": evidence.pk,
        "extension": extension.pk,
        "completion": completion.pk,
        "matter": report.matters.get().pk,
        "result": result.pk,
        "reminder": reminder.pk,
        "notice": notice.pk,
        "saved_list": saved_list.pk,
        "export": export.pk,
        "account": own.pk,
        "token": token.pk,
        "webhook": webhook.pk,
        "delivery": delivery.pk,
        "sheet_upload": upload.pk,
        "agency": agency.pk,
        "co_agency": shared.pk,
        "pause": pause.pk,
        "measure": measure.pk,
        "template": template.pk,
        "correction": correction.pk,
    }


def texts_written(
    text: str, *, shorter: str = "", of: Sequence[str] = ("agencies", "tasks", "progress")
) -> Iterator[str]:
    """Write the text, as far as it goes, into each text that people type, of every row there is;
    past all checks, as if one had let it through. Yields "app.model.field" of what was written.

    `shorter` is written where the text does not go whole.
    """
    for model in apps.get_models():
        if model._meta.app_label not in of:
            continue
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.CharField | models.TextField) or field.choices:
                continue
            longest = field.max_length or 500
            if field.unique or field.name in NOT_TYPED or longest < SHORTEST:
                continue
            said = shorter if shorter and len(text) > longest else text
            rows, written = model._base_manager.all(), {field.name: said[:longest]}
            # Some text may stand only where there is one, or may not stand twice.
            for some in (rows, rows.exclude(**{field.name: ""}), rows.filter(pk=_first(rows))):
                with contextlib.suppress(IntegrityError), transaction.atomic():
                    if some.update(**written):
                        yield f"{model._meta.label_lower}.{field.name}"
                    break


def _first(rows: models.QuerySet[Any]) -> Any:
    return rows.order_by("pk").values_list("pk", flat=True).first()
