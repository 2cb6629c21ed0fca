"""What everybody asks who reads the list."""

from django.utils.translation import gettext_lazy as _

from progress.pages.help_topics.topic import Topic

FINDING = Topic(
    "find",
    _("How do I find tasks, and keep a list of them?"),
    (
        _(
            "Type a word at the top of any page, one character is enough: it is searched for in "
            "titles, measures, agencies, and the reports that you may read."
        ),
        _(
            "Narrow the list by chapter, agency, status, light, deadline or handing-in, sort it by "
            "a column's head, and choose the columns that you need."
        ),
        _(
            "“Save this list” keeps all of it under a name; shared, others find it above their own "
            "list. The address alone can be sent too."
        ),
    ),
    "task-list",
)
