"""Telephone numbers as people other than their owner read them: 138****1234.

An office's own line (022-…) is there to be called and stays whole; a mobile one is a person's.
"""

import re

from agencies.models import Agency, User

MOBILE = re.compile(r"(?<!\d)((?:\+?86[ -]?)?1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")


def telephones_masked(text: str) -> str:
    """The text with the middle of each mobile number in it taken out."""
    return MOBILE.sub(r"\1****\2", text)


def telephone_for(agency: Agency, user: User) -> str:
    """The agency's telephone as this person may read it: whole for its own people, who keep it, and
    for administrators."""
    if user.is_administrator or (user.agency_id is not None and user.agency_id == agency.pk):
        return agency.telephone
    return telephones_masked(agency.telephone)
