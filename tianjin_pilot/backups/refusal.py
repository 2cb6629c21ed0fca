"""Why a backup cannot be made, read or restored, in a sentence that says what to do."""


class BackupRefused(Exception):  # noqa: N818 - said of what was asked for
    """Nothing was written, or all that was is taken back."""
