"""Chance that falls the same way every time."""

import random

SEED = "2026-tianjin"


def chance(*about: object) -> random.Random:
    """A source of chance of its own for each matter: one more report elsewhere moves nothing."""
    return random.Random("/".join(map(str, (SEED, *about))))  # noqa: S311 # nosec B311 # no secret
