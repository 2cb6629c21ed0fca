"""An agency's contacts: kept by its approver, read by those who work with it."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from agencies.contacts import agency_contacts_write
from agencies.models import Agency, User
from conftest import NOW, TODAY, Cast

FILLED = {
    "leader": "刘副局长",
    "leader_email": "liu@example.org",
    "office": "综合处",
    "office_address": "河西区友谊路1号",
    "telephone": "022-8888 1234转8",
}


def own(cast: Cast) -> Agency:
    assert cast.reporter.agency is not None
    return Agency.objects.get(pk=cast.reporter.agency.pk)


def active(approver: User) -> User:
    User.objects.filter(pk=approver.pk).update(is_active=True)
    return User.objects.get(pk=approver.pk)


def test_the_approver_keeps_them_and_the_reporter_reads_them(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    address = f"/agencies/{own(cast).pk}/contacts/"
    approver = active(cast.approver)
    assert signed_in(approver).post(address, FILLED).status_code == 302
    page = signed_in(cast.reporter).get(address)
    assert all(value in page.content.decode() for value in FILLED.values())
    assert b"<textarea" not in page.content
    assert b'name="leader"' not in page.content
    assert signed_in(cast.reporter).post(address, FILLED).status_code == 403
    assert signed_in(cast.stranger).post(address, FILLED).status_code == 403


def test_where_there_is_no_approver_a_reporter_keeps_them(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    address = f"/agencies/{own(cast).pk}/contacts/"
    assert signed_in(cast.reporter).post(address, FILLED).status_code == 302
    assert own(cast).leader == "刘副局长"


def test_nobody_else_writes_them(cast: Cast) -> None:
    approver = active(cast.approver)
    for who, person in cast.everyone().items():
        if person.pk != approver.pk and who != "second_approver":
            with pytest.raises(PermissionDenied):
                agency_contacts_write(now=NOW, agency=own(cast), by=person, **FILLED)


def test_an_agency_that_has_ended_keeps_what_it_said_and_its_people_keep_the_successors(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    old, new = own(cast), Agency.objects.get(name="市商务局")
    agency_contacts_write(now=NOW, agency=old, by=cast.reporter, **FILLED)
    Agency.objects.filter(pk=old.pk).update(valid_to=TODAY, successor=new)
    User.objects.filter(agency=old).update(agency=new)
    # As a page that was open before would still send it.
    with pytest.raises(PermissionDenied):
        agency_contacts_write(now=NOW, agency=old, by=cast.reporter, **FILLED | {"leader": "别人"})
    client = signed_in(User.objects.get(pk=cast.reporter.pk))
    assert client.post(f"/agencies/{old.pk}/contacts/", FILLED).status_code == 403
    assert client.post(f"/agencies/{new.pk}/contacts/", FILLED).status_code == 302
    old.refresh_from_db()
    assert old.leader == "刘副局长"


def test_each_of_them_is_one_line(cast: Cast) -> None:
    kept = agency_contacts_write(
        now=NOW, agency=own(cast), by=cast.reporter, **FILLED | {"office_address": " 友谊路\n1号 "}
    )
    assert kept.office_address == "友谊路 1号"


def test_a_telephone_may_be_written_as_people_write_it(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client, address = signed_in(cast.reporter), f"/agencies/{own(cast).pk}/contacts/"
    for telephone in ("", "022-12345678", "（022）12345678转801、13800000000", "+86 22 1234"):
        answer = client.post(address, FILLED | {"telephone": telephone})
        assert answer.status_code == 302, telephone
    assert client.post(address, FILLED | {"telephone": "找小王"}).status_code == 400


def test_what_is_too_long_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        agency_contacts_write(
            now=NOW, agency=own(cast), by=cast.reporter, **FILLED | {"leader": "长" * 51}
        )
    assert "leader" in refused.value.error_dict


def test_who_works_with_an_agency_finds_its_contacts(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    agency_contacts_write(now=NOW, agency=own(cast), by=cast.reporter, **FILLED)
    address = f"/agencies/{own(cast).pk}/"
    for person, shown in [
        (cast.stranger, True),
        (cast.coordinator, True),
        (cast.leader, True),
        (cast.auditor, False),
    ]:
        page = signed_in(person).get(address).content.decode()
        assert ("刘副局长" in page) is shown, person.username
    kept = signed_in(cast.administrator).get(f"/agencies/manage/{own(cast).pk}/")
    assert "刘副局长" in kept.content.decode()
