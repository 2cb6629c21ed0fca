"""Administrators keep accounts and agencies; nobody else does, and nobody raises themselves."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.accounts import (
    account_change,
    account_create,
    account_password_set,
    accounts_visible_to,
    agency_change,
    agency_create,
    password_generated,
)
from agencies.models import Agency, AgencyAlias, AgencyKind, ApiToken, Role, Session, User
from agencies.tests.signing import signs_in
from agencies.tokens import token_create
from conftest import NOW, PASSWORD, Cast

NOT_ADMINISTRATORS = ("reporter", "co_reporter", "coordinator", "leader", "auditor")


@pytest.fixture
def office(cast: Cast, signed_in: Callable[[User], Client]) -> Client:
    """A client with the administrator signed in."""
    return signed_in(cast.administrator)


@pytest.fixture
def agency(cast: Cast) -> Agency:
    return Agency.objects.get(name="市数据局")


def filled_in(agency: Agency, **changes: object) -> dict[str, object]:
    return {
        "username": "newcomer",
        "name": "新来的",
        "role": Role.REPORTER,
        "agency": agency.pk,
        "email": "",
        "password": PASSWORD,
        "password_again": PASSWORD,
    } | changes


def of_account(account: User, **changes: object) -> dict[str, object]:
    return {
        "name": account.name,
        "role": account.role,
        "agency": account.agency_id or "",
        "email": account.email,
        **({"is_active": "on"} if account.is_active else {}),
    } | changes


# --- Making ----------------------------------------------------------------------------------


def test_a_new_account_can_sign_in_at_once(office: Client, agency: Agency) -> None:
    answer = office.post("/accounts/add/", filled_in(agency))
    assert answer["Location"] == "/accounts/"
    assert signs_in("newcomer", PASSWORD)


def test_a_generated_password_is_shown_once_and_works(office: Client, agency: Agency) -> None:
    answer = office.post("/accounts/add/", filled_in(agency, password="", password_again=""))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert signs_in("newcomer", answer.context["password"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "reporter"}, "username"),
        ({"username": "Reporter"}, "username"),
        ({"username": "two words"}, "username"),
        ({"name": ""}, "name"),
        ({"role": "superuser"}, "role"),
        ({"agency": ""}, "agency"),
        ({"role": Role.LEADER}, "agency"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"password_again": "another-one-typed"}, "password_again"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field_and_nothing_typed_is_lost(
    office: Client, agency: Agency, changes: dict[str, object], field: str
) -> None:
    typed = filled_in(agency, email="new@example.org") | changes
    answer = office.post("/accounts/add/", typed)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert 'value="new@example.org"' in answer.content.decode()
    assert f'href="#id_{field}"' in answer.content.decode()
    assert not User.objects.filter(email="new@example.org").exists()


def test_the_writer_refuses_what_does_not_fit_whoever_calls_it(cast: Cast, agency: Agency) -> None:
    with pytest.raises(ValidationError):
        account_create(
            now=NOW,
            by=cast.administrator,
            username="newcomer",
            name="新来的",
            role=Role.COORDINATOR,
            agency=agency,
            email="",
            password=PASSWORD,
        )


def test_generated_passwords_pass_the_rules_and_differ() -> None:
    made = {password_generated() for _ in range(50)}
    assert len(made) == 50
    assert not set("".join(made)) & set("0O1lI5S2Z8B")


# --- Changing --------------------------------------------------------------------------------


def test_a_person_moves_to_another_role(office: Client, cast: Cast) -> None:
    answer = office.post(
        f"/accounts/{cast.stranger.pk}/", of_account(cast.stranger, role="leader", agency="")
    )
    assert answer["Location"] == "/accounts/"
    cast.stranger.refresh_from_db()
    assert (cast.stranger.role, cast.stranger.agency_id) == ("leader", None)


def test_whoever_leaves_can_do_nothing_more(
    office: Client, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    """Neither the session that is open, nor the password, nor a token works any longer."""
    theirs = signed_in(cast.stranger)
    _token, key = token_create(
        user=cast.stranger, name="script", access="read", expires_at=None, now=NOW
    )
    assert theirs.get("/account/tokens/").status_code == 200
    typed = of_account(cast.stranger)
    del typed["is_active"]
    office.post(f"/accounts/{cast.stranger.pk}/", typed)

    assert theirs.get("/account/tokens/").status_code == 302
    assert not signs_in("stranger", PASSWORD)
    assert not ApiToken.objects.usable(now=NOW).exists()
    answer = Client().get("/api/v1/tasks/", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 401


def test_nobody_changes_their_own_role_or_shuts_themselves_out(office: Client, cast: Cast) -> None:
    me = cast.administrator
    typed = of_account(me, name="新名字", role="coordinator")
    del typed["is_active"]
    assert office.post(f"/accounts/{me.pk}/", typed).status_code == 302
    me.refresh_from_db()
    # The two controls are shut, so what a crafted form says of them is not read; the name is.
    assert (me.name, me.role, me.is_active) == ("新名字", Role.ADMINISTRATOR, True)


@pytest.mark.parametrize(
    ("role", "is_active", "field"),
    [(Role.COORDINATOR, True, "role"), (Role.ADMINISTRATOR, False, "is_active")],
)
def test_the_writer_holds_to_it_too(cast: Cast, role: str, is_active: bool, field: str) -> None:
    me = cast.administrator
    with pytest.raises(ValidationError) as refused:
        account_change(
            now=NOW,
            account=me,
            by=me,
            name=me.name,
            role=role,
            agency=None,
            email="",
            is_active=is_active,
        )
    assert list(refused.value.error_dict) == [field]


def test_an_administrator_who_was_just_shut_out_shuts_nobody_out(cast: Cast) -> None:
    """The right is read again from the locked row, not from what the request began with."""
    other = User.objects.create_user("second", PASSWORD, name="二管", role=Role.ADMINISTRATOR)
    User.objects.filter(pk=other.pk).update(is_active=False)
    with pytest.raises(PermissionDenied):
        account_change(
            now=NOW,
            account=cast.administrator,
            by=other,
            name="冯管",
            role=Role.ADMINISTRATOR,
            agency=None,
            email="",
            is_active=False,
        )


def test_a_new_password_ends_the_sessions_of_its_person(
    office: Client, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    theirs = signed_in(cast.stranger)
    address = f"/accounts/{cast.stranger.pk}/password/"
    answer = office.post(address, {"password": "", "password_again": ""})
    assert signs_in("stranger", answer.context["password"])
    assert theirs.get("/account/tokens/").status_code == 302


def test_a_weak_or_mistyped_new_password_is_refused(office: Client, cast: Cast) -> None:
    address = f"/accounts/{cast.stranger.pk}/password/"
    for typed in (("short", "short"), ("Staple-battery-1", "Staple-battery-2")):
        answer = office.post(address, dict(zip(("password", "password_again"), typed, strict=True)))
        assert answer.status_code == 400
    assert signs_in("stranger", PASSWORD)


def test_an_administrator_sets_their_own_password_only_with_the_old_one(
    office: Client, cast: Cast
) -> None:
    me = cast.administrator.pk
    answer = office.post(f"/accounts/{me}/password/", {"password": "", "password_again": ""})
    assert answer.status_code == 403
    assert f"/accounts/{me}/password/" not in office.get(f"/accounts/{me}/").content.decode()


# --- The list --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"role": "leader"}, ["leader"]),
        ({"q": "孙外"}, ["stranger"]),
        ({"q": "co-rep"}, ["co-reporter"]),
        ({"q": "no such person"}, []),
        ({"role": "no such role", "q": "stranger"}, ["stranger"]),
    ],
)
def test_the_list_narrows(office: Client, query: dict[str, str], expected: list[str]) -> None:
    page = office.get("/accounts/", query).context["page"]
    assert [account.username for account in page] == expected


def test_the_list_narrows_by_agency(office: Client, agency: Agency) -> None:
    page = office.get("/accounts/", {"agency": agency.pk}).context["page"]
    assert {account.agency_id for account in page} == {agency.pk}


def test_the_list_costs_the_same_however_many_there_are(office: Client, agency: Agency) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        office.get("/accounts/")
    for number in range(30):
        User.objects.create_user(
            f"more-{number}", PASSWORD, name="多", role=Role.REPORTER, agency=agency
        )
    with CaptureQueriesContext(connection) as many:
        office.get("/accounts/")
    assert len(many) == len(few)


# --- Agencies --------------------------------------------------------------------------------


def new_agency(**changes: object) -> dict[str, object]:
    return {
        "name": "市新设局",
        "short_name": "新设局",
        "kind": AgencyKind.MUNICIPAL,
        "contact_email": "",
        "aliases": "天津市新设局\n\n 新设局 \n",
    } | changes


def test_an_agency_is_added_with_its_spellings(office: Client) -> None:
    assert office.post("/agencies/manage/add/", new_agency())["Location"] == "/agencies/manage/"
    agency = Agency.objects.get(name="市新设局")
    assert [alias.name for alias in agency.aliases.all()] == ["天津市新设局", "新设局"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "市数据局"}, "name"),
        ({"name": "人民银行天津市分行"}, "name"),  # another agency's spelling
        ({"aliases": "市数据局"}, "aliases"),
        ({"aliases": "人民银行天津市分行"}, "aliases"),
        ({"aliases": "长" * 101}, "aliases"),
        ({"kind": "club"}, "kind"),
        ({"contact_email": "not an address"}, "contact_email"),
    ],
)
def test_a_name_that_is_taken_adds_nothing(
    office: Client, changes: dict[str, object], field: str
) -> None:
    before = (Agency.objects.count(), AgencyAlias.objects.count())
    answer = office.post("/agencies/manage/add/", new_agency() | changes)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert (Agency.objects.count(), AgencyAlias.objects.count()) == before


def test_a_contact_address_is_changed_and_a_spelling_added(office: Client, agency: Agency) -> None:
    office.post(
        f"/agencies/manage/{agency.pk}/",
        {"short_name": "数据局", "contact_email": "data@example.org", "aliases": "天津市数据局"},
    )
    agency.refresh_from_db()
    assert (agency.name, agency.short_name) == ("市数据局", "数据局")
    assert agency.contact_email == "data@example.org"
    assert agency.aliases.filter(name="天津市数据局").exists()


# --- Rights ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", NOT_ADMINISTRATORS)
def test_nobody_else_keeps_accounts_or_agencies(
    who: str, cast: Cast, agency: Agency, signed_in: Callable[[User], Client]
) -> None:
    person: User = getattr(cast, who)
    client = signed_in(person)
    assert not accounts_visible_to(person).exists()
    for address in (
        "/accounts/add/",
        f"/accounts/{cast.leader.pk}/",
        f"/accounts/{cast.leader.pk}/password/",
        "/agencies/manage/add/",
        f"/agencies/manage/{agency.pk}/",
    ):
        assert client.post(address, filled_in(agency)).status_code == 403, address
    for write in (
        lambda: account_create(
            now=NOW,
            by=person,
            username="newcomer",
            name="新",
            role=Role.LEADER,
            agency=None,
            email="",
            password=PASSWORD,
        ),
        lambda: account_change(
            now=NOW,
            account=cast.leader,
            by=person,
            name="新",
            role=Role.LEADER,
            agency=None,
            email="",
            is_active=True,
        ),
        lambda: account_password_set(now=NOW, account=cast.leader, by=person, password=PASSWORD),
        lambda: agency_create(
            now=NOW,
            by=person,
            name="新",
            short_name="新",
            kind="zone",
            contact_email="",
            aliases=[],
        ),
        lambda: agency_change(
            now=NOW, agency=agency, by=person, short_name="新", contact_email="", aliases=[]
        ),
    ):
        with pytest.raises(PermissionDenied):
            write()


def test_of_a_person_no_more_is_kept_than_the_checklist_says() -> None:
    """docs/security.md says it to who assesses an installation, and the office to its people."""
    assert {field.name for field in User._meta.concrete_fields} == {
        *("id", "username", "name", "email", "role", "agency", "is_active"),
        *("password", "password_set_at", "password_is_given", "created_at", "last_login"),
    }
    assert {field.name for field in Session._meta.concrete_fields} == {
        *("id", "user", "digest", "data", "address", "browser", "began_at", "seen_at", "ends_at"),
    }
