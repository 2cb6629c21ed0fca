"""The words in which the description of the API speaks of addresses: groups, names, parts."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The first words of an address -> the group under which Swagger UI and generated clients file it.
GROUPS: Mapping[str, str] = {
    "": "Start",
    "overview": "Figures",
    "board": "Figures",
    "matrix": "Figures",
    "trend": "Figures",
    "comparison": "Figures",
    "chapters": "Register",
    "tasks": "Register",
    "measures": "Register",
    "responsibilities": "Register",
    "deadlines": "Register",
    "deadline-changes": "Register",
    "agencies": "Agencies",
    "periods": "Periods",
    "reports": "Reports",
    "contributions": "Contributions",
    "errata": "Reports",
    "offline-forms": "Offline forms",
    "filled-forms": "Offline forms",
    "evidence": "Evidence",
    "registers": "Registers",
    "changes": "Changes",
    "audit-trail": "Changes",
    "reminders": "Reminders",
    "reminder-pauses": "Reminders",
    "notices": "Own things",
    "saved-lists": "Own things",
    "exports": "Exports",
    "brief-templates": "Briefs",
    "brief-variables": "Briefs",
    "running": "Office",
    "rules": "Office",
    "calendar": "Office",
    "accounts": "Accounts",
    "sessions": "Accounts",
    "tokens": "Accounts",
    "webhooks": "Webhooks",
}

# What each group is about, in the order in which they are shown.
GROUPS_MEAN: Mapping[str, Promise] = {
    "Start": _("Where things are."),
    "Figures": _("Counts, rates and lights, as on the pages: of the list, a chapter or an agency."),
    "Register": _(
        "The official list: chapters, pilot tasks, measures, who answers for them, deadlines."
    ),
    "Agencies": _("The agencies of the list, their names over time and their contacts."),
    "Periods": _("Reporting periods, what closing one has stored, and the workbook."),
    "Reports": _("Progress reports: begin, save, hand in, decide; and corrections after closing."),
    "Contributions": _("What other agencies of a task add to its report."),
    "Offline forms": _("An agency's form as a workbook, and what comes back of it."),
    "Evidence": _("Files that show what a report says."),
    "Registers": _("Matters to coordinate, extension and completion requests, results."),
    "Changes": _(
        "The change feed, for systems that keep a copy, and the audit trail, for auditors."
    ),
    "Webhooks": _("Your own addresses that are told what changed, and what each was told."),
    "Reminders": _("What was reminded of, what would be, and pauses."),
    "Own things": _("Notices to you and your saved lists."),
    "Exports": _("Workbooks that a job makes."),
    "Briefs": _("The templates of the brief; the brief itself is a document of its period."),
    "Office": _("Reporting rules, the working calendar, and whether jobs run."),
    "Accounts": _("Accounts, for administrators, and your own sessions and tokens."),
}

# Where the words of an address and its method alone do not make a good name.
NAMES: Mapping[tuple[str, str], str] = {
    ("GET", ""): "collections_list",
    ("GET", "changes/"): "changes_list",
    ("POST", "deadlines/"): "deadlines_set",
    ("POST", "reports/approve/"): "reports_approve_many",
    ("POST", "contributions/nothing/"): "contributions_nothing",
    ("POST", "tasks/list/"): "tasks_revise",
    ("GET", "periods/{code}/progress.xlsx"): "periods_workbook",
    ("GET", "periods/{code}/brief.docx"): "periods_brief",
    ("GET", "brief-templates/{id}/file/"): "brief_templates_file",
    ("GET", "brief-templates/default/{kind}/"): "brief_templates_default",
    ("POST", "brief-templates/use/"): "brief_templates_use",
    ("POST", "offline-forms/"): "offline_forms_issue",
    ("GET", "periods/{code}/editions/{number}/{part}/"): "periods_editions_part",
    ("GET", "agencies/figures/"): "agencies_figures_list",
    ("GET", "exports/{id}/file/"): "exports_file",
    ("GET", "evidence/{id}/"): "evidence_file",
}

# What stands in an address between braces, by group of addresses where it differs.
IN_ADDRESSES: Mapping[str, str] = {
    "id": "The id, as in the list.",
    "kind": "report or circular.",
    "code": "The period's code: 2026-10, 2026-Q3, 2026-H2 or 2026.",
    "day": "A day, as in 2026-10-22.",
    "delivery": "The delivery's id, as in the log.",
    "part": "Which part of the edition, as its list names it.",
    "tasks": "The task's number, 1 to 131.",
    "chapters": "The chapter's number, 1 to 14.",
    "periods": "The edition's number, from 1.",
}

INTRODUCTION = """\
The 131 pilot tasks for opening up the service sector, and how far they are.

**Signing in.** `Authorization: Bearer tpt_…`, with a token made on the page “API tokens”; it has
the rights of its person. What a person may not know of is answered like what does not exist (404).

**Values.** Days are dates of Tianjin (`2026-10-22`, Asia/Shanghai). Moments carry their offset
(`2026-10-22T10:00:00+08:00`). Shares are percent with one decimal. Counts are whole numbers, sizes
are bytes. Tasks and chapters are known by their number, periods by their code, everything else by
an id that is never given twice. Statuses come from the last approved report, lights are computed
for the day of the request, figures are those of the pages.

**Errors** are problem documents (RFC 9457). `type` is the same in every language, `detail` is for
people, `errors` names fields.

**What stays.** Within v1 nothing is taken away or given another meaning; fields, parameters, kinds
of things and addresses may be added. docs/api.md says it in full.
"""
