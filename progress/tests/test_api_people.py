"""Accounts, agencies and what is a person's own by the API."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, ApiToken, Role, TokenAccess, User
from agencies.tests.signing import signs_in
from agencies.tests.test_locking_out import guess
from agencies.tokens import token_create
from conftest import NOW, PASSWORD, Cast
from progress.exports import export_request, exports_make
from progress.models import (
    Channel,
    Notice,
    Reminder,
    ReminderState,
    ReportingPeriod,
    SavedList,
)
from progress.tests.api_calls import API, call, errors, post, tag_of

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


# --- Accounts ----------------------------------------------------------------------------------


def test_an_account_is_made_and_signs_in(cast: Cast, signed_in: ClientOf) -> None:
    keeper = signed_in(cast.administrator)
    agency = cast.reporter.agency_id
    body = {"username": "newcomer", "name": "新人", "role": "reporter", "agency": agency}
    assert post(signed_in(cast.coordinator), "accounts/", body).status_code == 403
    unfit = post(keeper, "accounts/", body | {"agency": None})
    assert unfit.status_code == 422
    weak = post(keeper, "accounts/", body | {"password": "12345"})
    assert (weak.status_code, list(errors(weak))) == (422, ["password"])
    made = post(keeper, "accounts/", body)
    assert made.status_code == 201, made.content
    assert signs_in("newcomer", made.json()["password"])
    address = f"accounts/{made.json()['id']}/"
    assert "password" not in call(keeper, "get", address).json()
    given = post(keeper, "accounts/", body | {"username": "other", "password": PASSWORD})
    assert "password" not in given.json()
    taken = post(keeper, "accounts/", body)
    assert (taken.status_code, list(errors(taken))) == (422, ["username"])


def test_accounts_are_made_together_or_not_at_all(cast: Cast, signed_in: ClientOf) -> None:
    rows = [
        {"username": f"person{n}", "name": f"人员{n}", "role": "leader", "password": PASSWORD}
        for n in range(3)
    ]
    keeper, before = signed_in(cast.administrator), User.objects.count()
    refused = post(keeper, "accounts/", {"rows": [*rows, {**rows[0], "name": "重名"}]})
    assert (refused.status_code, list(errors(refused))) == (422, ["rows.3.username"])
    assert User.objects.count() == before
    assert post(keeper, "accounts/?dry_run=true", {"rows": rows}).status_code == 200
    assert User.objects.count() == before
    assert post(keeper, "accounts/", {"rows": rows}).status_code == 201
    assert User.objects.count() == before + 3


def test_an_account_is_changed_from_what_was_read(cast: Cast, signed_in: ClientOf) -> None:
    keeper, address = signed_in(cast.administrator), f"accounts/{cast.colleague.pk}/"
    tag = tag_of(keeper, address)
    assert call(keeper, "patch", address, {"name": "赵某"}).status_code == 428
    done = call(keeper, "patch", address, {"name": "赵某"}, tag=tag)
    assert (done.json()["name"], done.json()["role"]) == ("赵某", Role.REPORTER)
    assert call(keeper, "patch", address, {"name": "又改"}, tag=tag).status_code == 412
    shut = call(keeper, "patch", address, {"is_active": False}, tag=done["ETag"])
    assert shut.json()["is_active"] is False
    own = f"accounts/{cast.administrator.pk}/"
    refused = call(keeper, "patch", own, {"role": "leader"}, tag=tag_of(keeper, own))
    assert (refused.status_code, list(errors(refused))) == (422, ["role"])
    assert call(signed_in(cast.leader), "get", own).status_code == 403
    found = call(keeper, "get", "accounts/?role=leader").json()["results"]
    assert [one["username"] for one in found] == ["leader"]


def test_a_list_of_accounts_takes_as_many_statements_for_all_as_for_one(
    cast: Cast, signed_in: ClientOf
) -> None:
    keeper = signed_in(cast.administrator)
    call(keeper, "get", "accounts/?page_size=1")
    with CaptureQueriesContext(connection) as one:
        call(keeper, "get", "accounts/?page_size=1")
    with CaptureQueriesContext(connection) as all_of_them:
        assert call(keeper, "get", "accounts/").json()["count"] == 10
    assert len(all_of_them) == len(one)


# --- Agencies ----------------------------------------------------------------------------------


def test_an_agency_is_added_changed_and_renamed(cast: Cast, signed_in: ClientOf) -> None:
    keeper = signed_in(cast.administrator)
    body = {"name": "市新设局", "short_name": "新设局", "kind": "government"}
    body["kind"] = cast.reporter.agency.kind  # type: ignore[union-attr]
    assert post(signed_in(cast.coordinator), "agencies/", body).status_code == 403
    made = post(keeper, "agencies/", body | {"aliases": ["新设"], "contact_email": "a@b.cn"})
    assert (made.status_code, made.json()["aliases"]) == (201, ["新设"]), made.content
    address = f"agencies/{made.json()['id']}/"
    assert call(keeper, "get", address).json()["contact_email"] == "a@b.cn"
    assert call(signed_in(cast.reporter), "get", address).json()["contact_email"] is None
    taken = post(keeper, "agencies/", body)
    assert (taken.status_code, list(errors(taken))) == (422, ["name"])
    tag = tag_of(keeper, address)
    done = call(keeper, "patch", address, {"short_name": "新局"}, tag=tag)
    assert (done.json()["short_name"], done.json()["aliases"]) == ("新局", ["新设"])
    assert call(keeper, "patch", address, {"short_name": "x"}, tag=tag).status_code == 412
    assert call(keeper, "patch", address, {"short_name": "x"}).status_code == 428
    name = {"name": "市改名局", "short_name": "改名局", "effective_on": "2026-10-01"}
    silent = post(keeper, f"{address}rename/", name)
    assert (silent.status_code, list(errors(silent))) == (422, ["reason"])
    renamed = post(keeper, f"{address}rename/", name | {"reason": "机构改革"})
    assert renamed.json()["name"] == "市改名局"


def test_an_agency_is_merged_after_a_look(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    keeper = signed_in(cast.administrator)
    old, new = cast.reporter.agency, cast.stranger.agency
    assert old is not None
    assert new is not None
    address = f"agencies/{old.pk}/merge/"
    body = {"successor": new.pk, "effective_on": "2026-10-20", "reason": "机构改革"}
    seen = post(keeper, f"{address}?dry_run=true", body)
    assert 4 in seen.json()["moves"]["led"], seen.content
    assert not Agency.objects.exclude(valid_to=None).exists()
    assert post(keeper, address, body).status_code == 400
    assert post(keeper, address, body | {"seen": "another"}).status_code == 409
    itself = post(keeper, f"{address}?dry_run=true", body | {"successor": old.pk})
    assert (itself.status_code, list(errors(itself))) == (422, ["successor"])
    done = post(keeper, address, body | {"seen": seen.json()["seen"]})
    assert done.status_code == 200, done.content
    assert call(keeper, "get", f"agencies/{old.pk}/").json()["successor"] == new.pk
    assert post(signed_in(cast.coordinator), address, body).status_code == 403


def test_a_body_of_members_acts_through_an_agency(cast: Cast, signed_in: ClientOf) -> None:
    body = Agency.objects.get(kind="collective")
    address, office = f"agencies/{body.pk}/acts-through/", signed_in(cast.coordinator)
    done = post(office, address, {"through": cast.reporter.agency_id})
    assert done.json()["acts_through"] == cast.reporter.agency_id
    itself = post(office, address, {"through": body.pk})
    assert (itself.status_code, list(errors(itself))) == (422, ["through"])
    assert post(signed_in(cast.reporter), address, {"through": 1}).status_code == 403


def test_an_agency_keeps_its_contacts(cast: Cast, signed_in: ClientOf) -> None:
    own = signed_in(cast.reporter)
    address = f"agencies/{cast.reporter.agency_id}/contacts/"
    body = {"leader": "张局长", "telephone": "022-1234"}
    assert call(own, "put", address, body).status_code == 428
    done = call(own, "put", address, body, tag=tag_of(own, address))
    assert (done.json()["leader"], done.json()["office"]) == ("张局长", "")
    assert call(signed_in(cast.co_reporter), "get", address).json()["telephone"] == "022-1234"
    assert call(signed_in(cast.co_reporter), "put", address, body).status_code == 403
    assert call(signed_in(cast.auditor), "get", address).status_code == 403


def test_an_account_is_given_a_password_signed_out_and_unlocked(
    cast: Cast, signed_in: ClientOf
) -> None:
    keeper, theirs = signed_in(cast.administrator), signed_in(cast.reporter)
    address = f"accounts/{cast.reporter.pk}/"
    assert post(keeper, f"{address}end-sessions/", {}).status_code == 204
    assert theirs.get(f"{API}sessions/").status_code == 401
    given = post(keeper, f"{address}password/", {})
    assert signs_in("reporter", given.json()["password"])
    weak = post(keeper, f"{address}password/", {"password": "12345"})
    assert (weak.status_code, list(errors(weak))) == (422, ["password"])
    chosen = post(keeper, f"{address}password/", {"password": "Chosen-by-office-1"})
    assert "password" not in chosen.json()
    own = f"accounts/{cast.administrator.pk}/password/"
    assert post(keeper, own, {}).status_code == 403
    guess("reporter")
    assert not signs_in("reporter", "Chosen-by-office-1")
    assert post(keeper, f"{address}unlock/", {}).status_code == 204
    assert signs_in("reporter", "Chosen-by-office-1")


# --- One's own ---------------------------------------------------------------------------------


def test_sessions_are_listed_and_ended(cast: Cast, signed_in: ClientOf) -> None:
    mine, other, foreign = map(signed_in, (cast.reporter, cast.reporter, cast.colleague))
    listed = mine.get(f"{API}sessions/").json()["results"]
    assert len(listed) == 2
    assert not {"digest", "data"} & set(listed[0])
    theirs = foreign.get(f"{API}sessions/").json()["results"][0]["id"]
    assert mine.delete(f"{API}sessions/{theirs}/").status_code == 404
    assert post(mine, "sessions/end-others/", {}).status_code == 204
    assert other.get(f"{API}sessions/").status_code == 401
    [this_one] = mine.get(f"{API}sessions/").json()["results"]
    assert mine.delete(f"{API}sessions/{this_one['id']}/").status_code == 204
    assert mine.get(f"{API}sessions/").status_code == 401
    assert foreign.get(f"{API}sessions/").status_code == 200


def test_tokens_are_listed_and_revoked_and_make_no_other(cast: Cast) -> None:
    def made(user: User, access: str = TokenAccess.READ_WRITE) -> tuple[ApiToken, str]:
        return token_create(user=user, name="数据平台", access=access, expires_at=None, now=NOW)

    token, key = made(cast.reporter)
    foreign, _key = made(cast.colleague)
    client = Client(headers={"Authorization": f"Bearer {key}"})
    [listed] = client.get(f"{API}tokens/").json()["results"]
    assert (listed["id"], listed["name"]) == (token.pk, "数据平台")
    assert not {"key", "digest"} & set(listed)
    assert client.post(f"{API}tokens/", {}, "application/json").status_code == 405
    assert client.delete(f"{API}tokens/{foreign.pk}/").status_code == 404
    _token, reading = made(cast.reporter, TokenAccess.READ)
    only_reads = Client(headers={"Authorization": f"Bearer {reading}"})
    assert only_reads.delete(f"{API}tokens/{token.pk}/").status_code == 403
    assert client.delete(f"{API}tokens/{token.pk}/").status_code == 204
    assert client.get(f"{API}tokens/").status_code == 401


def test_what_is_in_the_inbox_is_marked_as_read(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    office = signed_in(cast.coordinator)
    export_request(period=period, tasks=None, language="zh-hans", by=cast.coordinator, now=NOW)
    exports_make(clock=lambda: NOW)
    [notice] = call(office, "get", "notices/").json()["results"]
    assert (notice["kind"], notice["read_at"]) == ("export_ended", None)
    assert post(office, f"notices/{notice['id']}/read/").json()["read_at"] is not None
    assert post(signed_in(cast.leader), f"notices/{notice['id']}/read/").status_code == 404
    assert Notice.objects.get().read_at is not None
    reminder = Reminder.objects.create(
        day=NOW.date(),
        channel=Channel.INBOX,
        state=ReminderState.SENT,
        user=cast.reporter,
        agency=cast.reporter.agency,
        recorded_at=NOW,
        sent_at=NOW,
    )
    assert post(office, f"reminders/{reminder.pk}/read/").status_code == 404
    assert post(signed_in(cast.reporter), f"reminders/{reminder.pk}/read/").status_code == 204
    reminder.refresh_from_db()
    assert reminder.read_at is not None


def test_lists_are_saved_shared_and_removed(cast: Cast, signed_in: ClientOf) -> None:
    own, colleague = signed_in(cast.reporter), signed_in(cast.colleague)
    body = {"page": "tasks", "name": "第一章", "query": "chapter=1&page=3"}
    made = post(own, "saved-lists/", body)
    assert (made.status_code, made.json()["query"]) == (201, "chapter=1")
    address = f"saved-lists/{made.json()['id']}/"
    assert call(colleague, "get", address).status_code == 404
    unread = post(own, "saved-lists/", body | {"query": "chapter=99"})
    assert unread.status_code == 422
    twice = post(own, "saved-lists/", body)
    assert (twice.status_code, list(errors(twice))) == (422, ["name"])
    shared = call(own, "patch", address, {"is_shared": True}, tag=tag_of(own, address))
    assert shared.json()["is_shared"] is True
    tag = tag_of(colleague, address)
    assert call(colleague, "patch", address, {"name": "改"}, tag=tag).status_code == 403
    assert call(colleague, "delete", address).status_code == 403
    assert call(own, "delete", address).status_code == 204
    assert not SavedList.objects.exists()


def test_what_leaves_no_trail_is_not_called_unchanged(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    """Saved lists, notices and the use of a token are no acts, so their lists are read anew."""
    client = signed_in(cast.coordinator)
    export = export_request(
        period=period, tasks=None, language="zh-hans", by=cast.coordinator, now=NOW
    )
    token, key = token_create(
        user=cast.coordinator, name="数据平台", access="read", expires_at=None, now=NOW
    )
    tags = {one: tag_of(client, one) for one in ("saved-lists/", "notices/", "tokens/")}
    SavedList.objects.create(owner=cast.coordinator, page="tasks", name="全部", created_at=NOW)
    Notice.objects.create(user=cast.coordinator, kind="export_ended", export=export, at=NOW)
    Client(headers={"Authorization": f"Bearer {key}"}).get(f"{API}tasks/4/")
    for address, tag in tags.items():
        known = {"If-None-Match": tag, "Accept-Language": "en"}
        again = client.get(f"{API}{address}", headers=known)
        assert again.status_code == 200, address
    token.refresh_from_db()
    assert token.last_used_at is not None
