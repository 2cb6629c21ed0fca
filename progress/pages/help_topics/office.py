"""What coordinators ask."""

from django.utils.translation import gettext_lazy as _

from progress.pages.help_topics.finding import FINDING
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
    FINDING,
    Topic(
        "together",
        _("How do I do the same with several tasks?"),
        (
            _(
                "Tick tasks in the list, or choose all that were found, then set their deadline, "
                "remind, approve or export them. A preview shows what would change."
            ),
        ),
        "task-list",
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
                "Reminders also go out by themselves: five and two working days before the due "
                "date, on the day, one, three and five after it, then weekly, unless the "
                "reporting rules say otherwise. Each person gets one message that lists all they "
                "owe. What has been handed in is not reminded of."
            ),
            _(
                "An agency's work group in WeCom, DingTalk or Feishu is told as well, once a day, "
                "where an administrator has set up its group robot; the agency's page says so."
            ),
        ),
        "board",
    ),
    Topic(
        "escalation",
        _("What am I told when something is late, and how do I pause reminders?"),
        (
            _(
                "Besides reports, the deadline of a task, an answer to a matter to coordinate and "
                "your own decisions are reminded of. What stays late is told to the agency's "
                "approver, then to its leader in charge, then to you; your message also names "
                "the agencies where nobody can be reached and what could not be delivered."
            ),
            _(
                "“Pause reminders …” on the page of an agency, a task or a period keeps them back "
                "for a while, with a reason that stands on that page. Nothing becomes due later "
                "by it; when reminders go on, one message says how things stand."
            ),
        ),
        "reminder-pauses",
    ),
    Topic(
        "reminders",
        _("Who is reminded of what, when and why?"),
        (
            _(
                "“Reminders” shows a day: for each agency and recipient what is asked for, by "
                "which rule, which step was passed, and what became of the message. A past day "
                "is what was really sent; a later one is foretold from what is owed now, as if "
                "nothing changed."
            ),
            _(
                "The ledger keeps every message with filters, search and export to Excel. What "
                "did not arrive stands on top with what to do, until the address, the account or "
                "the robot is set right; a line on the overview and on the board says so."
            ),
        ),
        "reminders",
    ),
    Topic(
        "running",
        _("A reminder has not gone out. Does everything run?"),
        (
            _(
                "“Running state” shows when each job ran last and when it runs next, and says in "
                "a sentence what is wrong. Nothing that is owed is lost meanwhile: it goes out "
                "once the jobs run again."
            ),
        ),
        "running",
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
        "editions",
        _("What stays of a closed period as documents?"),
        (
            _(
                "Closing stores the progress report, internal and public, with the figures and a "
                "manifest that names the SHA-256 of each. Every erratum makes one more edition; "
                "the older ones stay. They are listed on the page of the period."
            ),
            _(
                "Whoever exports the whole list of a closed period gets the stored workbook of the "
                "latest edition, compared with its SHA-256 before. One that is not what was stored "
                "is given to nobody, and a notice in the inbox says what to do."
            ),
        ),
        "periods",
    ),
    Topic(
        "exports",
        _("An export is being made by a job. Where do I find it?"),
        (
            _(
                "What would take long is made in the background. Its page shows how far it is, "
                "and you need not wait there: a notice comes to your inbox."
            ),
            _(
                "“My exports” lists what you asked for. Files are kept for a week; one that was "
                "removed can be asked for again."
            ),
        ),
        "exports",
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
            _(
                "For many deadlines that differ, download the sheet of deadlines there, fill in "
                "days and reasons in Excel, and send it back. Each row is shown as it was, as the "
                "sheet says and as it is now; faults are named by cell."
            ),
            _("Requests for a later deadline are decided in the register of extension requests."),
        ),
        "deadlines-bulk",
    ),
    Topic(
        "revised-list",
        _("The official list was revised. How is it imported?"),
        (
            _(
                "On the list of tasks open “Revised list” and choose the new list, as an Excel "
                "workbook or a text file. It helps to correct the list that can be downloaded "
                "there."
            ),
            _(
                "Faults are named by cell or line, and nothing is written while there are any. "
                "Otherwise a preview shows what is new, changed and dropped; then confirm."
            ),
            _(
                "A task or measure that has been reported on is never dropped. A new agency is "
                "added by an administrator first."
            ),
        ),
        "list-revise",
    ),
    Topic(
        "progress-report",
        _("How do I get the progress report?"),
        (
            _(
                "“Export to Excel” on the overview, on a chapter, an agency or the list of tasks "
                "leads to a page where you choose the period, what the report is narrowed to, its "
                "edition and its paper. The file has five sheets: the official form, the summaries "
                "by chapter and by agency, the data and how everything is counted."
            ),
            _(
                "The public edition has no lights, problems, next steps, remarks or evidence and "
                "says nothing of handing in. The name of the file says which edition it is and "
                "what it was narrowed to. A large report is made by a job; you are told in your "
                "inbox when it is ready."
            ),
        ),
        "export",
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
        "brief",
        _("How do I make the brief?"),
        (
            _(
                "Choose the period and the kind, a special report upward or a circular to the "
                "agencies, and fill in number, addressee and signature. The Word document is laid "
                "out as an official document; edit it before it leaves."
            ),
            _(
                "Its figures are those of the overview, of a closed period those that were kept. "
                "It quotes approved reports alone. The circular says how many problems and matters "
                "there are and quotes none."
            ),
            _(
                "To change what every brief says, download the template, edit it in Word and "
                "upload it. It is tried out first; what is wrong is named with its place, and you "
                "can go back to any earlier version."
            ),
        ),
        "brief",
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
