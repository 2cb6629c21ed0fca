"""What those ask who only read, and administrators."""

from django.utils.translation import gettext_lazy as _

from progress.pages.help_topics.finding import FINDING
from progress.pages.help_topics.topic import Topic

LEADER = (
    Topic(
        "state",
        _("How far is the whole list?"),
        (
            _(
                "The overview shows on one page how many of the tasks are under way, "
                "completed or late, and what changed since the last period."
            ),
            _(
                "Every number leads to the tasks behind it, every task to its official text "
                "and its course."
            ),
            _("Choose an earlier period at the top to see the figures as they were then."),
            _(
                "A closed period links to its stored documents; the public edition of the "
                "progress report can be downloaded there."
            ),
        ),
        "overview",
    ),
    FINDING,
    Topic(
        "reports",
        _("What do the agencies report?"),
        (
            _(
                "A task's page shows its approved report. What is still being written or "
                "reviewed is not shown."
            ),
        ),
        "task-list",
    ),
    Topic(
        "matters",
        _("What needs to be coordinated?"),
        (
            _(
                "The register of matters to coordinate shows what is open, since when, and "
                "who has to answer."
            ),
            _(
                "Registers show what stands in approved reports, so their numbers can be smaller "
                "than those of the coordinating office."
            ),
        ),
        "registers",
    ),
)

AUDITOR = (
    Topic(
        "trail",
        _("Where do I see who did what, and when?"),
        (
            _(
                "The record of changes lists every change of the list, its deadlines and its "
                "agencies, the newest first, with the person, the moment and the reason."
            ),
            _("Each task's history shows its own, with the texts before and after."),
            _("Nothing of it can be changed or removed, by anybody."),
            _(
                "A closed period links to its stored documents. Their manifests name the SHA-256 "
                "of each file and what each edition corrects."
            ),
        ),
        "changes",
    ),
    FINDING,
    Topic(
        "register",
        _("What else can I read?"),
        (
            _(
                "The list, its chapters and agencies with their status and light, as of each "
                "period. Texts of reports are not shown."
            ),
        ),
        "overview",
    ),
)

ADMINISTRATOR = (
    Topic(
        "accounts",
        _("How do people get an account?"),
        (
            _(
                "Add an account with its agency and role; one account has one role. The "
                "initial password is shown once."
            ),
            _(
                "For many, open “Accounts by Excel” on the page of accounts: download the sheet, "
                "change and add rows, and send it back. A preview shows what would change; "
                "faults are named by cell."
            ),
            _(
                "Who leaves is no longer allowed to sign in; what they did stays in the "
                "history under their name."
            ),
        ),
        "accounts",
    ),
    Topic(
        "second-factor",
        _("Somebody has lost their phone, or is bound to the city's sign-on."),
        (
            _(
                "Open the account, then Account security: reset the second factor once you are "
                "sure who asks, or type the subject under which the city's sign-on knows them."
            ),
            _("Of which roles a second factor is required is set under Rules of signing in."),
            _("Your own is reset by another administrator: let there be two of you."),
        ),
        "sign-in-rules",
    ),
    Topic(
        "agencies",
        _("An agency was renamed or merged."),
        (
            _(
                "Rename it or merge it into its successor, with the date, the document's "
                "number and the reason. A preview shows what moves; history keeps the old "
                "name."
            ),
            _("A merger cannot be taken back."),
        ),
        "agencies-kept",
    ),
    Topic(
        "robots",
        _("How does an agency's work group get reminders?"),
        (
            _(
                "Open the agency under Agencies, then Group robot, and paste the Webhook address "
                "that WeCom, DingTalk or Feishu shows for the group's robot; the page says where "
                "to find it. Send a test message afterwards."
            ),
            _(
                "The address is a key to the group: it is stored encrypted, shown to nobody and "
                "only replaced. Hosts other than the three products' have to be allowed by whoever "
                "runs the service."
            ),
        ),
        "agencies-kept",
    ),
    Topic(
        "calendar",
        _("A holiday was moved."),
        (
            _(
                "Correct the day in the working calendar. Due dates of periods that are open "
                "already stay as they are."
            ),
        ),
        "calendar",
    ),
    Topic(
        "running",
        _("Do reminders and other jobs run?"),
        (
            _(
                "“Running state” shows when each job ran last and when it runs next, and says in "
                "a sentence what is wrong and what to ask of whoever keeps the server."
            ),
            _(
                "Monitoring asks /healthz, whether the program answers, and /readyz, whether "
                "database, broker, timetable and disk are in order; neither needs an account."
            ),
        ),
        "running",
    ),
    Topic(
        "duties",
        _("Why can I not see any report?"),
        (
            _(
                "Administering and reporting are separate duties: administrators neither read"
                " nor write reports."
            ),
        ),
    ),
)
