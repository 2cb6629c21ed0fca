"""Why a file is not taken: one exception, its message the sentence that the person reads."""

from django.utils.translation import gettext as _


class FileRefused(Exception):  # noqa: N818 - an answer to the person, not an error of the program
    """The file cannot be attached. The message says why, and what to do instead."""


class FileTooLarge(FileRefused):
    """It is larger than the rules allow."""

    def __init__(self, *, megabytes: int) -> None:
        super().__init__(
            _("The file is larger than %(limit)d MB, the most that is allowed.")
            % {"limit": megabytes}
        )


def damaged() -> FileRefused:
    """What the file claims to be, it is not to its end."""
    return FileRefused(
        _("The file is damaged or incomplete; open it, save it again, and choose that one.")
    )


def holds_more() -> FileRefused:
    """Two formats in one: who checks it sees one thing, and who opens it another."""
    return FileRefused(
        _(
            "The file holds something else before or after its content; open it, save it again, "
            "and choose that one."
        )
    )


def needs_password() -> FileRefused:
    return FileRefused(
        _("The file is protected by a password, so nobody could read it; save it without one.")
    )
