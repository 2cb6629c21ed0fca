"""A mobile telephone is whole for its own agency and for administrators alone: 138****1234."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from agencies.contacts import agency_contacts_write
from agencies.models import AuditEntry, User
from agencies.telephones import telephones_masked
from conftest import NOW, Cast

MOBILE, MASKED, LINE = "13812341234", "138****1234", "022-88881234转8"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (MOBILE, MASKED),
        ("+86 138 1234 1234", "+86 138****1234"),
        ("8613812341234", "86138****1234"),
        (f"{LINE}、{MOBILE}（值班）", f"{LINE}、{MASKED}（值班）"),
        (LINE, LINE),
        ("120101199001011234", "120101199001011234"),
        ("", ""),
    ],
)
def test_the_middle_of_a_mobile_number_is_taken_out(written: str, read: str) -> None:
    assert telephones_masked(written) == read


def test_who_reads_it_whole(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    agency = cast.reporter.agency
    assert agency is not None
    for telephone in (MOBILE, MOBILE.replace("8123", "8999")):
        agency_contacts_write(
            agency=agency,
            by=cast.reporter,
            now=NOW,
            leader="刘副局长",
            office="综合处",
            office_address="友谊路1号",
            telephone=telephone,
        )
    whole = {"reporter", "colleague", "administrator"}
    for who in (*whole, "co_reporter", "stranger", "coordinator", "leader", "auditor"):
        client = signed_in(getattr(cast, who))
        told = [
            client.get(address).content.decode()
            for address in (
                f"/agencies/{agency.pk}/",
                f"/agencies/{agency.pk}/contacts/",
                f"/api/v1/agencies/{agency.pk}/contacts/",
                "/api/v1/audit-trail/",
            )
        ]
        seen = [one for one in told if "13899941234" in one]
        assert bool(seen) == (who in whole), who
        if who in ("coordinator", "leader", "stranger"):
            assert MASKED in told[0]
            assert MASKED in told[2]
    # Both changes are in the trail, though the masked values are the same.
    entries = AuditEntry.objects.filter(act="agency.contacts", thing=agency.pk)
    assert [one.changes["telephone"] for one in entries.order_by("pk")] == [
        ["", MASKED],
        [MASKED, MASKED],
    ]
    assert MOBILE not in json.dumps([one.changes for one in entries])
