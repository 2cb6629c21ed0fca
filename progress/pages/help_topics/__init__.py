"""What the help says to each role: how its work is done here, in the words of the screen.

A topic that is about a page names it, so that a test can see that the page exists and that this
role may open it.
"""

from collections.abc import Mapping, Sequence

from agencies.models import Role
from progress.pages.help_topics.agency import APPROVER, REPORTER
from progress.pages.help_topics.office import COORDINATOR
from progress.pages.help_topics.readers import ADMINISTRATOR, AUDITOR, LEADER
from progress.pages.help_topics.signing_in import SIGNING_IN
from progress.pages.help_topics.topic import Topic, Words

__all__ = ["HELP", "Topic", "Words"]

HELP: Mapping[str, Sequence[Topic]] = {
    Role.REPORTER: (*REPORTER, SIGNING_IN),
    Role.APPROVER: (*APPROVER, SIGNING_IN),
    Role.COORDINATOR: (*COORDINATOR, SIGNING_IN),
    Role.LEADER: (*LEADER, SIGNING_IN),
    Role.AUDITOR: (*AUDITOR, SIGNING_IN),
    Role.ADMINISTRATOR: (*ADMINISTRATOR, SIGNING_IN),
}
