"""What reporters and approvers of an agency ask."""

from django.utils.translation import gettext_lazy as _

from progress.pages.help_topics.finding import FINDING
from progress.pages.help_topics.topic import Topic

WRITING = (
    Topic(
        "owed",
        _("What does my agency owe, and by when?"),
        (
            _(
                "“My tasks” lists everything that your agency owes in this period, what was "
                "returned first, with the reason, and the due date at the top."
            ),
            _(
                "A task that your agency leads asks for a report. A task that it shares asks for "
                "a contribution where its duties are divided, and accepts one otherwise."
            ),
            _(
                "What is handed in after the due date is marked as handed in late. Once a period "
                "is closed nothing can be handed in for it."
            ),
        ),
        "my-tasks",
    ),
    Topic(
        "report",
        _("How do I fill in a report?"),
        (
            _(
                "Open the task from “My tasks”. The form starts from the last approved report, so"
                " that only what is new has to be written."
            ),
            _(
                "Give each measure its status and what happened in this period. Below, write "
                "problems, next steps, and matters that others have to settle."
            ),
            _(
                "The draft saves itself while you write. If the connection breaks, the text stays"
                " on this computer and is offered again."
            ),
            _(
                "When a colleague saves the same report in between, both texts are shown side by "
                "side and you choose; nothing that was typed is lost."
            ),
        ),
        "my-tasks",
    ),
    Topic(
        "unchanged",
        _("Nothing has changed this period. What do I do?"),
        (
            _(
                "Tick the tasks under “To write” and choose “No change this period for those "
                "ticked”. The last approved text is handed in again; nothing has to be written."
            ),
            _(
                "A task that waits for the part of another agency cannot be ticked; open it and "
                "say there why it goes without."
            ),
        ),
        "my-tasks",
    ),
    Topic(
        "offline",
        _("Can I write in Excel, without a connection, or with colleagues?"),
        (
            _(
                "Download your agency's form under “My tasks”, “Offline form”. It holds what is "
                "stored now; fill in the yellow cells, pass it on, and upload it."
            ),
            _(
                "Before anything is saved you see every change. Where a colleague changed the same "
                "text on the pages meanwhile, you choose which one holds."
            ),
            _(
                "What you confirm is saved as drafts. Handing in remains to be done on the pages "
                "of the reports."
            ),
        ),
        "offline-form",
    ),
    Topic(
        "contribution",
        _("We share a task that another agency leads."),
        (
            _(
                "Write what your agency did as a contribution. Its lead sees it beside the report"
                " and takes it over."
            ),
            _(
                "If there is nothing to add, say so with one click; the lead then knows that it "
                "need not wait."
            ),
            _(
                "Where two agencies lead, the second one agrees to the report or objects, with "
                "its reason."
            ),
        ),
        "my-tasks",
    ),
    Topic(
        "evidence",
        _("How do I attach evidence?"),
        (
            _(
                "Files are attached below the form: pdf, docx, xlsx, jpg, png and ofd. Each can "
                "be said to belong to one measure."
            ),
            _("A file that is replaced stays as an earlier version."),
            _("Classified content must not be entered or attached."),
        ),
    ),
    Topic(
        "completion",
        _("A measure is completed, or cannot be completed in time."),
        (
            _(
                "Set the status of the measure to “completed”. That is a request: the "
                "coordinating office approves it with the report, or refuses it with a reason."
            ),
            _(
                "If a deadline cannot be kept, ask for a later one from the task's page before "
                "the deadline has passed. The original deadline stays visible."
            ),
        ),
        "register-completions",
    ),
    FINDING,
)

REPORTER = (
    *WRITING,
    Topic(
        "hand-in",
        _("How does the report leave the agency?"),
        (
            _(
                "“Save and submit” hands it to your agency's approver; without an approver it"
                " goes straight to the coordinating office."
            ),
            _(
                "A report that comes back shows the reason at the top of the form. Correct it"
                " and submit it again."
            ),
            _(
                "A submitted report can be withdrawn until the coordinating office begins to "
                "review it."
            ),
        ),
        "my-tasks",
    ),
)

APPROVER = (
    Topic(
        "check",
        _("What waits for me?"),
        (
            _(
                "“Review” lists the reports and contributions that your reporters have "
                "submitted, the longest wait first."
            ),
            _(
                "Each shows what changed since the last approved report. Approve it for the "
                "agency, or return it with the reason."
            ),
            _(
                "What you wrote yourself is decided by another approver of your agency, if "
                "there is one."
            ),
        ),
        "review-queue",
    ),
    *WRITING,
    Topic(
        "contacts",
        _("The agency's leader, office or telephone has changed."),
        (_("Open your agency's page and change its contacts; the change is kept with its date."),),
        "agencies",
    ),
)
