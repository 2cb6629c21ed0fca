"""What those ask who only read, and administrators."""

from django.utils.translation import gettext_lazy as _

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
        ),
        "overview",
    ),
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
                "Each task's history lists every change to its text, agencies and deadlines "
                "with the person, the moment and the reason."
            ),
            _("Nothing of it can be changed or removed, by anybody."),
        ),
        "task-list",
    ),
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
                "Who leaves is no longer allowed to sign in; what they did stays in the "
                "history under their name."
            ),
        ),
        "accounts",
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
