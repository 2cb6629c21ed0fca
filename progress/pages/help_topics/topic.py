"""A topic of the help."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Topic:
    """One question of a person: its answer in steps, and the page where it is done ("" for none).

    `slug` is the topic's anchor in the page; published ones stay.
    """

    slug: str
    title: Words
    steps: Sequence[Words]
    place: str = ""
