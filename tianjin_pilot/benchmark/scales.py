"""How much there is: the official list so many times over, reported on for so many months."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`rounds` are taken of what is over in milliseconds, `slow_rounds` of what takes seconds,
    `rounds_of_many` of every page and endpoint. The product itself closes one month of
    `closed_each`.
    """

    name: str
    copies: int
    months: int
    rounds: int
    rounds_of_many: int
    slow_rounds: int
    closed_each: int = 1


# S is the city: 131 tasks. M is as many tasks as 31 provinces would have, L a hundred times as many
# reports as a city has in five years. XS shows in seconds that everything is measured, no more.
SCALES: Mapping[str, Scale] = {
    one.name: one
    for one in (
        Scale("XS", 2, months=4, rounds=1, rounds_of_many=1, slow_rounds=1, closed_each=12),
        Scale("S", 1, months=24, rounds=20, rounds_of_many=7, slow_rounds=5),
        Scale("M", 31, months=60, rounds=20, rounds_of_many=7, slow_rounds=3, closed_each=12),
        Scale("L", 300, months=60, rounds=15, rounds_of_many=5, slow_rounds=3, closed_each=12),
    )
}
