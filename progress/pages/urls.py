"""Addresses of the pages."""

from django.urls import URLPattern, URLResolver, path

from progress.pages import (
    calendar,
    contributing,
    contributions,
    dashboards,
    duties,
    errata,
    export,
    inbox,
    mine,
    periods,
    reports,
    review,
    rules,
    settling,
    tasklist,
    taskpage,
    unchanged,
    writing,
)

REPORT = "tasks/<int:number>/reports/<slug:code>/"
CONTRIBUTION = f"{REPORT}contributions/<int:agency>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboards.home, name="home"),
    path("overview/", dashboards.overview, name="overview"),
    path("chapters/<int:number>/", dashboards.chapter, name="chapter"),
    path("agencies/", dashboards.agencies, name="agencies"),
    path("agencies/<int:pk>/", dashboards.agency, name="agency"),
    path("tasks/", tasklist.task_list, name="task-list"),
    path("tasks/<int:number>/", taskpage.task, name="task"),
    path("tasks/<int:number>/history/", taskpage.task_history, name="task-history"),
    path("tasks/<int:number>/duties/", duties.task_duties, name="task-duties"),
    path("export/progress.xlsx", export.export_progress, name="export-progress"),
    path("my/", mine.my_tasks, name="my-tasks"),
    path("my/unchanged/", unchanged.unchanged, name="unchanged"),
    path(REPORT, reports.report, name="report"),
    path(f"{REPORT}edit/", writing.report_edit, name="report-edit"),
    path(f"{REPORT}unchanged/", unchanged.report_unchanged_page, name="report-unchanged"),
    path(CONTRIBUTION, contributions.contribution, name="contribution"),
    path(f"{CONTRIBUTION}edit/", contributing.contribution_edit, name="contribution-edit"),
    path(
        f"{CONTRIBUTION}<str:move>/",
        contributions.contribution_move_page,
        name="contribution-move",
    ),
    path(f"{REPORT}looked-at/", review.report_looked_at, name="report-looked-at"),
    path(f"{REPORT}erratum/", errata.report_erratum, name="report-erratum"),
    path(f"{REPORT}<str:move>/", reports.report_move_page, name="report-move"),
    path("review/", review.review_queue, name="review-queue"),
    path("review/approve/", review.review_approve, name="review-approve"),
    path("periods/", periods.periods, name="periods"),
    path("periods/<slug:code>/", periods.period, name="period"),
    path("periods/<slug:code>/close/", periods.period_closing, name="period-close"),
    path("rules/", rules.rules, name="rules"),
    path("settle/", settling.settling, name="settling"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/<int:pk>/remove/", calendar.calendar_remove, name="calendar-remove"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:pk>/read/", inbox.inbox_read, name="inbox-read"),
]
