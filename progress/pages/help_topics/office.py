"""What coordinators ask."""

from django.utils.translation import gettext_lazy as _

from progress.pages.help_topics.topic import Topic

COORDINATOR = (
    Topic(
        "state",
        _("How far is the whole list?"),
        (
            _(
                "The overview shows tasks by status and light, this period's handing-in and "
                "the matters to coordinate. Every number leads to the tasks behind it."
            ),
            _(
                "Choose an earlier period at the top to see its figures. Those of a closed "
                "period do not change any more; corrections stand beside them as numbered "
                "errata."
            ),
        ),
        "overview",
    ),
    Topic(
        "review",
        _("How do I decide on reports?"),
        (
            _(
                "“Review” lists what was handed in. Open a report, begin the review, then "
                "approve it or return it; a return always says why."
            ),
            _(
                "Completions that a report asks for are decided with it. A completion can be "
                "refused while the report is approved."
            ),
            _(
                "Reports that you have looked at can be approved together from the list. The "
                "keys are listed there under “Keys”."
            ),
        ),
        "review-queue",
    ),
    Topic(
        "chase",
        _("Who has not handed in, and how do I remind them?"),
        (
            _(
                "The board shows for every agency what it has handed in, what is missing and "
                "since how many working days. Choose agencies there and remind them; a preview "
                "shows who gets what before anything is sent."
            ),
            _(
                "Reminders also go out by themselves before the due date and after it, on "
                "working days, once a day and person. What has been handed in is not reminded of."
            ),
        ),
        "board",
    ),
    Topic(
        "periods",
        _("How is a period opened, closed and corrected?"),
        (
            _(
                "The calendar opens the next period on its day; a coordinator can open one "
                "earlier. The due date follows the reporting rules and the working calendar."
            ),
            _(
                "Before closing, the page shows what is missing and what is undecided. What "
                "is missing then stays “not handed in”."
            ),
            _(
                "After closing, an approved report is corrected by an erratum, with a number "
                "and a reason. The period's figures stay as they were."
            ),
        ),
        "periods",
    ),
    Topic(
        "deadlines",
        _("How do I set deadlines?"),
        (
            _(
                "Set the deadline of one task on its page, or narrow the list of tasks and "
                "set those of all that are listed. A preview shows what would change before "
                "it is saved."
            ),
            _("Requests for a later deadline are decided in the register of extension requests."),
        ),
        "deadlines-bulk",
    ),
    Topic(
        "registers",
        _("Where are the matters for the next meeting?"),
        (
            _(
                "The registers hold matters to coordinate, extension requests, completion "
                "requests and results. Each can be narrowed and exported to Excel."
            ),
            _(
                "Say who has to answer a matter; the answer comes back to you, and you close "
                "the matter or take it up again."
            ),
        ),
        "registers",
    ),
    Topic(
        "agencies-change",
        _("An agency of a task has changed."),
        (
            _(
                "Change the agencies of one task on its page, with the reason and the "
                "document's number. What the list says stays beside it."
            ),
            _(
                "Renaming and merging agencies is done by an administrator, with a preview of"
                " what moves."
            ),
        ),
        "task-list",
    ),
    Topic(
        "rules",
        _("Where are the rules set?"),
        (
            _(
                "Cadence, due day, lights, evidence and reminders are set in the reporting "
                "rules, which are reached from the reporting periods."
            ),
        ),
        "rules",
    ),
)
