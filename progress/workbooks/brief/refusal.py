"""Why a template is not taken."""

from collections.abc import Sequence


class BriefTemplateRefused(Exception):  # noqa: N818 - an answer to the person
    """The file cannot be a template; `problems` say in the reader's words what is wrong where."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
