"""Addresses of the REST API, version 1."""

from django.urls import URLPattern, URLResolver, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from progress.api.errors import UnknownAddress
from progress.api.evidence import EvidenceFile, ReportEvidence
from progress.api.overview import Overview
from progress.api.periods import OnePeriod, PeriodClosing, Periods, PeriodWorkbook
from progress.api.register import Agencies, Chapters, OneAgency, OneChapter, OneTask, Tasks
from progress.api.registers import (
    Completions,
    Extensions,
    MatterMoves,
    Matters,
    OneMatter,
    Registers,
    Results,
)
from progress.api.reminders import Reminders
from progress.api.reports import OneReport, ReportMoves, Reports, ReportStart
from progress.states import Move

app_name = "api"

MOVES = "|".join(move.value.replace("_", "-") for move in Move)

urlpatterns: list[URLPattern | URLResolver] = [
    path("overview/", Overview.as_view(), name="overview"),
    path("chapters/", Chapters.as_view(), name="chapters"),
    path("chapters/<int:number>/", OneChapter.as_view(), name="chapter"),
    path("tasks/", Tasks.as_view(), name="tasks"),
    path("tasks/<int:number>/", OneTask.as_view(), name="task"),
    path("agencies/", Agencies.as_view(), name="agencies"),
    path("agencies/<int:pk>/", OneAgency.as_view(), name="agency"),
    path("periods/", Periods.as_view(), name="periods"),
    path("periods/<slug:code>/", OnePeriod.as_view(), name="period"),
    path("periods/<slug:code>/close/", PeriodClosing.as_view(), name="period-close"),
    path("periods/<slug:code>/progress.xlsx", PeriodWorkbook.as_view(), name="period-workbook"),
    path("reports/", Reports.as_view(), name="reports"),
    path("reports/start/", ReportStart.as_view(), name="report-start"),
    path("reports/<int:pk>/", OneReport.as_view(), name="report"),
    re_path(
        rf"^reports/(?P<pk>[0-9]{{1,18}})/(?P<move>{MOVES})/$",
        ReportMoves.as_view(),
        name="report-move",
    ),
    path("reports/<int:pk>/evidence/", ReportEvidence.as_view(), name="report-evidence"),
    path("evidence/<int:pk>/", EvidenceFile.as_view(), name="evidence-file"),
    path("registers/", Registers.as_view(), name="registers"),
    path("registers/matters/", Matters.as_view(), name="register-matters"),
    path("registers/matters/<int:pk>/", OneMatter.as_view(), name="matter"),
    re_path(
        r"^registers/matters/(?P<pk>[0-9]{1,18})/(?P<move>address|answer|close|reopen)/$",
        MatterMoves.as_view(),
        name="matter-move",
    ),
    path("registers/extensions/", Extensions.as_view(), name="register-extensions"),
    path("registers/completions/", Completions.as_view(), name="register-completions"),
    path("registers/results/", Results.as_view(), name="register-results"),
    path("reminders/", Reminders.as_view(), name="reminders"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(
            url_name="api:schema", template_name="api/documentation.html"
        ),
        name="docs",
    ),
    re_path(r"^.*$", UnknownAddress.as_view(), name="unknown"),
]
