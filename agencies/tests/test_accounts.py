"""Signing in, passwords, and the accounts and agencies that administrators keep."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from agencies.models import Agency, Role, User
from conftest import PASSWORD, Cast

STRONG = "Tianjin-harbour-2026"


def sign_in(username: str, password: str, **extra: str) -> tuple[Client, int]:
    client = Client()
    answer = client.post("/sign-in/", {"username": username, "password": password, **extra})
    return client, answer.status_code


def test_a_person_signs_in_and_out(cast: Cast) -> None:
    client, status = sign_in("reporter", PASSWORD)
    assert status == 302
    assert client.get("/my/").status_code == 200
    assert client.get("/sign-out/").status_code == 405, "a link must not sign anybody out"
    client.post("/sign-out/")
    assert client.get("/my/").status_code == 302


def test_unknown_wrong_and_closed_get_the_same_answer(cast: Cast) -> None:
    User.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    pages = set()
    for username, password in (
        ("nobody", PASSWORD),
        ("reporter", "wrong"),
        ("stranger", PASSWORD),
    ):
        answer = Client().post("/sign-in/", {"username": username, "password": password})
        assert answer.status_code == 200
        assert "用户名或密码不正确，或账号已停用" in answer.content.decode()
        pages.add(answer.content.decode().count("field-invalid"))
    assert len(pages) == 1


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example.org/", "//evil.example.org", "javascript:x"]
)
def test_signing_in_leads_to_no_other_site(elsewhere: str, cast: Cast) -> None:
    answer = Client().post(
        "/sign-in/", {"username": "reporter", "password": PASSWORD, "next": elsewhere}
    )
    assert answer["Location"] == "/"


def test_one_changes_ones_own_password(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(cast.reporter)
    form = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    assert "field-invalid" in client.post("/account/password/", form).content.decode()
    form |= {"new_password1": STRONG, "new_password2": STRONG}
    assert client.post("/account/password/", form).status_code == 302
    assert client.get("/my/").status_code == 200
    assert sign_in("reporter", PASSWORD)[1] == 200
    assert sign_in("reporter", STRONG)[1] == 302


def test_an_administrator_makes_an_account_with_a_password_shown_once(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.administrator)
    agency = Agency.objects.get(name="市商务局")
    form = {"username": "new", "name": "新人", "role": "reporter", "agency": agency.pk, "email": ""}
    answer = client.post("/accounts/add/", form)
    password = answer.context["password"]
    assert sign_in("new", password)[1] == 302
    assert User.objects.get(username="new").agency == agency


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"role": "reporter", "agency": ""}, "填报人和单位审核人须选择所属单位"),
        ({"role": "leader"}, "填报人和单位审核人须选择所属单位"),
        ({"username": "reporter"}, "该用户名已被使用"),
        ({"password": "1234567890", "password_again": "1234567890"}, "密码"),
        ({"password": STRONG, "password_again": "other"}, "两次输入的密码不一致"),
    ],
)
def test_what_an_account_cannot_be_is_said_at_its_field(
    changes: dict[str, str], sentence: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    agency = Agency.objects.get(name="市商务局")
    form = {"username": "new", "name": "新人", "role": "reporter", "agency": agency.pk, "email": ""}
    answer = signed_in(cast.administrator).post("/accounts/add/", {**form, **changes})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not User.objects.filter(username="new").exists()


def test_nobody_changes_their_own_role_or_closes_their_own_account(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.administrator)
    client.post(f"/accounts/{cast.administrator.pk}/", {"name": "冯管", "role": "coordinator"})
    cast.administrator.refresh_from_db()
    assert cast.administrator.role == Role.ADMINISTRATOR
    assert cast.administrator.is_active


def test_a_person_who_leaves_can_act_no_more_and_stays_on_record(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    leaver = signed_in(cast.stranger)
    assert leaver.get("/my/").status_code == 200
    signed_in(cast.administrator).post(
        f"/accounts/{cast.stranger.pk}/",
        {"name": "孙外", "role": "reporter", "agency": cast.stranger.agency_id, "email": ""},
    )
    assert leaver.get("/my/").status_code == 302
    assert User.objects.filter(pk=cast.stranger.pk, is_active=False).exists()


def test_an_agency_is_added_with_other_spellings(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.administrator)
    form = {
        "name": "市低空经济局",
        "short_name": "低空局",
        "kind": "municipal",
        "contact_email": "",
        "aliases": "低空经济局\n市低空局",
    }
    assert client.post("/agencies/manage/add/", form).status_code == 302
    agency = Agency.objects.get(name="市低空经济局")
    assert agency.aliases.count() == 2
    taken = client.post("/agencies/manage/add/", {**form, "name": "市低空局", "aliases": ""})
    assert taken.status_code == 400
    assert "已是另一责任单位的名称" in taken.content.decode()


def test_the_first_administrator_is_made_on_the_command_line(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", STRONG)
    out = StringIO()
    call_command("create_administrator", "first", name="首位管理员", stdout=out)
    assert "first can sign in now" in out.getvalue()
    assert User.objects.get().role == Role.ADMINISTRATOR
    assert sign_in("first", STRONG)[1] == 302
    with pytest.raises(CommandError, match="username"):
        call_command("create_administrator", "first", name="又一位")
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", "weak")
    with pytest.raises(CommandError, match="password"):
        call_command("create_administrator", "second", name="又一位")
    assert User.objects.count() == 1


def test_without_a_terminal_it_says_where_the_password_may_come_from(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ADMINISTRATOR_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match="ADMINISTRATOR_PASSWORD"):
        call_command("create_administrator", "first", name="首位管理员")


def test_the_language_switch_turns_the_screen_english(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    assert "我的任务" in client.get("/my/").content.decode()
    client.post("/language/", {"language": "en", "next": "/my/"})
    english = client.get("/my/").content.decode()
    assert "My tasks" in english
    assert '<html lang="en">' in english
