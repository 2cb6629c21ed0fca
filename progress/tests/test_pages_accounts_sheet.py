"""Administrators make, move and close accounts by Excel: out, back, looked at and confirmed."""

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies.accounts import account_change
from agencies.models import Agency, AuditEntry, PasswordLink, Role, Session, User
from agencies.passwords.links import links_send
from agencies.tests.signing import signs_in
from conftest import NOW, PASSWORD, Cast
from progress.tests.sheets import changed, sent, sheet_of

pytestmark = pytest.mark.wide

PAGE, FILE = "/accounts/sheet/", "/accounts/sheet.xlsx"
TOKEN = re.compile(r'name="sheet" value="([^"]*)"')
HEADINGS = ("用户名", "姓名", "角色", "责任单位", "电子邮箱", "状态")
NEWCOMER = ("zhang", "张新", "填报人", "市数据局", "zhang@example.cn", "在用")


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(cast: Cast, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.administrator)


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def looked_at(office: Client, data: bytes) -> Any:
    return office.post(PAGE, {"file": sent(data, "账号.xlsx")})


def confirmed(office: Client, preview: Any) -> Any:
    (token,) = TOKEN.findall(text(preview))
    return office.post(PAGE, {"step": "confirm", "sheet": token})


def typed(*rows: Any) -> bytes:
    """A sheet that somebody made themselves: the headings, and these rows."""
    return sheet_of([HEADINGS, *rows])


def filled(data: bytes, rows: dict[str, dict[int, Any]], *new: tuple[Any, ...]) -> bytes:
    """The sheet with cells of these user names changed, by column from 0, and rows added below."""

    def fill(sheet: Any) -> None:
        below = iter(new)
        for row in sheet.iter_rows(min_row=5):
            for column, value in rows.get(row[0].value, {}).items():
                row[column].value = value
            if row[0].value is None:
                for column, value in enumerate(next(below, ())):
                    row[column].value = value

    return changed(data, fill)


def faults_of(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 400
    return list(answer.context["faults"])


def test_accounts_are_made_moved_and_closed_by_a_sheet(cast: Cast, office: Client) -> None:
    out = office.get(FILE)
    assert "2026-10-22.xlsx" in out["Content-Disposition"]
    session = Client()
    session.force_login(cast.colleague)
    back = filled(
        out.content,
        {
            "reporter": {3: "市发展改革委"},
            "colleague": {5: "停用"},
        },
        NEWCOMER,
        (10086, "李新", "领导", None, None, None),
    )
    trail = AuditEntry.objects.count()
    preview = looked_at(office, back)
    assert preview.status_code == 200
    told = [preview.context[name] for name in ("created", "changed", "unmailed")]
    assert told == [2, 2, 1]
    assert preview.context["unchanged"] == User.objects.count() - 2
    assert AuditEntry.objects.count() == trail
    answer = confirmed(office, preview)
    assert answer.status_code == 200
    assert [one.username for one in answer.context["written"].unmailed] == ["10086"]
    moved, left = User.objects.get(username="reporter"), User.objects.get(username="colleague")
    assert moved.agency == Agency.objects.get(name="市发展改革委")
    assert not left.is_active
    assert not Session.objects.filter(user=left).exists()
    zhang = User.objects.get(username="zhang")
    assert (zhang.name, zhang.role, zhang.email) == ("张新", Role.REPORTER, "zhang@example.cn")
    assert User.objects.get(username="10086").role == Role.LEADER
    entries = AuditEntry.objects.order_by("pk")[trail:]
    told_of = {(one.act, one.thing, one.by_id) for one in entries}
    assert told_of == {
        ("user.create", zhang.pk, cast.administrator.pk),
        ("user.create", User.objects.get(username="10086").pk, cast.administrator.pk),
        ("user.change", moved.pk, cast.administrator.pk),
        ("user.change", left.pk, cast.administrator.pk),
    }
    assert not signs_in("colleague", PASSWORD)
    listed = text(office.get("/accounts/"))
    assert listed.count("尚无密码") == 2
    # Sent once more, everything is so already.
    assert "已与表格一致" in text(looked_at(office, back))


def test_who_is_new_sets_a_password_by_the_mailed_link(office: Client) -> None:
    preview = looked_at(office, typed(NEWCOMER, ("li", *NEWCOMER[1:])))
    confirmed(office, preview)
    assert not signs_in("zhang", "")
    assert PasswordLink.objects.count() == 1  # both have one address
    assert links_send(now=NOW) == 2
    assert {to for one in mail.outbox for to in one.to} == {"zhang@example.cn"}
    body = next(str(one.body) for one in mail.outbox if "zhang" in str(one.body))
    path = re.search(r"/sign-in/password/\S+", body)
    assert path
    person = Client()
    form = person.get(path[0], follow=True)
    new = {"new_password1": "Spring-rain-2026", "new_password2": "Spring-rain-2026"}
    assert person.post(form.redirect_chain[-1][0], new).status_code == 302
    assert signs_in("zhang", "Spring-rain-2026")


def test_what_only_the_register_changed_since_the_sheet_went_out_stays(
    cast: Cast, office: Client
) -> None:
    out = office.get(FILE).content
    colleague = cast.colleague
    account_change(
        account=colleague,
        by=cast.administrator,
        now=NOW,
        name="改名",
        role=colleague.role,
        agency=colleague.agency,
        email="new@example.cn",
        is_active=True,
    )
    preview = looked_at(office, filled(out, {"colleague": {4: "sheet@example.cn"}}))
    assert "表格下载后，此处已另有改动" in text(preview)
    assert confirmed(office, preview).status_code == 200
    colleague.refresh_from_db()
    assert (colleague.name, colleague.email) == ("改名", "sheet@example.cn")


def test_nothing_is_written_where_one_changed_between_preview_and_confirmation(
    cast: Cast, office: Client
) -> None:
    preview = looked_at(office, typed(NEWCOMER, ("co-reporter", "改名", *NEWCOMER[2:])))
    User.objects.filter(username="co-reporter").update(email="meanwhile@example.cn")
    again = confirmed(office, preview)
    assert again.status_code == 409
    assert "co-reporter" in again.context["problems"][0]
    assert not User.objects.filter(username="zhang").exists()
    # What is shown then is what is written then.
    assert confirmed(office, again).status_code == 200
    assert User.objects.get(username="co-reporter").name == "改名"
    # The first preview, sent again: zhang is there by now.
    assert confirmed(office, preview).status_code == 409


def test_what_broke_the_rules_meanwhile_is_told_and_nothing_is_written(office: Client) -> None:
    preview = looked_at(office, typed(NEWCOMER, ("li", *NEWCOMER[1:])))
    Agency.objects.filter(name="市数据局").update(valid_to=dt.date(2026, 10, 1))
    answer = confirmed(office, preview)
    assert answer.status_code == 400
    assert "zhang" in answer.context["problems"][0]
    assert not User.objects.filter(username__in=["zhang", "li"]).exists()


def test_all_faults_are_named_by_cell_at_once(office: Client) -> None:
    answer = looked_at(
        office,
        typed(
            ("=1+1", "甲", "填报人", "市数据局", "", ""),
            ("b b", "乙", "填报人", "市数据局", "", ""),
            ("c", "", "填报人", "市数据局", "", ""),
            ("d", "丁", "超级管理员", "", "", ""),
            ("e", "戊", "填报人", "市大数据局", "", ""),
            ("f", "己", "填报人", "", "", ""),
            ("g", "庚", "领导", "市数据局", "", ""),
            ("h", "辛", "领导", "", "没有", ""),
            ("i", "壬", "领导", "", "", "停用"),
            ("j", "癸", "领导", "", "", ""),
            ("J", "癸", "领导", "", "", ""),
            ("Reporter", "子", "填报人", "市数据局", "", ""),
            ("administrator", "丑", "领导", "", "", "停用"),
            ("k", "寅", "", "", "", "离开"),
            (dt.date(2026, 1, 1), "卯", "领导", "", "", ""),
        ),
    )
    faults = faults_of(answer)
    assert {place for place, _sentence in faults} == {
        "A2", "A3", "B4", "C5", "D6", "D7", "D8", "E9", "F10", "A12", "A13", "C14", "F14", "F15",
        "A16",
    }  # fmt: skip
    said = dict(faults)
    assert "公式" in said["A2"]
    assert "市数据局" in said["D6"]
    assert "填报人" in said["C5"]
    assert "reporter" in said["A13"]
    assert User.objects.filter(username__in="bcdefghijk").count() == 0


def test_a_user_name_that_was_changed_in_the_sheet_is_named(office: Client) -> None:
    back = filled(office.get(FILE).content, {"colleague": {0: "colleague2"}})
    [(_place, sentence)] = faults_of(looked_at(office, back))
    assert "colleague" in sentence


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (sheet_of([HEADINGS[:5], NEWCOMER[:5]]), "状态"),
        (typed(), "没有"),
        (typed(*((f"u{n}", *NEWCOMER[1:]) for n in range(501))), "500"),
        (b"no workbook", "Excel"),
    ],
    ids=["a heading is gone", "empty", "too many", "no workbook"],
)
def test_what_is_no_sheet_of_accounts_is_refused(office: Client, data: bytes, told: str) -> None:
    answer = looked_at(office, data)
    assert answer.status_code == 400
    assert told in text(answer)


def test_the_sheet_is_narrowed_and_offers_what_may_be_chosen(office: Client) -> None:
    sheet = load_workbook(io.BytesIO(office.get(f"{FILE}?role=auditor").content)).worksheets[0]
    assert [sheet["A5"].value, sheet["A6"].value] == ["auditor", None]
    offered = {str(one.sqref): one.formula1 for one in sheet.data_validations.dataValidation}
    assert set(offered) == {"C5:C504", "D5:D504", "F5:F504"}


def test_a_confirmation_that_was_made_up_is_refused(office: Client) -> None:
    assert office.post(PAGE, {"step": "confirm", "sheet": "made:up:x"}).status_code == 400


def test_nobody_but_administrators(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(cast.coordinator)
    assert client.get(PAGE).status_code == 403
    assert client.get(FILE).status_code == 403
    assert looked_at(client, typed(NEWCOMER)).status_code == 403
    assert client.post(PAGE, {"step": "confirm"}).status_code == 403


def test_statements_do_not_grow_with_the_rows(office: Client) -> None:
    counts = []
    for many in (3, 30):
        rows = [(f"n{many}-{n}", *NEWCOMER[1:4], f"{n}@example.cn", "在用") for n in range(many)]
        with CaptureQueriesContext(connection) as asked:
            answer = confirmed(office, looked_at(office, typed(*rows)))
        assert len(answer.context["written"].created) == many
        counts.append(len(asked))
    assert counts[0] == counts[1]
