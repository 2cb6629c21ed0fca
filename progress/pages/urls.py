"""Addresses of the pages."""

from django.urls import URLPattern, URLResolver, path

from progress.pages import (
    dashboards,
    export,
    inbox,
    mine,
    periods,
    reports,
    review,
    tasklist,
    taskpage,
    writing,
)

REPORT = "tasks/<int:number>/reports/<slug:code>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboards.home, name="home"),
    path("overview/", dashboards.overview, name="overview"),
    path("chapters/<int:number>/", dashboards.chapter, name="chapter"),
    path("agencies/", dashboards.agencies, name="agencies"),
    path("agencies/<int:pk>/", dashboards.agency, name="agency"),
    path("tasks/", tasklist.task_list, name="task-list"),
    path("tasks/<int:number>/", taskpage.task, name="task"),
    path("export/progress.xlsx", export.export_progress, name="export-progress"),
    path("my/", mine.my_tasks, name="my-tasks"),
    path(REPORT, reports.report, name="report"),
    path(f"{REPORT}edit/", writing.report_edit, name="report-edit"),
    path(f"{REPORT}unchanged/", writing.report_unchanged, name="report-unchanged"),
    path(f"{REPORT}<str:move>/", reports.report_move_page, name="report-move"),
    path("review/", review.review_queue, name="review-queue"),
    path("periods/", periods.periods, name="periods"),
    path("periods/<slug:code>/close/", periods.period_closing, name="period-close"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:pk>/read/", inbox.inbox_read, name="inbox-read"),
]
