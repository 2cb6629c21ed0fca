"""One thing of each kind that people may have to do with, for tests that ask for everything."""

import datetime as dt

from django.core.files.base import ContentFile

from agencies.models import Session, User
from agencies.tokens import token_create
from conftest import NOW, Cast
from progress.exports import export_request
from progress.models import (
    BriefKind,
    CalendarCorrection,
    Channel,
    Completion,
    DeliveryKind,
    DeliveryState,
    Extension,
    ListPage,
    Notice,
    NoticeKind,
    Reminder,
    ReminderState,
    ReportingPeriod,
    Result,
    ResultKind,
    WebhookDelivery,
)
from progress.tests.acts import attached, handed_in, task_numbered
from progress.tests.briefs import template_of
from progress.webhooks import webhook_create
from progress.workbooks.brief import brief_template_add
from progress.workflow import (
    ContributionContent,
    MeasureText,
    PauseOf,
    contribution_save,
    reminder_pause_begin,
    saved_list_create,
)
from progress.workflow.sheets import form_issue, sheet_upload

# To be allowed by the settings.
WEBHOOK_HOST = "https://data.example.cn"


def one_of_each(cast: Cast, period: ReportingPeriod) -> dict[str, int]:
    """Hand in task 4's report, with something of each kind besides; their keys by name.

    Both approvers' agency reviews from then on.
    """
    attached(task_numbered(4), period, cast.reporter)
    report = handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地指标")
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    measure, agency = report.task.measures.get(ordinal=1), cast.co_reporter.agency
    assert agency is not None
    assert cast.stranger.agency_id is not None
    assert cast.reporter.agency_id is not None
    of_report = {"task": report.task, "report": report, "measure": measure}
    contribution = contribution_save(
        task=report.task,
        period=report.period,
        agency=agency,
        by=cast.co_reporter,
        now=NOW,
        content=ContributionContent((MeasureText(measure.pk, 1, "配合推进"),)),
        version=0,
    )
    extension = Extension.objects.create(
        **of_report,
        deadline=NOW.date(),
        new_deadline=NOW.date() + dt.timedelta(days=30),
        reason="需要更多时间",
        requested_at=NOW,
        requested_by=cast.reporter,
    )
    completion = Completion.objects.create(
        **of_report, requested_at=NOW, requested_by=cast.reporter
    )
    result = Result.objects.create(
        **of_report,
        kind=ResultKind.FIRST,
        title="首例",
        came_on=NOW.date(),
        added_at=NOW,
        added_by=cast.reporter,
    )
    reminder = Reminder.objects.create(
        day=NOW.date(),
        channel=Channel.INBOX,
        state=ReminderState.SENT,
        user=cast.reporter,
        agency=cast.reporter.agency,
        recorded_at=NOW,
        sent_at=NOW,
    )
    export = export_request(
        period=report.period,
        tasks=None,
        language="zh-hans",
        by=cast.coordinator,
        now=NOW,
        asks_worker=False,
    )
    pause = reminder_pause_begin(
        of=PauseOf(task=report.task),
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
        page=ListPage.TASKS, name="全部", query="", is_shared=False, by=cast.reporter, now=NOW
    )
    correction = CalendarCorrection.objects.create(day=dt.date(2026, 11, 7), working=True)
    token, _key = token_create(
        user=cast.reporter, name="数据平台", access="read", expires_at=None, now=NOW
    )
    session = Session.objects.create(
        user=cast.reporter,
        digest="0" * 64,
        began_at=NOW,
        seen_at=NOW,
        ends_at=NOW + dt.timedelta(days=1),
    )
    webhook, _secret = webhook_create(
        owner=cast.reporter,
        name="数据平台",
        address=f"{WEBHOOK_HOST}/changes",
        kinds=["report"],
        now=NOW,
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
    form, _lines = form_issue(by=cast.reporter, period=period, now=NOW)
    filled_form = sheet_upload(by=cast.reporter, key=form.key, said={}, name="表.xlsx", now=NOW)
    template = brief_template_add(
        kind=BriefKind.REPORT,
        upload=ContentFile(template_of("{{ 文号 }}")),
        name="专报.docx",
        note="",
        by=cast.coordinator,
        now=NOW,
    )
    return {
        "filled_form": filled_form.pk,
        "template": template.pk,
        "correction": correction.pk,
        "webhook": webhook.pk,
        "delivery": delivery.pk,
        "pause": pause.pk,
        "notice": notice.pk,
        "saved_list": saved_list.pk,
        "account": cast.colleague.pk,
        "session": session.pk,
        "token": token.pk,
        "co_agency": agency.pk,
        "report": report.pk,
        "version": report.version,
        "lead": cast.reporter.agency_id,
        "evidence": report.evidence.get().pk,
        "matter": report.matters.get().pk,
        "agency": cast.stranger.agency_id,
        "measure": measure.pk,
        "contribution": contribution.pk,
        "extension": extension.pk,
        "completion": completion.pk,
        "result": result.pk,
        "reminder": reminder.pk,
        "export": export.pk,
    }
