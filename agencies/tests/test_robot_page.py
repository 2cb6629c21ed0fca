"""An administrator gives an agency its robot and tries it; nobody reads the address again."""

import logging
from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django import Settings

from agencies.models import Agency, AgencyRobot, User
from agencies.robots import robot_remove, robot_save
from agencies.tests.robots import DINGTALK_PATH, FEISHU_PATH, WECOM_PATH, Product, product
from conftest import NOW, Cast

pytestmark = pytest.mark.services
KEY = WECOM_PATH.partition("key=")[2]


@pytest.fixture
def wecom(settings: Settings) -> Iterator[Product]:
    with product() as started:
        settings.ROBOT_HOSTS |= {started.origin}
        yield started


@pytest.fixture
def agency(cast: Cast) -> Agency:
    assert cast.reporter.agency is not None
    return cast.reporter.agency


@pytest.fixture
def robot_page(
    cast: Cast, agency: Agency, signed_in: Callable[[User], Client]
) -> Callable[..., str]:
    """What the administrator reads after sending this to the robot's page (None: looking)."""
    client = signed_in(cast.administrator)

    def of(sent: dict[str, str] | None = None, then: str = "", language: str = "zh-hans") -> str:
        client.cookies["django_language"] = language
        address = f"/agencies/manage/{agency.pk}/robot/{then}"
        answer = client.get(address) if sent is None else client.post(address, sent, follow=True)
        return answer.content.decode()

    return of


def test_it_is_set_tried_and_never_shown(
    wecom: Product, agency: Agency, robot_page: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = {"name": "综合处工作群", "address": wecom.origin + WECOM_PATH, "secret": ""}
    said = robot_page(sent)
    assert "综合处工作群" in said
    assert f"127.0.0.1:{wecom.port}" in said
    robot = AgencyRobot.objects.get()
    assert (robot.agency, robot.kind) == (agency, "wecom")
    assert KEY not in robot.sealed
    shown = [said, robot_page(), robot_page({}, "try/")]
    assert "企业微信已接收测试消息" in shown[-1]
    assert len(wecom.asked) == 1
    assert "试点任务" in wecom.texts[0]
    assert agency.name in wecom.texts[0]
    wecom.answer = {"errcode": 93000, "errmsg": f"invalid webhook url {KEY}"}
    shown += [robot_page({}, "try/"), robot_page({}, "try/", "en")]
    assert "请重新填写" in shown[-2]
    assert "enter its new address" in shown[-1]
    assert all("93000 invalid webhook url" in text for text in shown[-2:])
    # Renaming keeps the address; what is mistyped is not given back either.
    robot_page({"name": "新群", "address": "", "secret": ""})
    shown.append(robot_page({"name": "", "address": wecom.origin + WECOM_PATH, "secret": "s3cret"}))
    wecom.answer = {"errcode": 0, "errmsg": "ok"}
    assert "企业微信已接收测试消息" in robot_page({}, "try/")
    for text in (*shown, caplog.text):
        assert KEY not in text
        assert "s3cret" not in text
    robot_page({}, "remove/")
    assert not AgencyRobot.objects.exists()


def test_what_cannot_be_meant_is_said_at_its_field(robot_page: Callable[..., str]) -> None:
    for sent, sentence in (
        ({"name": "群", "address": "https://evil.example.com" + WECOM_PATH}, "qyapi.weixin.qq.com"),
        ({"name": "群", "address": ""}, "请粘贴机器人的地址"),
        ({"name": "https://x", "address": "feishu://a"}, "请填写群的名称"),
        ({"name": "群", "address": "wecombot://abc", "secret": "SEC1"}, "只有钉钉和飞书"),
    ):
        said = robot_page({"secret": "", **sent})
        assert "field-errors" in said
        assert sentence in said
    assert not AgencyRobot.objects.exists()


def test_a_host_that_is_allowed_no_more_is_said_on_the_page(
    wecom: Product, robot_page: Callable[..., str], settings: Settings
) -> None:
    robot_page({"name": "群", "address": wecom.origin + WECOM_PATH, "secret": ""})
    settings.ROBOT_HOSTS -= {wecom.origin}
    assert "不会向该群发送消息" in robot_page()
    robot_page({}, "try/")
    assert not wecom.asked


def test_administrators_alone_keep_robots_and_coordinators_know_of_them(
    cast: Cast, agency: Agency, signed_in: Callable[[User], Client]
) -> None:
    robot_save(
        agency=agency,
        by=cast.administrator,
        now=NOW,
        name="综合处工作群",
        address="https://oapi.dingtalk.com" + DINGTALK_PATH,
        secret="SECabc",
    )
    page = signed_in(cast.coordinator).get(f"/agencies/{agency.pk}/").content.decode()
    assert "综合处工作群 · 钉钉" in page
    assert (
        "综合处工作群" not in signed_in(cast.leader).get(f"/agencies/{agency.pk}/").content.decode()
    )
    for person in cast.everyone().values():
        knows = person in (cast.administrator, cast.coordinator)
        assert AgencyRobot.objects.visible_to(person).exists() is knows
        if person == cast.administrator:
            continue
        with pytest.raises(PermissionDenied):
            robot_save(
                agency=agency,
                by=person,
                now=NOW,
                name="群",
                address="https://open.feishu.cn" + FEISHU_PATH,
                secret="",
            )
        with pytest.raises(PermissionDenied):
            robot_remove(now=NOW, agency=agency, by=person)
        if person.is_active:
            client = signed_in(person)
            for then in ("", "try/", "remove/"):
                answer = client.post(f"/agencies/manage/{agency.pk}/robot/{then}", {"name": "群"})
                assert answer.status_code == 403
    assert AgencyRobot.objects.get().kind == "dingtalk"
