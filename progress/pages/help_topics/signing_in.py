"""What everybody asks about their own account."""

from django.utils.translation import gettext_lazy as _

from progress.pages.help_topics.topic import Topic

SIGNING_IN = Topic(
    "signing-in",
    _("How do I secure my account, and what if my phone is lost?"),
    (
        _(
            "Under your name, open Account security and set up an authenticator app; where your "
            "role requires it you are asked to when you sign in. From then on signing in asks for "
            "the six digits that the app shows."
        ),
        _(
            "Print the recovery codes and keep them apart from the phone: each lets you in once "
            "without it."
        ),
        _("With neither, an administrator resets the second factor, and you set it up anew."),
    ),
    "security",
)
