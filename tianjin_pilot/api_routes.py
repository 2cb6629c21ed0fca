"""Addresses of the REST API, version 1."""

from django.urls import URLPattern, URLResolver, path, re_path

from progress.api.accounts import (
    AccountPassword,
    Accounts,
    AccountSessionsEnding,
    AccountUnlocking,
    OneAccount,
    OneToken,
    Tokens,
)
from progress.api.agencies_kept import (
    AgenciesKept,
    AgencyActingThrough,
    AgencyContacts,
    AgencyMerging,
    AgencyRenaming,
    OneAgencyKept,
)
from progress.api.answering import DeadlineChanges, Responsibilities, ResponsibilityChanges
from progress.api.attaching import EvidenceAdded, EvidenceFileKept
from progress.api.audit import AuditTrail
from progress.api.briefs import (
    BriefTemplateDefault,
    BriefTemplateFile,
    BriefTemplates,
    BriefTemplateUse,
    BriefVariables,
    OneBriefTemplate,
    PeriodBrief,
)
from progress.api.changes import Changes
from progress.api.contributing import (
    ContributionMoves,
    ContributionsBegun,
    ContributionsNothing,
    ContributionStart,
    ContributionTakeOver,
    OneContributionWritten,
)
from progress.api.correcting import ErrataMade
from progress.api.deadlines import Deadlines
from progress.api.deciding import (
    CompletionReopening,
    ExtensionMoves,
    ExtensionsRequested,
    ResultsAdded,
    ResultStriking,
)
from progress.api.editions import Editions, OneEditionPart
from progress.api.errors import UnknownAddress
from progress.api.evidence import ReportEvidence
from progress.api.exporting import ExportMoves, ExportsAsked
from progress.api.figures import (
    AgenciesFigures,
    Comparison,
    HandInBoard,
    MatrixOfParts,
    OneAgencyFigures,
    OneChapterFigures,
    Trend,
)
from progress.api.handing_in import ReportLookedAt, ReportsApproved, ReportsUnchanged
from progress.api.history import TaskHistory
from progress.api.index import Docs, Index, Schema
from progress.api.keeping_back import OnePause, PauseEnding, PausesBegun, RemindersByHand
from progress.api.list_revised import ListRevised
from progress.api.measures import Measures, OneMeasure
from progress.api.office import ExportFile, OneExport
from progress.api.office_rules import CorrectionsAdded, OneCorrection, ReportingRules
from progress.api.offline_forms import (
    FilledFormConfirmation,
    FilledForms,
    FilledFormSettingAside,
    OfflineForms,
    OneFilledForm,
)
from progress.api.overview import Overview
from progress.api.own_things import (
    NoticeRead,
    Notices,
    OneNotice,
    OneSavedList,
    ReminderRead,
    SavedLists,
)
from progress.api.periods import OnePeriod, PeriodClosing, Periods, PeriodWorkbook
from progress.api.register import Chapters, OneChapter, OneTask, Tasks
from progress.api.registers import (
    Completions,
    MatterMoves,
    Matters,
    OneCompletion,
    OneExtension,
    OneMatter,
    OneResult,
    Registers,
)
from progress.api.reminder_day import ReminderDay
from progress.api.reminders import OneReminder, Reminders
from progress.api.reports import OneReport, ReportMoves, Reports, ReportStart
from progress.api.running import Running
from progress.api.sessions import OneSession, Sessions, SessionsEnding
from progress.api.sharing import TaskAgencies, TaskDuties
from progress.api.webhooks import (
    Deliveries,
    DeliveryAgain,
    OneDelivery,
    OneWebhook,
    WebhookMoves,
    Webhooks,
    WebhookTest,
)
from progress.states import CONTRIBUTION_TRANSITIONS, TRANSITIONS, Move

app_name = "api"

MOVES = "|".join(
    move.value.replace("_", "-") for move in Move if move in {one.move for one in TRANSITIONS}
)
# Taking over is written into the report, so that it has an address of its own.
CONTRIBUTION_MOVES = "|".join(
    sorted({one.move.value for one in CONTRIBUTION_TRANSITIONS} - {Move.TAKE_OVER})
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", Index.as_view(), name="index"),
    # Figures.
    path("overview/", Overview.as_view(), name="overview"),
    path("board/", HandInBoard.as_view(), name="board"),
    path("matrix/", MatrixOfParts.as_view(), name="matrix"),
    path("trend/", Trend.as_view(), name="trend"),
    path("comparison/", Comparison.as_view(), name="comparison"),
    # The register.
    path("chapters/", Chapters.as_view(), name="chapters"),
    path("chapters/<int:number>/", OneChapter.as_view(), name="chapter"),
    path("chapters/<int:number>/figures/", OneChapterFigures.as_view(), name="chapter-figures"),
    path("tasks/", Tasks.as_view(), name="tasks"),
    path("tasks/<int:number>/", OneTask.as_view(), name="task"),
    path("tasks/list/", ListRevised.as_view(), name="list-revise"),
    path("tasks/<int:number>/agencies/", TaskAgencies.as_view(), name="task-agencies"),
    path("tasks/<int:number>/duties/", TaskDuties.as_view(), name="task-duties"),
    path("deadlines/", Deadlines.as_view(), name="deadlines"),
    path(
        "tasks/<int:number>/responsibility-changes/",
        ResponsibilityChanges.as_view(),
        name="responsibility-changes",
    ),
    path("tasks/<int:number>/history/", TaskHistory.as_view(), name="task-history"),
    path("measures/", Measures.as_view(), name="measures"),
    path("measures/<int:pk>/", OneMeasure.as_view(), name="measure"),
    path("responsibilities/", Responsibilities.as_view(), name="responsibilities"),
    path("deadline-changes/", DeadlineChanges.as_view(), name="deadline-changes"),
    path("agencies/", AgenciesKept.as_view(), name="agencies"),
    path("agencies/<int:pk>/", OneAgencyKept.as_view(), name="agency"),
    path("agencies/<int:pk>/rename/", AgencyRenaming.as_view(), name="agency-rename"),
    path("agencies/<int:pk>/merge/", AgencyMerging.as_view(), name="agency-merge"),
    path(
        "agencies/<int:pk>/acts-through/",
        AgencyActingThrough.as_view(),
        name="agency-acts-through",
    ),
    path("agencies/<int:pk>/contacts/", AgencyContacts.as_view(), name="agency-contacts"),
    path("agencies/figures/", AgenciesFigures.as_view(), name="agencies-figures"),
    path("agencies/<int:pk>/figures/", OneAgencyFigures.as_view(), name="agency-figures"),
    # What is reported.
    path("periods/", Periods.as_view(), name="periods"),
    path("periods/<slug:code>/", OnePeriod.as_view(), name="period"),
    path("periods/<slug:code>/close/", PeriodClosing.as_view(), name="period-close"),
    path("periods/<slug:code>/progress.xlsx", PeriodWorkbook.as_view(), name="period-workbook"),
    path("periods/<slug:code>/brief.docx", PeriodBrief.as_view(), name="period-brief"),
    path("periods/<slug:code>/editions/", Editions.as_view(), name="editions"),
    path(
        "periods/<slug:code>/editions/<int:number>/<str:part>/",
        OneEditionPart.as_view(),
        name="edition-part",
    ),
    path("reports/", Reports.as_view(), name="reports"),
    path("reports/start/", ReportStart.as_view(), name="report-start"),
    path("reports/unchanged/", ReportsUnchanged.as_view(), name="reports-unchanged"),
    path("reports/approve/", ReportsApproved.as_view(), name="reports-approve"),
    path("reports/<int:pk>/looked-at/", ReportLookedAt.as_view(), name="report-looked-at"),
    path("reports/<int:pk>/", OneReport.as_view(), name="report"),
    re_path(
        rf"^reports/(?P<pk>[0-9]{{1,18}})/(?P<move>{MOVES})/$",
        ReportMoves.as_view(),
        name="report-move",
    ),
    path("reports/<int:pk>/evidence/", ReportEvidence.as_view(), name="report-evidence"),
    path("contributions/", ContributionsBegun.as_view(), name="contributions"),
    path("contributions/start/", ContributionStart.as_view(), name="contribution-start"),
    path("contributions/nothing/", ContributionsNothing.as_view(), name="contributions-nothing"),
    path("contributions/<int:pk>/", OneContributionWritten.as_view(), name="contribution"),
    path(
        "contributions/<int:pk>/take-over/",
        ContributionTakeOver.as_view(),
        name="contribution-take-over",
    ),
    re_path(
        rf"^contributions/(?P<pk>[0-9]{{1,18}})/(?P<move>{CONTRIBUTION_MOVES})/$",
        ContributionMoves.as_view(),
        name="contribution-move",
    ),
    path("offline-forms/", OfflineForms.as_view(), name="offline-forms"),
    path("filled-forms/", FilledForms.as_view(), name="filled-forms"),
    path("filled-forms/<int:pk>/", OneFilledForm.as_view(), name="filled-form"),
    path(
        "filled-forms/<int:pk>/confirm/",
        FilledFormConfirmation.as_view(),
        name="filled-form-confirm",
    ),
    path(
        "filled-forms/<int:pk>/discard/",
        FilledFormSettingAside.as_view(),
        name="filled-form-discard",
    ),
    path("errata/", ErrataMade.as_view(), name="errata"),
    path("evidence/", EvidenceAdded.as_view(), name="evidence"),
    path("evidence/<int:pk>/", EvidenceFileKept.as_view(), name="evidence-file"),
    path("registers/", Registers.as_view(), name="registers"),
    path("registers/matters/", Matters.as_view(), name="register-matters"),
    path("registers/matters/<int:pk>/", OneMatter.as_view(), name="matter"),
    re_path(
        r"^registers/matters/(?P<pk>[0-9]{1,18})/(?P<move>address|answer|close|reopen)/$",
        MatterMoves.as_view(),
        name="matter-move",
    ),
    path("registers/extensions/", ExtensionsRequested.as_view(), name="register-extensions"),
    path("registers/extensions/<int:pk>/", OneExtension.as_view(), name="extension"),
    re_path(
        r"^registers/extensions/(?P<pk>[0-9]{1,18})/(?P<move>grant|refuse|withdraw)/$",
        ExtensionMoves.as_view(),
        name="extension-move",
    ),
    path("registers/completions/", Completions.as_view(), name="register-completions"),
    path("registers/completions/<int:pk>/", OneCompletion.as_view(), name="completion"),
    path(
        "registers/completions/<int:pk>/reopen/",
        CompletionReopening.as_view(),
        name="completion-reopen",
    ),
    path("registers/results/", ResultsAdded.as_view(), name="register-results"),
    path("registers/results/<int:pk>/", OneResult.as_view(), name="result"),
    path("registers/results/<int:pk>/strike/", ResultStriking.as_view(), name="result-strike"),
    path("changes/", Changes.as_view(), name="changes"),
    path("audit-trail/", AuditTrail.as_view(), name="audit-trail"),
    # What the office keeps.
    path("reminders/", Reminders.as_view(), name="reminders"),
    path("reminders/<int:pk>/", OneReminder.as_view(), name="reminder"),
    path("reminders/<int:pk>/read/", ReminderRead.as_view(), name="reminder-read"),
    path("reminders/by-hand/", RemindersByHand.as_view(), name="reminders-by-hand"),
    path("reminders/day/", ReminderDay.as_view(), name="reminder-day"),
    path("reminder-pauses/", PausesBegun.as_view(), name="reminder-pauses"),
    path("reminder-pauses/<int:pk>/", OnePause.as_view(), name="reminder-pause"),
    path("reminder-pauses/<int:pk>/end/", PauseEnding.as_view(), name="reminder-pause-end"),
    path("notices/", Notices.as_view(), name="notices"),
    path("notices/<int:pk>/", OneNotice.as_view(), name="notice"),
    path("notices/<int:pk>/read/", NoticeRead.as_view(), name="notice-read"),
    path("saved-lists/", SavedLists.as_view(), name="saved-lists"),
    path("saved-lists/<int:pk>/", OneSavedList.as_view(), name="saved-list"),
    path("exports/", ExportsAsked.as_view(), name="exports"),
    re_path(
        r"^exports/(?P<pk>[0-9]{1,18})/(?P<move>again|cancel)/$",
        ExportMoves.as_view(),
        name="export-move",
    ),
    path("exports/<int:pk>/", OneExport.as_view(), name="export"),
    path("exports/<int:pk>/file/", ExportFile.as_view(), name="export-file"),
    path("brief-templates/", BriefTemplates.as_view(), name="brief-templates"),
    path("brief-templates/<int:pk>/", OneBriefTemplate.as_view(), name="brief-template"),
    path("brief-templates/<int:pk>/file/", BriefTemplateFile.as_view(), name="brief-template-file"),
    path(
        "brief-templates/default/<str:kind>/",
        BriefTemplateDefault.as_view(),
        name="brief-template-default",
    ),
    path("brief-templates/use/", BriefTemplateUse.as_view(), name="brief-template-use"),
    path("brief-variables/", BriefVariables.as_view(), name="brief-variables"),
    path("running/", Running.as_view(), name="running"),
    path("rules/", ReportingRules.as_view(), name="rules"),
    path("calendar/", CorrectionsAdded.as_view(), name="calendar"),
    re_path(
        r"^calendar/(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})/$",
        OneCorrection.as_view(),
        name="calendar-day",
    ),
    path("accounts/", Accounts.as_view(), name="accounts"),
    path("accounts/<int:pk>/", OneAccount.as_view(), name="account"),
    path("accounts/<int:pk>/password/", AccountPassword.as_view(), name="account-password"),
    path("accounts/<int:pk>/unlock/", AccountUnlocking.as_view(), name="account-unlock"),
    path(
        "accounts/<int:pk>/end-sessions/",
        AccountSessionsEnding.as_view(),
        name="account-sessions-end",
    ),
    path("sessions/", Sessions.as_view(), name="sessions"),
    path("sessions/<int:pk>/", OneSession.as_view(), name="session"),
    path("sessions/end-others/", SessionsEnding.as_view(), name="sessions-end-others"),
    path("tokens/", Tokens.as_view(), name="tokens"),
    path("tokens/<int:pk>/", OneToken.as_view(), name="token"),
    path("webhooks/", Webhooks.as_view(), name="webhooks"),
    path("webhooks/<int:pk>/", OneWebhook.as_view(), name="webhook"),
    path("webhooks/<int:pk>/test/", WebhookTest.as_view(), name="webhook-test"),
    re_path(
        r"^webhooks/(?P<pk>[0-9]{1,18})/(?P<move>pause|resume)/$",
        WebhookMoves.as_view(),
        name="webhook-move",
    ),
    path("webhooks/<int:pk>/deliveries/", Deliveries.as_view(), name="webhook-deliveries"),
    path(
        "webhooks/<int:pk>/deliveries/<int:delivery>/",
        OneDelivery.as_view(),
        name="webhook-delivery",
    ),
    path(
        "webhooks/<int:pk>/deliveries/<int:delivery>/again/",
        DeliveryAgain.as_view(),
        name="webhook-delivery-again",
    ),
    path("schema/", Schema.as_view(), name="schema"),
    path(
        "docs/",
        Docs.as_view(url_name="api:schema", template_name="api/documentation.html"),
        name="docs",
    ),
    re_path(r"^.*$", UnknownAddress.as_view(), name="unknown"),
]
