"""Addresses of the pages."""

from django.urls import URLPattern, URLResolver, path

from progress.pages import (
    administration,
    approving,
    board,
    bulk,
    calendar,
    completions,
    contacts,
    contributing,
    contributions,
    deadlines,
    deadlines_together,
    duties,
    errata,
    evidence,
    export,
    extensions,
    help_pages,
    inbox,
    matters,
    mine,
    periods,
    registers,
    reminding,
    reports,
    responsibilities,
    results,
    review,
    rules,
    settling,
    succession,
    taskpage,
    unchanged,
    writing,
)
from progress.pages.dashboards.agencies import agencies, agency
from progress.pages.dashboards.chapter import chapter
from progress.pages.dashboards.home import home
from progress.pages.dashboards.matrix import chapter_by_agency
from progress.pages.dashboards.overview import overview
from progress.pages.lists.columns import list_columns
from progress.pages.lists.measures import measure_list
from progress.pages.lists.saved import saved_list_add, saved_list_edit, saved_list_remove_page
from progress.pages.lists.tasks import task_list
from progress.rollups import Register

REPORT = "tasks/<int:number>/reports/<slug:code>/"
CONTRIBUTION = f"{REPORT}contributions/<int:agency>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("overview/", overview, name="overview"),
    path("chapters/<int:number>/", chapter, name="chapter"),
    path("matrix/", chapter_by_agency, name="matrix"),
    path("board/", board.hand_in_board, name="board"),
    path("board/remind/", reminding.board_remind, name="board-remind"),
    path("agencies/", agencies, name="agencies"),
    path("agencies/<int:pk>/", agency, name="agency"),
    path("agencies/<int:pk>/contacts/", contacts.agency_contacts, name="agency-contacts"),
    path("agencies/manage/<int:pk>/merge/", succession.agency_merge_page, name="agency-merge"),
    path("tasks/", task_list, name="task-list"),
    path("tasks/together/", bulk.tasks_together, name="tasks-together"),
    path("tasks/approve/", approving.tasks_approve, name="tasks-approve"),
    path("measures/", measure_list, name="measure-list"),
    path("lists/<int:pk>/", saved_list_edit, name="saved-list"),
    path("lists/<int:pk>/remove/", saved_list_remove_page, name="saved-list-remove"),
    path("lists/<str:page>/save/", saved_list_add, name="saved-list-add"),
    path("lists/<str:page>/columns/", list_columns, name="list-columns"),
    path("tasks/<int:number>/", taskpage.task, name="task"),
    path("tasks/<int:number>/history/", taskpage.task_history, name="task-history"),
    path("tasks/<int:number>/agencies/", responsibilities.task_agencies, name="task-agencies"),
    path("tasks/<int:number>/duties/", duties.task_duties, name="task-duties"),
    path("tasks/<int:number>/deadlines/", deadlines.task_deadlines, name="task-deadlines"),
    path("tasks/<int:number>/extension/", extensions.extension_add, name="extension-add"),
    path("deadlines/", deadlines_together.deadlines_bulk, name="deadlines-bulk"),
    path("export/progress.xlsx", export.export_progress, name="export-progress"),
    path("my/", mine.my_tasks, name="my-tasks"),
    path("my/unchanged/", unchanged.unchanged, name="unchanged"),
    path(REPORT, reports.report, name="report"),
    path(f"{REPORT}edit/", writing.report_edit, name="report-edit"),
    path(f"{REPORT}unchanged/", unchanged.report_unchanged_page, name="report-unchanged"),
    path(CONTRIBUTION, contributions.contribution, name="contribution"),
    path(f"{CONTRIBUTION}edit/", contributing.contribution_edit, name="contribution-edit"),
    path(f"{CONTRIBUTION}evidence/", evidence.contribution_evidence, name="contribution-evidence"),
    path(
        f"{CONTRIBUTION}<str:move>/",
        contributions.contribution_move_page,
        name="contribution-move",
    ),
    path(f"{REPORT}looked-at/", review.report_looked_at, name="report-looked-at"),
    path(f"{REPORT}erratum/", errata.report_erratum, name="report-erratum"),
    path(f"{REPORT}results/", results.report_results, name="report-results"),
    path(f"{REPORT}evidence/", evidence.report_evidence, name="report-evidence"),
    path(f"{REPORT}<str:move>/", reports.report_move_page, name="report-move"),
    path("evidence/<int:pk>/", evidence.evidence_file, name="evidence-file"),
    path("evidence/<int:pk>/remove/", evidence.evidence_remove_page, name="evidence-remove"),
    path("review/", review.review_queue, name="review-queue"),
    path("review/approve/", review.review_approve, name="review-approve"),
    path("periods/", periods.periods, name="periods"),
    path("periods/<slug:code>/", periods.period, name="period"),
    path("periods/<slug:code>/close/", periods.period_closing, name="period-close"),
    path("registers/", registers.registers, name="registers"),
    *(
        path(
            f"registers/{one.value}/",
            registers.register_list,
            {"register": one},
            name=f"register-{one.value}",
        )
        for one in Register
    ),
    path("registers/<str:name>.xlsx", registers.register_export, name="register-export"),
    path("registers/extensions/<int:pk>/", extensions.extension, name="extension"),
    path("registers/completions/<int:pk>/", completions.completion, name="completion"),
    path("registers/matters/<int:pk>/", matters.matter, name="matter"),
    path("registers/matters/<int:pk>/<str:move>/", matters.matter_move_page, name="matter-move"),
    path("registers/results/<int:pk>/", results.result, name="result"),
    path("registers/results/<int:pk>/strike/", results.result_strike_page, name="result-strike"),
    path("administration/", administration.administration, name="administration"),
    path("rules/", rules.rules, name="rules"),
    path("settle/", settling.settling, name="settling"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/<int:pk>/remove/", calendar.calendar_remove, name="calendar-remove"),
    path("help/", help_pages.help_home, name="help-home"),
    path("help/<slug:role>/", help_pages.help_page, name="help"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:pk>/read/", inbox.inbox_read, name="inbox-read"),
]
